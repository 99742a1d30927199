package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Dead letters stay thirty days after they were stored, whenever their messages came, or as long as the settings say; the ledger of messages goes on
// counting them.
func TestDeadLettersExpire(t *testing.T) {
	for _, c := range []struct {
		settings string
		after    []time.Duration // builds, each so long after the load
		left     string          // dead letters after the last of them
	}{
		{"", []time.Duration{29 * 24 * time.Hour}, "1"},
		{"", []time.Duration{29 * 24 * time.Hour, 31 * 24 * time.Hour}, "0"},
		{"dead_letters: {keep_days: 0}\n", []time.Duration{3000 * 24 * time.Hour}, "1"},
		{"dead_letters: {keep_days: 2}\n", []time.Duration{49 * time.Hour}, "0"},
	} {
		p := newPlace(t)
		at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		settings := p.file("tieback.yaml", c.settings)
		run := func(args ...string) string {
			t.Helper()
			var out, errOut bytes.Buffer
			args = p.args(append(args, "--settings", settings)...)
			if code := (&app{in: strings.NewReader(""), out: &out, err: &errOut, now: func() time.Time { return at }}).execute(t.Context(), args); code != 0 {
				t.Fatalf("%v: exit code %d\n%s", args, code, errOut.String())
			}
			return out.String()
		}
		run("load", p.file("events.ndjson", "no event\n"+`{"id":"o","source":"shop","type":"sale.order","time":"2026-01-02T10:00:00Z","order_id":"O","gross":"1.00","currency":"USD"}`+"\n"))
		loaded := at
		var said string
		for _, after := range c.after {
			at = loaded.Add(after)
			said = run("build")
		}
		if left := p.one("select count(*) from meta.dead_letter"); left != c.left || strings.Contains(said, "forgotten") != (left == "0") {
			t.Errorf("%q after %v: %s dead letters are left, want %s; build said %q", c.settings, c.after, left, c.left, said)
		}
		if counted := p.one("select sum(dead_letters) from meta.reconciliation where difference = 0"); counted != "1" {
			t.Errorf("the ledger counts %s dead letters, want 1", counted)
		}
	}
}
