package ingest_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/compress"

	"tieback/ingest"
	"tieback/ingest/event"
)

// A batch that takes less than a megabyte on the wire and becomes hundreds in memory is read chunk by chunk: never more than some
// chunks lie in memory, and each message comes.
func TestCompressionBomb(t *testing.T) {
	const message = 1 << 20
	for _, c := range []struct {
		codec    compress.Compression
		messages int
	}{{compress.Gzip, 256}, {compress.Zstd, 256}, {compress.Lz4, 128}, {compress.Snappy, 16}} {
		t.Run(c.codec.String(), func(t *testing.T) {
			_, brokers := startBroker(t, 1, "bomb")
			batch := rawBatch{codec: c.codec}
			for i := range c.messages {
				batch.records = append(batch.records, rawRecord{delta: int64(i), value: bytes.Repeat([]byte(" "), message>>4), repeat: 16})
			}
			raw := batch.bytes(t)
			produceRaw(t, newProducer(t, brokers), "bomb", raw)
			source, err := openKafka(t, newStore(), brokers, nil, "bomb")
			if err != nil {
				t.Fatal(err)
			}
			before, peak, messages := heap(), uint64(0), 0
			for {
				chunk, err := source.Next(t.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if chunk.Bytes > ingest.ChunkBytes+message {
					t.Fatalf("a chunk of %d bytes, want at most one message more than %d", chunk.Bytes, ingest.ChunkBytes)
				}
				if messages += len(chunk.Records); messages%16 < 5 {
					peak = max(peak, heap())
				}
			}
			grown := int64(peak-before) >> 20
			t.Logf("%d KiB on the wire, %d MiB of messages, %d MiB more memory", len(raw)>>10, c.messages, grown)
			if messages != c.messages {
				t.Errorf("%d messages, want %d", messages, c.messages)
			}
			if grown > 64 {
				t.Errorf("memory grew by %d MiB", grown)
			}
		})
	}
}

// heap is how much memory is in use, after what is garbage has gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// Of one message that becomes 200 MB the beginning is kept, as a dead letter; its neighbors in the same batch are read.
func TestEndlessMessage(t *testing.T) {
	_, brokers := startBroker(t, 1, "endless")
	produceRaw(t, newProducer(t, brokers), "endless", rawBatch{codec: compress.Zstd, first: 1_772_446_500_000, records: []rawRecord{
		{delta: 0, value: shock("before")},
		{delta: 1, key: []byte("k"), value: bytes.Repeat([]byte("x"), 1<<20), repeat: 200},
		{delta: 2, value: shock("between")},
		{delta: 3, key: bytes.Repeat([]byte("k"), 1<<20), value: []byte("v"), headers: 3},
		{delta: 4, key: bytes.Repeat([]byte("k"), 70<<20), value: []byte("v")},
		{delta: 5, value: shock("many"), headers: ingest.MaxHeaders + 1},
		{delta: 6, value: shock("after"), headers: ingest.MaxHeaders},
	}}.bytes(t))
	s := newStore()
	summary := readAll(t, s, brokers, "endless")
	var got []string
	for _, r := range s.rows {
		got = append(got, r.id+string(r.code))
	}
	if want := "before too_large between not_json too_large too_large after"; strings.Join(got, " ") != want {
		t.Fatalf("%v, want %s", got, want)
	}
	if n := len(s.rows[1].value); n == 0 || n > ingest.HeadBytes {
		t.Errorf("%d bytes of the endless message are kept, want some, at most %d", n, ingest.HeadBytes)
	}
	if s.rows[4].value != "" || s.rows[5].value != string(shock("many")) {
		t.Errorf("kept values %.20q and %.200q, want none behind an endless key, and the whole one before many headers", s.rows[4].value, s.rows[5].value)
	}
	if summary.Consumed != 7 || s.positions[ingest.Partition{Topic: "endless"}] != 7 {
		t.Errorf("consumed %d to %v, want 7 to 7", summary.Consumed, s.positions)
	}
	readAll(t, s, brokers, "endless") // the position lies behind it
	if len(s.rows) != 7 {
		t.Errorf("%d rows after a second run, want still 7", len(s.rows))
	}
}

// Headers count into the size of a batch: a hundred thousand messages with a megabyte of headers each are many batches.
func TestHeadersCountIntoABatch(t *testing.T) {
	_, brokers := startBroker(t, 1, "headers")
	batch := rawBatch{codec: compress.Zstd}
	for i := range 100 {
		batch.records = append(batch.records, rawRecord{delta: int64(i), value: shock("h"), headers: 5000})
	}
	produceRaw(t, newProducer(t, brokers), "headers", batch.bytes(t))
	s := newStore()
	source, err := openKafka(t, s, brokers, nil, "headers")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, t.Context(), s, source, ingest.Limits{Bytes: 100_000}); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 100 || len(s.batches) < 10 {
		t.Errorf("%d messages in %d batches, want 100 in at least 10", len(s.rows), len(s.batches))
	}
}

// Timestamps are whatever a producer wrote. Those beyond the years 1 to 9999 are taken for their ends, and never wrap around.
func TestHostileTimestamps(t *testing.T) {
	const lowest, highest = -62_135_596_800_000_000, 253_402_300_799_999_000
	for name, c := range map[string]struct {
		first, delta int64
		want         int64
	}{
		"the beginning": {-1 << 63, 0, lowest}, "the end": {1<<63 - 1, 0, highest}, "wraps around": {1<<63 - 1, 1, lowest},
		"none": {-1, 0, -1000}, "1970": {0, 0, 0}, "today": {1_772_446_500_000, 5, 1_772_446_500_005_000},
	} {
		raw := rawBatch{first: c.first, records: []rawRecord{{milli: c.delta, value: shock("a")}}}.bytes(t)
		chunks, err := ingest.ReadRecords(raw, 0)
		if err != nil || len(chunks) != 1 || chunks[0].Records[0].Timestamp != c.want {
			t.Errorf("%s: %d (%v), want %d", name, chunks[0].Records[0].Timestamp, err, c.want)
		}
	}
}

// Where the broker's own clock counts, all messages of a batch have its latest timestamp, whatever the producer wrote.
func TestLogAppendTime(t *testing.T) {
	const logAppendTime = 0x08
	raw := rawBatch{attributes: logAppendTime, first: 1000, latest: 5000, records: []rawRecord{{value: shock("a")}, {delta: 1, milli: 7, value: shock("b")}}}.bytes(t)
	chunks, err := ingest.ReadRecords(raw, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range chunks[0].Records {
		if r.Timestamp != 5_000_000 {
			t.Errorf("timestamp %d, want 5000 ms", r.Timestamp)
		}
	}
}

// A message of more than 4 MiB but less than 64 is kept whole, so that a dead letter holds every byte.
func TestLargeMessageIsKeptWhole(t *testing.T) {
	value := bytes.Repeat([]byte("0123456789abcdef"), 50<<20>>4)
	chunks, err := ingest.ReadRecords(rawBatch{codec: compress.Zstd, records: []rawRecord{{value: shock("a")}, {delta: 1, value: value}, {delta: 2, value: shock("b")}}}.bytes(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []ingest.Record
	for _, c := range chunks {
		all = append(all, c.Records...)
	}
	if len(all) != 3 || !bytes.Equal(all[1].Value, value) || all[1].Cut || string(all[2].Value) != string(shock("b")) {
		t.Errorf("%d messages, the large one with %d bytes; want 3, and all of its bytes", len(all), len(all[1].Value))
	}
	var row event.Row
	if why := event.AsInvalid((&event.Decoder{}).Decode(&all[1].Message, &row)); why == nil || why.Code != event.TooLarge {
		t.Errorf("%v, want too_large", why)
	}
}
