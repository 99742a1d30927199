package main

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// Two messages of one place, each a dead letter, because the topic was made anew.
const (
	firstOfPlace  = `{"id":"a","time":"2026-03-02T10:15:00Z","order_id":"O-1","gross":"10.00","currency":"USD","customer":"c-ann"}`
	secondOfPlace = `{"id":"b","time":"2026-03-02T10:15:00Z","order_id":"O-2","gross":"90.00","currency":"USD"}`
)

// typed reads orders that name no type.
func (p *place) typed() string {
	return p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n")
}

// doctor changes the warehouse file, which no one holds.
func (p *place) doctor(statements ...string) {
	p.Helper()
	db, err := sql.Open("duckdb", p.warehouse)
	if err != nil {
		p.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(p.Context(), statement); err != nil {
			p.Fatalf("%s: %v", statement, err)
		}
	}
}

// samePlace makes two dead letters at offset 0 of one partition, both stamped with the same time.
func (p *place) samePlace() {
	p.Helper()
	p.publish(p.producer(), onDay(3, records("tieback.sales", firstOfPlace)...)...)
	p.ingest()
	p.anew("tieback.sales")
	p.publish(p.producer(), onDay(3, records("tieback.sales", secondOfPlace)...)...)
	if got := p.ingest("--on-offset-reset", "earliest"); got != (counts{Consumed: 1, DeadLetters: 1}) {
		p.Fatalf("the topic made anew: %+v, want one dead letter", got)
	}
}

// A topic made anew gives a place to a second message. Both are read again, each counts.
func TestReplayOfOnePlaceTwice(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.samePlace()
	const want = "read again 2 dead letters: 2 written, 0 duplicates, 0 conflicts, 0 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", p.typed()); got != want {
		t.Errorf("replay says %q, want %q", got, want)
	}
	if got := p.one("select string_agg(order_id, ' ' order by order_id), (select count(*) from meta.dead_letter) from raw.sale_order"); got != "O-1 O-2|0" {
		t.Errorf("orders | dead letters left %s, want O-1 O-2|0", got)
	}
	p.addsUp()
	p.do("build")
}

// One of the two can be read, the other cannot: it stays, and a limit that leaves it out leaves it alone.
func TestReplayOfOneOfAPlace(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", "not json")...)
	p.ingest()
	p.anew("tieback.sales")
	p.publish(p.producer(), records("tieback.sales", secondOfPlace)...)
	p.ingest("--on-offset-reset", "earliest")
	const want = "read again 2 dead letters: 1 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", p.typed()); got != want {
		t.Errorf("replay says %q, want %q", got, want)
	}
	if got := p.do("dlq", "show", "tieback.sales", "0", "0"); got != "not json" {
		t.Errorf("left is %q, want the one that cannot be read", got)
	}
	p.addsUp()
}

// A span that is read again holds other messages than those whose dead letters have their places: each keeps its own.
func TestReadAgainOtherMessagesOfAPlace(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), onDay(3, records("tieback.sales", firstOfPlace+"\n"+firstOfPlace)...)...)
	p.ingest()
	p.anew("tieback.sales")
	p.publish(p.producer(), onDay(3, records("tieback.sales", "not json\n"+orderLine("c", "O-3", "30.00", "USD"))...)...)
	if got := p.ingest("--on-offset-reset", "latest"); got != (counts{}) {
		t.Fatalf("%+v, want that nothing is read", got)
	}
	for i, want := range []counts{{Consumed: 2, Written: 1, DeadLetters: 1}, {Consumed: 2, Duplicates: 2}} {
		if got, _ := p.reread("--from", "2020-01-01", "--topics", "tieback.sales"); got != want {
			t.Errorf("time %d: %+v, want %+v", i+1, got, want)
		}
	}
	if got := p.one("select string_agg(kafka_offset || ' ' || code, ', ' order by kafka_offset, code) from meta.dead_letter"); got != "0 missing_field, 0 not_json, 1 missing_field" {
		t.Errorf("dead letters %s, want both of offset 0 and the old one of offset 1", got)
	}
	p.addsUp()
}

// An erased person's dead letter goes, not the one that has its place, also where a search had looked at the place before.
func TestErasureOfOneOfAPlace(t *testing.T) {
	p := newPlace(t).withBroker(1)
	forget := func(id string) {
		t.Helper()
		if r := p.secretly(id+"\n", "forget", "--kind", "customer", "--id-file", "-"); r.code != 0 {
			t.Fatalf("forget ended with %d\n%s", r.code, r.err)
		}
	}
	p.publish(p.producer(), records("tieback.sales", secondOfPlace)...)
	p.ingest()
	forget("c-ann")
	p.anew("tieback.sales")
	p.publish(p.producer(), records("tieback.sales", firstOfPlace)...) // names c-ann, at a place that was searched for her
	p.ingest("--on-offset-reset", "earliest")
	p.do("build")
	if got := p.do("dlq", "show", "--limit", "9"); got != secondOfPlace+"\n" {
		t.Errorf("left is %q, want what names nobody", got)
	}
}

// oldLetters makes dead letters those of an earlier version: without marks.
const oldLetters = "update meta.dead_letter set message_mark = null"

// What an earlier version stored is told by its time: it is known when it is read again, and a topic made anew is told from it.
func TestOldDeadLetters(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	p.doctor(oldLetters)
	if got, _ := p.reread("--from", "2020-01-01", "--topics", "tieback.sales"); got != (counts{Consumed: 3, Duplicates: 3}) {
		t.Errorf("%+v, want known ones only", got)
	}
	if got, _ := p.reread("--from", "2020-01-01", "--topics", "tieback.sales", "--settings", p.typed()); got != (counts{Consumed: 3, Written: 1, Duplicates: 2}) {
		t.Errorf("%+v, want one written", got)
	}
	p.anew("tieback.sales")
	p.publish(p.producer(), records("tieback.sales", "not json\n"+secondOfPlace)...)
	p.ingest("--on-offset-reset", "earliest")
	const want = "read again 3 dead letters: 1 written, 0 duplicates, 0 conflicts, 2 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", p.typed()); got != want {
		t.Errorf("replay says %q, want %q", got, want)
	}
	p.addsUp()
	if got := p.one("select string_agg(code, ' ' order by code) from meta.dead_letter"); got != "bad_amount not_json" {
		t.Errorf("left are %s, want bad_amount not_json", got)
	}
}

// A warehouse in which an earlier version stored dead letters twice, each with a message in the ledger: a replay counts them as the
// duplicates that they are, and a reread knows them.
func TestDoubledDeadLetters(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("read again ", again), func(t *testing.T) {
			p := newPlace(t).withBroker(1)
			p.publish(p.producer(), records("tieback.sales", brokenLines)...)
			p.ingest()
			p.doctor(oldLetters, "insert into meta.dead_letter from meta.dead_letter",
				"insert into meta.batch select batch_id, topic, partition, first_offset, next_offset, consumed, 0, written, 0, dead_letters, 0, committed_at from meta.batch where topic = 'tieback.sales'")
			if again {
				p.reread("--from", "2020-01-01", "--topics", "tieback.sales", "--settings", p.typed())
			} else {
				p.do("dlq", "replay", "--settings", p.typed())
			}
			p.addsUp()
			if got := p.one("select sum(written), sum(dead_letters), (select string_agg(code, ' ') from meta.dead_letter) from meta.reconciliation"); got != "2|2|bad_amount bad_amount" {
				t.Errorf("written | dead letters | their codes %s, want 2|2|bad_amount bad_amount", got)
			}
			p.do("build")
		})
	}
}

// Several events of one message are one message still, and marks say nothing of content: the same bytes elsewhere have the same.
func TestMarksOfDeadLetters(t *testing.T) {
	p := newPlace(t).withBroker(1)
	settings := p.mapped(cartMap)
	p.publish(p.producer(), onDay(3, records("tieback.sales", strings.Join([]string{cart("c-5", dear, ""), cart("c-5", dear, ""), cart("c-6", dear, "")}, "\n"))...)...)
	p.ingest("--settings", settings)
	if got := p.one("select count(*), count(distinct message_mark), count(distinct (kafka_offset, message_mark)) from meta.dead_letter"); got != "6|2|3" {
		t.Errorf("dead letters | marks | messages %s, want 6|2|3", got)
	}
}
