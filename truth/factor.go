package truth

import (
	"math"
	"math/rand/v2"

	"tieback/metrics"
	"tieback/simulate/trial"
)

// How far a pilot is carried, as the warehouse does it (decision 5).
const (
	transportSD = .20
	clearCredit = 3 // standard errors from 0, below which a credit is no denominator
)

// carried is what a pilot found beside what a credit rule gave its treated people.
type carried struct {
	total  metrics.Interval // over all treated people
	credit float64
	factor metrics.Interval
	ok     bool
}

// carry divides what a pilot found by the credit of its treated people: credited has their outcome as Y and their credit as X.
// Where that credit is not clearly above 0 there is no factor.
func carry(lift metrics.Interval, credited metrics.Sums) carried {
	n := float64(credited.N)
	c := carried{total: lift, credit: credited.X}
	c.total.Estimate, c.total.Lo, c.total.Hi, c.total.SE = n*lift.Estimate, n*lift.Lo, n*lift.Hi, n*lift.SE
	se := math.Sqrt(math.Max(credited.VarX(), 0) * n)
	if c.credit < clearCredit*se {
		return c
	}
	var err error
	c.factor, err = metrics.IncrementalityFactor(c.total, c.credit, se, credited.CovXY()*n, 0)
	c.ok = err == nil
	return c
}

// month is one month of a program: the share of the pilot's credit in it, and other credit.
type month struct{ inside, outside float64 }

// contribution is what a month earned, with the two errors that all months of a program share.
func (c *carried) contribution(m month) metrics.Contribution {
	unit := metrics.NewInterval(0, 1, c.total.DF, metrics.DefaultLevel)
	se := math.Max(c.factor.Hi-c.factor.Estimate, c.factor.Estimate-c.factor.Lo) / unit.Hi
	return metrics.Contribution{
		Mean: m.inside*c.total.Estimate + c.factor.Estimate*m.outside,
		Shared: map[string]float64{
			"pilot":     m.inside*c.total.SE + se*m.outside,
			"transport": transportSD * math.Abs(c.factor.Estimate*m.outside),
		},
	}
}

// cumulative are the bounds of the margin earned so far, month by month.
func (c *carried) cumulative(months []month) ([]metrics.Interval, error) {
	contributions := make([]metrics.Contribution, len(months))
	for i, m := range months {
		contributions[i] = c.contribution(m)
	}
	return metrics.CumulativeBounds(contributions, map[string]metrics.Interval{
		"pilot":     metrics.NewInterval(0, 1, c.total.DF, metrics.DefaultLevel),
		"transport": metrics.NewInterval(0, 1, 0, metrics.DefaultLevel),
	}, metrics.DefaultLevel)
}

// The rows of a factor and of what it is carried to.
const (
	rowFactor = iota
	rowMonth
	rowYear
	rowHeadroom
)

func factorRows(world string, misspecified bool, notes [4]string) []Row {
	row := func(method, unit string, claim Claim, at int) Row {
		return Row{Method: method, World: world, Misspecified: misspecified, Claim: claim, Unit: unit, Note: notes[at]}
	}
	return []Row{
		row("incrementality factor", "margin a unit of credit", Exact, rowFactor),
		row("margin of a month, by factor", "margin", Exact, rowMonth),
		row("margin of all months, by factor", "margin", Exact, rowYear),
		row("earned headroom", "margin", Conservative, rowHeadroom),
	}
}

// factors are pilots whose factor is carried to twelve months of the program.
func factors() []Study {
	rough := [4]string{noteNeyman, noteFactorRough, noteFactorRough, noteHeadroom}
	return []Study{
		factorStudy("factor", trial.Plain, trial.Plan{People: 1600, Arms: 1, Weeks: 8}, factorRows("program like its pilot", false, [4]string{rowHeadroom: noteHeadroom}),
			func(float64) float64 { return 1 }),
		factorStudy("factor, rough", trial.Rough, trial.Plan{People: 8000, Arms: 1, Weeks: 12}, factorRows("program weaker than its pilot, heavy tails", true, rough),
			func(month float64) float64 { return .95 - .02*month }),
	}
}

// factorStudy carries a factor to a year of months; fading is what is left of it in a month, beside the transport error.
func factorStudy(name string, draw func(*rand.Rand, trial.Plan) *trial.Trial, plan trial.Plan, rows []Row, fading func(month float64) float64) Study {
	return Study{Name: name, Rows: rows, Play: func(world int, r *rand.Rand, say func(int, Finding)) error {
		t := draw(r, plan)
		var arms [2]metrics.Sums
		for i := range t.People {
			p := &t.People[i]
			arms[p.Arm] = arms[p.Arm].Plus(unit(p.Total(), p.Credit))
		}
		d, err := metrics.Welch(arms[1], arms[0], metrics.DefaultLevel)
		if err != nil {
			return err
		}
		// Twelve months, the second and third of them the pilot's; its credit is a sixth of what the others have.
		months, truths, moved := make([]month, 12), make([]float64, 12), 1+transportSD*r.NormFloat64()
		for i := range months {
			months[i].outside = arms[1].X * (.4 + .2*r.Float64())
			truths[i] = t.Factor * moved * fading(float64(i)) * months[i].outside
			if i == 1 || i == 2 {
				months[i].inside = .5
				truths[i] += .5 * t.Effects[0] * float64(arms[1].N)
			}
		}
		return carry(d.Interval, arms[1]).findings(world, t.Factor, months, truths, say)
	}}
}

// findings compares a pilot that is carried to months with the truth of these.
func (c carried) findings(world int, factor float64, months []month, truths []float64, say func(int, Finding)) error {
	cumulative := 0.
	for _, truth := range truths {
		cumulative += truth
	}
	cost, trueReturn := priced(world, cumulative)
	last := len(months) - 1
	monthReturn := truths[last]/(cost/float64(len(months))) - 1
	if !c.ok { // the warehouse then goes by cost, which is another method
		say(rowFactor, noAnswer(factor))
		say(rowMonth, noAnswer(truths[last]).decided(metrics.Iterate, monthReturn, hurdle))
		say(rowYear, noAnswer(cumulative).decided(metrics.Iterate, trueReturn, hurdle))
		say(rowHeadroom, noAnswer(cumulative).decided(metrics.Iterate, trueReturn, hurdle))
		return nil
	}
	say(rowFactor, found(factor, c.factor, true))
	alone, err := c.cumulative(months[last:])
	if err != nil {
		return err
	}
	bounds, err := c.cumulative(months)
	if err != nil {
		return err
	}
	roi, err := metrics.ReturnOn(alone[0], cost/float64(len(months)), hurdle)
	if err != nil {
		return err
	}
	say(rowMonth, found(truths[last], alone[0], true).decided(metrics.Decide(roi.Interval, hurdle), monthReturn, hurdle))
	whole, err := metrics.ReturnOn(bounds[last], cost, hurdle)
	if err != nil {
		return err
	}
	say(rowYear, found(cumulative, bounds[last], true).decided(metrics.Decide(whole.Interval, hurdle), trueReturn, hurdle))
	say(rowHeadroom, headroom(bounds[last], cumulative, cost))
	return nil
}

// headroom asks whether more may be spent: yes is right where the program has truly earned it. The lower bound is one end
// of a 90 % interval, so it lies above the truth in at most 5 of 100 worlds.
func headroom(bounds metrics.Interval, truth, cost float64) Finding {
	allowed := metrics.EarnedHeadroom(0, 1, cost, bounds.Lo).Headroom > 0
	earned := truth - cost
	f := Finding{Truth: truth, Estimate: bounds.Lo, Lo: bounds.Lo, Hi: math.Inf(1), Held: bounds.Lo <= truth, Valid: true, Verdict: Undecided, Scale: allowed}
	switch {
	case allowed && earned > 0, !allowed && earned <= 0:
		f.Verdict = Right
	case allowed:
		f.Verdict = Wrong
	}
	return f
}
