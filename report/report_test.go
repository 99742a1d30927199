package report

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tieback/warehouse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// companies are the snapshots of testdata and the period asked of each.
var companies = []struct{ name, period string }{
	{"pays", "2026-Q1"},
	{"nothing", "2026-03"},
	{"stop", "2026-Q1"},
}

// now is only needed for last-month.
var now = time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)

// snapshotOf builds a snapshot from testdata/NAME.sql.
func snapshotOf(t *testing.T, name string) *warehouse.Snapshot {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.snapshot.duckdb")
	db, err := sql.Open("duckdb", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"schema", name, "orders"} {
		text, err := os.ReadFile(filepath.Join("testdata", part+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatalf("%s.sql: %v", part, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := warehouse.OpenSnapshot(context.Background(), filepath.Join(filepath.Dir(file), "x.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func pageOf(t *testing.T, name, period string) *Page {
	t.Helper()
	p, err := ParsePeriod(period, now)
	if err != nil {
		t.Fatal(err)
	}
	page, err := Read(context.Background(), snapshotOf(t, name), p)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// formats are the ways to write a page, by the ending of its file.
var formats = map[string]func(*Page, io.Writer) error{
	"html": (*Page).HTML, "txt": (*Page).Text, "json": (*Page).JSON, "csv": (*Page).CSV,
}

func written(t *testing.T, page *Page, ending string) string {
	t.Helper()
	var out bytes.Buffer
	if err := formats[ending](page, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPagesAreAsAgreed(t *testing.T) {
	for _, c := range companies {
		page := pageOf(t, c.name, c.period)
		for ending := range formats {
			file := filepath.Join("testdata", c.name+"."+ending)
			got := written(t, page, ending)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from what it was; if that is meant, run go test ./report -update and read the difference", file)
			}
		}
	}
}

func TestSameSnapshotSameBytes(t *testing.T) {
	for _, c := range companies {
		first, second := pageOf(t, c.name, c.period), pageOf(t, c.name, c.period)
		for ending := range formats {
			if written(t, first, ending) != written(t, second, ending) {
				t.Errorf("%s: two builds of the same snapshot differ in %s", c.name, ending)
			}
		}
	}
}
