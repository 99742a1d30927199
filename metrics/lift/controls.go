package lift

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tieback/metrics"
)

// fewestClusters a side for standard errors by unit: below, they are far too small. Source: Cameron, Gelbach and Miller
// (2008), Review of Economics and Statistics 90, 414–427.
const fewestClusters = 10

// DiD is two-way difference in differences: how much more the treated units changed than the controls did.
//
// With at least 10 units on each side the interval is cluster-robust by unit: in a balanced panel with one start that is
// the comparison of the units' own changes (mean after − mean before), with the small-sample correction of Bell and
// McCaffrey (2002), Survey Methodology 28, 169–181, which for two groups is Welch's test. Below that every control is
// tried as if it were the treated unit. It assumes that without the treatment all units would have changed alike.
func DiD(p *Panel, level float64) (*Result, error) {
	if err := checks(p, level); err != nil {
		return nil, err
	}
	r := newResult("did", p, level)
	if len(p.Treated) < fewestClusters || len(p.Controls) < fewestClusters {
		return byPlacebos(r, p, differenceInDifferences, false)
	}
	fit := differenceInDifferences(meanOf(outcomes(p.Treated)), outcomes(p.Controls), p.Pre, len(p.Treated))
	r.fill(p, fit)
	difference, err := compareChanges(p, level)
	if err != nil {
		return nil, errors.New("within each side all units changed by the same number, so the error cannot be estimated")
	}
	cells := float64(r.PostPeriods * len(r.Treated))
	r.set(fit.effect*cells, difference.Lo*cells, difference.Hi*cells)
	r.P, r.SE, r.DF = difference.P, difference.SE*cells, difference.DF
	r.closing(p, fit, false)
	earlier(r, p, func(before *Panel) (float64, error) {
		placebo, err := compareChanges(before, level)
		return placebo.P, err
	})
	return r, nil
}

// compareChanges is Welch's test of the units' own changes: mean after the start − mean before.
func compareChanges(p *Panel, level float64) (metrics.Difference, error) {
	var sides [2]metrics.Sums
	common := 0. // taken from all, so that large changes in common cost no digits
	for side, all := range [][]Series{p.Controls, p.Treated} {
		changes := across(outcomes(all), func(y []float64) float64 {
			return stat.Mean(y[p.Pre:], nil) - stat.Mean(y[:p.Pre], nil)
		})
		if side == 0 {
			common = stat.Mean(changes, nil)
		}
		floats.AddConst(-common, changes)
		sides[side] = metrics.SumsOf(changes, nil)
	}
	return metrics.Welch(sides[1], sides[0], level)
}

// SC is the synthetic control on outcomes alone: the mixture of controls that follows the mean of the treated units
// before the start is taken as what would have happened after it. demean subtracts each series' pre-period mean first,
// so that only movement is matched. Inference by placebos; see syntheticControl for the source.
func SC(p *Panel, demean bool, level float64) (*Result, error) {
	if err := checks(p, level); err != nil {
		return nil, err
	}
	estimate := syntheticControl
	if demean {
		estimate = demeanedSyntheticControl
	}
	return byPlacebos(newResult("sc", p, level), p, estimate, !demean)
}

// SDID is synthetic difference in differences, with weights on controls and on pre-periods. Inference by placebos; see
// syntheticDifferences for the source.
func SDID(p *Panel, level float64) (*Result, error) {
	if err := checks(p, level); err != nil {
		return nil, err
	}
	if p.Pre < 2 {
		return nil, errors.New("sdid needs at least 2 periods before the start: its weights depend on how much outcomes move from one to the next")
	}
	return byPlacebos(newResult("sdid", p, level), p, syntheticDifferences, false)
}

// checks are those that every method comparing unit by unit starts with.
func checks(p *Panel, level float64) error {
	if err := checkLevel(level); err != nil {
		return err
	}
	return p.complete()
}

func checkLevel(level float64) error {
	if level > 0 && level < 1 {
		return nil
	}
	return fmt.Errorf("level %g is not between 0 and 1", level)
}

// byPlacebos fills a result whose p and interval come from the controls tried as treated units.
func byPlacebos(r *Result, p *Panel, estimate estimator, levels bool) (*Result, error) {
	fit := settled(estimate(meanOf(outcomes(p.Treated)), outcomes(p.Controls), p.Pre, len(p.Treated)), p)
	r.fill(p, fit)
	all, statistic, scale := placebos(p, estimate, fit)
	r.Placebos, r.P = all, placeboP(all, statistic)
	half := placeboCritical(all, r.Level) * scale
	cells := float64(r.PostPeriods * len(r.Treated))
	r.set(fit.effect*cells, (fit.effect-half)*cells, (fit.effect+half)*cells)
	r.enough(p)
	if !fit.unique {
		r.warn("another mixture of controls fits the pre-period as well: the effect depends on which is taken; more pre-periods than controls would settle it")
	}
	r.closing(p, fit, levels)
	earlier(r, p, func(before *Panel) (float64, error) {
		fit := settled(estimate(meanOf(outcomes(before.Treated)), outcomes(before.Controls), before.Pre, len(before.Treated)), before)
		all, statistic, _ := placebos(before, estimate, fit)
		return placeboP(all, statistic), nil
	})
	return r, nil
}

// enough checks that there are placebos for an interval, and says which ones were taken.
func (r *Result) enough(p *Panel) {
	needed := placebosNeeded(r.Level)
	r.check("placebos", float64(len(r.Placebos)), fmt.Sprintf("at least %d for an interval at level %g", needed, r.Level), len(r.Placebos) >= needed,
		"too few controls to try as if treated, so the interval is not known")
	if len(r.Placebos) == 0 {
		r.warn("p is not known: with one control there is no placebo")
		return
	}
	size := len(r.Placebos[0].Units)
	if size < len(p.Treated) {
		r.warn("%d controls are too few for %d groups of %d, as many as were treated: single controls are tried, and p is rough", len(p.Controls), fewestGroups, len(p.Treated))
	}
	if groups := len(p.Controls) / size; len(r.Placebos) < groups {
		r.warn("%d of %d placebos are tried: every %dth in the order of names", len(r.Placebos), groups, (groups+mostPlacebos-1)/mostPlacebos)
	}
}

// fill sets fit, weights and series; they do not depend on how the interval is found.
func (r *Result) fill(p *Panel, fit contrast) {
	n := float64(len(p.Treated))
	r.PreRMSE = rootMeanSquare(fit.residuals)
	r.L2 = floats.Norm(fit.residuals, 2)
	r.Weights = map[string]float64{}
	for j, w := range fit.weights {
		r.Weights[p.Controls[j].Unit] = w
	}
	if fit.times != nil {
		r.TimeWeights = map[string]float64{}
		for t, w := range fit.times {
			r.TimeWeights[p.Times[t].Label] = w
		}
	}
	r.Observed = totals(p.Treated, outcomeOf)
	r.Counterfactual = append([]float64(nil), r.Observed...)
	floats.AddScaled(r.Counterfactual, -n, fit.gap)
}

// closing adds what follows from the effect: share, fit against equal weights, cost and the check of the fit. levels
// says that the controls were to match the level too, not only the movement.
func (r *Result) closing(p *Panel, fit contrast, levels bool) {
	r.relative(floats.Sum(r.Observed[p.Pre:]) - r.Cumulative)
	r.scaled(p, levels)
	r.followed(r.PreRMSE, stat.PopStdDev(meanOf(outcomes(p.Treated))[:p.Pre], nil))
	r.fixedOrMatchedCost(p, fit)
}

// scaled sets the L2 imbalance over that of equal weights.
func (r *Result) scaled(p *Panel, levels bool) {
	gap := gapOf(meanOf(outcomes(p.Treated)), outcomes(p.Controls), uniform(len(p.Controls)))[:p.Pre]
	if !levels {
		gap = centered(gap)
	}
	if equal := floats.Norm(gap, 2); equal > 0 {
		r.ScaledL2 = r.L2 / equal
		return
	}
	r.ScaledL2 = math.NaN()
	r.warn("scaled_l2 is not known: equal weights already follow the pre-period without error")
}
