package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tieback/simulate"
)

// A late order of nobody known, in a month that was published, reaches that month's money and nothing else: of every fact and mart all other
// rows are the same after the next build, to the last digit. Estimates of launches compare a place over two years, so they are reached.
func TestLateEventsLeaveTheRest(t *testing.T) {
	c, err := simulate.NewCompany(simulate.Options{Seed: 5, Events: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	if _, err := c.Stream(t.Context(), func(_ string, line []byte) error {
		lines.Write(append(line, '\n'))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	settings := p.file("tieback.yaml", string(c.SettingsYAML()))
	p.do("load", p.file("company.ndjson", lines.String()), "--settings", settings)
	p.do("build", "--settings", settings)
	before := p.marts()
	month := p.one("select strftime(month_start, '%Y-%m') from marts.kpi_by_month where orders > 20 order by month_start limit 1 offset 2")
	now := p.one("select strftime(as_of, '%Y-%m-%dT%H:%M:%SZ') from intermediate.int_clock_read") // the clock does not move
	market := p.one("select market from marts.fct_orders order by order_at limit 1")
	late := fmt.Sprintf(`{"id":"late-1","source":"shop","type":"sale.order","time":"%s-15T10:00:00Z","recordedtime":"%s","order_id":"LATE-1","gross":"77.00","currency":"USD","cost_of_goods":"7.00","market":"%s"}`, month, now, market)
	p.do("load", p.file("late.ndjson", late+"\n"), "--settings", settings)
	p.do("build", "--settings", settings)
	changed := make(map[string]int)
	for mart, rows := range p.marts() {
		was := make(map[string]int)
		for _, row := range before[mart] {
			was[row]++
		}
		for _, row := range rows {
			was[row]--
		}
		for row, n := range was {
			if n != 0 {
				changed[mart]++
				if !slices.Contains([]string{"build_info", "data_quality", "restatements", "restatements_by_reason", "answerable", "launch_results"}, mart) && !strings.Contains(row, month) {
					t.Errorf("%s: a row that is not of %s changed: %s", mart, month, row)
				}
			}
		}
	}
	for _, mart := range []string{"fct_orders", "kpi_by_month", "ledger_bridge_by_month", "restatements"} {
		if changed[mart] == 0 {
			t.Errorf("%s did not change", mart)
		}
	}
	if n := changed["fct_orders"]; n != 1 {
		t.Errorf("%d rows of fct_orders changed, want the late one alone", n)
	}
	t.Logf("rows that changed: %v", changed)
}
