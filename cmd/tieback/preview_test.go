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

func (p *place) preview(args ...string) preview {
	p.Helper()
	var out preview
	text := p.do(append([]string{"preview", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		p.Fatalf("%v in %s", err, text)
	}
	return out
}

// state is what a preview says of a figure.
func (r *preview) state(name string) string {
	for _, f := range r.Figures {
		if f.Figure == name {
			return strings.TrimSuffix(f.State+": "+f.Needs, ": ")
		}
	}
	return "no such figure"
}

const ordersToPreview = `{"id":"1","source":"shop","type":"sale.order","time":"2026-03-02T10:00:00Z","order_id":"O-1","gross":"100.00","currency":"USD","cost_of_goods":"40.00","customer":"c-1"}
{"id":"2","source":"shop","type":"sale.order","time":"2026-03-05T10:00:00Z","order_id":"O-2","gross":"50.00","currency":"USD","cost_of_goods":"20.00","customer":"c-2"}
{"id":"1","source":"shop","type":"sale.order","time":"2026-03-02T10:00:00Z","order_id":"O-1","gross":"100.00","currency":"USD","cost_of_goods":"40.00","customer":"c-1"}
{"id":"3","source":"shop","type":"sale.order","time":"2026-03-06T10:00:00Z","gross":"50.00","currency":"USD"}
{"id":"4","source":"shop","type":"sale.order","time":"2026-03-06T11:00:00Z","gross":"50.00","currency":"USD"}
not JSON
`

// A preview of a file counts what load would do, and leaves nothing behind: no warehouse, no key, no folder.
func TestPreviewOfAFile(t *testing.T) {
	p := newPlace(t)
	t.Setenv(keyVariable, "")
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	got := p.preview(p.file("orders.ndjson", ordersToPreview))
	s := got.Summary
	if s.Consumed != 6 || s.Written != 2 || s.Duplicates != 1 || s.DeadLetters != 3 {
		t.Errorf("%+v; want 6 consumed, 2 written, 1 duplicate, 3 dead letters", s)
	}
	if len(got.Types) != 1 || got.Types[0].Type != "sale.order" || got.Types[0].Events != 2 || got.Types[0].First.Day() != 2 || got.Types[0].Last.Day() != 5 {
		t.Errorf("types %+v", got.Types)
	}
	if len(got.Refused) != 2 || got.Refused[0].Count != 2 || got.Refused[0].Place != "record 4" || !strings.Contains(got.Refused[0].Reason, "order_id") || got.Refused[1].Record != "not JSON" {
		t.Errorf("dead letters %+v", got.Refused)
	}
	if len(got.Events) != 3 || !strings.Contains(string(got.Events[0]), "O-1") {
		t.Errorf("first events %s", got.Events)
	}
	for name, want := range map[string]string{"net revenue": "known", "margin": "known", "plan": "not known: plan.target for net_revenue, margin or spend"} {
		if state := got.state(name); state != want {
			t.Errorf("%s is %q, want %q", name, state, want)
		}
	}
	for _, dir := range []string{folder, filepath.Dir(p.warehouse)} {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range left {
			if file.Name() != "orders.ndjson" {
				t.Errorf("the preview left %s in %s", file.Name(), dir)
			}
		}
	}
}

// Of a topic only the first records are read; the group of ingest does not move, and a warehouse beside it stays as it was.
func TestPreviewOfATopic(t *testing.T) {
	p := newPlace(t).withBroker(2)
	var records []*kgo.Record
	for n := range 50 {
		records = append(records, &kgo.Record{Topic: "tieback.sales", Value: fmt.Appendf(nil,
			`{"id":"%d","source":"shop","type":"sale.order","time":"2026-03-02T10:00:00Z","order_id":"O-%d","gross":"10.00","currency":"USD"}`, n, n)})
	}
	p.publish(p.producer(), records...)
	got := p.preview("tieback.sales", "--limit", "20", "--events", "1")
	if got.Summary.Consumed != 20 || got.Summary.Written != 20 || len(got.Limited) != 1 || len(got.Events) != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(p.warehouse); err == nil {
		t.Error("the preview made a warehouse")
	}
	if c := p.ingest(); c.Written != 50 {
		t.Errorf("ingest wrote %d after a preview, want all 50", c.Written)
	}
	p.preview("tieback.sales")
	if c := p.ingest(); c.Consumed != 0 {
		t.Errorf("ingest consumed %d after a second preview, want none", c.Consumed)
	}
}

// Records that are no events get the name of the map that reads them; with the map, its events are shown.
func TestPreviewFindsTheMap(t *testing.T) {
	p := newPlace(t)
	const row = `{"entry_id":"e-1","starts_on":"2026-03-01","ends_before":"2026-04-01","amount":"1200.00","currency":"USD","category":"media","program":"care","booked_at":"2026-04-02T09:00:00Z"}`
	file := p.file("costs.ndjson", row+"\n")
	plain := p.preview(file)
	if plain.Summary.Written != 0 || len(plain.Suggestions) == 0 || plain.Suggestions[0].Map != "finance-costs" || plain.Suggestions[0].Records != 1 {
		t.Errorf("without a map: %+v, %+v", plain.Summary, plain.Suggestions)
	}
	mapped := p.preview(file, "--map", "finance-costs", "--source", "books")
	if mapped.Summary.Written != 1 || len(mapped.Events) != 1 || !strings.Contains(string(mapped.Events[0]), "cost.entry") {
		t.Errorf("with the map: %+v, events %s", mapped.Summary, mapped.Events)
	}
	p.file("stray.txt", "")
	if out := p.do("preview", file, "--map", "finance-costs", "--source", "books"); !strings.Contains(out, "What is needed") || !strings.Contains(out, "full cost") {
		t.Errorf("the text says %s", out)
	}
}

// Rows that are no events are shown with the map that reads them, from a file as from standard input. Options that say which column
// is which ask for events.
func TestPreviewFindsTheMapOfRows(t *testing.T) {
	p := newPlace(t)
	for name, rows := range map[string]string{
		"finance-costs":  "entry_id,date,amount,currency,category\nE-1,2026-03-02,264.00,USD,staff\nE-2,2026-03-02,19.90,USD,tools\n",
		"finance-ledger": "month,currency,net_revenue,market,closed,booked_at\n2026-03,USD,9220.00,US,yes,2026-04-05T09:00:00Z\n2026-04,USD,1.00,US,yes,2026-05-05T09:00:00Z\n",
	} {
		file := p.file(name+".csv", rows)
		got := p.preview(file)
		if got.Summary.Consumed != 2 || got.Summary.DeadLetters != 2 || len(got.Suggestions) == 0 || got.Suggestions[0].Map != name || got.Suggestions[0].Records != 2 ||
			len(got.Notes) == 0 || !strings.Contains(got.Notes[0], "it has no column time, only ") {
			t.Errorf("%s: %+v, suggestions %+v, notes %q", name, got.Summary, got.Suggestions, got.Notes)
		}
		fail(t, 1, []string{"it has no column time"}, p.args("preview", file, "--type", "cost.entry")...)
		fail(t, 1, []string{"it has no column time"}, p.args("load", file)...)
	}
	var out, errOut bytes.Buffer
	code := run(t.Context(), strings.NewReader("entry_id,date,amount,currency,category\nE-1,2026-03-02,264.00,USD,staff\n"), &out, &errOut, p.args("preview", "-"))
	if code != 0 || !strings.Contains(out.String(), "--map finance-costs makes events of 1 of the first 1 records") {
		t.Errorf("from standard input: exit code %d, %s%s", code, out.String(), errOut.String())
	}
}

// pixel is a PNG of one pixel.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"

// An argument that is neither a file nor a topic is said to be neither, without the flags of other commands.
func TestPreviewOfNothing(t *testing.T) {
	p := newPlace(t).withBroker(1)
	r := tieback(t, p.args("preview", "nowhere")...)
	if r.code != 1 || !strings.Contains(r.err, "nowhere is neither a file here nor a topic at "+p.brokers) || strings.Contains(r.err, "--topics") {
		t.Errorf("exit code %d, %q", r.code, r.err)
	}
}

func TestPreviewRefuses(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{p.file("empty.ndjson", "")}, "holds no record"},
		{[]string{"orders.ndjso", "--brokers", "127.0.0.1:1"}, "orders.ndjso is no file here, so it is taken for a topic"},
		{[]string{p.file("a.ndjson", ordersToPreview), "--map", "shopfy"}, "there is no built-in map"},
		{[]string{p.file("logo.png", pixel)}, "logo.png begins neither as text nor as a known format"},
		{[]string{p.file("b.ndjson", ordersToPreview), "--limit", "0"}, "--limit must be at least 1"},
	} {
		if got := tieback(t, p.args(append([]string{"preview"}, c.args...)...)...); got.code == 0 || !strings.Contains(got.err, c.want) {
			t.Errorf("%v: exit %d, %q; want %q", c.args, got.code, got.err, c.want)
		}
	}
}
