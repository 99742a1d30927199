package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieback/ingest"
	"tieback/warehouse"
)

// used is what a process holds at one moment, in bytes: live memory of Go, DuckDB's, resident memory, and the size of the warehouse
// with its log.
type used struct{ heap, duckdb, resident, disk int64 }

func (p *place) used(w *warehouse.Warehouse) used {
	p.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := used{heap: int64(m.HeapAlloc), disk: size(p.warehouse) + size(p.warehouse+".wal")}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64); err == nil {
			u.resident = pages * int64(os.Getpagesize())
		}
	}
	var err error
	if u.duckdb, err = w.Memory(p.Context()); err != nil {
		p.Fatal(err)
	}
	return u
}

// A thousand batches of sixty messages, duplicates and broken ones among them. Between the 250th and the last, Go's live memory
// grows by less than 8 MiB, and resident memory beside DuckDB's by less than 32 MiB (what is not yet in the file lies there,
// within the 112 MB that it may use); when it is closed, each table has at most one row group more than its rows fill, and the file
// takes less than 400 bytes a row.
func TestThousandBatches(t *testing.T) {
	const batches, each = 1000, 60
	p := newPlace(t)
	var lines strings.Builder
	var want tally
	for n := range batches * each {
		_, line := mixed(n)
		switch {
		case n%50 == 49:
			lines.WriteString("{not an event}\n")
			want.DeadLetters++
		case n%20 == 19:
			_, line = mixed(n - 19)
			lines.WriteString(line + "\n")
			want.Duplicates++
		default:
			lines.WriteString(line + "\n")
			want.Written++
		}
	}
	file := p.file("events.ndjson", lines.String())
	lines.Reset()
	a := &app{err: &bytes.Buffer{}, now: time.Now, warehouse: p.warehouse, log: slog.New(slog.DiscardHandler), limits: ingest.Limits{Rows: each}}
	s, err := a.settings()
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.open(t.Context(), s, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	source, err := ingest.NewFileSource([]string{file}, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), func(string) int64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	var at []used
	n := 0
	_, err = a.runIngest(t.Context(), w, s, source, reading{}, func(context.Context, durable) {
		if n++; n%250 == 0 {
			at = append(at, p.used(w))
		}
	})
	if err != nil || n != batches {
		t.Fatalf("%d batches, %v; want %d", n, err, batches)
	}
	for i, u := range at {
		t.Logf("after %4d batches: %d MiB live, %d MiB of DuckDB's, %d MiB resident, %d KiB on disk", 250*(i+1), u.heap>>20, u.duckdb>>20, u.resident>>20, u.disk>>10)
	}
	first, last := at[0], at[3]
	if grown := last.heap - first.heap; grown > 8<<20 {
		t.Errorf("Go's memory grew by %d KiB", grown>>10)
	}
	if last.duckdb > 112e6 {
		t.Errorf("DuckDB holds %d bytes", last.duckdb)
	}
	if grown := last.resident - last.duckdb - (first.resident - first.duckdb); grown > 32<<20 {
		t.Errorf("resident memory beside DuckDB's grew by %d MiB", grown>>20)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if size := size(p.warehouse); size > 400*batches*each {
		t.Errorf("the file has %d bytes for %d messages", size, batches*each)
	}
	p.rowGroupsAreFull()
	if faults := auditFile(t, p.warehouse, &want); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
}

// rowGroupsAreFull fails if a table has more than one row group beyond those that its rows fill.
func (p *place) rowGroupsAreFull() {
	p.Helper()
	const rowGroup = 122_880
	for _, table := range p.rows("select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'meta') order by 1") {
		var rows, groups int
		if _, err := fmt.Sscanf(p.one(fmt.Sprintf("select (select count(*) from %s), (select count(distinct row_group_id) from pragma_storage_info('%s'))", table, table)), "%d|%d", &rows, &groups); err != nil {
			p.Fatal(err)
		}
		if rows > 0 {
			p.Logf("%s: %d rows in %d row groups", table, rows, groups)
		}
		if groups > rows/rowGroup+1 {
			p.Errorf("%s has %d row groups for %d rows", table, groups, rows)
		}
	}
}
