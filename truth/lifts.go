package truth

import (
	"math"
	"math/rand/v2"
	"strconv"

	"tieback/metrics"
	"tieback/metrics/bsts"
	"tieback/metrics/lift"
	"tieback/simulate/panel"
)

const sales = "sales of all weeks"

// marginRate turns sales into margin.
const marginRate = .4

// liftMethod is one way to estimate what treated regions gained.
type liftMethod struct {
	name string
	of   func(p *lift.Panel, r *rand.Rand) (interval metrics.Interval, valid bool, err error)
}

// asInterval is the cumulative effect.
func asInterval(of func(*lift.Panel, float64) (*lift.Result, error)) func(*lift.Panel, *rand.Rand) (metrics.Interval, bool, error) {
	return func(p *lift.Panel, _ *rand.Rand) (metrics.Interval, bool, error) {
		r, err := of(p, metrics.DefaultLevel)
		if err != nil {
			return metrics.Interval{}, false, err
		}
		return metrics.Interval{Estimate: r.Cumulative, Lo: r.CumulativeLo, Hi: r.CumulativeHi, Level: r.Level}, r.Valid, nil
	}
}

var (
	did  = liftMethod{"did", asInterval(lift.DiD)}
	tbr  = liftMethod{"tbr", asInterval(lift.TBR)}
	gbr  = liftMethod{"gbr", asInterval(lift.GBR)}
	sdid = liftMethod{"sdid", asInterval(lift.SDID)}
	sc   = liftMethod{"sc, demeaned", asInterval(func(p *lift.Panel, level float64) (*lift.Result, error) { return lift.SC(p, true, level) })}
	ts   = liftMethod{"bsts", structural}
)

// structural takes the treated total as the outcome and the controls as covariates. Valid is the same conclusion under
// both guesses at how much the level moves.
func structural(p *lift.Panel, r *rand.Rand) (metrics.Interval, bool, error) {
	y := make([]float64, len(p.Times))
	for _, s := range p.Treated {
		for w, v := range s.Outcome {
			y[w] += v
		}
	}
	x := make([][]float64, len(p.Controls))
	for i, s := range p.Controls {
		x[i] = s.Outcome
	}
	e, err := bsts.Estimate(y, x, p.Pre, bsts.Options{Seed: r.Uint64(), TreatedUnits: len(p.Treated)})
	if err != nil {
		return metrics.Interval{}, false, err
	}
	valid := e.Sensitivity == nil || concludes(e.CumulativeLo, e.CumulativeHi) == concludes(e.Sensitivity.AverageLo, e.Sensitivity.AverageHi)
	return metrics.Interval{Estimate: e.Cumulative, Lo: e.CumulativeLo, Hi: e.CumulativeHi, Level: e.Level}, valid, nil
}

// concludes is on which side of the interval 0 lies.
func concludes(lo, hi float64) int {
	switch {
	case lo > 0:
		return 1
	case hi < 0:
		return -1
	}
	return 0
}

// lifts are quasi-experiments on regions by weeks.
func lifts() []Study {
	const pre, post = 40, 8
	many, few := []liftMethod{did, tbr, gbr}, []liftMethod{sc, sdid, ts}
	return []Study{
		liftStudy("regions alike", many, false, "30 regions that move together", nil,
			func(r *rand.Rand) *panel.Panel { return panel.Alike(r, 30, 15, pre, post) }),
		liftStudy("regions mixed", []liftMethod{did, sc, sdid}, false, "1 of 20 regions that mix movements", nil,
			func(r *rand.Rand) *panel.Panel { return panel.Mixed(r, 20, 1, pre, post) }),
		liftStudy("region followed", []liftMethod{ts}, false, "1 region that follows 2 of 8", notesFollowed,
			func(r *rand.Rand) *panel.Panel { return panel.Followed(r, 9, pre, post) }),
		liftStudy("regions rough, many", many, true, "rough sales, 12 of 30 regions drawn", notesRough,
			func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 30, 12, pre, post, false) }),
		liftStudy("regions rough, one", few, true, "rough sales, 1 of 20 regions drawn", notesRough,
			func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 20, 1, pre, post, false) }),
		liftStudy("regions aimed, many", many, true, "rough sales, begun where they had fallen (12 of 30)", notesAimed,
			func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 30, 12, pre, post, true) }),
		liftStudy("regions aimed, one", few, true, "rough sales, begun where they had fallen (1 of 20)", notesAimed,
			func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 20, 1, pre, post, true) }),
	}
}

func liftStudy(name string, methods []liftMethod, misspecified bool, world string, notes map[string]string, draw func(*rand.Rand) *panel.Panel) Study {
	s := Study{Name: name}
	for _, m := range methods {
		s.Rows = append(s.Rows, Row{Method: m.name, World: world, Misspecified: misspecified, Claim: Exact, Unit: sales, Note: notes[m.name]})
	}
	s.Play = func(world int, r *rand.Rand, say func(int, Finding)) error {
		p := draw(r)
		seen, err := asLift(p)
		if err != nil {
			return err
		}
		gain := p.Gain()
		cost, trueReturn := priced(world, marginRate*gain)
		for i, m := range methods {
			interval, valid, err := m.of(seen, r)
			if err != nil { // the method refuses this panel
				say(i, noAnswer(gain).decided(metrics.Iterate, trueReturn, hurdle))
				continue
			}
			f := found(gain, interval, valid)
			d := metrics.Iterate
			if !math.IsNaN(interval.Lo) {
				roi := metrics.Interval{Lo: marginRate*interval.Lo/cost - 1, Hi: marginRate*interval.Hi/cost - 1}
				d = metrics.Decide(roi, hurdle)
			}
			say(i, f.decided(d, trueReturn, hurdle))
		}
		return nil
	}
	return s
}

// asLift arranges a panel as the methods take it.
func asLift(p *panel.Panel) (*lift.Panel, error) {
	var rows []lift.Observation
	for i, weeks := range p.Sold {
		for w, sold := range weeks {
			rows = append(rows, lift.Observation{Unit: "region " + strconv.Itoa(100+i), Time: lift.Time{At: int64(w), Label: strconv.Itoa(w)}, Outcome: sold, Treated: p.Treated[i]})
		}
	}
	return lift.NewPanel(rows, lift.Window{Start: int64(p.Pre), End: int64(len(p.Sold[0]) - 1)}, false)
}
