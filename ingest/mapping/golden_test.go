package mapping_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

var update = flag.Bool("update", false, "write the expected events of testdata anew")

// known is when the records of testdata become known.
var known = time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()

func worker(tb testing.TB, name string) *mapping.Worker {
	tb.Helper()
	m, err := mapping.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// describe writes what a map made of a record, an output a line, each event with what the decoder says of it.
func describe(r mapping.Result) string {
	var b strings.Builder
	if r.Fault != nil {
		fmt.Fprintf(&b, "dead letter: %s\n", r.Fault.Error())
	}
	for _, reason := range r.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", reason)
	}
	var row event.Row
	for _, text := range r.Events {
		fmt.Fprintf(&b, "%s\n", text)
		if err := (&event.Decoder{}).Decode(&event.Message{Value: text, Timestamp: known}, &row); err != nil {
			fmt.Fprintf(&b, "  dead letter: %v\n", err)
		} else if row.UnknownFields+row.OtherValues > 0 {
			fmt.Fprintf(&b, "  %d unknown fields, %d values stored as other\n", row.UnknownFields, row.OtherValues)
		}
	}
	return b.String()
}

// TestBuiltInMaps runs every built-in map on the records of testdata/NAME.txtar: of each case a file "in" of records, one a line, and a
// file "out" of what they become. A case whose name does not say so makes no dead letter.
func TestBuiltInMaps(t *testing.T) {
	for _, name := range mapping.Names() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".txtar")
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatalf("every built-in map has sample records: %v", err)
			}
			lean, whole, each := worker(t, name), worker(t, name), worker(t, name)
			mapping.Whole(whole)
			for i := 0; i+1 < len(archive.Files); i += 2 {
				in, out := archive.Files[i], &archive.Files[i+1]
				var got, gotWhole, gotEach strings.Builder
				records := bytes.Split(bytes.TrimSpace(in.Data), []byte("\n"))
				made := make([]mapping.Result, len(records))
				each.RunEach(len(records), func(i int) []byte { return records[i] }, made)
				for j, record := range records {
					gotEach.WriteString(describe(made[j]))
					got.WriteString(describe(lean.Run(record)))
					gotWhole.WriteString(describe(whole.Run(record)))
				}
				if d := cmp.Diff(gotWhole.String(), got.String()); d != "" {
					t.Errorf("%s: reading only the named members changes the events:\n%s", in.Name, d)
				}
				if d := cmp.Diff(got.String(), gotEach.String()); d != "" {
					t.Errorf("%s: taking record after record changes the events:\n%s", in.Name, d)
				}
				if *update {
					out.Data = []byte(got.String())
				}
				if d := cmp.Diff(string(out.Data), got.String()); d != "" {
					t.Errorf("%s: wanted − got +\n%s", in.Name, d)
				}
				if strings.Contains(got.String(), "dead letter") != strings.Contains(in.Name, "dead letter") {
					t.Errorf("%s:\n%s", in.Name, got.String())
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestErrorsOfEveryBuiltInMapNameALine(t *testing.T) {
	for _, name := range mapping.Names() {
		m, err := mapping.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if !mapping.Aligned(m) {
			t.Errorf("%s: the words of its text are not those of its syntax tree", name)
		}
	}
}
