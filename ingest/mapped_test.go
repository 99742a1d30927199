package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/tools/txtar"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// memorySource yields chunks of records that value makes.
type memorySource struct {
	left, at int
	value    func(offset int) []byte
}

func (s *memorySource) Next(context.Context) (*ingest.Chunk, error) {
	if s.left == 0 {
		return nil, io.EOF
	}
	n := min(s.left, 10_000)
	s.left -= n
	chunk := &ingest.Chunk{Partition: ingest.Partition{Topic: "foreign"}, First: int64(s.at), Next: int64(s.at + n), Records: make([]ingest.Record, n)}
	for i := range chunk.Records {
		chunk.Records[i] = ingest.Record{Message: event.Message{Value: s.value(s.at + i)}, Offset: int64(s.at + i)}
	}
	s.at += n
	return chunk, nil
}

// Several goroutines map a chunk, and every record keeps its own result in its place.
func TestMappedRecordsKeepTheirOrder(t *testing.T) {
	m, err := mapping.New("own.jq", `if .n % 7 == 3 then error("bad") elif .n % 5 == 0 then left_out("fives") else {id: .n}, (range(.n % 3) as $i | {id: "\(.n)-\($i)"}) end`)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 2, 5} {
		lines := &memorySource{left: 25_000, value: func(offset int) []byte {
			if offset%11 == 0 {
				return nil
			}
			return fmt.Appendf(nil, `{"n":%d}`, offset)
		}}
		source := ingest.NewMappedSource(lines, func(string) *mapping.Map { return m }, nil, workers)
		seen := 0
		for {
			chunk, err := source.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range chunk.Records {
				n := int(r.Offset)
				if n != seen {
					t.Fatalf("record %d comes where %d should", n, seen)
				}
				seen++
				var want []string
				switch {
				case n%11 == 0:
				case n%7 == 3:
					if r.Made.Fault == nil {
						t.Fatalf("record %d has no fault", n)
					}
				case n%5 == 0:
					if len(r.Made.LeftOut) != 1 || r.Made.LeftOut[0] != "fives" {
						t.Fatalf("record %d: left out %v", n, r.Made.LeftOut)
					}
				default:
					want = append(want, fmt.Sprintf(`{"id":%d}`, n))
					for i := range n % 3 {
						want = append(want, fmt.Sprintf(`{"id":"%d-%d"}`, n, i))
					}
				}
				if got := string(bytes.Join(r.Made.Events, []byte(" "))); got != string(bytes.Join(bytesOf(want), []byte(" "))) {
					t.Fatalf("%d workers: record %d made %s, want %s", workers, n, got, want)
				}
			}
		}
		if seen != 25_000 {
			t.Errorf("%d records, want 25000", seen)
		}
	}
}

func bytesOf(texts []string) [][]byte {
	list := make([][]byte, len(texts))
	for i, text := range texts {
		list[i] = []byte(text)
	}
	return list
}

// A topic without a map is not touched.
func TestTopicsWithoutAMapCarryEvents(t *testing.T) {
	lines := &memorySource{left: 3, value: func(int) []byte { return []byte(`{"id":"e"}`) }}
	chunk, err := ingest.NewMappedSource(lines, func(string) *mapping.Map { return nil }, nil, 2).Next(t.Context())
	if err != nil || chunk.Records[0].Made != nil {
		t.Errorf("%v, %+v", err, chunk)
	}
}

// BenchmarkMillionRecords maps a million records on all cores, in order.
func BenchmarkMillionRecords(b *testing.B) {
	for _, c := range []struct{ name, sample string }{
		{"shopify-orders", "an order, again, and updated"}, {"meta-webhooks", "a comment"}, {"meta-ads", "a day of a campaign, and restated"},
		{"google-ads", "a day of a campaign; micros become decimals"}, {"finance-costs", "a day, a month, a credit note, a correction"},
	} {
		b.Run(c.name, func(b *testing.B) {
			m, err := mapping.Open(c.name)
			if err != nil {
				b.Fatal(err)
			}
			record := sampleRecord(b, c.name, c.sample)
			const records = 1_000_000
			for b.Loop() {
				source := ingest.NewMappedSource(&memorySource{left: records, value: func(int) []byte { return record }}, func(string) *mapping.Map { return m }, nil, runtime.GOMAXPROCS(0))
				for err == nil {
					_, err = source.Next(b.Context())
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				err = nil
			}
			b.ReportMetric(records*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func sampleRecord(b *testing.B, name, sample string) []byte {
	b.Helper()
	archive, err := txtar.ParseFile(filepath.Join("mapping", "testdata", name+".txtar"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == sample+": in" {
			first, _, _ := bytes.Cut(f.Data, []byte("\n"))
			return first
		}
	}
	b.Fatalf("%s has no sample %q", name, sample)
	return nil
}
