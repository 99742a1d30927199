package truth

import (
	"math"
	"math/rand/v2"

	"tieback/metrics"
	"tieback/simulate/trial"
)

const arrivalDays = 60

// arrivals are pilots whose people come day by day, each with a complete outcome, looked at every evening: by the
// always-valid interval, and for contrast by an ordinary one.
func arrivals() []Study {
	plain := trial.Plan{People: 40 * arrivalDays, Arms: 1, Weeks: 4, Personal: 1}
	rough := trial.Plan{People: 140 * arrivalDays, Arms: 1, Weeks: 8}
	return []Study{
		arrivalStudy("sequential pilot", trial.Plain, plain, false, "independent people, looked at daily"),
		arrivalStudy("sequential pilot, rough", trial.Rough, rough, true, "few buyers, heavy tails, looked at daily"),
	}
}

func arrivalStudy(name string, draw func(*rand.Rand, trial.Plan) *trial.Trial, plan trial.Plan, misspecified bool, world string) Study {
	const sequential, ordinary = "sequential pilot, confidence sequence", "ordinary interval at every look (not done)"
	rows := []Row{
		{Method: sequential, World: world, Misspecified: misspecified, Claim: Conservative, Unit: perPerson, Note: noteSequential},
		{Method: sequential, World: world, Misspecified: misspecified, Hurdle: true, Claim: Conservative, Unit: perPerson},
		{Method: ordinary, World: world, Misspecified: misspecified, Hurdle: true, Claim: Exact, Unit: perPerson, Note: noteOrdinary},
	}
	return Study{Name: name, Rows: rows, Play: func(world int, r *rand.Rand, say func(int, Finding)) error {
		t := draw(r, plan)
		truth := t.Effects[0]
		cost, trueReturn := priced(world, truth)
		watches := []watch{
			{truth: truth, cost: cost, trueReturn: trueReturn},
			{truth: truth, cost: atHurdle(truth), trueReturn: hurdle},
			{truth: truth, cost: atHurdle(truth), trueReturn: hurdle, ordinary: true},
		}
		var arms [2]metrics.Sums
		for i := range t.People {
			p := &t.People[i]
			arms[p.Arm] = arms[p.Arm].Plus(unit(p.Total(), 0))
			if (i+1)%(plan.People/arrivalDays) != 0 {
				continue
			}
			for k := range watches {
				watches[k].look(arms[1], arms[0], plan.People, true)
			}
		}
		for k := range watches {
			say(k, watches[k].finding())
		}
		return nil
	}}
}

// watch follows one pilot through its looks. It decides once, at the first look that allows it; later looks still count
// for whether the interval ever misses.
type watch struct {
	truth, cost, trueReturn float64
	ordinary                bool // by Welch's interval from the first day on
	hasty                   bool // stops even while outcomes are still to come

	read     metrics.Interval // what was read at the decision, or at the last look
	decision metrics.Decision
	missed   bool
	scale    bool
	stop     bool
	looked   bool
}

// look is one evening. Before each arm has seen enough nothing is read. Complete says that no outcome of anybody is still
// to come.
func (w *watch) look(treated, control metrics.Sums, planned int, complete bool) {
	var i metrics.Interval
	if w.ordinary {
		d, err := metrics.Welch(treated, control, metrics.DefaultLevel)
		if err != nil {
			return
		}
		i = d.Interval
	} else {
		var err error
		if i, err = metrics.AlwaysValid(treated, control, metrics.DefaultLevel, planned); err != nil || !metrics.EnoughToLook(treated, control) {
			return
		}
	}
	w.see(i, complete)
}

// see reads an interval of the lift. While outcomes are still to come it is about a part of the lift, against all of the
// cost: it may say that the program has paid already, not that it never will.
func (w *watch) see(i metrics.Interval, complete bool) {
	w.looked = true
	w.missed = w.missed || complete && (w.truth < i.Lo || w.truth > i.Hi)
	roi, err := metrics.ReturnOfPilot(i, 1, w.cost, hurdle)
	if err != nil {
		return
	}
	d := metrics.Decide(roi.Interval, hurdle)
	if d == metrics.Stop && !complete && !w.hasty {
		d = metrics.Iterate
	}
	w.scale, w.stop = w.scale || d == metrics.Scale, w.stop || d == metrics.Stop
	if w.decision == metrics.Scale || w.decision == metrics.Stop {
		return
	}
	w.read, w.decision = i, d
}

// finding is what came of all looks.
func (w *watch) finding() Finding {
	if !w.looked {
		return noAnswer(w.truth).decided(metrics.Iterate, w.trueReturn, hurdle)
	}
	f := found(w.truth, w.read, true)
	f.Held = !w.missed
	f = f.decided(w.decision, w.trueReturn, hurdle)
	f.Scale, f.Stop = w.scale, w.stop
	return f
}

// cohorts are pilots of people assigned at once whose outcomes grow week by week, looked at as often: with the error spent
// by Lan and DeMets on the lift that the weeks so far point to, and by the always-valid interval on the lift so far, as the
// warehouse does.
func cohorts() []Study {
	rough := trial.Plan{People: 6000, Arms: 1, Weeks: 12}
	steady := rough
	steady.Steady = true
	return []Study{
		cohortStudy("cohort", trial.Plain, trial.Plan{People: 800, Arms: 1, Weeks: 8}, false, "independent weeks, looked at weekly", ""),
		cohortStudy("cohort, steady", trial.Rough, steady, true, "heavy tails, seasons, looked at weekly", ""),
		cohortStudy("cohort, rough", trial.Rough, rough, true, "heavy tails, pull-forward, looked at weekly", noteCohort),
	}
}

// The rows of a cohort.
const (
	rowSpending = iota
	rowSpendingHurdle
	rowSofar
	rowSofarHurdle
	rowHastyHurdle
)

func cohortStudy(name string, draw func(*rand.Rand, trial.Plan) *trial.Trial, plan trial.Plan, misspecified bool, world, note string) Study {
	const spending, sofar, hasty = "cohort, Lan–DeMets spending", "cohort, confidence sequence", "cohort, stopped before its end (not done)"
	row := func(method string, claim Claim, hurdle bool, note string) Row {
		return Row{Method: method, World: world, Misspecified: misspecified, Hurdle: hurdle, Claim: claim, Unit: perPerson, Note: note}
	}
	rows := []Row{
		rowSpending: row(spending, Exact, false, note), rowSpendingHurdle: row(spending, Exact, true, note),
		rowSofar: row(sofar, Conservative, false, noteSofar), rowSofarHurdle: row(sofar, Conservative, true, noteSofar),
		rowHastyHurdle: row(hasty, Conservative, true, noteHasty),
	}
	return Study{Name: name, Rows: rows, Play: func(world int, r *rand.Rand, say func(int, Finding)) error {
		t := draw(r, plan)
		truth := t.Effects[0]
		cost, trueReturn := priced(world, truth)
		mixed, at := watch{truth: truth, cost: cost, trueReturn: trueReturn}, watch{truth: truth, cost: atHurdle(truth), trueReturn: hurdle}
		watches := []watch{mixed, at, mixed, at, at}
		watches[rowHastyHurdle].hasty = true
		looks, err := weekly(t, plan, func(treated, control metrics.Sums, last bool) {
			for k := rowSofar; k <= rowHastyHurdle; k++ {
				watches[k].look(treated, control, plan.People, last)
			}
		})
		if err != nil {
			return err
		}
		for _, i := range looks {
			watches[rowSpending].see(i, true)
			watches[rowSpendingHurdle].see(i, true)
		}
		for n := range watches {
			say(n, watches[n].finding())
		}
		return nil
	}}
}

// weekly looks at a cohort every week. What it returns are the repeated intervals of the lift of the whole window that the
// weeks so far point to; the information so far over that at the end is 1/SE² over what people brought before lets expect.
// A look that adds no information is left out; the last one counts as the end.
func weekly(t *trial.Trial, plan trial.Plan, look func(treated, control metrics.Sums, last bool)) ([]metrics.Interval, error) {
	sofar := make([]float64, len(t.People))
	var before [2]metrics.Sums
	for i := range t.People {
		p := &t.People[i]
		before[p.Arm] = before[p.Arm].Plus(unit(p.Before, 0))
	}
	planned, err := metrics.Welch(before[1], before[0], metrics.DefaultLevel)
	if err != nil {
		return nil, err
	}
	var looks []metrics.Interval
	var fractions []float64
	for week := range plan.Weeks {
		var arms [2]metrics.Sums
		for i := range t.People {
			p := &t.People[i]
			sofar[i] += p.Course[week]
			arms[p.Arm] = arms[p.Arm].Plus(unit(sofar[i], 0))
		}
		last := week == plan.Weeks-1
		look(arms[1], arms[0], last)
		d, err := metrics.Welch(arms[1], arms[0], metrics.DefaultLevel)
		if err != nil {
			continue // nobody bought yet
		}
		whole := float64(plan.Weeks) / float64(week+1)
		i := d.Interval
		i.Estimate, i.SE = i.Estimate*whole, i.SE*whole
		fraction := math.Min(planned.SE*planned.SE/(i.SE*i.SE), .98)
		n := len(fractions)
		switch {
		case last:
			looks, fractions = append(looks, i), append(fractions, 1)
		case n == 0 || fraction >= fractions[n-1]+.01:
			looks, fractions = append(looks, i), append(fractions, fraction)
		}
	}
	boundaries, err := metrics.SpendingBoundary(fractions, 1-metrics.DefaultLevel)
	if err != nil {
		return nil, err
	}
	for k, boundary := range boundaries {
		if looks[k], err = metrics.RepeatedInterval(looks[k], boundary, metrics.DefaultLevel); err != nil {
			return nil, err
		}
	}
	return looks, nil
}
