package evidence

import (
	"math"
	"testing"
	"time"

	"tieback/metrics"
)

func month(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }

// A pilot of March: 1,000 treated units earned 5,000 more (standard error 1,000), at a cost of 2,000. The rule credited them with 10,000,
// each unit with the same, so the factor is .5 with the total's own error, .1.
func marchPilot() *effect {
	sums := func(credit float64) []any {
		return []any{credit, credit * credit / 1000, credit * 20, 20_000.0}
	}
	e := &effect{pilot: "march", grade: "A", startsOn: month(3), endsBefore: month(4), cost: 2000}
	e.margin = measure(metrics.NewInterval(5000, 1000, 0, .9), 1000, sums(10_000))
	e.revenue = measure(metrics.NewInterval(12_500, 2500, 0, .9), 1000, sums(25_000))
	return e
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// The treated units earned what the pilot measured; 4,000 of other credit earned .5 × 4,000 with the factor's error .1 × 4,000 and
// 20 % transport error: 5,000 + 2,000, pilot errors 1,000 + 400, transport .2 × 2,000.
func TestAMonthIsTheFactorTimesItsCredit(t *testing.T) {
	m := programMonth{month: month(3), cost: 3000, completeness: 1, mature: true, attributedMargin: 14_000, treatedMargin: 10_000, attributedRevenue: 35_000, treatedRevenue: 25_000}
	r := m.earned(proof{pilot: marchPilot()})
	if r.state != "known" || r.grade != "C" {
		t.Errorf("state %s grade %s, want known C", r.state, r.grade)
	}
	near(t, "margin", r.margin.amount, 7000)
	near(t, "pilot error", r.margin.pilotSE, 1400)
	near(t, "transport error", r.margin.transportSE, 400)
	near(t, "revenue", r.revenue.amount, 17_500)
	near(t, "coverage", r.coverage, 5.0/7)
}

// Without other credit the month is the pilot itself, grade A; a month in which it did not run and nothing is credited is not known.
func TestGradesFollowTheEvidence(t *testing.T) {
	alone := programMonth{month: month(3), completeness: 1, mature: true, attributedMargin: 10_000, treatedMargin: 10_000, attributedRevenue: 25_000, treatedRevenue: 25_000}
	if r := alone.earned(proof{pilot: marchPilot()}); r.grade != "A" || r.margin.amount != 5000 || r.coverage != 1 {
		t.Errorf("the pilot's own month: grade %s, margin %v, coverage %v, want A, 5000, 1", r.grade, r.margin.amount, r.coverage)
	}
	silent := programMonth{month: month(5), cost: 400, completeness: 1, mature: true}
	if r := silent.earned(proof{pilot: marchPilot()}); r.state != "not known" {
		t.Errorf("a month the pilot says nothing about is %s", r.state)
	}
	far := programMonth{month: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC), completeness: 1, mature: true, attributedMargin: 1, attributedRevenue: 1}
	if r := far.earned(proof{pilot: marchPilot()}); r.state != "not known" {
		t.Errorf("a month 14 months after the pilot is %s", r.state)
	}
	young := alone
	young.mature = false
	if r := young.earned(proof{pilot: marchPilot()}); r.state != "immature" {
		t.Errorf("a month whose refunds are still to come is %s", r.state)
	}
	small := marchPilot()
	small.small = true
	if r := alone.earned(proof{pilot: small}); r.state != "not known" {
		t.Errorf("a pilot of a few buyers speaks for its program: %s", r.state)
	}
}

// A pilot keeps the month it measured, grade A, whether a later one could be carried there or lies too far away; and it speaks for a month
// that the later one does not reach. Elsewhere the later one speaks.
func TestAnEarlierPilotKeepsItsMonths(t *testing.T) {
	earlier := marchPilot()
	earlier.pilot, earlier.treated = "earlier", map[time.Time][2]float64{month(3): {10_000, 25_000}}
	for after, of := range map[int]string{8: "later", 16: "earlier"} { // who speaks for May, so many months before the later pilot
		later := marchPilot()
		later.pilot, later.startsOn, later.endsBefore = "later", addMonths(month(5), after), addMonths(month(6), after)
		both := proof{pilot: later, earlier: []*effect{earlier}}
		m := programMonth{month: month(3), completeness: 1, mature: true, attributedMargin: 10_000, attributedRevenue: 25_000}
		if r := m.earned(both); r.state != "known" || r.grade != "A" || r.pilot != "earlier" || r.margin.amount != 5000 {
			t.Errorf("its own month: %s, grade %s, pilot %s, %g, want known, A, earlier, 5000", r.state, r.grade, r.pilot, r.margin.amount)
		}
		m.month = month(5)
		if r := m.earned(both); r.state != "known" || r.grade != "C" || r.pilot != of {
			t.Errorf("May, %d months before: %s, grade %s, pilot %s, want known, C, %s", after, r.state, r.grade, r.pilot, of)
		}
	}
}

// Where the rule sees nothing of the pilot, March earned its total, and each of 3,000 beyond its cost of 2,000 what a unit of cost earned in it:
// 5,000 + 1.5 × 5,000.
func TestWithoutCreditCostCarriesThePilot(t *testing.T) {
	e := marchPilot()
	e.margin = measure(e.margin.total, 1000, []any{0.0, 0.0, 0.0, 20_000.0})
	e.revenue = measure(e.revenue.total, 1000, []any{0.0, 0.0, 0.0, 20_000.0})
	m := programMonth{month: month(3), cost: 5000, completeness: 1, mature: true}
	r := m.earned(proof{pilot: e})
	near(t, "margin", r.margin.amount, 12_500)
	near(t, "pilot error", r.margin.pilotSE, 2500)
	near(t, "transport error", r.margin.transportSE, 1500)
	if r.grade != "C" {
		t.Errorf("grade %s, want C", r.grade)
	}
	m.cost = math.NaN()
	if r := m.earned(proof{pilot: e}); r.state != "not known" {
		t.Errorf("with a cost that is not known the month is %s", r.state)
	}
}

// A credit within three of its own errors from zero is no denominator: one unit of a thousand has it all.
func TestAWeakDenominatorIsNone(t *testing.T) {
	m := measure(metrics.NewInterval(5000, 1000, 0, .9), 1000, []any{100.0, 10_000.0, 2000.0, 20_000.0})
	if m.factorErr == nil {
		t.Errorf("factor %+v, want none", m.factor)
	}
}

func TestAllocation(t *testing.T) {
	for text, want := range map[string]float64{`{"a":0.25,"b":0.75}`: .25, `{"a":"0.25"}`: .25} {
		shares, err := parseAllocation(text)
		if err != nil || shares["a"] != want {
			t.Errorf("%s: %v, %v", text, shares, err)
		}
	}
	for _, text := range []string{`{"a":"half"}`, `{"a":-1}`, `[1]`, `{"a":null}`} {
		if shares, err := parseAllocation(text); err == nil {
			t.Errorf("%s: %v, want an error", text, shares)
		}
	}
}
