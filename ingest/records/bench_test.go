package records_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"tieback/ingest/records"
)

// benchRows is how many orders each file of BenchmarkFormats holds.
const benchRows = 100_000

// BenchmarkFormats reads the same orders from each format.
func BenchmarkFormats(b *testing.B) {
	var ndjson, csv bytes.Buffer
	csv.WriteString("id,source,type,time,order_id,customer,gross,discount,currency,market\n")
	for i := range benchRows {
		fmt.Fprintf(&ndjson, `{"id":"o-%d","source":"shop","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":"%d","customer":"c-%d","gross":"%d.50","discount":"1.00","currency":"USD","market":"US"}`+"\n", i, i, i%5000, i%90)
		fmt.Fprintf(&csv, "o-%d,shop,sale.order,2026-03-02T10:15:00Z,%d,c-%d,%d.50,1.00,USD,US\n", i, i, i%5000, i%90)
	}
	folder := b.TempDir()
	files := map[string][]byte{
		"ndjson": ndjson.Bytes(), "csv": csv.Bytes(), "parquet": benchParquet(b),
		"json": []byte("[" + strings.ReplaceAll(strings.TrimSpace(ndjson.String()), "\n", ",") + "]"),
	}
	for _, name := range []string{"ndjson", "json", "csv", "parquet"} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(files[name])))
			b.ReportAllocs()
			for b.Loop() {
				r, err := records.Options{}.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				read := 0
				var arena []byte
				for {
					if arena, err = r.Append(arena[:0]); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
					read++
				}
				r.Close()
				if read != benchRows {
					b.Fatalf("%d records", read)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func benchParquet(b *testing.B) []byte {
	b.Helper()
	text := arrow.BinaryTypes.String
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: text}, {Name: "source", Type: text}, {Name: "type", Type: text}, {Name: "time", Type: arrow.FixedWidthTypes.Timestamp_us}, {Name: "order_id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "customer", Type: text}, {Name: "gross", Type: &arrow.Decimal128Type{Precision: 18, Scale: 4}}, {Name: "discount", Type: &arrow.Decimal128Type{Precision: 18, Scale: 4}}, {Name: "currency", Type: text}, {Name: "market", Type: text},
	}, nil)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		b.Fatal(err)
	}
	var rows []string
	for i := range benchRows {
		rows = append(rows, fmt.Sprintf(`{"id":"o-%d","source":"shop","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":%d,"customer":"c-%d","gross":"%d.50","discount":"1.00","currency":"USD","market":"US"}`, i, i, i%5000, i%90))
	}
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(w.Write(batch), w.Close()); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
