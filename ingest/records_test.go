package ingest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
)

// Batches that are damaged, or that lie, are errors that say so; what stood before them is read.
func TestDamagedBatches(t *testing.T) {
	good := rawBatch{records: []rawRecord{{value: shock("good")}}}.bytes(t)
	batch := func(change func(raw []byte)) []byte {
		raw := rawBatch{base: 1, records: []rawRecord{{value: shock("bad")}}}.bytes(t)
		change(raw)
		return raw
	}
	sealed := func(change func(raw []byte)) []byte { return sealBatch(batch(change)) }
	put32 := binary.BigEndian.PutUint32
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"checksum":            {batch(func(raw []byte) { raw[70] ^= 1 }), "its checksum is another one"},
		"version":             {batch(func(raw []byte) { raw[16] = 3 }), "version 3"},
		"length":              {batch(func(raw []byte) { put32(raw[8:], 0xffffffff) }), "is no batch"},
		"shorter than a head": {batch(func(raw []byte) { put32(raw[8:], 20) }), "shorter than its head"},
		"codec":               {sealed(func(raw []byte) { raw[22] = 7 }), "compressed by codec 7"},
		"ends before":         {sealed(func(raw []byte) { put32(raw[23:], 0xfffffff0) }), "ends before it begins"},
		"more records":        {sealed(func(raw []byte) { put32(raw[57:], 2) }), "unexpected EOF"},
		"a billion records":   {sealed(func(raw []byte) { put32(raw[57:], 1<<30) }), "unexpected EOF"},
		"not compressed":      {sealed(func(raw []byte) { raw[22] = 4 }), "magic number mismatch"},
		"not gzip":            {sealed(func(raw []byte) { raw[22] = 1 }), "gzip"},
		"not lz4":             {sealed(func(raw []byte) { raw[22] = 3 }), "lz4"},
		"lies about snappy": {sealed(func(raw []byte) { raw[22] = 2; copy(raw[61:], "\xff\xff\xff\xff\x0f") }),
			"claims to become 4294967295"},
		"a huge window":           {append(append([]byte{}, good...), rawWithBody(4, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0})...), "window size exceeded"},
		"a record that is longer": {rawBatch{base: 1, records: []rawRecord{{value: shock("bad"), lyingLength: 1 << 20}}}.bytes(t), "unexpected EOF"},
		"a record that is shorter": {rawBatch{base: 1, records: []rawRecord{{value: shock("bad"), lyingLength: -10}}}.bytes(t),
			"shorter than its fields"},
		"an offset outside": {rawBatch{base: 1, lastDelta: 1, records: []rawRecord{{delta: 9, value: shock("bad")}}}.bytes(t), "a record has offset 10, its batch 1 to 2"},
	} {
		raw := c.raw
		if !bytes.HasPrefix(raw, good) {
			raw = append(append([]byte{}, good...), raw...)
		}
		chunks, err := ingest.ReadRecords(raw, 0)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "read raw partition 0 near offset ") {
			t.Errorf("%s: %d chunks, %v; want %q and where", name, len(chunks), err, c.want)
		}
	}
	// A broker may cut the last batch off.
	for cut := range len(good) {
		chunks, err := ingest.ReadRecords(append(append([]byte{}, good...), good[:cut]...), 0)
		if err != nil || len(chunks) != 1 || len(chunks[0].Records) != 1 {
			t.Errorf("%d bytes of a second batch: %d chunks, %v; want the first batch", cut, len(chunks), err)
		}
	}
}

// rawWithBody is a batch at offset 1 of one record whose bytes, compressed or not, are given.
func rawWithBody(codec byte, body []byte) []byte {
	raw := make([]byte, 61, 61+len(body))
	binary.BigEndian.PutUint64(raw, 1)
	raw[16], raw[22] = 2, codec
	binary.BigEndian.PutUint32(raw[57:], 1)
	binary.BigEndian.PutUint32(raw[8:], uint32(49+len(body)))
	return sealBatch(append(raw, body...))
}

// A damaged batch is asked for again and again, and said each time; what stands before it is committed, nothing behind it is
// skipped.
func TestDamagedBatchIsNotSkipped(t *testing.T) {
	t.Parallel()
	_, brokers := startBroker(t, 1, "damaged")
	client := newProducer(t, brokers)
	publish(t, client, shocks("damaged", 0, "good", 3)...)
	produceRaw(t, client, "damaged", rawBatch{records: []rawRecord{{value: shock("bad"), lyingLength: -10}}}.bytes(t))
	publish(t, client, shocks("damaged", 0, "behind", 3)...)
	s := newStore()
	failed := make(chan error, 100)
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) {
		k.Observe.Failed = func(err error) {
			select {
			case failed <- err:
			default:
			}
		}
	}, "damaged")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := run(t, ctx, s, source, ingest.Limits{Wait: 50 * time.Millisecond})
		ended <- err
	}()
	for range 2 {
		if err := <-failed; !strings.Contains(err.Error(), "damaged partition 0 near offset 3: a record is shorter than its fields") {
			t.Errorf("%v, want the place of the damage", err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	p := ingest.Partition{Topic: "damaged"}
	if diff := cmp.Diff(ids("good", 3), s.ids(p)); diff != "" || s.positions[p] != 3 {
		t.Errorf("position %d, want 3; (-want +got):\n%s", s.positions[p], diff)
	}
}

// The formats before Kafka 0.11 may still lie in old logs.
func TestOldFormats(t *testing.T) {
	for _, codec := range []compress.Compression{compress.None, compress.Gzip} {
		var old bytes.Buffer
		set := protocol.RecordSet{Version: 1, Attributes: protocol.Attributes(codec), Records: protocol.NewRecordReader(
			protocol.Record{Offset: 0, Time: time.UnixMilli(1000), Value: protocol.NewBytes(shock("a"))},
			protocol.Record{Offset: 1, Time: time.UnixMilli(2000), Key: protocol.NewBytes([]byte("k")), Value: protocol.NewBytes(shock("b"))},
		)}
		if _, err := set.WriteTo(&old); err != nil {
			t.Fatal(err)
		}
		raw := append(old.Bytes()[4:], rawBatch{base: 2, records: []rawRecord{{value: shock("c")}}}.bytes(t)...)
		chunks, err := ingest.ReadRecords(raw, 1)
		if err != nil || len(chunks) != 1 || len(chunks[0].Records) != 2 {
			t.Fatalf("%s: %d chunks, %v; want one of b and c", codec, len(chunks), err)
		}
		b := chunks[0].Records[0]
		if b.Offset != 1 || b.Timestamp != 2_000_000 || string(b.Key) != "k" || string(b.Value) != string(shock("b")) || chunks[0].Next != 3 {
			t.Errorf("%s: %+v to %d, want b at 1 and the end at 3", codec, b, chunks[0].Next)
		}
	}
}

// A position may lie in a hole that compaction made at the end of a batch: reading goes on behind the batch, in one step.
func TestPositionInAHole(t *testing.T) {
	hole := rawBatch{records: []rawRecord{{value: shock("first")}}, lastDelta: 99}.bytes(t)
	empty := rawBatch{base: 100, lastDelta: 49}.bytes(t)
	next := rawBatch{base: 150, records: []rawRecord{{value: shock("next")}}}.bytes(t)
	for at := int64(1); at < 151; at += 7 {
		chunks, err := ingest.ReadRecords(bytes.Join([][]byte{hole, empty, next}, nil), at)
		if err != nil || len(chunks) != 1 || len(chunks[0].Records) != 1 || chunks[0].Records[0].Offset != 150 || chunks[0].Next != 151 {
			t.Errorf("from %d: %v; want the message at 150, then 151", at, err)
		}
	}
	chunks, err := ingest.ReadRecords(hole, 50)
	if err != nil || len(chunks) != 1 || len(chunks[0].Records) != 0 || chunks[0].Next != 100 {
		t.Errorf("nothing behind the hole: %v; want no message and the position 100", err)
	}
}

// The same with a log that the broker compacted: every position ends at the end, with what is still there behind it.
func TestCompactedLogFromEveryPosition(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	if err := cluster.CreateTopic("compacted", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	producer := newProducer(t, cluster.ListenAddrs())
	for round := range 3 { // a batch each; of the first one b and c go, which stand last; the last one is not compacted
		var batch []*kgo.Record
		for i, key := range []string{fmt.Sprint("a", round), "b", "c"} {
			batch = append(batch, &kgo.Record{Topic: "compacted", Key: []byte(key), Value: shock(fmt.Sprint(3*round + i))})
		}
		publish(t, producer, batch...)
	}
	cluster.Compact()
	p := ingest.Partition{Topic: "compacted"}
	for from := int64(0); from <= 9; from++ {
		s := newStore()
		s.positions[p] = from
		readAll(t, s, cluster.ListenAddrs(), "compacted")
		var want []string
		for _, at := range []int64{0, 3, 4, 5, 6, 7, 8} {
			if at >= from {
				want = append(want, fmt.Sprint(at))
			}
		}
		if diff := cmp.Diff(want, s.ids(p)); diff != "" || s.positions[p] != 9 {
			t.Errorf("from %d to %d, want to 9 (-want +got):\n%s", from, s.positions[p], diff)
		}
	}
}

// Whatever bytes come, reading them ends, with messages within the log or an error.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{}, int64(0))
	for codec := compress.None; codec <= compress.Zstd; codec++ {
		f.Add(rawBatch{codec: codec, records: []rawRecord{{value: []byte("a")}, {delta: 1, key: []byte("k"), headers: 2}}}.bytes(f), int64(1))
	}
	f.Fuzz(func(t *testing.T, raw []byte, at int64) {
		if len(raw) > 61 && len(raw) < 1<<20 { // a batch with a right checksum, so that more than that is tried
			binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
			raw[16] = 2
			sealBatch(raw)
		}
		last := at
		chunks, _ := ingest.ReadRecords(raw, at)
		for _, c := range chunks {
			if c.First != last || c.Next < c.First {
				t.Fatalf("a chunk from %d to %d behind %d", c.First, c.Next, last)
			}
			last = c.Next
			for _, r := range c.Records {
				if r.Offset < c.First || r.Offset >= c.Next {
					t.Fatalf("offset %d in a chunk from %d to %d", r.Offset, c.First, c.Next)
				}
			}
		}
	})
}
