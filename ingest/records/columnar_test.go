package records_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"

	"tieback/ingest/records"
)

// batchOf reads rows of JSON into a record batch.
func batchOf(t *testing.T, schema *arrow.Schema, rows ...string) arrow.RecordBatch {
	t.Helper()
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// writeParquet writes batches, each as one row group.
func writeParquet(t *testing.T, schema *arrow.Schema, batches ...arrow.RecordBatch) string {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "a.parquet", out.Bytes())
}

// shockSchema is that of platform.shock without an id.
var shockSchema = arrow.NewSchema([]arrow.Field{
	{Name: "type", Type: arrow.BinaryTypes.String}, {Name: "time", Type: arrow.FixedWidthTypes.Timestamp_us},
	{Name: "platform", Type: arrow.BinaryTypes.String}, {Name: "kind", Type: arrow.BinaryTypes.String}, {Name: "note", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// parquetFile writes n rows in groups of so many; every third row is equal to all other third rows.
func parquetFile(t *testing.T, n, group int) string {
	t.Helper()
	var batches []arrow.RecordBatch
	for from := 0; from < n; from += group {
		var rows []string
		for i := from; i < min(n, from+group); i++ {
			note := fmt.Sprintf(`"%d"`, i)
			if i%3 == 0 {
				note = "null"
			}
			rows = append(rows, fmt.Sprintf(`{"type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api","note":%s}`, note))
		}
		batches = append(batches, batchOf(t, shockSchema, rows...))
	}
	return writeParquet(t, shockSchema, batches...)
}

// everyType holds a column of each kind of value that an event may need, and some that it does not.
var everyType = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "type", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
	{Name: "time", Type: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "America/New_York"}},
	{Name: "local", Type: &arrow.TimestampType{Unit: arrow.Millisecond}, Nullable: true},
	{Name: "gross", Type: &arrow.Decimal128Type{Precision: 38, Scale: 4}, Nullable: true},
	{Name: "net", Type: &arrow.Decimal256Type{Precision: 60, Scale: 2}, Nullable: true},
	{Name: "tax", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "rate", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
	{Name: "views", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
	{Name: "paid", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "starts_on", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "raw", Type: arrow.BinaryTypes.Binary, Nullable: true},
	{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "data", Type: arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "b", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64), Nullable: true}), Nullable: true},
	{Name: "shares", Type: arrow.MapOf(arrow.BinaryTypes.String, &arrow.Decimal128Type{Precision: 5, Scale: 2}), Nullable: true},
}, nil)

var everyRow = []string{
	`{"id":"9007199254740993","type":"sale.order","time":"2026-03-02T05:15:00.123456789-05:00","local":"2026-03-02T10:15:00.5","gross":"12345678901234567890123456789012.3456",
	  "net":"-0.10","tax":0.1,"rate":0.1,"views":"18446744073709551615","paid":false,"starts_on":"2026-03-02","raw":"aMO8","tags":["a\"b",null,"c"],"data":{"a":null,"b":[1,2]},"shares":[{"key":"x","value":"0.50"},{"key":"y","value":null}]}`,
	`{"id":2,"type":"fx.rate","time":"1969-12-31T23:59:59Z","local":null,"gross":null,"net":null,"tax":null,"rate":null,"views":null,"paid":null,"starts_on":null,"raw":"/w==","tags":[],"data":{"a":-1,"b":null},"shares":[]}`,
}

// Whole numbers and decimals keep every digit, times are UTC, null is absent. The values are those of everyRow.
var everyWanted = []string{
	`{"id":9007199254740993,"type":"sale.order","time":"2026-03-02T10:15:00.123456789Z","local":"2026-03-02T10:15:00.5Z","gross":"12345678901234567890123456789012.3456",` +
		`"net":"-0.10","tax":0.1,"rate":0.1,"views":18446744073709551615,"paid":false,"starts_on":"2026-03-02","raw":"hü","tags":["a\"b",null,"c"],"data":{"b":[1,2]},"shares":{"x":"0.50"}}`,
	`{"id":2,"type":"fx.rate","time":"1969-12-31T23:59:59Z","raw":"/w==","tags":[],"data":{"a":-1},"shares":{}}`,
}

func TestParquetValues(t *testing.T) {
	path := writeParquet(t, everyType, batchOf(t, everyType, everyRow[0]), batchOf(t, everyType, everyRow[1]))
	if diff := cmp.Diff(everyWanted, read(t, records.Options{}, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	zipped := write(t, "a.parquet.gz", compressed(t, content))
	if diff := cmp.Diff(everyWanted, read(t, records.Options{}, zipped)); diff != "" {
		t.Errorf("compressed (-want +got):\n%s", diff)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("%v is left in the temporary folder", left)
	}
}

func compressed(t *testing.T, content []byte) []byte {
	t.Helper()
	return compressWith(t, content, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func TestArrowValues(t *testing.T) {
	first, second := batchOf(t, everyType, everyRow[0]), batchOf(t, everyType, everyRow[1])
	var file, stream bytes.Buffer
	fileWriter, err := ipc.NewFileWriter(&file, ipc.WithSchema(everyType), ipc.WithZstd())
	if err != nil {
		t.Fatal(err)
	}
	streamWriter := ipc.NewWriter(&stream, ipc.WithSchema(everyType), ipc.WithLZ4(), ipc.WithDictionaryDeltas(true))
	for _, b := range []arrow.RecordBatch{first, second} {
		// A dictionary of a file may grow and must not change: the second batch holds both words.
		if err := streamWriter.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := fileWriter.Write(batchOf(t, everyType, everyRow...)); err != nil {
		t.Fatal(err)
	}
	if err := fileWriter.Close(); err != nil {
		t.Fatal(err)
	}
	if err := streamWriter.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"file": file.Bytes(), "stream": stream.Bytes(), "compressed file": compressed(t, file.Bytes()), "compressed stream": compressed(t, stream.Bytes())} {
		if diff := cmp.Diff(everyWanted, read(t, records.Options{}, write(t, "a", content))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Slices, unions, run ends and lists of fixed size keep each value with its row.
func TestNestedArrow(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "time", Type: arrow.FixedWidthTypes.Date32}, {Name: "n", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int8)},
		{Name: "s", Type: arrow.StructOf(arrow.Field{Name: "x", Type: arrow.FixedWidthTypes.Time32ms}), Nullable: true},
	}, nil)
	whole := batchOf(t, schema, `{"time":"2026-03-01","n":[1,2],"s":null}`, `{"time":"2026-03-02","n":[3,4],"s":{"x":"10:15:00.25"}}`, `{"time":"2026-03-03","n":[5,6],"s":{"x":"00:00:00"}}`)
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	if err := w.Write(whole.NewSlice(1, 3)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	o := records.Options{Type: "platform.shock", IDFrom: "time", Zone: zone}
	want := []string{
		`{"time":"2026-03-02T00:00:00+01:00","n":[3,4],"s":{"x":"10:15:00.25"},"id":"2026-03-02","type":"platform.shock"}`,
		`{"time":"2026-03-03T00:00:00+01:00","n":[5,6],"s":{"x":"00:00:00"},"id":"2026-03-03","type":"platform.shock"}`,
	}
	if diff := cmp.Diff(want, read(t, o, write(t, "a.arrows", stream.Bytes()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A damaged file is an error with its name and never a panic; what stands before the damage is read.
func TestDamagedParquet(t *testing.T) {
	content, err := os.ReadFile(parquetFile(t, 3000, 500))
	if err != nil {
		t.Fatal(err)
	}
	var failed int
	for i := 0; i < len(content); i += 1 + len(content)/120 {
		damaged := append([]byte(nil), content...)
		damaged[i] ^= 0x5a
		path := write(t, "damaged.parquet", damaged)
		r, err := records.Options{}.Open(path)
		if err == nil {
			_, err = drain(t, r)
			r.Close()
		}
		if err != nil {
			failed++
			if !strings.Contains(err.Error(), path) {
				t.Errorf("byte %d: %v, want the file's name", i, err)
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
	for _, end := range []int{4, 5, 100, len(content) / 2, len(content) - 1} {
		_, err := faultOf(t, records.Options{}, write(t, "cut.parquet", content[:end]))
		if !strings.Contains(err.Error(), "cut.parquet") {
			t.Errorf("cut at %d: %v", end, err)
		}
	}
}

// Rows without an id have one that the same row keeps in every file, and equal rows of one file have several.
func TestDerivedIDs(t *testing.T) {
	ids := func(rows []string) (list []string) {
		for _, row := range rows {
			_, rest, _ := strings.Cut(row, `"id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			list = append(list, id)
		}
		return list
	}
	all := ids(read(t, records.Options{}, parquetFile(t, 9, 4)))
	seen := make(map[string]bool)
	for _, id := range all {
		if seen[id] || !strings.HasPrefix(id, "row:") || len(strings.Split(id, "#")[0]) != len("row:")+32 {
			t.Errorf("id %q is met twice or odd", id)
		}
		seen[id] = true
	}
	if all[3] != all[0]+"#2" || all[6] != all[0]+"#3" {
		t.Errorf("equal rows are %q, want #2 and #3 of the first", []string{all[0], all[3], all[6]})
	}
	if longer := ids(read(t, records.Options{}, parquetFile(t, 12, 5))); cmp.Diff(all, longer[:9]) != "" {
		t.Errorf("a longer file has other ids: %q, want %q first", longer, all)
	}
}
