package ingest_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tieback/ingest"
)

// BenchmarkFileSource reads NDJSON into chunks.
func BenchmarkFileSource(b *testing.B) {
	const n = 200_000
	content := lines("bench", n)
	path := filepath.Join(b.TempDir(), "events.ndjson")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		source, err := ingest.NewFileSource([]string{path}, knownAt, func(string) int64 { return 0 })
		if err != nil {
			b.Fatal(err)
		}
		read := 0
		for {
			chunk, err := source.Next(b.Context())
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			read += len(chunk.Records)
		}
		if read != n {
			b.Fatalf("%d records, want %d", read, n)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
