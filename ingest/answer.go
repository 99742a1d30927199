package ingest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"

	"tieback/ingest/event"
)

// From here on kafka-go reads the answers to fetches into a fetchAnswer, which keeps record batches as they came. Its own
// fetch.Response, and with it kafka.Client.Fetch, is of no use in this program any more.
func init() { protocol.Register(&fetch.Request{}, &fetchAnswer{}) }

// fetchAnswer is a broker's answer to a fetch, versions 0 to 11 (https://kafka.apache.org/protocol#The_Messages_Fetch).
type fetchAnswer struct {
	ThrottleTimeMs int32         `kafka:"min=v1,max=v11"`
	ErrorCode      int16         `kafka:"min=v7,max=v11"`
	SessionID      int32         `kafka:"min=v7,max=v11"`
	Topics         []topicAnswer `kafka:"min=v0,max=v11"`
}

// ApiKey makes it a message of kafka-go's.
func (*fetchAnswer) ApiKey() protocol.ApiKey { return protocol.Fetch }

type topicAnswer struct {
	Topic      string            `kafka:"min=v0,max=v11"`
	Partitions []partitionAnswer `kafka:"min=v0,max=v11"`
}

type partitionAnswer struct {
	Partition            int32                       `kafka:"min=v0,max=v11"`
	ErrorCode            int16                       `kafka:"min=v0,max=v11"`
	HighWatermark        int64                       `kafka:"min=v0,max=v11"`
	LastStableOffset     int64                       `kafka:"min=v4,max=v11"`
	LogStartOffset       int64                       `kafka:"min=v5,max=v11"`
	AbortedTransactions  []fetch.ResponseTransaction `kafka:"min=v4,max=v11"`
	PreferredReadReplica int32                       `kafka:"min=v11,max=v11"`
	Records              rawRecords                  `kafka:"min=v0,max=v11"`
}

// rawRecords are record batches as a broker sent them.
type rawRecords struct{ bytes []byte }

// ReadFrom reads a length and as many bytes.
func (s *rawRecords) ReadFrom(r io.Reader) (int64, error) {
	var head [4]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		return int64(n), err
	}
	size := int32(binary.BigEndian.Uint32(head[:]))
	if size <= 0 {
		return 4, nil
	}
	s.bytes = make([]byte, size)
	n, err := io.ReadFull(r, s.bytes)
	return 4 + int64(n), err
}

// answer reads what a broker sent of one partition with read_committed semantics, a chunk at a time, so that no more than a chunk
// is inflated.
//
// What the broker sends still holds aborted data: a transactional batch is skipped while its producer is in an aborted
// transaction, which begins at the first offset that the answer names and ends at the producer's abort marker. The position moves
// past whatever is skipped.
type answer struct {
	Partition
	// at is the position, end where reading ends even if more was sent.
	at, end int64
	raw     []byte
	aborted abortedTransactions
	// fault is an error that comes after the chunk that was read before it.
	fault error
	// stable and highWater are those of the log.
	stable, highWater int64
	reader            *recordReader
}

func newAnswer(p Partition, at, end int64, part *partitionAnswer, reader *recordReader) *answer {
	aborted := abortedTransactions{list: part.AbortedTransactions, active: make(map[int64]bool)}
	sort.Slice(aborted.list, func(i, j int) bool { return aborted.list[i].FirstOffset < aborted.list[j].FirstOffset })
	reader.done()
	return &answer{Partition: p, at: at, end: end, raw: part.Records.bytes, aborted: aborted, stable: part.LastStableOffset, highWater: part.HighWatermark, reader: reader}
}

// toTheEnd is the end of an answer of which everything is wanted.
const toTheEnd = math.MaxInt64

// next reads a chunk; more says whether another one may follow.
func (a *answer) next() (chunk *Chunk, more bool, err error) {
	chunk = &Chunk{Partition: a.Partition, First: a.at, Next: a.at}
	for more = a.fault == nil; more && len(chunk.Records) < chunkRecords && chunk.Bytes < chunkBytes && chunk.Next < a.end; {
		if more, err = a.step(chunk); err != nil {
			a.fault = fmt.Errorf("read %s partition %d near offset %d: %w", a.Topic, a.Partition.Partition, chunk.Next, err)
			break
		}
	}
	if a.fault != nil && chunk.Next == chunk.First {
		return nil, false, a.fault
	}
	if chunk.Next >= a.end {
		chunk.Next, more = a.end, false
	}
	a.at = chunk.Next
	return chunk, more || a.fault != nil, nil
}

// step reads a record, or the head of a batch.
func (a *answer) step(chunk *Chunk) (more bool, err error) {
	if b := a.reader.batch; b != nil {
		rec, err := a.reader.next()
		switch {
		case errors.Is(err, io.EOF):
			a.reader.done()
			chunk.Next = max(chunk.Next, b.last+1)
		case err != nil:
			return false, err
		case b.is(controlBatch):
			return true, a.aborted.end(b.producer, rec.key)
		case rec.offset >= chunk.Next && rec.offset < a.end:
			chunk.add(&rec)
		}
		return true, nil
	}
	length, err := entryLength(a.raw)
	if errors.Is(err, errCutOff) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	entry := a.raw[:length]
	a.raw = a.raw[length:]
	switch version := entry[batchMagic]; version {
	case 0, 1:
		return true, chunk.messageSet(entry, a.end)
	case 2:
		return true, a.begin(entry, chunk)
	default:
		return false, fmt.Errorf("a batch has version %d, which is not known", version)
	}
}

// begin opens a batch, or passes over it.
func (a *answer) begin(entry []byte, chunk *Chunk) error {
	b, err := parseBatch(entry)
	if err != nil {
		return err
	}
	skipped := a.aborted.covers(b.producer, b.last) && b.is(transactional) && !b.is(controlBatch)
	if b.last < chunk.Next && !b.is(controlBatch) || skipped {
		chunk.Next = max(chunk.Next, b.last+1)
		return nil
	}
	return a.reader.open(b)
}

// abortedTransactions follows which producers are inside an aborted transaction.
type abortedTransactions struct {
	list   []fetch.ResponseTransaction
	active map[int64]bool
}

// covers says whether a batch of the producer that ends at last was aborted.
func (a *abortedTransactions) covers(producer, last int64) bool {
	for len(a.list) > 0 && a.list[0].FirstOffset <= last {
		a.active[a.list[0].ProducerID] = true
		a.list = a.list[1:]
	}
	return a.active[producer]
}

// end reads the key of a commit or abort marker, a version and a type; it is never a message.
func (a *abortedTransactions) end(producer int64, key []byte) error {
	if len(key) < 4 {
		return fmt.Errorf("a marker has a key of %d bytes, want 4", len(key))
	}
	const abort = 0
	if binary.BigEndian.Uint16(key[2:]) == abort {
		delete(a.active, producer)
	}
	return nil
}

// add copies a record, whose memory is used again.
func (c *Chunk) add(rec *record) {
	m := event.Message{Key: rec.key, Value: rec.value, Headers: rec.headers, Timestamp: micros(rec.at), Cut: rec.cut}
	if !rec.owned {
		m.Key, m.Value = c.copy(rec.key), c.copy(rec.value)
	}
	c.Records = append(c.Records, Record{Message: m, Offset: rec.offset})
	c.Bytes += m.Size()
	c.Next = rec.offset + 1
}

// The timestamps that are believed: of the years 1 to 9999.
const firstMilli, lastMilli = -62_135_596_800_000, 253_402_300_799_999

// micros turns milliseconds, which are whatever a producer wrote, into microseconds.
func micros(milli int64) int64 { return min(max(milli, firstMilli), lastMilli) * 1000 }

// arenaBytes is how much memory a chunk takes at once for its messages: one allocation for some thousand of them.
const arenaBytes = 256 << 10

func (c *Chunk) copy(b []byte) []byte {
	if b == nil {
		return nil
	}
	if cap(c.arena)-len(c.arena) < len(b) {
		c.arena = make([]byte, 0, max(len(b), arenaBytes))
	}
	start := len(c.arena)
	c.arena = append(c.arena, b...)
	return c.arena[start:len(c.arena):len(c.arena)]
}

// messageSet reads an entry in the formats before Kafka 0.11, which may still lie in old logs. They know no transactions; kafka-go
// reads them, a whole entry at once.
func (c *Chunk) messageSet(entry []byte, end int64) error {
	sized := binary.BigEndian.AppendUint32(nil, uint32(len(entry)))
	var set protocol.RecordSet
	if _, err := set.ReadFrom(bufio.NewReader(bytes.NewReader(append(sized, entry...)))); err != nil {
		return err
	}
	for set.Records != nil {
		old, err := set.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		rec := record{offset: old.Offset, at: old.Time.UnixMilli(), owned: true}
		if rec.key, err = protocol.ReadAll(old.Key); err != nil {
			return err
		}
		if rec.value, err = protocol.ReadAll(old.Value); err != nil {
			return err
		}
		if rec.offset >= c.Next && rec.offset < end {
			c.add(&rec)
		}
		c.Next = max(c.Next, rec.offset+1)
	}
	return nil
}
