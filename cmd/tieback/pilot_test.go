package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type pilotPlanned struct {
	ValuePerUnit float64 `json:"value_per_unit"`
	Spans        []map[string]any
	Warnings     []string
}

func planOf(t *testing.T, args ...string) pilotPlanned {
	t.Helper()
	out := succeed(t, append([]string{"pilot", "plan", "--format", "json"}, args...)...)
	var got pilotPlanned
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return got
}

// metrics.md: margin .5, sd 75, cost .14, half-width .25 need 6,211,710 customers an arm at 90 % and 8,820,000 at 95 %, by rounded quantiles.
func TestPilotPlanOfAGivenDeviation(t *testing.T) {
	common := []string{"--metric", "revenue", "--sd", "75", "--value-per-unit", ".5", "--cost-per-unit", ".14"}
	wantNear(t, "units at 90 %", planOf(t, common...).Spans[0]["units_half_width"], 6_211_710, 5)
	wantNear(t, "units at 95 %", planOf(t, append(common, "--level", ".95")...).Spans[0]["units_half_width"], 8_820_000, 400)
	// 2·((1.6448536 + .8416212)·75/(.5·.14/.5))²
	wantNear(t, "units by power", planOf(t, append(common, "--return", ".5")...).Spans[0]["units_power"], 3_548_662, 1)
}

// Four customers of March: margins of April's four weeks 10, 20, 0 and, of two orders, 30: mean 15, deviation √(500/3). The last day, with a new
// customer's order, only says where the data end; one customer was new in the span.
func TestPilotPlanReadsTheSnapshot(t *testing.T) {
	p := newPlace(t)
	order := func(id, customer, day, gross, cost string) string {
		return fmt.Sprintf(`{"id":%q,"source":"shop","type":"sale.order","time":"2026-%sT10:00:00Z","order_id":%q,"gross":%q,"currency":"USD","customer":%q,"cost_of_goods":%q}`, id, day, id, gross, customer, cost)
	}
	p.load(strings.Join([]string{
		order("1", "a", "03-01", "5.00", "1.00"), order("2", "b", "03-01", "5.00", "1.00"), order("3", "c", "03-01", "5.00", "1.00"), order("4", "d", "03-01", "5.00", "1.00"),
		order("5", "a", "04-10", "15.00", "5.00"), order("6", "b", "04-11", "30.00", "10.00"), order("7", "d", "04-12", "20.00", "10.00"), order("8", "d", "04-20", "25.00", "5.00"),
		order("9", "e", "04-15", "50.00", "5.00"), order("10", "f", "04-29", "50.00", "5.00"),
	}, "\n") + "\n")
	p.do("build")
	got := planOf(t, p.args("--cost-per-unit", "2", "--weeks", "4")...)
	span := got.Spans[0]
	wantNear(t, "customers", span["customers"], 4, 0)
	wantNear(t, "mean", span["mean"], 15, 1e-12)
	wantNear(t, "sd", span["sd"], 12.909944487358056, 1e-12)
	wantNear(t, "new customers a week", span["new_customers_per_week"], .25, 0)
	// z = 2.4864748605: z·sd·√(2/2), a return of (32.10 − 2)/2.
	wantNear(t, "mde", span["mde"], 32.1002524186, 1e-9)
	wantNear(t, "mde as a return", span["mde_roi"], 15.0501262093, 1e-9)
	// 2·(1.6448536·12.9099/(.25·2))² = 3607.2; the 7,212 that are missing come at one in four weeks.
	wantNear(t, "units", span["units_half_width"], 3608, 0)
	wantNear(t, "weeks", span["weeks_needed"], 4+4*7212, 0)
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "cannot be known") {
		t.Errorf("warnings %q", got.Warnings)
	}
	// Revenue is worth the margin of all orders by their revenue: 166 of 210.
	wantNear(t, "worth of revenue", planOf(t, p.args("--cost-per-unit", "2", "--metric", "revenue")...).ValuePerUnit, 166./210, 1e-12)
	fail(t, 1, []string{"nobody ordered before", "--sd"}, p.args("pilot", "plan", "--cost-per-unit", "2", "--weeks", "30")...)
}

func TestPilotPlanMisused(t *testing.T) {
	for name, c := range map[string]struct {
		phrase string
		args   []string
	}{
		"no cost":           {"--cost-per-unit", nil},
		"metric":            {"margin, revenue or orders", []string{"--cost-per-unit", "1", "--metric", "likes"}},
		"level":             {"between 0 and 1", []string{"--cost-per-unit", "1", "--level", "90"}},
		"weeks":             {"--weeks", []string{"--cost-per-unit", "1", "--sd", "3", "--weeks", "0"}},
		"return":            {"above --hurdle", []string{"--cost-per-unit", "1", "--hurdle", ".5", "--return", ".4"}},
		"worth of an order": {"needs --value-per-unit", []string{"--cost-per-unit", "1", "--sd", "3", "--metric", "orders"}},
	} {
		t.Run(name, func(t *testing.T) { fail(t, 2, []string{c.phrase}, append([]string{"pilot", "plan"}, c.args...)...) })
	}
}

// audience is a file of 200 customers in three strata, in the order of rows given.
func audience(p *place, order []int) string {
	lines := []string{"customer,tier,before"}
	for _, i := range order {
		lines = append(lines, fmt.Sprintf("c-%03d,t%d,%d.5", i, i%3, i))
	}
	return p.file(fmt.Sprint("customers-", order[0], ".csv"), strings.Join(lines, "\n")+"\n")
}

func assignArgs(customers, folder string, more ...string) []string {
	return append([]string{"pilot", "assign", "--customers", customers, "--arms", "control=.5,treated=.5", "--seed", "7", "--pilot", "care", "--program", "community",
		"--strata", "tier", "--covariate", "before", "--starts-on", "2026-03-10", "--ends-before", "2026-05-10", "--registered-at", "2026-03-01T09:00:00Z",
		"--cost-per-unit", "1.20", "--currency", "USD", "--out-dir", folder}, more...)
}

// What assign writes is taken by load without a dead letter, stands as registered, and does not depend on the order of rows.
func TestPilotAssign(t *testing.T) {
	p := newPlace(t)
	var order []int
	for i := range 200 {
		order = append(order, i)
	}
	first := filepath.Join(t.TempDir(), "first")
	succeed(t, assignArgs(audience(p, order), first)...)
	slices.Reverse(order)
	second := filepath.Join(t.TempDir(), "second")
	succeed(t, assignArgs(audience(p, order), second)...)
	for _, name := range []string{"audience.csv", "events.ndjson"} {
		a, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(second, name)); string(a) != string(b) {
			t.Errorf("%s depends on the order of rows", name)
		}
	}
	events, _ := os.ReadFile(filepath.Join(first, "events.ndjson"))
	got := p.load(string(events) + `{"id":"O-1","source":"shop","type":"sale.order","time":"2026-03-12T10:00:00Z","order_id":"O-1","gross":"5.00","currency":"USD","customer":"c-001","cost_of_goods":"2.00"}` + "\n")
	if got.Written != 202 || got.DeadLetters != 0 {
		t.Errorf("%+v, want 202 written and no dead letter", got)
	}
	p.do("build")
	if row := p.one("select pilot, program_id, control, starts_on, registered_in_time from marts.dim_pilot"); row != "care|community|control|2026-03-10|true" {
		t.Errorf("dim_pilot %s", row)
	}
	if row := p.one("select count(*), count(distinct stratum), sum(outcome), sum(covariate), count(*) filter (where excluded) from marts.fct_pilot_units"); row != "200|3|3.0000|20000.0000|0" {
		t.Errorf("fct_pilot_units %s", row)
	}
	for _, row := range p.rows("select stratum, abs(count(*) filter (where arm = 'control') - count(*) filter (where arm = 'treated')) <= 1 from marts.fct_pilot_units group by stratum") {
		if !strings.HasSuffix(row, "|true") {
			t.Errorf("stratum %s is not halved", row)
		}
	}
	if units := p.one("select max(units_treated) + max(units_control) from marts.pilot_results"); units != "200" {
		t.Errorf("pilot_results has %s units", units)
	}
	fail(t, 1, []string{"exists", "assigned once"}, assignArgs(audience(p, order), first)...)
}

func TestPilotAssignRefuses(t *testing.T) {
	p := newPlace(t)
	good := p.file("good.csv", "customer,tier,before\na,x,1\nb,x,2\n")
	for name, c := range map[string]struct {
		code      int
		phrases   []string
		customers string
		more      []string
	}{
		"twice":            {1, []string{"lines 2 and 4", "same customer"}, p.file("twice.csv", "customer,tier,before\na,x,1\nb,x,1\na,x,1\n"), nil},
		"no customer":      {1, []string{"line 2", "a customer is needed"}, p.file("none.csv", "customer,tier,before\n,x,1\n"), nil},
		"no stratum":       {1, []string{"line 2", "a stratum is needed"}, p.file("strata.csv", "customer,tier,before\na,,1\n"), nil},
		"covariate":        {1, []string{"line 2", "not a number"}, p.file("text.csv", "customer,tier,before\na,x,much\n"), nil},
		"no rows":          {1, []string{"no rows"}, p.file("empty.csv", "customer,tier,before\n"), nil},
		"late":             {2, []string{"registered late proves nothing"}, good, []string{"--registered-at", "2026-03-10T00:00:00Z"}},
		"ends first":       {2, []string{"--ends-before"}, good, []string{"--ends-before", "2026-03-10"}},
		"metric":           {2, []string{"metric"}, good, []string{"--metric", "likes"}},
		"cost":             {2, []string{"cost_per_unit"}, good, []string{"--cost-per-unit", "-3"}},
		"control":          {2, []string{"none of the arms"}, good, []string{"--control", "nobody"}},
		"arms":             {2, []string{"share above 0"}, good, []string{"--arms", "a=.5,a=.5"}},
		"one arm":          {2, []string{"at least two arms"}, good, []string{"--arms", "a=1"}},
		"no such column":   {1, []string{`no column "shoe"`}, good, []string{"--strata", "shoe"}},
		"no such currency": {2, []string{"currency"}, good, []string{"--currency", "dollars"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "out")
			fail(t, c.code, c.phrases, assignArgs(c.customers, folder, c.more...)...)
			if _, err := os.Stat(folder); err == nil {
				t.Error("files were written")
			}
		})
	}
	fail(t, 2, []string{"--seed"}, "pilot", "assign", "--customers", good, "--arms", "a=1,b=1", "--pilot", "p", "--program", "q", "--starts-on", "2026-01-01", "--ends-before", "2026-02-01", "--out-dir", "x")
	fail(t, 2, []string{"name plan or assign"}, "pilot")
}
