package records_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/ingest/records"
)

// write makes a file in a folder of its own.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// drain reads what is left: each record as its text, one that can be no event as "code: bytes".
func drain(t *testing.T, r ingest.RecordReader) (list []string, err error) {
	t.Helper()
	for {
		record, err := r.Append(nil)
		why := event.AsInvalid(err)
		switch {
		case why != nil:
			list = append(list, fmt.Sprintf("%s: %s", why.Code, record))
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return list, err
		default:
			list = append(list, string(record))
		}
	}
}

// read reads a file that must be readable to its end.
func read(t *testing.T, o records.Options, path string) []string {
	t.Helper()
	r, err := o.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	list, err := drain(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// faultOf reads a file that must not be readable and returns what could be read before.
func faultOf(t *testing.T, o records.Options, path string) (list []string, fault error) {
	t.Helper()
	r, err := o.Open(path)
	if err == nil {
		defer r.Close()
		list, err = drain(t, r)
	}
	if err == nil {
		t.Errorf("%s was read as %q, want an error", path, list)
		return nil, errors.New("none")
	}
	return list, err
}

func compressWith(t *testing.T, content []byte, writer func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var out bytes.Buffer
	w := writer(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bzipped is `printf '{"id":"1"}\n{"id":"2"}\n' | bzip2`: the standard library does not write bzip2.
const bzipped = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x3e\x4b\x7f\x64\x00\x00\x09\x59\x80\x00\x10\x10\x00\x30\x10\x04\x20\x00\x0a\x20\x00\x31\x06\x4c\x40\x55\x4d\x0d\x36\xa4\x5b\xc8\xcc\xc2\x29\x14\xf8\xbb\x92\x29\xc2\x84\x81\xf2\x5b\xfb\x20"

// The first bytes say how a file is compressed and what it is; its name, here none, says nothing.
func TestCompressions(t *testing.T) {
	content := []byte("{\"id\":\"1\"}\n{\"id\":\"2\"}\n")
	for name, file := range map[string][]byte{
		"plain":  content,
		"gzip":   compressWith(t, content, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"zstd":   compressWith(t, content, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }),
		"lz4":    compressWith(t, content, func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }),
		"snappy": compressWith(t, content, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) }),
		"bzip2":  []byte(bzipped),
	} {
		if diff := cmp.Diff([]string{`{"id":"1"}`, `{"id":"2"}`}, read(t, records.Options{}, write(t, "file", file))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err := faultOf(t, records.Options{}, write(t, "cut.bz2", []byte(bzipped)[:30]))
	if !strings.Contains(err.Error(), "cut.bz2") || !strings.Contains(err.Error(), "complete?") {
		t.Errorf("%v, want the file's name and a question", err)
	}
}

// Content decides before the name does.
func TestFormatIsFound(t *testing.T) {
	csv := "id,type,time\n1,platform.shock,2026-03-02T10:15:00Z\n"
	row := `{"id":"1","type":"platform.shock","time":"2026-03-02T10:15:00Z"}`
	for name, c := range map[string]struct {
		file, content string
		want          []string
	}{
		"csv":                          {"a.csv", csv, []string{row}},
		"csv with another name":        {"a.txt", csv, []string{row}},
		"csv without a name":           {"a", strings.ReplaceAll(csv, ",", ";"), []string{row}},
		"byte order mark":              {"a.csv", "\xef\xbb\xbf" + csv, []string{row}},
		"tabs":                         {"a.tsv", strings.ReplaceAll(csv, ",", "\t"), []string{row}},
		"ndjson named csv":             {"a.csv", row + "\n", []string{row}},
		"ndjson after a mark":          {"a", "\xef\xbb\xbf" + row + "\n", []string{row}},
		"array named ndjson":           {"a.ndjson", " [\n" + row + " ,\n{}]\n", []string{row, "{}"}},
		"text that is none of it":      {"a", "a line, of text\n", []string{"a line, of text"}},
		"text that is named as ndjson": {"a.jsonl", csv, []string{"id,type,time", "1,platform.shock,2026-03-02T10:15:00Z"}},
		"no byte":                      {"a.csv", "", nil},
		"a mark alone":                 {"a.csv", "\xef\xbb\xbf", nil},
		"a header alone":               {"a.csv", "id,type,time\n", nil},
		"no byte, named parquet":       {"a.parquet", "", nil},
		"an empty array":               {"a.json", "[ ]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(t, records.Options{}, write(t, c.file, []byte(c.content)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be read says so, with the name of the file and what to do.
func TestForeignFiles(t *testing.T) {
	for name, c := range map[string]struct{ file, content, phrase string }{
		"spreadsheet":        {"a.xlsx", "PK\x03\x04\x14\x00", "save the sheet as CSV"},
		"png":                {"a.ndjson", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x06", "neither as text nor as a known format"},
		"pdf":                {"a", "%PDF-1.4\n", "is a PDF"},
		"utf-16":             {"a.csv", "\xff\xfei\x00d\x00", "is UTF-16: save it as UTF-8"},
		"feather 1":          {"a.feather", "FEA1\x00\x00", "write it as version 2"},
		"avro":               {"a.avro", "Obj\x01\x04", "Avro container file"},
		"text named parquet": {"a.parquet", "<html>404</html>", "does not begin as one"},
		"torn parquet":       {"a.parquet", "PAR1\x15\x04\x15", "is the file complete?"},
		"torn arrow":         {"a.arrow", "ARROW1\x00\x00\xff\xff\xff\xff\x10", "is the file complete?"},
		"torn stream":        {"a", "\xff\xff\xff\xff\x10\x01\x00\x00", "is the file complete?"},
		"two columns alike":  {"a.csv", "id,time,type,id\n", `columns 1 and 4 are both called "id"`},
		"no time":            {"a.csv", "id,type,day\n", "--time-from"},
		"no type":            {"a.csv", "id,time,day\n", "--type"},
		"torn header":        {"a.csv", "\"id,time\n", "the header in line 1 is broken"},
		"zero bytes":         {"a.csv", "i\x00d\x00,t\x00\n", "is it UTF-16?"},
		"old line ends":      {"a.csv", "id,type,time\r1,2,3\r", "carriage return alone"},
		"latin-1 header":     {"a.csv", "id,type,time,stra\xdfe\n", "the header is not UTF-8"},
		"open array":         {"a.json", "[{\"a\":1},", "the array is never closed"},
		"open object":        {"a.json", "[{\"a\":[1}", "record 0: it is never closed"},
		"no comma":           {"a.json", "[{} {}]", "record 1: a comma is missing"},
		"two commas":         {"a.json", "[{},,{}]", "record 1: an event should stand"},
		"comma at the end":   {"a.json", "[{},]", "record 1: an event should stand"},
		"after the end":      {"a.json", "[{}] x", "text follows the end"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.file, []byte(c.content))
			_, err := faultOf(t, records.Options{}, path)
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.phrase) {
				t.Errorf("%q, want the file's name and %q", err, c.phrase)
			}
		})
	}
}

// Values of an array come byte for byte; a broken one is left to the decoder, and its neighbors are read.
func TestJSONValues(t *testing.T) {
	content := `[{"a":"]}\"\\"}, 1.50 ,"x,y",null,{bad],{"b":
 [1,{"c":"\u00e9"}]} , tru]`
	want := []string{`{"a":"]}\"\\"}`, "1.50", `"x,y"`, "null", "{bad]", "{\"b\":\n [1,{\"c\":\"\\u00e9\"}]}", "tru"}
	if diff := cmp.Diff(want, read(t, records.Options{}, write(t, "a.json", []byte(content)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Without an array: values one after another that span lines, where the option says so.
	pretty := "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}{}"
	want = []string{"{\n  \"a\": 1\n}", "{\n  \"a\": 2\n}", "{}"}
	if diff := cmp.Diff(want, read(t, records.Options{Format: records.JSON}, write(t, "a.json", []byte(pretty)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The options' type and source stand in the record, where it is an object that names none.
func TestTypeAndSourceOfJSON(t *testing.T) {
	lines := "{}\n { \"type\":\"t\",\"a\":1}\n{\"source\":\"own\",\"type\":\"t\"}\nbroken {\n{\"a\":1\n[1]\n"
	want := []string{`{"type":"cost.entry","source":"books"}`, ` {"source":"books", "type":"t","a":1}`, `{"source":"own","type":"t"}`, "broken {", `{"a":1`, "[1]"}
	o := records.Options{Type: "cost.entry", Source: "books"}
	if diff := cmp.Diff(want, read(t, o, write(t, "a", []byte(lines)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A reader that opens at a record yields what one that starts at the first record yields from there on, in every format.
func TestOpenAt(t *testing.T) {
	csv := "type,time,note,platform\n" + strings.Repeat("platform.shock,2026-03-02,same,x\nplatform.shock,2026-03-02,\"a\nb\",x\n\nplatform.shock,broken\n", 5)
	files := map[string]string{
		"csv":     write(t, "a.csv", []byte(csv)),
		"ndjson":  write(t, "a.ndjson", []byte(strings.Repeat("{\"a\":1}\n{\"a\":2}\n", 8))),
		"json":    write(t, "a.json", []byte("["+strings.Repeat(`{"a":1},`, 15)+"2]")),
		"parquet": parquetFile(t, 10, 3),
	}
	for name, path := range files {
		all := read(t, records.Options{}, path)
		if len(all) < 10 {
			t.Fatalf("%s: %d records", name, len(all))
		}
		for from := 0; from <= len(all)+2; from++ {
			r, err := records.Options{}.OpenAt(path, int64(from))
			if err != nil {
				t.Fatal(err)
			}
			got, err := drain(t, r)
			r.Close()
			if diff := cmp.Diff(append([]string{}, all[min(from, len(all)):]...), append([]string{}, got...)); err != nil || diff != "" {
				t.Errorf("%s from record %d: %v (-want +got):\n%s", name, from, err, diff)
			}
		}
	}
}

func TestStandardInput(t *testing.T) {
	csv := "id,type,time\n1,platform.shock,2026-03-02\n"
	zone := time.FixedZone("", -6*3600)
	o := records.Options{Stdin: strings.NewReader(csv), Zone: zone}
	want := []string{`{"id":"1","type":"platform.shock","time":"2026-03-02T00:00:00-06:00"}`}
	if diff := cmp.Diff(want, read(t, o, "-")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	content, err := os.ReadFile(parquetFile(t, 5, 2)) // from its end, which a pipe has only when it is over
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, records.Options{Stdin: bytes.NewReader(content)}, "-"); len(got) != 5 {
		t.Errorf("%d rows of Parquet from standard input, want 5", len(got))
	}
}
