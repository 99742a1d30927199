package simulate_test

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tieback/simulate"
)

func chicago(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Skip("no time zone database: ", err)
	}
	return l
}

func dateOf(t testing.TB, f *fact, l *time.Location) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, f.Time)
	if err != nil {
		t.Fatal(err)
	}
	return at.In(l).Format(time.DateOnly)
}

// The books of every closed month, market and currency equal gross − discount −
// adjustments booked in the month, over current revisions, to the cent.
func TestLedgerIsTheSumOfItsEvents(t *testing.T) {
	zone := chicago(t)
	for _, events := range []int{10_000, 100_000} {
		lines, truth := play(t, simulate.Options{Seed: 9, Events: events}, is("sale.order", "sale.adjustment", "ledger.total"))
		fs := facts(t, lines)
		orders := current(fs)
		type key struct{ month, market, currency string }
		net, books := map[key]int64{}, map[key]int64{}
		revised, early := 0, 0
		for _, o := range orders {
			net[key{dateOf(t, &o, zone)[:7], o.Market, o.Currency}] += cents(t, o.Gross) - cents(t, o.Discount)
			if o.Revision > 1 {
				revised++
			}
		}
		arrived := map[string]bool{}
		for _, f := range fs {
			switch f.Type {
			case "sale.order":
				arrived[f.Source+" "+f.OrderID] = true
			case "sale.adjustment":
				if !arrived[f.Source+" "+f.OrderID] {
					early++
				}
				o, ok := orders[f.Source+" "+f.OrderID]
				if !ok || o.Currency != f.Currency {
					t.Fatalf("adjustment of %q without its order", f.OrderID)
				}
				net[key{dateOf(t, &f, zone)[:7], o.Market, o.Currency}] -= cents(t, string(f.Amount))
			case "ledger.total":
				books[key{f.StartsOn[:7], f.Market, f.Currency}] = cents(t, f.NetRevenue)
			}
		}
		if revised == 0 || early == 0 {
			t.Errorf("%d events: %d orders revised, %d adjustments before their order", events, revised, early)
		}
		if len(books) != 17*6 {
			t.Errorf("%d events: %d ledger totals, want 17 months of 6 markets", events, len(books))
		}
		for k, amount := range books {
			if net[k] != amount {
				t.Errorf("%d events, %v: books %d, events %d", events, k, amount, net[k])
			}
		}
		for _, l := range truth.Ledger {
			if k := (key{l.Month, l.Market, l.Currency}); net[k] != cents(t, l.NetRevenue) || l.Closed != (l.Month < "2026-06") {
				t.Errorf("%d events, %v: truth %s, events %d", events, k, l.NetRevenue, net[k])
			}
		}
	}
}

// margins sums the margin of each customer's orders in [from, before), in USD
// and as an observer would: without a known cost of goods at 40 %.
func margins(t testing.TB, fs []fact, from, before string, zone *time.Location) map[string]float64 {
	t.Helper()
	rates, costs, lineCosts := map[string]float64{}, map[string]int64{}, map[string]int64{}
	for _, f := range fs {
		switch f.Type {
		case "fx.rate":
			r, err := strconv.ParseFloat(f.Rate, 64)
			if err != nil {
				t.Fatal(err)
			}
			rates[f.Date] = r
		case "product.cost":
			costs[f.SKU] = cents(t, f.CostOfGoods)
		}
	}
	for _, f := range fs {
		if f.Type == "sale.line" && f.CostOfGoods != "" {
			lineCosts[f.Source+" "+f.OrderID] += cents(t, f.CostOfGoods)
		} else if f.Type == "sale.line" {
			lineCosts[f.Source+" "+f.OrderID] += costs[f.SKU] * f.Quantity
		}
	}
	days := slices.Sorted(maps.Keys(rates))
	refunds, returns := map[string]int64{}, map[string]int64{}
	for _, f := range fs {
		if f.Type == "sale.adjustment" {
			refunds[f.Source+" "+f.OrderID] = cents(t, string(f.Amount))
			returns[f.Source+" "+f.OrderID] = cents(t, f.CostOfGoods)
			if f.Kind == "cancel" {
				returns[f.Source+" "+f.OrderID] = -1
			}
		}
	}
	sums := map[string]float64{}
	for key, o := range current(fs) {
		day := dateOf(t, &o, zone)
		if day < from || day >= before || o.Customer == "" {
			continue
		}
		net := float64(cents(t, o.Gross) - cents(t, o.Discount) - refunds[key])
		goods, known := lineCosts[key]
		if !known {
			goods, known = cents(t, o.CostOfGoods), o.CostOfGoods != ""
		}
		margin := .40 * net
		if known {
			back := returns[key]
			if back < 0 {
				back = goods
			}
			margin = net - float64(goods-back) - float64(cents(t, o.VariableCost))
		}
		if o.Currency == "EUR" {
			i, exact := slices.BinarySearch(days, day)
			if !exact {
				i--
			}
			margin *= rates[days[i]]
		}
		sums[o.Customer] += margin / 100
	}
	return sums
}

// welch is the two-sided interval of the difference of means, treated − control.
func welch(treated, control []float64, level float64) (difference, lo, hi float64) {
	mt, vt := stat.MeanVariance(treated, nil)
	mc, vc := stat.MeanVariance(control, nil)
	a, b := vt/float64(len(treated)), vc/float64(len(control))
	se := math.Sqrt(a + b)
	df := (a + b) * (a + b) / (a*a/float64(len(treated)-1) + b*b/float64(len(control)-1))
	q := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile((1 + level) / 2)
	return mt - mc, mt - mc - q*se, mt - mc + q*se
}

// arms gives the outcomes of the units of a pilot by arm; a unit stays where it
// was assigned first.
func arms(fs []fact, pilot string, margin map[string]float64) map[string][]float64 {
	first, by := map[string]bool{}, map[string][]float64{}
	for _, f := range fs {
		if f.Type == "pilot.assigned" && f.Pilot == pilot && !first[f.UnitID] {
			first[f.UnitID] = true
			by[f.Arm] = append(by[f.Arm], margin[f.UnitID])
		}
	}
	return by
}

var evidence = is("sale.order", "sale.line", "sale.adjustment", "product.cost", "fx.rate", "pilot.assigned")

// The text of local times agrees with the time zone database.
func TestLocalTimesAreChicago(t *testing.T) {
	zone := chicago(t)
	lines, _ := play(t, simulate.Options{Seed: 4, Events: 10_000}, is("sale.order"))
	for _, f := range facts(t, lines) {
		at, err := time.Parse(time.RFC3339, f.Time)
		if err != nil {
			t.Fatal(err)
		}
		if want := at.In(zone).Format(time.RFC3339); want != f.Time {
			t.Errorf("%s, in Chicago %s", f.Time, want)
		}
	}
}

// Lines come in the order of arrival: nothing before it happened, most at once,
// some days or weeks late.
func TestArrival(t *testing.T) {
	lines, _ := play(t, simulate.Options{Seed: 4, Events: 100_000}, all)
	var clock time.Time
	late, veryLate := 0, 0
	for _, f := range facts(t, lines) {
		at, err := time.Parse(time.RFC3339, f.Time)
		if err != nil {
			t.Fatal(err)
		}
		if !clock.IsZero() && at.Sub(clock) > 6*time.Hour {
			t.Errorf("%s %s at %s, when the clock stood at %s", f.Type, f.ID, f.Time, clock)
		}
		if at.After(clock) {
			clock = at
		}
		if d := clock.Sub(at); d > 7*24*time.Hour {
			veryLate++
		} else if d > 24*time.Hour {
			late++
		}
	}
	n := len(lines)
	if late < n/400 || late > n/20 || veryLate < n/20_000 {
		t.Errorf("of %d lines %d are a day late and %d a week", n, late, veryLate)
	}
}

// At the usual size the cohort pilot settles the matter and the small one cannot.
func TestCohortDecidesAndSmallOneDoesNot(t *testing.T) {
	zone := chicago(t)
	lines, truth := play(t, simulate.Options{Seed: 1, Events: 300_000}, evidence)
	fs := facts(t, lines)
	decide := func(id, from, before string, hurdle float64) string {
		i := slices.IndexFunc(truth.Pilots, func(x simulate.PilotTruth) bool { return x.Pilot == id })
		control, treated := truth.Pilots[i].Arms[0], truth.Pilots[i].Arms[1]
		by := arms(fs, id, margins(t, fs, from, before, zone))
		d, lo, hi := welch(by[treated.Arm], by[control.Arm], .90)
		t.Logf("%s: %.2f [%.2f, %.2f], truth %.2f, cost %.2f", id, d, lo, hi, treated.Effect, treated.Cost)
		switch need := treated.Cost * (1 + hurdle); {
		case lo > need:
			return "scale"
		case hi < need:
			return "stop"
		}
		return "iterate"
	}
	if got := decide("care-cohort-2025", "2025-09-08", "2025-12-29", .20); got != "scale" {
		t.Errorf("cohort pilot: %s", got)
	}
	if got := decide("creator-small-2026", "2026-02-02", "2026-04-27", .20); got != "iterate" {
		t.Errorf("small pilot: %s", got)
	}
	decide("events-stepwise-2025", "2025-10-06", "2026-02-23", .15)
}

// Orders with the coupon look as if the coupon had brought them.
func TestCouponCreditOverstates(t *testing.T) {
	for seed := range uint64(3) {
		lines, truth := play(t, simulate.Options{Seed: seed, Events: 100_000}, is("sale.order", "sale.adjustment"))
		fs := facts(t, lines)
		refunds := map[string]int64{}
		for _, f := range fs {
			if f.Type == "sale.adjustment" {
				refunds[f.Source+" "+f.OrderID] = cents(t, string(f.Amount))
			}
		}
		credit := 0.0
		for key, o := range current(fs) {
			if o.Coupon == "HARBOR15" {
				credit += .40 * float64(cents(t, o.Gross)-cents(t, o.Discount)-refunds[key]) / 100
			}
		}
		p := truth.Programs[slices.IndexFunc(truth.Programs, func(p simulate.ProgramTruth) bool { return p.Program == "coupon-posts" })]
		t.Logf("credit %.0f, truth %.0f, cost %.0f", credit, p.IncrementalMargin, p.FullCost)
		if credit < 1000 || credit < 2*p.IncrementalMargin {
			t.Errorf("seed %d: credit %.2f, truth %.2f", seed, credit, p.IncrementalMargin)
		}
	}
}

// What the programs are for: one pays, one returns just its hurdle, one loses.
func TestProgramsAreWhatTheyAreMeantToBe(t *testing.T) {
	for seed := range uint64(3) {
		_, truth := play(t, simulate.Options{Seed: seed, Events: 300_000}, func([]byte) bool { return false })
		by := map[string]simulate.ProgramTruth{}
		for _, p := range truth.Programs {
			by[p.Program] = p
			margin, cost := 0.0, 0.0
			for _, m := range p.Months {
				margin, cost = margin+m.IncrementalMargin, cost+m.FullCost
			}
			if math.Abs(margin-p.IncrementalMargin) > .10 || math.Abs(cost-p.FullCost) > .10 {
				t.Errorf("%s: the months do not add up", p.Program)
			}
		}
		if r := by["community-care"].Return; r < .4 {
			t.Errorf("seed %d: community care returns %.2f", seed, r)
		}
		if r := by["creator-content"].Return; math.Abs(r-.20) > .0005 {
			t.Errorf("seed %d: creator content returns %.4f, its hurdle is 0.20", seed, r)
		}
		if r := by["coupon-posts"].Return; r > -.5 {
			t.Errorf("seed %d: coupon posts return %.2f", seed, r)
		}
		if r := by["paid-social"].Return; r < .2 || r > 1.6 {
			t.Errorf("seed %d: paid social returns %.2f", seed, r)
		}
	}
}
