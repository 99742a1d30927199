package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
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

// Of a message several events may be dead letters: it is shown once. What has line breaks stands on one line where it is JSON, and in a
// file of its own else; either way produce takes it back.
func TestShownMessagesGoBack(t *testing.T) {
	p := newPlace(t).withBroker(1)
	const (
		pretty = "{\n  \"cart\": \"c-5\",\n  \"at\": \"2026-03-02T10:15:00Z\",\n  \"currency\": \"USD\",\n  \"items\": [" + dear + "]\n}"
		torn   = "{\"cart\":\n  \"c-6\""
	)
	mapped := p.mapped(cartMap)
	for _, value := range []string{pretty, torn} {
		p.publish(p.producer(), &kgo.Record{Topic: "tieback.sales", Value: []byte(value)})
	}
	p.ingest("--settings", mapped)
	if got := p.one("select count(*) filter (kafka_offset = 0), count(*) filter (kafka_offset = 1) from meta.dead_letter"); got != "2|1" {
		t.Fatalf("dead letters of each message %s, want 2|1", got)
	}
	for _, beside := range []bool{false, true} {
		stop := func() result { return result{} }
		if beside {
			stop = p.ingesting()
		}
		if got := p.do("dlq", "show", "tieback.sales", "0", "0"); got != pretty {
			t.Errorf("shown %q, want the bytes of the message, once", got)
		}
		fail(t, exitFailed, []string{"tieback.sales 0 1 is no JSON and has line breaks", "--into"}, p.args("dlq", "show", "--topic", "tieback.sales")...)
		lines := p.do("dlq", "show", "--code", "bad_amount")
		var joined bytes.Buffer
		if err := json.Compact(&joined, []byte(pretty)); err != nil || lines != joined.String()+"\n" {
			t.Errorf("by code %q, want one line", lines)
		}
		folder := filepath.Join(t.TempDir(), "mend")
		if got := p.do("dlq", "show", "--topic", "tieback.sales", "--into", folder); got != "wrote 2 messages to "+folder+"\n" {
			t.Errorf("--into says %q", got)
		}
		names := []string{filepath.Join(folder, "tieback.sales-0-0.json"), filepath.Join(folder, "tieback.sales-0-1.json")}
		for i, want := range []string{pretty, torn} {
			if got, err := os.ReadFile(names[i]); err != nil || string(got) != want {
				t.Errorf("%s holds %q (%v), want %q", names[i], got, err, want)
			}
		}
		fail(t, exitFailed, []string{"file exists"}, p.args("dlq", "show", "--topic", "tieback.sales", "--into", folder)...)
		stop()
		if beside {
			continue
		}
		// Mended: amounts of two decimals, the torn one closed.
		mended := strings.ReplaceAll(lines, "1.00001", "1.01")
		if err := os.WriteFile(names[1], []byte(strings.ReplaceAll(torn+",\n\"at\": \"2026-03-02T10:15:00Z\", \"currency\": \"USD\", \"items\": ["+dear+"]}", "1.00001", "1.01")), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do("produce", "--topic", "tieback.sales", "--input-format", "ndjson", p.file("mend.ndjson", mended))
		p.do("produce", "--topic", "tieback.sales", "--input-format", "json", names[1])
		if got := p.ingest("--settings", mapped); got.Consumed != 2 || got.Written != 2 {
			t.Errorf("what was mended: %+v, want both messages written", got)
		}
	}
}

// Each filter chooses by itself and with others, the same for every action.
func TestFiltersOfDeadLetters(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	for day := 3; day <= 6; day++ {
		p.publish(producer, onDay(day, records("tieback.sales", fmt.Sprintf("sales of day %d", day))...)...)
		p.publish(producer, onDay(day, records("tieback.people", fmt.Sprintf(`{"id":"%d","day":"people of day %d"}`, day, day))...)...)
	}
	p.ingest()
	for _, c := range []struct {
		flags string
		want  string // topics and days
	}{
		{"--topic tieback.sales", "sales3 sales4 sales5 sales6"},
		{"--topic nowhere", ""},
		{"--before 2026-03-04", "people3 sales3"},
		{"--before 2026-03-04T12:00:00Z", "people3 sales3"},
		{"--before 2026-03-04T14:00:00+01:00", "people3 sales3 people4 sales4"},
		{"--since 2026-03-05T12:00:00Z --before 2026-03-06T12:00:00Z", "people5 sales5"},
		{"--topic tieback.people --since 2026-03-04 --before 2026-03-06", "people4 people5"},
		{"--topic tieback.people --code not_json", ""},
		{"--code not_json --before 2026-03-05 --limit 1", "sales3"},
		{"--since 2026-03-06 --before 2026-03-05", ""},
	} {
		flags := strings.Fields(c.flags)
		listed := ""
		for _, row := range strings.Split(strings.TrimSpace(p.do(append([]string{"dlq", "list", "--format", "csv"}, flags...)...)), "\n")[1:] {
			cells := strings.Split(row, ",")
			listed += " " + strings.TrimPrefix(cells[0], "tieback.") + strings.TrimPrefix(cells[4], "2026-03-0")[:1]
		}
		if listed = strings.TrimSpace(listed); listed != c.want {
			t.Errorf("list %s: %q, want %q", c.flags, listed, c.want)
		}
		n := len(strings.Fields(c.want))
		if got, want := p.do(append([]string{"dlq", "replay"}, flags...)...), fmt.Sprintf("read again %d dead letters: 0 written, 0 duplicates, 0 conflicts, %d still cannot be read\n", n, n); got != want {
			t.Errorf("replay %s says %q, want %q", c.flags, got, want)
		}
		if n == 0 {
			fail(t, exitFailed, []string{"there is no such dead letter"}, p.args(append([]string{"dlq", "show"}, flags...)...)...)
		} else if got := p.do(append([]string{"dlq", "show"}, flags...)...); strings.Count(got, "\n") != n {
			t.Errorf("show %s prints %q, want %d lines", c.flags, got, n)
		}
	}
	for _, c := range []struct {
		flags     string
		discarded int
		left      string
	}{
		{"--topic nowhere", 0, "4|4"},
		{"--before 2026-03-03", 0, "4|4"},
		{"--topic tieback.sales --before 2026-03-04", 1, "3|4"},
		{"--since 2026-03-06", 2, "2|3"},
		{"--topic tieback.people", 3, "2|0"},
		{"--before 2026-03-05", 1, "1|0"},
	} {
		if got := p.do(append([]string{"dlq", "discard"}, strings.Fields(c.flags)...)...); got != fmt.Sprintf("discarded %d dead letters\n", c.discarded) {
			t.Errorf("discard %s says %q, want %d", c.flags, got, c.discarded)
		}
		if got := p.one("select count(*) filter (word = 'tieback.sales'), count(*) filter (word = 'tieback.people') from meta.dead_letter inner join meta.word as word on kafka_topic = word.code"); got != c.left {
			t.Errorf("after discard %s sales | people %s are left, want %s", c.flags, got, c.left)
		}
	}
	fail(t, exitMisused, []string{"is no date"}, p.args("dlq", "discard", "--before", "then")...)
	p.reconciled(8)
}
