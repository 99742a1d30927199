package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// onDay stamps messages with the noon of a day of March 2026.
func onDay(day int, records ...*kgo.Record) []*kgo.Record {
	for _, r := range records {
		r.Timestamp = time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)
	}
	return records
}

// threeDays publishes 100 events and 5 messages that are none on each of three days, and a tail of aborted ones.
func (p *place) threeDays() {
	p.Helper()
	producer := p.producer()
	for day := 3; day <= 5; day++ {
		p.publish(producer, onDay(day, mixedRecords(100*day, 100*day+100)...)...)
		for i := range 5 {
			value := fmt.Sprintf(`{"id":"untyped-%d-%d","source":"s","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api"}`, day, i)
			p.publish(producer, onDay(day, &kgo.Record{Topic: "tieback.business", Value: []byte(value)})...)
		}
	}
	p.abort(p.producer(kgo.TransactionalID("cheater")), 20)
}

// soundAgain audits a warehouse of which messages were read again, so that ranges overlap.
func (p *place) soundAgain(want tally) {
	p.Helper()
	for _, fault := range auditFile(p.T, p.warehouse, &want) {
		if !strings.HasPrefix(fault, "batches of a partition do not follow each other") {
			p.Error(fault)
		}
	}
}

// A span of time is read again, from the first message at its begin to the last before its end, in every partition: rows stay, and
// count as duplicates, as dead letters do; no position moves, and the ledger adds up.
func TestReadAgain(t *testing.T) {
	p := newPlace(t).withBroker(3)
	p.threeDays()
	if got := p.ingest(); got != (counts{Consumed: 315, Written: 300, DeadLetters: 15}) {
		t.Fatalf("%+v", got)
	}
	stands := "select topic, partition, next_offset, last_offset, last_hash from meta.position order by all"
	positions, want := p.rows(stands), tally{Written: 300, DeadLetters: 15}
	for _, c := range []struct {
		flags    []string
		messages int
	}{
		{[]string{"--from", "2026-03-04", "--to", "2026-03-05"}, 105},
		{[]string{"--from", "2026-03-04T12:00:00Z", "--to", "2026-03-04T12:00:00.001Z"}, 105},
		{[]string{"--from", "2026-03-04T12:00:01Z", "--to", "2026-03-05T12:00:00Z"}, 0},
		{[]string{"--from", "2026-03-04"}, 210},
		{[]string{"--to", "2026-03-04T12:00:00+01:00"}, 105},
		{[]string{"--to", "2026-03-04T13:00:00+01:00"}, 105},
		{[]string{"--from", "2030-01-01"}, 0},
		{[]string{"--to", "2020-01-01"}, 0},
		{[]string{"--from", "2020-01-01", "--to", "2030-01-01"}, 315},
		{[]string{"--from", "2026-03-04", "--to", "2026-03-05", "--topics", "tieback.sales"}, 25},
	} {
		got := countsOf(t, p.do(append([]string{"ingest", "--format", "json"}, c.flags...)...))
		if got.Consumed != int64(c.messages) || got.Written != 0 || got.DeadLetters+got.Duplicates != got.Consumed {
			t.Errorf("%v: %+v, want %d messages, all of them known", c.flags, got, c.messages)
		}
		want.Duplicates += c.messages
	}
	if diff := cmp.Diff(positions, p.rows(stands)); diff != "" {
		t.Errorf("positions (-before +after):\n%s", diff)
	}
	p.soundAgain(want)
	if got := p.ingest(); got != (counts{}) {
		t.Errorf("the next ingest: %+v, want nothing", got)
	}
}

// What could not be read becomes a row once the settings allow it, and is a dead letter no longer; while ingest runs, it does this.
func TestReadAgainWithOtherSettings(t *testing.T) {
	for _, beside := range []bool{false, true} {
		t.Run(fmt.Sprint("beside ingest ", beside), func(t *testing.T) {
			p := newPlace(t).withBroker(3)
			p.threeDays()
			p.ingest()
			stop := func() result { return result{} }
			if beside {
				stop = p.ingesting()
			}
			mended := p.file("mended.yaml", "topics:\n- name: tieback.business\n  type: platform.shock\n")
			got := countsOf(t, p.do("ingest", "--from", "2026-03-04", "--to", "2026-03-05", "--topics", "tieback.business", "--settings", mended, "--format", "json"))
			if got != (counts{Consumed: 30, Written: 5, Duplicates: 25}) {
				t.Errorf("%+v, want the five of that day written", got)
			}
			if beside { // and it reads on where it stood
				p.publish(p.producer(), mixedRecords(600, 700)...)
				time.Sleep(500 * time.Millisecond)
			}
			if r := stop(); r.code != 0 {
				t.Errorf("ingest ended with %d\n%s", r.code, r.err)
			}
			want := tally{Written: 305, DeadLetters: 10, Duplicates: 30}
			if beside {
				p.ingest()
				want.Written += 100
			}
			p.soundAgain(want)
			if got := len(p.letters()); got != 10 {
				t.Errorf("%d dead letters, want the ten of the other days", got)
			}
			if got := countsOf(t, p.do("ingest", "--from", "2026-03-04", "--to", "2026-03-05", "--topics", "tieback.business", "--settings", mended, "--format", "json")); got != (counts{Consumed: 30, Duplicates: 30}) {
				t.Errorf("a second time: %+v, want duplicates only", got)
			}
		})
	}
}

// A conflict that is read again is the same conflict.
func TestReadAgainConflicts(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	p.publish(producer, onDay(3, &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine("o", "o", "1.00", "USD"))})...)
	p.publish(producer, onDay(4, &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine("o", "o", "2.00", "USD"))})...)
	p.ingest()
	for range 2 {
		p.do("ingest", "--from", "2026-03-04")
	}
	p.soundAgain(tally{Written: 1, Conflicts: 1, Duplicates: 2})
}

// reread reads again and returns the counts and what the summary says was not read.
func (p *place) reread(more ...string) (counts, []string) {
	p.Helper()
	out := p.do(append([]string{"ingest", "--format", "json"}, more...)...)
	var said struct {
		NotRead []string `json:"not_read"`
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		p.Fatal(err)
	}
	return countsOf(p.T, out), said.NotRead
}

// What ingest has not read yet is not read again: the dead letters would be stored a second time when ingest comes to them.
func TestReadAgainStopsWhereIngestStands(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	typed := p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n")
	all := []string{"--from", "2020-01-01", "--topics", "tieback.sales"}
	for _, c := range []struct {
		name    string
		ingest  bool // first
		counts  counts
		notRead []string
	}{
		{"a new warehouse", false, counts{}, []string{"tieback.sales: 1 partitions were never read; ingest reads them"}},
		{"a backlog", false, counts{}, []string{"tieback.sales: 1 partitions were never read; ingest reads them"}},
		{"all was read", true, counts{Consumed: 6, Duplicates: 6}, nil},
		{"a backlog behind what was read", false, counts{Consumed: 6, Duplicates: 6}, []string{"tieback.sales: 1 partitions hold messages that were never read; ingest reads on there"}},
	} {
		if c.ingest {
			p.ingest()
		} else {
			p.publish(producer, records("tieback.sales", brokenLines)...)
		}
		if got, notRead := p.reread(all...); got != c.counts || !slices.Equal(notRead, c.notRead) {
			t.Errorf("%s: %+v, not read %q; want %+v, %q", c.name, got, notRead, c.counts, c.notRead)
		}
	}
	if got, notRead := p.reread("--from", "2030-01-01", "--topics", "tieback.sales"); got != (counts{}) || notRead != nil {
		t.Errorf("after the last message: %+v, not read %q, want nothing and no word", got, notRead)
	}
	p.ingest()
	if got := p.one("select count(*), count(distinct kafka_offset) from meta.dead_letter"); got != "6|6" {
		t.Errorf("dead letters | their places %s, want 6|6", got)
	}
	p.do("dlq", "replay", "--settings", typed)
	p.addsUp()
	p.do("build")
}

// Beside a running ingest, with messages that cannot be read coming all the time, each is a dead letter once.
func TestReadAgainBesideAStream(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	p.publish(producer, records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			case <-time.After(2 * time.Millisecond):
			}
			value := fmt.Sprintf(`{"id":"i%d","time":"2026-03-02T10:15:00Z","order_id":"N-%d","gross":"10.00","currency":"USD"}`, n, n)
			producer.ProduceSync(t.Context(), &kgo.Record{Topic: "tieback.sales", Value: []byte(value)})
		}
	}()
	for range 4 {
		time.Sleep(200 * time.Millisecond)
		p.do("ingest", "--from", "2020-01-01", "--topics", "tieback.sales")
	}
	close(quit)
	<-done
	stop()
	p.ingest()
	if got := p.one("select count(*) > 50, count(*) = count(distinct kafka_offset) from meta.dead_letter"); got != "true|true" {
		t.Errorf("many dead letters | each place once %s, want true|true", got)
	}
	p.do("dlq", "replay", "--settings", p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n"))
	p.addsUp()
	p.do("build")
}

// addsUp checks the ledger.
func (p *place) addsUp() {
	p.Helper()
	if off := p.rows("select * from meta.reconciliation where difference <> 0"); len(off) > 0 {
		p.Errorf("the ledger does not add up: %v", off)
	}
}

// anew deletes a topic and makes it again.
func (p *place) anew(topic string) {
	p.Helper()
	if err := p.cluster.DeleteTopic(topic); err != nil {
		p.Fatal(err)
	}
	if err := p.cluster.CreateTopic(topic, 1, nil); err != nil {
		p.Fatal(err)
	}
}

// The log of a topic made anew was never read, however long it is: on-offset-reset decides, and only then can it be read again.
func TestReadAgainTopicMadeAnew(t *testing.T) {
	for _, lines := range []int{1, 5} { // shorter than the position, and longer
		p := newPlace(t).withBroker(1)
		p.publish(p.producer(), records("tieback.sales", brokenLines)...)
		p.ingest()
		p.anew("tieback.sales")
		p.publish(p.producer(), records("tieback.sales", strings.Repeat("not json\n", lines))...)
		all := []string{"--from", "2020-01-01", "--topics", "tieback.sales"}
		want := []string{"tieback.sales: 1 partitions are of a topic that was deleted and made anew; ingest --on-offset-reset says where to go on"}
		if got, notRead := p.reread(all...); got != (counts{}) || !slices.Equal(notRead, want) {
			t.Errorf("%d lines: %+v, not read %q, want nothing and %q", lines, got, notRead, want)
		}
		if got := p.ingest("--on-offset-reset", "earliest"); got != (counts{Consumed: int64(lines), DeadLetters: int64(lines)}) {
			t.Errorf("%d lines: ingest %+v", lines, got)
		}
		if got, notRead := p.reread(all...); got != (counts{Consumed: int64(lines), Duplicates: int64(lines)}) || notRead != nil {
			t.Errorf("%d lines: %+v, not read %q, want known messages only", lines, got, notRead)
		}
	}
}

// A message that is stamped in the future ends a span for Kafka; then the summary says that more was not read.
func TestReadAgainMessageFromTheFuture(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	future := &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine("f", "F", "1.00", "USD")), Timestamp: time.Now().AddDate(2, 0, 0)}
	p.publish(producer, future)
	p.publish(producer, onDay(3, &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine("o", "O", "1.00", "USD"))})...)
	p.publish(producer, onDay(4, &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine("p", "P", "1.00", "USD"))})...)
	p.ingest()
	ends := []string{"tieback.sales: 1 partitions hold a message from the future that ends the span: what follows it was not read; leave --to out"}
	if got, notRead := p.reread("--from", "2026-03-03", "--to", "2026-03-04"); got != (counts{}) || !slices.Equal(notRead, ends) {
		t.Errorf("%+v, not read %q, want nothing and %q", got, notRead, ends)
	}
	if got, notRead := p.reread("--from", "2026-03-03"); got.Consumed != 3 || notRead != nil {
		t.Errorf("without --to: %+v, not read %q, want all three", got, notRead)
	}
}

// Flags that cannot be meant are refused before anything is opened, topics and brokers that are not there in a sentence.
func TestReadAgainRefuses(t *testing.T) {
	p := newPlace(t).withBroker(1)
	for _, c := range []struct {
		code    int
		phrases []string
		args    []string
	}{
		{exitMisused, []string{`--from "yesterday" is neither a date (2026-03-01) nor a time with an offset`}, []string{"--from", "yesterday"}},
		{exitMisused, []string{`--to "2026-13-01"`}, []string{"--to", "2026-13-01"}},
		{exitMisused, []string{`--from "2026-03-01T10:00:00"`, "with an offset"}, []string{"--from", "2026-03-01T10:00:00"}},
		{exitMisused, []string{"--from 2026-03-02T00:00:00Z is not before --to 2026-03-01T00:00:00Z"}, []string{"--from", "2026-03-02", "--to", "2026-03-01"}},
		{exitMisused, []string{"is not before"}, []string{"--from", "2026-03-02", "--to", "2026-03-02"}},
		{exitFailed, []string{"topic nowhere does not exist"}, []string{"--from", "2026-03-02", "--topics", "nowhere"}},
		{exitUnreachable, []string{"no Kafka broker answers at 127.0.0.1:1"}, []string{"--from", "2026-03-02", "--brokers", "127.0.0.1:1"}},
	} {
		args := append([]string{"ingest", "--warehouse", p.warehouse, "--brokers", p.brokers}, c.args...)
		fail(t, c.code, c.phrases, args...)
	}
}
