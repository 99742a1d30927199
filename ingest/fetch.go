package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"

	"tieback/ingest/event"
)

// lostPositionError says that a log lost the position while it was being read.
type lostPositionError struct{ p Partition }

func (e *lostPositionError) Error() string {
	return fmt.Sprintf("%s partition %d: the broker no longer holds the position that is read; start ingest again to compare positions", e.p.Topic, e.p.Partition)
}

// fetch asks every leader once, at the same time, and turns the answers into chunks.
// A broker that went away without closing the connection never answers: hence the time limit.
func (s *KafkaSource) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.FetchTimeout)
	defer cancel()
	var wg sync.WaitGroup
	responses := make(chan *fetch.Response, len(s.leaders))
	failures := make(chan error, len(s.leaders))
	asked := false
	for leader, partitions := range s.leaders {
		request := s.request(partitions)
		if request == nil || leader == noLeader {
			continue
		}
		asked = true
		wg.Add(1)
		go func() {
			defer wg.Done()
			response, err := s.transport.RoundTrip(ctx, s.client.Addr, request)
			if err != nil {
				failures <- err
				return
			}
			responses <- response.(*fetch.Response)
		}()
	}
	s.turn++
	if !asked { // every leader is missing: wait as long as one without messages would
		select {
		case <-time.After(fetchWait):
		case <-ctx.Done():
		}
	}
	wg.Wait()
	close(responses)
	close(failures)
	var errs []error
	for err := range failures {
		errs = append(errs, err)
		var layout *fetch.Error // says that metadata are missing or old, not that a connection broke
		if !errors.As(err, &layout) {
			// Other connections to the broker idle, one for every partition just after the start. They are broken too, and the
			// client would find out one by one, at one failure each.
			s.transport.CloseIdleConnections()
		}
	}
	for response := range responses {
		errs = append(errs, s.receive(response))
	}
	return errors.Join(errs...)
}

// request asks for the partitions of one leader that are not at their end. A broker fills its answer in
// the order of the request until fetchBytes, so each request begins with another partition.
func (s *KafkaSource) request(partitions []Partition) *fetch.Request {
	topics := make(map[string][]fetch.RequestPartition)
	var order []string
	for i := range partitions {
		p := partitions[(i+s.turn)%len(partitions)]
		at, assigned := s.position[p]
		if !assigned || s.doubt[p] || s.config.UntilEnd && at >= s.end[p] {
			continue
		}
		if topics[p.Topic] == nil {
			order = append(order, p.Topic)
		}
		topics[p.Topic] = append(topics[p.Topic], fetch.RequestPartition{
			Partition: p.Partition, CurrentLeaderEpoch: -1, FetchOffset: at, LogStartOffset: -1, PartitionMaxBytes: s.ask[p],
		})
	}
	if len(topics) == 0 {
		return nil
	}
	request := newFetchRequest()
	for _, topic := range order {
		request.Topics = append(request.Topics, fetch.RequestTopic{Topic: topic, Partitions: topics[topic]})
	}
	return request
}

// newFetchRequest asks for nothing yet, with read_committed isolation.
func newFetchRequest() *fetch.Request {
	return &fetch.Request{
		ReplicaID: -1, MaxWaitTime: int32(fetchWait.Milliseconds()), MinBytes: 1, MaxBytes: fetchBytes,
		IsolationLevel: int8(kafka.ReadCommitted), SessionEpoch: -1,
	}
}

// receive turns one response into chunks and moves the positions of what is read.
func (s *KafkaSource) receive(response *fetch.Response) error {
	if response.ErrorCode != 0 {
		return kafka.Error(response.ErrorCode)
	}
	var errs []error
	for i := range response.Topics {
		topic := &response.Topics[i]
		for j := range topic.Partitions {
			part := &topic.Partitions[j]
			p := Partition{topic.Topic, part.Partition}
			switch kafka.Error(part.ErrorCode) {
			case 0:
			case kafka.OffsetOutOfRange:
				return &lostPositionError{p}
			default:
				errs = append(errs, fmt.Errorf("%s partition %d: %w", p.Topic, p.Partition, kafka.Error(part.ErrorCode)))
				continue
			}
			chunk, err := readPartition(p, s.position[p], part)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			s.config.Observe.fetched(chunk, part)
			if chunk.Next > chunk.First {
				s.position[p] = chunk.Next
				s.ready = append(s.ready, chunk)
				if n := len(chunk.Records); n > 0 {
					s.marks[p] = markOf(&chunk.Records[n-1])
				}
				s.ask[p] = nextAsk(s.ask[p], chunk.Bytes, part.HighWatermark > chunk.Next)
			}
		}
	}
	return errors.Join(errs...)
}

// nextAsk is how many bytes to ask for next, after an answer that held so many decoded bytes. A broker counts
// compressed bytes, of which some become a hundred times as many in memory.
func nextAsk(asked int32, decoded int, more bool) int32 {
	switch {
	case decoded > 2*partitionBytes:
		return max(asked/2, minAsk)
	case decoded < partitionBytes/2 && more:
		return min(2*asked, maxAsk)
	}
	return asked
}

// readPartition reads the record batches of one partition with read_committed semantics.
//
// The broker's answer still holds aborted data: a transactional batch is skipped
// while its producer is in an aborted transaction, which begins at the first offset
// that the answer names and ends at the producer's abort marker. Positions move past whatever is skipped.
func readPartition(p Partition, at int64, part *fetch.ResponsePartition) (*Chunk, error) {
	chunk := &Chunk{Partition: p, First: at, Next: at}
	aborted := abortedTransactions{list: part.AbortedTransactions, active: make(map[int64]bool)}
	sort.Slice(aborted.list, func(i, j int) bool { return aborted.list[i].FirstOffset < aborted.list[j].FirstOffset })
	var batches []protocol.RecordReader
	if stream, ok := part.RecordSet.Records.(*protocol.RecordStream); ok {
		batches = stream.Records
	} else if part.RecordSet.Records != nil {
		batches = []protocol.RecordReader{part.RecordSet.Records}
	}
	for _, b := range batches {
		var err error
		switch batch := b.(type) {
		case *protocol.ControlBatch:
			err = chunk.control(batch, &aborted)
		case *protocol.RecordBatch:
			err = chunk.data(batch.Records, func(last int64) bool {
				return batch.Attributes.Transactional() && aborted.covers(batch.ProducerID, last)
			})
		default:
			err = chunk.data(b, func(int64) bool { return false })
		}
		if err != nil {
			return nil, fmt.Errorf("read %s partition %d near offset %d: %w", p.Topic, p.Partition, chunk.Next, err)
		}
	}
	if len(batches) > 0 && chunk.Next == at && at < part.LastStableOffset {
		// The batch that holds this offset was compacted: nothing in it lies at or after
		// the position, and the client does not say where it ends. Step over the hole.
		chunk.Next = at + 1
	}
	return chunk, nil
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

// control reads a commit or abort marker; it is never a message.
func (c *Chunk) control(batch *protocol.ControlBatch, aborted *abortedTransactions) error {
	for {
		record, err := batch.ReadControlRecord()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		const abort = 0
		aborted.covers(batch.ProducerID, record.Offset)
		if record.Type == abort {
			delete(aborted.active, batch.ProducerID)
		}
		c.Next = max(c.Next, record.Offset+1)
	}
}

// data copies the messages of a batch, unless it is skipped.
func (c *Chunk) data(records protocol.RecordReader, skip func(last int64) bool) error {
	from := len(c.Records)
	last := int64(-1)
	for {
		record, err := records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		last = record.Offset
		if record.Offset < c.Next {
			closeRecord(record)
			continue
		}
		message, err := c.copyMessage(record)
		if err != nil {
			return err
		}
		c.Records = append(c.Records, Record{Message: message, Offset: record.Offset})
		c.Bytes += len(message.Value) + len(message.Key)
	}
	if skip(last) {
		c.Records = c.Records[:from]
	}
	c.Next = max(c.Next, last+1)
	return nil
}

func closeRecord(r *protocol.Record) {
	for _, b := range []protocol.Bytes{r.Key, r.Value} {
		if b != nil {
			b.Close()
		}
	}
}

// copyMessage copies a record out of the client's pages, which are reused.
func (c *Chunk) copyMessage(r *protocol.Record) (event.Message, error) {
	defer closeRecord(r)
	m := event.Message{Timestamp: r.Time.UnixMicro()}
	var err error
	if m.Key, err = c.copyBytes(r.Key); err != nil {
		return m, err
	}
	if m.Value, err = c.copyBytes(r.Value); err != nil {
		return m, err
	}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, event.Header{Key: h.Key, Value: append([]byte(nil), h.Value...)})
	}
	return m, nil
}

// arenaBytes is how much memory a chunk takes at once for its messages: one allocation for some thousand of them.
const arenaBytes = 256 << 10

func (c *Chunk) copyBytes(b protocol.Bytes) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	n := b.Len()
	if cap(c.arena)-len(c.arena) < n {
		c.arena = make([]byte, 0, max(n, arenaBytes))
	}
	start := len(c.arena)
	c.arena = c.arena[:start+n]
	out := c.arena[start : start+n : start+n]
	_, err := io.ReadFull(b, out)
	return out, err
}
