package warehouse_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tieback/ingest"
)

// load appends a file of real events in batches; the test is skipped where the file is not there.
func (f *fixture) load(name string) {
	f.t.Helper()
	path := filepath.Join("..", "..", "shared", "data", "events", name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		f.t.Skipf("%s is not here; the facts of real data are not checked", path)
	}
	in, err := ingest.NewLineReader(path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer in.Close()
	var lines []string
	for {
		line, err := in.Append(nil)
		if err == nil {
			lines = append(lines, string(line))
		}
		if len(lines) == 50_000 || err != nil && len(lines) > 0 {
			f.append("file:"+name, lines...)
			lines = lines[:0]
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// The numbers are those of the data set's own description (Fader and Hardie: 23,570 customers, 69,659 transactions) and of SOURCE.txt
// beside the file: 2,500,315.63 dollars. It has neither costs nor books.
func TestFactsOfCDNOW(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.load("cdnow.ndjson.gz")
	f.mustBuild(settings())
	for _, c := range []struct{ what, from, want string }{
		{"count(*)", "fct_orders", "69659"},
		{"count(*)", "dim_customer", "23570"},
		{"sum(net_revenue)", "fct_orders", "2500315.6300"},
		{"sum(net_revenue_reporting)", "ledger_bridge_by_month", "2500315.6300"},
		{"sum(new_customers)", "kpi_by_month", "23570"},
		{"string_agg(distinct state, ', ')", "ledger_bridge_by_month", "not reconciled"},
		{"count(residual)", "ledger_bridge_by_month", "0"},
		{"string_agg(distinct margin_basis, ', ')", "fct_orders", "not known"},
		{"count(margin)", "kpi_by_month", "0"},
		{"string_agg(state, ', ')", "answerable where figure in ('margin')", "not known"},
		{"sum(difference)", "meta.reconciliation", "0"},
	} {
		if got := f.one(c.what, c.from); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.what, c.from, got, c.want)
		}
	}
}

// 7,050 posts with five counters each are 35,250 counters; the file repeats ids of posts, of which 6,997 are distinct (UCI, Facebook Live Sellers in Thailand).
func TestFactsOfLiveSellers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.load("live-sellers.ndjson.gz")
	f.mustBuild(settings())
	for _, c := range []struct{ what, from, want string }{
		{"count(*)", "dim_content", "6997"},
		{"count(*)", "raw.social_counter", "35250"},
		{"count(distinct metric)", "fct_counters_daily", "5"},
		{"sum(dead_letters) + sum(conflicts)", "meta.reconciliation", "0"},
		{"sum(difference)", "meta.reconciliation", "0"},
	} {
		if got := f.one(c.what, c.from); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.what, c.from, got, c.want)
		}
	}
}
