package warehouse_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var launchMarkets = []string{"AT", "BE", "CA", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "PT", "SE"}

// marketDays are 300 days of one order a day in sixteen markets of one season; more adds to a market's amount on a day.
func marketDays(seed uint64, more func(market string, n int) float64) []string {
	random := rand.New(rand.NewPCG(seed, 16))
	var lines []string
	drift := make([]float64, len(launchMarkets))
	for n := range 300 {
		season := 1 + .2*math.Sin(2*math.Pi*float64(n)/180)
		at := time.Date(2025, 1, 6, 12, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		for m, market := range launchMarkets {
			drift[m] = .9*drift[m] + 1.5*random.NormFloat64()
			amount := (80+10*float64(m))*season + drift[m] + 4*random.NormFloat64() + more(market, n)
			lines = append(lines, fmt.Sprintf(`{"id":"o-%d-%s","source":"shop","type":"sale.order","time":"%s","order_id":"o-%d-%s","gross":"%.2f","currency":"USD","market":"%s","cost_of_goods":"0"}`, n, market, at.Format(time.RFC3339), n, market, amount, market))
		}
	}
	return lines
}

func costIn(program, market string, n int) string {
	from := time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
	return fmt.Sprintf(`{"id":"c-%s-%s","source":"erp","type":"cost.entry","time":"%s","amount":"1000","currency":"USD","starts_on":"%s","ends_before":"%s","category":"media","program":"%s","market":"%s"}`,
		program, market, from.Format(time.RFC3339), from.Format(time.DateOnly), from.AddDate(0, 0, 90).Format(time.DateOnly), program, market)
}

// Community care begins in Germany on day 175 and adds 30 a day from then on: 2,520 in twelve weeks. In France it begins on day 182 and adds
// nothing. In Spain it begins where sales had been growing for 60 days by themselves. Films begin in Britain, and two weeks later
// coupons do, so neither can be told from the other. Italy's begins too late to be read.
func TestLaunchesOfAProgram(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("file:sales", marketDays(6, func(market string, n int) float64 {
		switch {
		case market == "DE" && n >= 175:
			return 30
		case market == "ES" && n >= 120:
			return .8 * float64(n-120)
		}
		return 0
	})...)
	f.append("file:costs", costIn("care", "DE", 175), costIn("care", "FR", 182), costIn("care", "ES", 180), costIn("care", "IT", 250),
		costIn("films", "GB", 170), costIn("coupons", "GB", 184), costIn("films", "NO", 3))
	f.append("file:costs", costIn("talks", "SE", 175))
	f.buildModels(t, "launch_results", "return_by_program_month", "invested_and_earned_by_program_month")
	from := func(place string) string {
		return "launch_results where program_id = 'care' and place = '" + place + "'"
	}
	if got := f.one("state || ' ' || grade || ' ' || cast(launched_on as varchar) || ' ' || seen_by || ' ' || donors || ' ' || pre_weeks", from("de")); got != "valid B 2025-06-30 cost 12 25" {
		t.Errorf("germany: %s, want valid B 2025-06-30 cost 12 25; %s", got, f.one("warnings", from("de")))
	}
	if lo, hi := f.float("incremental_lo", from("de")), f.float("incremental_hi", from("de")); !(lo < 2520 && 2520 < hi && lo > 0) {
		t.Errorf("germany: %.0f … %.0f, want an interval above 0 that holds 2,520", lo, hi)
	}
	if lo, hi := f.float("incremental_lo", from("fr")), f.float("incremental_hi", from("fr")); !(lo < 0 && 0 < hi) {
		t.Errorf("france: %.0f … %.0f, want an interval that holds 0", lo, hi)
	}
	if got := f.one("state || ' ' || grade || ' ' || (incremental_margin is not null)", from("es")); got != "invalid D true" {
		t.Errorf("spain grew before: %s, want invalid D with its number; %s", got, f.one("warnings", from("es")))
	}
	if got := f.one("state || ' ' || (incremental_margin is null) || ' ' || (q is null)", from("it")); got != "running true true" {
		t.Errorf("italy: %s, want running, nothing read", got)
	}
	for _, program := range []string{"films", "coupons"} {
		row := "launch_results where place = 'gb' and program_id = '" + program + "'"
		if got := f.one("state || ' ' || grade || ' ' || contains(warnings, 'effects cannot be told apart')", row); got != "invalid D true" {
			t.Errorf("%s in britain: %s, want invalid D and the reason", program, got)
		}
	}
	if got := f.one("count(*)", "launch_results where place = 'no'"); got != "0" {
		t.Errorf("a program that was there from the first week has %s launches, want none", got)
	}
	// Six launches were read; Germany's q is at most 6 p.
	if p, q := f.float("p", from("de")), f.float("q", from("de")); !(q >= p && q <= 6*p+1e-12) {
		t.Errorf("germany's p is %g and q %g, want q between p and 6 p", p, q)
	}
	// Talks began in Sweden alone, on 30 June: July's 31 of 84 days are its launch's, grade B, and so is what it has earned so far. Care also runs in
	// Spain, of which nothing is told, so its months are not known.
	july := "return_by_program_month where month_start = date '2025-07-01' and program_id = "
	if got := f.one("state || ' ' || grade || ' ' || coverage || ' ' || launches || ' ' || coalesce(pilot, 'no pilot')", july+"'talks'"); got != "known B 1.0 se no pilot" {
		t.Errorf("talks in july: %s, want known B 1.0 se no pilot", got)
	}
	whole := f.float("incremental_margin", "launch_results where program_id = 'talks'")
	f.near("talks in july", f.float("incremental_margin", july+"'talks'"), whole*31/84, .01)
	half := f.float("(incremental_hi - incremental_lo) / 2", "launch_results where program_id = 'talks'")
	f.near("its interval", f.float("(incremental_hi - incremental_lo) / 2", july+"'talks'"), half*31/84, .01)
	sofar := "invested_and_earned_by_program_month where program_id = 'talks' and month_start = date '2025-09-01'"
	f.near("talks so far", f.float("cumulative_incremental", sofar), whole, .01)
	f.near("its lower bound, of one draw", f.float("cumulative_lo", sofar), whole-half, .01)
	if got := f.one("state", july+"'care'"); got != "not known" {
		t.Errorf("care in july is %s, want not known", got)
	}
}
