package lift

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// costDraws and costSeed fix the simulation of a ratio whose cost is estimated: the same panel, the same bits.
const (
	costDraws = 100_000
	costSeed  = 2017
)

// onlyTreatment says whether money was spent on treated units after the start alone. Then the incremental cost is their
// cost, known without error.
func (p *Panel) onlyTreatment() bool {
	for _, series := range p.Controls {
		if slices.ContainsFunc(series.Cost, notZero) {
			return false
		}
	}
	for _, series := range p.Treated {
		if slices.ContainsFunc(series.Cost[:p.Pre], notZero) {
			return false
		}
	}
	return true
}

func notZero(v float64) bool { return v != 0 }

// spentDuring is the size of the treated units' cost from the start on: the yardstick for what is rounding.
func (p *Panel) spentDuring() float64 { return floats.Norm(totals(p.Treated, costOf)[p.Pre:], 1) }

// noCost says why there is no iROAS, and reports whether that is so.
func (r *Result) noCost(p *Panel) bool {
	if !p.HasCost {
		r.warn("iroas is not known: no cost is given")
		return true
	}
	return false
}

// overFixedCost sets iROAS for a cost without error: the effect's own interval over it. A cost below 0 is money saved;
// the ratio then says what each unit of it lost.
func (r *Result) overFixedCost(p *Panel, cost float64) {
	r.IncrementalCost = cost
	if math.Abs(cost) <= 1e-9*p.spentDuring() {
		r.IncrementalCost = 0
		r.warn("iroas is not known: the treatment cost nothing, or no more than without it")
		return
	}
	r.IROAS, r.IROASLo, r.IROASHi = r.Cumulative/cost, r.CumulativeLo/cost, r.CumulativeHi/cost
	if cost < 0 {
		r.IROASLo, r.IROASHi = r.IROASHi, r.IROASLo
	}
}

// fixedOrMatchedCost sets iROAS for methods whose interval is not a t interval. Where money was also spent elsewhere,
// what the treated units would have cost is their own pre-period cost moved as the weighted controls' moved, and the
// ratio has no interval: its error is not known.
func (r *Result) fixedOrMatchedCost(p *Panel, fit contrast) {
	if r.noCost(p) {
		return
	}
	if p.onlyTreatment() {
		r.overFixedCost(p, floats.Sum(totals(p.Treated, costOf)[p.Pre:]))
		return
	}
	times := fit.times
	if times == nil {
		times = uniform(p.Pre)
	}
	change := func(cost []float64) float64 {
		return stat.Mean(cost[p.Pre:], nil) - floats.Dot(cost[:p.Pre], times)
	}
	var cost float64
	for _, series := range p.Treated {
		cost += change(series.Cost) / float64(len(p.Treated))
	}
	for j, series := range p.Controls {
		cost -= fit.weights[j] * change(series.Cost)
	}
	r.overFixedCost(p, cost*float64(r.PostPeriods*len(r.Treated)))
	r.IROASLo, r.IROASHi = math.NaN(), math.NaN()
	r.warn("iroas has no interval: money was spent before the start or on controls too, so its cost is an estimate whose error this method does not know; tbr does")
}

// overEstimatedCost sets the interval of iROAS for an effect and a cost that are both estimates with t errors: the
// quantiles of the ratio over draws of either, taken as independent. The estimate is the ratio of the estimates.
// Without bounds where the cost's own 99 % interval holds 0. Source: Kerman, Wang and Vaver (2017), on variable cost.
func (r *Result) overEstimatedCost(p *Panel, cost, se, df float64) {
	r.overFixedCost(p, cost)
	if r.IncrementalCost == 0 || se <= 1e-12*math.Abs(cost) {
		return
	}
	r.IROASLo, r.IROASHi = math.NaN(), math.NaN()
	half := -se * distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(.005)
	if math.Abs(cost) <= half {
		r.warn("iroas has no interval: the incremental cost cannot be told from 0")
		return
	}
	source := rand.NewPCG(costSeed, costSeed)
	effect := distuv.StudentsT{Mu: r.Cumulative, Sigma: r.SE, Nu: r.DF, Src: source}
	spent := distuv.StudentsT{Mu: cost, Sigma: se, Nu: df, Src: source}
	ratios := make([]float64, costDraws)
	for i := range ratios {
		ratios[i] = effect.Rand() / spent.Rand()
	}
	slices.Sort(ratios)
	r.IROASLo = stat.Quantile((1-r.Level)/2, stat.Empirical, ratios, nil)
	r.IROASHi = stat.Quantile((1+r.Level)/2, stat.Empirical, ratios, nil)
}
