package main

import (
	"strings"
	"testing"
)

// brokenLines are three orders: one without a type, one whose amount no setting mends, and one good.
const brokenLines = `{"id":"a","time":"2026-03-02T10:15:00Z","order_id":"O-1","gross":"10.00","currency":"USD","customer":"jane@example.com"}
{"id":"b","type":"sale.order","time":"2026-03-02T10:16:00Z","order_id":"O-2","gross":"ten","currency":"USD"}
{"id":"c","type":"sale.order","time":"2026-03-02T10:17:00Z","order_id":"O-3","gross":"30.00","currency":"USD"}
`

func TestDeadLettersAreListedWithoutTheirContent(t *testing.T) {
	p := newPlace(t)
	p.load(brokenLines)
	list := p.do("dlq", "list", "--format", "csv")
	if strings.Contains(list, "jane") || strings.Contains(list, "ten") {
		t.Errorf("the list shows what the messages hold:\n%s", list)
	}
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "missing_field,type") || !strings.Contains(lines[2], "bad_amount,gross") {
		t.Fatalf("two dead letters, the first without a type:\n%s", list)
	}
	topic := strings.Split(lines[1], ",")[0]
	if shown, want := p.do("dlq", "show", topic, "0", "0"), strings.Split(brokenLines, "\n")[0]; shown != want {
		t.Errorf("shown  %s\nwanted %s", shown, want)
	}
	if list := p.do("dlq", "list", "--format", "csv", "--code", "bad_amount", "--since", "2026-01-01"); strings.Count(list, "\n") != 2 {
		t.Errorf("one dead letter has a bad amount:\n%s", list)
	}
	fail(t, 1, []string{"there is no such dead letter"}, p.args("dlq", "show", topic, "0", "99")...)
	fail(t, 2, []string{"say which dead letters to discard"}, p.args("dlq", "discard")...)
	fail(t, 2, []string{"is no date"}, p.args("dlq", "list", "--since", "yesterday")...)
}

// What today's settings can read becomes a row, once. The rest stays, and every message is still accounted for.
func TestReplayReadsDeadLettersAgain(t *testing.T) {
	p := newPlace(t).withBroker(1)
	client := p.producer()
	p.publish(client, records("tieback.sales", brokenLines)...)
	if got := p.ingest(); got.DeadLetters != 2 || got.Written != 1 {
		t.Fatalf("ingest: %+v, want 2 dead letters and 1 row", got)
	}
	typed := p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n")
	const once = "read again 2 dead letters: 1 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", typed); got != once {
		t.Errorf("replay says %q, want %q", got, once)
	}
	if got := p.one("select string_agg(order_id, ' ' order by order_id) from raw.sale_order"); got != "O-1 O-3" {
		t.Errorf("orders %s, want O-1 O-3", got)
	}
	p.reconciled(3)
	if got := p.one("select sum(written), sum(dead_letters) from meta.reconciliation"); got != "2|1" {
		t.Errorf("written | dead letters %s, want 2|1", got)
	}
	const nothing = "read again 1 dead letters: 0 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", typed); got != nothing {
		t.Errorf("a second replay says %q, want %q", got, nothing)
	}
	// The same events once more, now readable: duplicates of what replay wrote.
	p.publish(client, records("tieback.sales", brokenLines)...)
	if got := p.ingest("--settings", typed); got.Duplicates != 2 || got.DeadLetters != 1 || got.Written != 0 {
		t.Errorf("the same stream again: %+v, want 2 duplicates and 1 dead letter", got)
	}
	if got := p.do("dlq", "discard", "--all"); got != "discarded 2 dead letters\n" {
		t.Errorf("discard says %q", got)
	}
	p.reconciled(6)
	p.do("build")
}

// While ingest runs it does what dlq asks, and reads on. A replay decodes as the asker's settings say, which are newer.
func TestDeadLettersWhileIngestRuns(t *testing.T) {
	p := newPlace(t).withBroker(1)
	client := p.producer()
	p.publish(client, records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	if list := p.do("dlq", "list", "--format", "csv"); strings.Count(list, "\n") != 3 {
		t.Errorf("the list of the process that ingests:\n%s", list)
	}
	typed := p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n")
	for i := range 3 {
		p.publish(client, mixedRecords(100*i, 100*i+100)...)
		want := "read again 1 dead letters: 0 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
		if i == 0 {
			want = "read again 2 dead letters: 1 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
		}
		if got := p.do("dlq", "replay", "--settings", typed); got != want {
			t.Errorf("replay says %q, want %q", got, want)
		}
	}
	if got := p.do("dlq", "discard", "--code", "bad_amount"); got != "discarded 1 dead letters\n" {
		t.Errorf("discard says %q", got)
	}
	p.publish(client, mixedRecords(300, 400)...)
	r := stop()
	if r.code != 0 {
		t.Errorf("ingest ended with %d: %s", r.code, r.err)
	}
	p.ingest()
	if got := p.one("select string_agg(order_id, ' ' order by order_id) from raw.sale_order where order_id like 'O-%'"); got != "O-1 O-3" {
		t.Errorf("orders %s, want O-1 O-3", got)
	}
	if got := p.one("select count(*) = count(distinct code) and count(*) = count(distinct word) and count(*) = max(code) + 1 from meta.word"); got != "true" {
		t.Error("the dictionary gave a code or a word twice")
	}
	if got := p.one("select rows from (" + rawCounts + ") where table_name = 'places'"); got != "402" {
		t.Errorf("%s messages are rows, want 400 and the two orders", got)
	}
	p.reconciled(403)
}

// A filter shows the bytes of all it chooses, a line each, so that they can be mended and published again.
func TestShowByFilter(t *testing.T) {
	p := newPlace(t)
	p.load(brokenLines + "not json\n")
	lines := strings.SplitAfter(brokenLines, "\n")
	for want, args := range map[string][]string{
		lines[1]:                           {"--code", "bad_amount"},
		lines[0] + lines[1]:                {"--limit", "2"},
		lines[0] + lines[1] + "not json\n": {"--since", "2026-01-01"},
	} {
		if got := p.do(append([]string{"dlq", "show"}, args...)...); got != want {
			t.Errorf("%v shows\n%swant\n%s", args, got, want)
		}
	}
	fail(t, exitFailed, []string{"there is no such dead letter"}, p.args("dlq", "show", "--topic", "nowhere")...)
	fail(t, exitMisused, []string{"say which dead letters to show"}, p.args("dlq", "show")...)
	fail(t, exitMisused, []string{"accepts 3 arg"}, p.args("dlq", "show", "topic")...)
	fail(t, exitMisused, []string{"--limit -1"}, p.args("dlq", "list", "--limit", "-1")...)
	if got := p.do("dlq", "discard", "--limit", "1"); got != "discarded 1 dead letters\n" {
		t.Errorf("discard says %q", got)
	}
	if got := p.do("dlq", "show", "--limit", "1"); got != lines[1] {
		t.Errorf("after the oldest was discarded the oldest is %q", got)
	}
}
