package lift

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"tieback/metrics"
)

// GBR is geo-based regression: over units i, weighted by 1/pre_i²,
//
//	test_i = b0 + b1·pre_i + b2·Δcost_i
//
// pre and test are outcomes summed before and during the treatment; Δcost is a treated unit's cost during it minus what
// it would have been, 0 for controls. b2 is iROAS and the effect b2·ΣΔcost, with Student's interval on n − 3 degrees of
// freedom. Without costs Δcost is 1 for each treated unit and b2 the effect per unit.
//
// What cost would have been is regressed on the pre-period's cost among the controls with the same weights; where those
// spent nothing before the start it is the pre-period's cost at the length of the treatment. That counterfactual is
// taken as known, as in the source. A unit without positive outcome before the start has no weight and is an error, as
// are fewer than 4 units and costs or outcomes that determine each other. Source: Vaver and Koehler (2011), Measuring Ad
// Effectiveness Using Geo Experiments, Google.
func GBR(p *Panel, level float64) (*Result, error) {
	if err := checkLevel(level); err != nil {
		return nil, err
	}
	r := newResult("gbr", p, level)
	if err := r.gaps(p); err != nil {
		return nil, err
	}
	step, err := spendOf(p)
	if err != nil {
		return nil, err
	}
	fit, err := acrossUnits(p, step)
	if err != nil {
		return nil, err
	}
	total := floats.Sum(step)
	effect := metrics.NewInterval(fit.estimate*total, fit.se*math.Abs(total), fit.df, level)
	r.set(effect.Estimate, effect.Lo, effect.Hi)
	r.SE, r.DF, r.P = effect.SE, fit.df, twoSided(fit.estimate/fit.se, fit.df)
	if !r.noCost(p) {
		r.overFixedCost(p, total)
	}
	r.relative(floats.Sum(totals(p.Treated, outcomeOf)[p.Pre:]) - r.Cumulative)
	r.warn("pre_rmse, l2 and scaled_l2 are not known: gbr compares units, not periods")

	fewest := min(len(p.Treated), len(p.Controls))
	r.check("units on the smaller side", float64(fewest), fmt.Sprintf("at least %d", fewestClusters), fewest >= fewestClusters,
		"too few units for a regression over units")
	earlier(r, p, func(before *Panel) (float64, error) {
		fit, err := acrossUnits(before, perUnit(before))
		if err != nil {
			return 0, err
		}
		return twoSided(fit.estimate/fit.se, fit.df), nil
	})
	return r, nil
}

// perUnit is 1 for each treated unit, 0 for each control.
func perUnit(p *Panel) []float64 {
	step := make([]float64, len(p.Treated)+len(p.Controls))
	for i := range p.Treated {
		step[i] = 1
	}
	return step
}

// spendOf is Δcost per unit, treated ones first; perUnit where no cost is given.
func spendOf(p *Panel) ([]float64, error) {
	step := perUnit(p)
	if !p.HasCost {
		return step, nil
	}
	before, during := sums(p.Controls, costOf, p.Pre)
	expected := func(pre float64) float64 { return pre * float64(p.post()) / float64(p.Pre) }
	if floats.Norm(before, 1) > 0 && len(p.Controls) >= 3 {
		intercept, slope := weightedLine(before, during)
		expected = func(pre float64) float64 { return intercept + slope*pre }
	}
	before, during = sums(p.Treated, costOf, p.Pre)
	for i := range p.Treated {
		step[i] = during[i] - expected(before[i])
	}
	if floats.Norm(step, 1) <= 1e-12*floats.Norm(during, 1) {
		return nil, errors.New("the treated units' cost did not change with the treatment, so gbr has nothing to regress on: leave the cost column out for the effect alone")
	}
	return step, nil
}

// weightedLine regresses y on x with weights 1/x², points without x left out; the mean ratio where x does not vary.
func weightedLine(x, y []float64) (intercept, slope float64) {
	var w, wx, wy, wxx, wxy float64
	for i := range x {
		if x[i] <= 0 {
			continue
		}
		v := 1 / (x[i] * x[i])
		w, wx, wy = w+v, wx+v*x[i], wy+v*y[i]
	}
	if w == 0 {
		return 0, 0
	}
	mx, my := wx/w, wy/w
	for i := range x {
		if x[i] > 0 {
			v := 1 / (x[i] * x[i])
			wxx, wxy = wxx+v*(x[i]-mx)*(x[i]-mx), wxy+v*(x[i]-mx)*(y[i]-my)
		}
	}
	if wxx <= 1e-20*w*mx*mx {
		return 0, my / mx
	}
	return my - wxy/wxx*mx, wxy / wxx
}

// unitFit is b2 of the regression over units.
type unitFit struct{ estimate, se, df float64 }

// acrossUnits regresses outcomes during the treatment on those before it and on step, weighted by 1/pre².
func acrossUnits(p *Panel, step []float64) (unitFit, error) {
	pre, test := sums(p.Treated, outcomeOf, p.Pre)
	preC, testC := sums(p.Controls, outcomeOf, p.Pre)
	pre, test = append(pre, preC...), append(test, testC...)
	n := len(pre)
	if n < 4 {
		return unitFit{}, fmt.Errorf("gbr needs at least 4 units, there are %d", n)
	}
	names := append(p.treatedNames(), make([]string, len(p.Controls))...)
	for i, series := range p.Controls {
		names[len(p.Treated)+i] = series.Unit
	}
	// Weighting by 1/pre² divides each equation by pre; the last column is scaled so that its size does not matter.
	size := floats.Norm(step, math.Inf(1))
	middle := floats.Sum(pre) / float64(n)
	x, y := mat.NewDense(n, 3, nil), mat.NewVecDense(n, nil)
	for i := range n {
		if pre[i] <= 0 {
			return unitFit{}, fmt.Errorf("unit %q has an outcome of %g before the start, so its weight 1/outcome² does not exist: leave it out", names[i], pre[i])
		}
		x.SetRow(i, []float64{middle / pre[i], 1, step[i] / size * middle / pre[i]})
		y.SetVec(i, test[i]/pre[i]*middle)
	}
	var qr mat.QR
	qr.Factorize(x)
	var b mat.VecDense
	if qr.Cond() > 1e10 || qr.SolveVecTo(&b, false, y) != nil {
		return unitFit{}, errors.New("the units' outcomes before the start, their costs and the treatment determine each other, so gbr cannot tell their parts")
	}
	var residual mat.VecDense
	residual.MulVec(x, &b)
	residual.SubVec(y, &residual)
	df := float64(n - 3)
	squares := mat.Dot(&residual, &residual)
	if squares <= 1e-20*mat.Dot(y, y) {
		return unitFit{}, errors.New("the units' outcomes are followed without any error, so none can be given to the effect")
	}
	var information, covariance mat.Dense
	information.Mul(x.T(), x)
	if err := covariance.Inverse(&information); err != nil {
		return unitFit{}, errors.New("the units' outcomes before the start, their costs and the treatment are too much alike for gbr to tell their parts")
	}
	se := math.Sqrt(squares / df * covariance.At(2, 2))
	return unitFit{b.AtVec(2) / size, se / size, df}, nil
}

// sums adds up each unit before and from the start on; cells without a row add nothing.
func sums(all []Series, of func(Series) []float64, pre int) (before, during []float64) {
	for _, series := range all {
		var b, d float64
		for t, v := range of(series) {
			switch {
			case math.IsNaN(v):
			case t < pre:
				b += v
			default:
				d += v
			}
		}
		before, during = append(before, b), append(during, d)
	}
	return before, during
}

// twoSided is the probability of a |t| at least as large without an effect.
func twoSided(t, df float64) float64 {
	return math.Min(1, 2*distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(t)))
}
