package truth

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"tieback/metrics"
	"tieback/simulate"
)

// The company's pilots and their windows, as it registered them.
const (
	careFrom, careBefore     = "2025-09-08", "2025-12-29"
	carePrior                = "2025-05-19" // as many days before
	eventsFrom, eventsBefore = "2025-10-06", "2026-02-23"
	offerFrom, offerBefore   = "2025-06-02", "2025-08-25"
	adsFrom, adsBefore       = "2026-01-12", "2026-03-23"
)

// The rows of the company that are not rules or months.
const (
	rowCare = iota
	rowCareAdjusted
	rowBroken
	rowRegions
	rowStepwise
	rowStepwiseHurdle
	rowCompanyFactor // four rows
	rowRules         = rowCompanyFactor + 4
)

// companies are whole companies with everything in them: fans who buy and engage more, coupons aimed at buyers, heavy
// tails, seasons, shocks, launches where sales are weakest, pull-forward, refunds that programs raise, friends, links that
// depend on engagement, some of them wrong, and a pilot whose arms have the wrong sizes. Each has about as many events.
func companies(events int) []Study {
	const world = "the invented company"
	row := func(method string, claim Claim, unit, note string) Row {
		return Row{Method: method, World: world, Misspecified: true, Claim: claim, Unit: unit, Note: note}
	}
	s := Study{Name: "company", Rows: []Row{
		row("fixed pilot, Welch", Exact, perPerson, ""),
		row("fixed pilot, CUPED", Exact, perPerson, ""),
		row("fixed pilot, arms of a wrong size", Exact, perPerson, noteBroken),
		row("region pilot, CUPED", Exact, "margin a region", ""),
		row("sequential pilot, confidence sequence", Conservative, perPerson, noteSofar),
		row("sequential pilot, confidence sequence", Conservative, perPerson, noteSofar),
	}}
	s.Rows[rowStepwise].World = "the invented company, looked at daily"
	s.Rows[rowStepwiseHurdle].World, s.Rows[rowStepwiseHurdle].Hurdle = s.Rows[rowStepwise].World, true
	s.Rows = append(s.Rows, factorRows(world, true, [4]string{noteCompanyFactor, noteCompanyFactor, noteCompanyFactor, noteHeadroom})...)
	for _, r := range rules {
		s.Rows = append(s.Rows, row("credit, "+r.name, Rule, "margin a program", noteCredit))
	}
	s.Play = func(world int, r *rand.Rand, say func(int, Finding)) error {
		b, truth, err := company(r, events)
		if err != nil {
			return err
		}
		if err := b.people(world, truth, say); err != nil {
			return err
		}
		if err := b.regions(world, truth, say); err != nil {
			return err
		}
		if err := b.stepwise(world, truth, say); err != nil {
			return err
		}
		paths := b.paths()
		if err := b.care(world, truth, paths, func(row int, f Finding) { say(rowCompanyFactor+row, f) }); err != nil {
			return err
		}
		return byRules(truth, paths, say)
	}
	return []Study{s}
}

// effectOf is the true effect of a pilot's treated arm.
func effectOf(t *simulate.Truth, pilot string) float64 {
	i := slices.IndexFunc(t.Pilots, func(p simulate.PilotTruth) bool { return p.Pilot == pilot })
	return t.Pilots[i].Arms[1].Effect
}

// people are the pilots of persons that are analyzed once.
func (b *books) people(world int, t *simulate.Truth, say func(int, Finding)) error {
	truth := effectOf(t, "care-cohort-2025")
	arms := b.arms("care-cohort-2025", "no-outreach", b.margins(careFrom, careBefore), b.margins(carePrior, careFrom))
	plain, err := metrics.Welch(arms[1], arms[0], metrics.DefaultLevel)
	if err != nil {
		return err
	}
	say(rowCare, onLift(world, truth, plain.Interval, sound(arms)))
	adjusted, _, err := metrics.CUPED(arms[1], arms[0], metrics.DefaultLevel)
	if err != nil {
		return err
	}
	say(rowCareAdjusted, onLift(world, truth, adjusted.Interval, sound(arms)))
	broken := b.arms("referral-2025", "no-offer", b.margins(offerFrom, offerBefore), nil)
	if plain, err = metrics.Welch(broken[1], broken[0], metrics.DefaultLevel); err != nil {
		return err
	}
	say(rowBroken, onLift(world, effectOf(t, "referral-2025"), plain.Interval, sound(broken)))
	return nil
}

// regions is the pilot of whole regions; what each sold before is the covariate.
func (b *books) regions(world int, t *simulate.Truth, say func(int, Finding)) error {
	sold := map[string]float64{}
	for _, s := range b.orders {
		if s.date >= adsFrom && s.date < adsBefore {
			sold[s.region] += s.margin
		}
	}
	before := map[string]float64{}
	for _, a := range b.assigned["paid-regions-2026"] {
		before[a.unit] = a.covariate
	}
	arms := b.arms("paid-regions-2026", "dark", sold, before)
	d, _, err := metrics.CUPED(arms[1], arms[0], metrics.DefaultLevel)
	if err != nil {
		return err
	}
	say(rowRegions, onLift(world, effectOf(t, "paid-regions-2026"), d.Interval, sound(arms)))
	return nil
}

// stepwise looks at the sequential pilot on every evening, as the warehouse would: at everybody assigned so far, with all
// orders so far.
func (b *books) stepwise(world int, t *simulate.Truth, say func(int, Finding)) error {
	truth := effectOf(t, "events-stepwise-2025")
	cost, trueReturn := priced(world, truth)
	watches := []watch{{truth: truth, cost: cost, trueReturn: trueReturn}, {truth: truth, cost: atHurdle(truth), trueReturn: hurdle}}
	units := b.assigned["events-stepwise-2025"]
	arm, y := map[string]int{}, map[string]float64{}
	var arms [2]metrics.Sums
	next, order := 0, 0
	for order < len(b.orders) && b.orders[order].date < eventsFrom {
		order++
	}
	for ; order < len(b.orders) && b.orders[order].date < eventsBefore; order++ {
		s := b.orders[order]
		for ; next < len(units) && units[next].date <= s.date; next++ {
			u := units[next]
			if u.arm == "invited" {
				arm[u.unit] = 1
			} else {
				arm[u.unit] = 0
			}
			arms[arm[u.unit]] = arms[arm[u.unit]].Plus(unit(y[u.unit], 0))
		}
		old := y[s.customer]
		y[s.customer] = old + s.margin
		if a, is := arm[s.customer]; is && s.customer != "" {
			arms[a].Y += s.margin
			arms[a].YY += (old+s.margin)*(old+s.margin) - old*old
		}
		if order+1 < len(b.orders) && b.orders[order+1].date == s.date {
			continue // the day is not over
		}
		for k := range watches {
			watches[k].look(arms[1], arms[0], len(units), order+1 == len(b.orders) || b.orders[order+1].date >= eventsBefore)
		}
	}
	say(rowStepwise, watches[0].finding())
	say(rowStepwiseHurdle, watches[1].finding())
	return nil
}

// care carries the care pilot to the months of its program within a year of the pilot.
func (b *books) care(world int, t *simulate.Truth, paths []path, say func(int, Finding)) error {
	const program = "community-care"
	treated, credit := map[string]bool{}, map[string]float64{}
	for _, a := range b.assigned["care-cohort-2025"] {
		treated[a.unit] = a.arm == "personal-care"
	}
	var months []month
	at := map[string]int{}
	var truths []float64
	i := slices.IndexFunc(t.Programs, func(p simulate.ProgramTruth) bool { return p.Program == program })
	for k, m := range t.Programs[i].Months {
		at[m.Month] = k
		truths = append(truths, m.IncrementalMargin)
		months = append(months, month{})
	}
	for _, p := range paths {
		if p.sale == nil || p.lastNonDirect() != program {
			continue
		}
		s := p.sale
		m := &months[at[s.date[:len("2006-01")]]]
		if treated[s.customer] && s.date >= careFrom && s.date < careBefore {
			credit[s.customer] += s.margin
			m.inside += s.margin
		} else {
			m.outside += s.margin
		}
	}
	arms := b.arms("care-cohort-2025", "no-outreach", b.margins(careFrom, careBefore), credit)
	d, err := metrics.Welch(arms[1], arms[0], metrics.DefaultLevel)
	if err != nil {
		return err
	}
	for k := range months {
		if arms[1].X != 0 {
			months[k].inside /= arms[1].X
		}
	}
	// The last month is left out: its refunds are still to come.
	last := len(months) - 1
	factor := effectOf(t, "care-cohort-2025") * float64(arms[1].N) / arms[1].X
	return carry(d.Interval, arms[1]).findings(world, factor, months[:last], truths[:last], say)
}

// byRules compares what each rule credits to each program with what the program truly brought, and what one would do who
// took credit for return.
func byRules(t *simulate.Truth, paths []path, say func(int, Finding)) error {
	by, err := credits(paths)
	if err != nil {
		return err
	}
	for _, p := range t.Programs {
		asked, err := strconv.ParseFloat(p.Hurdle, 64)
		if err != nil {
			return err
		}
		for i, r := range rules {
			credit := by[r.name][p.Program]
			d := metrics.Stop
			if credit/p.FullCost-1 > asked {
				d = metrics.Scale
			}
			f := Finding{Truth: p.IncrementalMargin, Estimate: credit, Lo: math.NaN(), Hi: math.NaN(), Valid: true}
			say(rowRules+i, f.decided(d, p.Return, asked))
		}
	}
	return nil
}
