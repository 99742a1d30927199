package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A stream that is published twice adds no row: every event is counted as a duplicate.
func TestSecondStreamIsAllDuplicates(t *testing.T) { newPlace(t).withBroker(3).countDuplicates() }

func (p *place) countDuplicates() {
	p.Helper()
	t := p.T
	file := p.file("events.ndjson", mixedLines(0, 4000))
	p.do("produce", file)
	if got := p.ingest(); got != (counts{Consumed: 4000, Written: 4000}) {
		t.Fatalf("first time: %+v, want 4000 written", got)
	}
	before := p.rows(rawCounts)
	if got := p.ingest(); got != (counts{}) {
		t.Errorf("nothing new: %+v, want nothing consumed", got)
	}
	p.do("produce", file)
	if got := p.ingest(); got != (counts{Consumed: 4000, Duplicates: 4000}) {
		t.Errorf("second time: %+v, want 4000 duplicates", got)
	}
	// The same events from a file, in another form of the contract: still duplicates.
	if got := p.load(structured(t, mixedLines(0, 4000))); got != (counts{Consumed: 4000, Duplicates: 4000}) {
		t.Errorf("from a file: %+v, want 4000 duplicates", got)
	}
	if diff := cmp.Diff(before, p.rows(rawCounts)); diff != "" {
		t.Errorf("rows (-first +now):\n%s", diff)
	}
	p.reconciled(12_000)
}

// structured turns flat events into CloudEvents in structured form.
func structured(t *testing.T, lines string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(lines) {
		var data map[string]any
		if err := json.Unmarshal([]byte(line), &data); err != nil {
			t.Fatal(err)
		}
		cloud := map[string]any{"specversion": "1.0", "data": data}
		for _, name := range []string{"id", "source", "type", "time"} {
			cloud[name] = data[name]
			delete(data, name)
		}
		text, err := json.Marshal(cloud)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	return b.String()
}

// An order that changed and is sent again counts once, with its newest amounts; the same id with
// other content is a conflict and the first one stays.
func TestResentOrderCountsOnce(t *testing.T) {
	p := newPlace(t)
	changed := strings.Replace(orderLine("o-1@2", "O-1", "30.00", "USD"), "10:15:00Z", "11:15:00Z", 1)
	first := orderLine("o-1", "O-1", "44.00", "USD")
	got := p.load(first + "\n" + changed + "\n" + orderLine("o-2", "O-2", "5.00", "USD") + "\n")
	if got != (counts{Consumed: 3, Written: 3}) {
		t.Fatalf("%+v, want 3 written: each revision stays in raw", got)
	}
	p.do("build")
	query := "select order_id, gross, net_revenue from fct_orders order by order_id"
	want := "order_id,gross,net_revenue\nO-1,30.0000,30.0000\nO-2,5.0000,5.0000\n"
	if got := p.do("query", query, "--format", "csv"); got != want {
		t.Errorf("orders\n%swant\n%s", got, want)
	}
	conflict := orderLine("o-1", "O-1", "99.00", "USD")
	if got := p.load(conflict + "\n" + first + "\n"); got != (counts{Consumed: 2, Duplicates: 1, DeadLetters: 1}) {
		t.Errorf("%+v, want one duplicate and one conflict among the dead letters", got)
	}
	letters := p.letters()
	if len(letters) != 1 || letters[0].Code != "conflict" || letters[0].Field != "id" || string(letters[0].Payload) != conflict {
		t.Errorf("dead letters %+v, want the conflict, byte for byte", letters)
	}
	p.do("build")
	if got := p.do("query", query, "--format", "csv"); got != want {
		t.Errorf("orders after the conflict\n%swant\n%s", got, want)
	}
	p.reconciled(5)
}

// The simulated stream holds duplicates, conflicts and broken events, and says how many.
func TestSimulatedStreamAgreesWithItsTruth(t *testing.T) {
	p := newPlace(t)
	folder := filepath.Join(filepath.Dir(p.warehouse), "simulated")
	succeed(t, "simulate", "--events", "10000", "--out", folder)
	text, err := os.ReadFile(filepath.Join(folder, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct{ Events, Duplicates, Conflicts, Malformed int64 }
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	got := countsOf(t, p.do("load", filepath.Join(folder, "events.ndjson.zst"), "--format", "json"))
	lost := truth.Conflicts + truth.Malformed
	want := counts{Consumed: truth.Events, Written: truth.Events - truth.Duplicates - lost, Duplicates: truth.Duplicates, DeadLetters: lost}
	if got != want || lost == 0 || truth.Duplicates == 0 {
		t.Errorf("%+v, want what the truth file says, %+v", got, want)
	}
	p.reconciled(int(truth.Events))
}

// A warehouse that is put back from a copy and reads the log again ends with the marts of one that was never
// interrupted, and a second build of the same rows gives the same marts.
func TestRestoredWarehouseAndReplay(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer(kgo.DefaultProduceTopic("tieback.sales"))
	p.publish(producer, mixedRecords(0, 1000)...)
	p.ingest()
	copied := filepath.Join(filepath.Dir(p.warehouse), "restored.duckdb")
	content, err := os.ReadFile(p.warehouse)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, content, 0o644); err != nil {
		t.Fatal(err)
	}
	p.publish(producer, mixedRecords(500, 2000)...) // half of it known
	if got := p.ingest(); got != (counts{Consumed: 1500, Written: 1000, Duplicates: 500}) {
		t.Errorf("%+v, want 1000 written and 500 duplicates", got)
	}
	p.do("build")
	want := p.marts()
	p.do("build")
	if diff := cmp.Diff(want, p.marts()); diff != "" {
		t.Errorf("built twice (-first +second):\n%s", diff)
	}
	restored := &place{T: t, warehouse: copied, brokers: p.brokers}
	if got := restored.ingest(); got != (counts{Consumed: 1500, Written: 1000, Duplicates: 500}) {
		t.Errorf("replay: %+v, want what the first one wrote", got)
	}
	restored.do("build")
	if diff := cmp.Diff(want, restored.marts()); diff != "" {
		t.Errorf("marts (-never interrupted +restored):\n%s", diff)
	}
}

// marts returns the content of every mart of the newest snapshot, its rows in order.
func (p *place) marts() map[string][]string {
	p.Helper()
	snapshot := strings.TrimSuffix(p.warehouse, ".duckdb") + ".snapshot.duckdb"
	content := make(map[string][]string)
	for _, table := range queryFile(p.T, snapshot, "select table_name from duckdb_tables()") {
		rows := queryFile(p.T, snapshot, fmt.Sprintf("select * from %q", table))
		sort.Strings(rows)
		content[table] = rows
	}
	if len(content) < 20 {
		p.Fatalf("%d marts in %s, want more", len(content), snapshot)
	}
	return content
}
