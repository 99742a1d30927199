// Package bsts estimates what an outcome would have been without an intervention: a Bayesian structural time series on covariates that the intervention did not reach.
package bsts

import (
	"errors"
	"math"

	"tieback/metrics"
)

// Options are the priors and the size of the run; the zero value is the model of CausalImpact's R package at a level of
// 90 %.
type Options struct {
	Level  float64  // two-sided level of every interval; 0: metrics.DefaultLevel
	Draws  int      // draws kept, at least 100; 0: 1,000
	BurnIn int      // draws thrown away before, at least 1; 0: 500
	Seed   uint64   // any number, 0 too: the same seed gives the same bits on one processor architecture
	Names  []string // names of the covariates for warnings; nil: "covariate 1" and so on

	// TreatedUnits is how many units y adds up: Average is per unit and period. 0: one.
	TreatedUnits int

	// LevelSD is the prior guess at the standard deviation of the level's steps, in standard deviations of y; 0: .01.
	// The larger, the more the level alone may explain and the wider the counterfactual fans out.
	LevelSD float64
	// OtherLevelSD is the LevelSD of the second run that the conclusion is checked against; 0: .1 (.01 where LevelSD
	// is .1 or more).
	OtherLevelSD float64
	// OneRun leaves the second run out: half the time, no Sensitivity.
	OneRun bool

	ExpectedModelSize float64 // covariates expected to matter; 0: 3
	ExpectedR2        float64 // share of y's variance the covariates are expected to explain; 0: .8
	PriorDF           float64 // periods that ExpectedR2 weighs as much as; 0: 50

	// Seasons is the number of seasons in a cycle (7 for days in a week); 0 or 1: no seasonal component.
	Seasons int
	// SeasonDuration is how many periods a season lasts (7 for weeks of daily data); the first period of the data
	// begins a season. 0: one.
	SeasonDuration int
}

// Result is the posterior of the effect and of what it rests on. Nothing in it is NaN or infinite.
//
// Effects are observed − counterfactual, in the unit of y. A mean uses the expected counterfactual of each draw, an
// interval the whole predictive distribution with the noise of single periods: its ends are the (1∓Level)/2
// quantiles of the draws.
type Result struct {
	// Average is Cumulative / (post-periods × treated units); AverageSE its posterior standard deviation.
	Average, AverageLo, AverageHi, AverageSE float64
	// Cumulative is the sum over the post-periods, of all treated units.
	Cumulative, CumulativeLo, CumulativeHi float64
	// Relative is Cumulative over the mean counterfactual's sum (1 = doubled), its ends divided by the same number;
	// nil where that sum cannot be told from 0 or lies below it.
	Relative, RelativeLo, RelativeHi *float64

	// P is the smaller of the two tail areas of the counterfactual's sum at the observed sum, which is counted as a
	// draw of its own: (1 + #)/(draws + 1). One-sided: an interval of level .90 without 0 is P < .05.
	P     float64
	Level float64

	// PreRMSE is the root mean squared distance of y from Counterfactual over the observed pre-periods. The level
	// has seen these periods, so it is smaller than the error of a forecast.
	PreRMSE    float64
	PrePeriods int // observed ones
	MissingPre int // without an outcome; bridged by the model

	// Weights are the posterior means of the covariates' coefficients, 0 counted for draws that leave the covariate
	// out; y's units per unit of the covariate, in the order of x. Unlike synthetic control's they may be negative
	// and do not sum to 1.
	Weights      []float64
	Coefficients []Coefficient

	// Counterfactual is the posterior mean per period, pre-periods first, with its pointwise predictive interval.
	Counterfactual, CounterfactualLo, CounterfactualHi []float64
	// Effect is observed − Counterfactual per post-period, CumulativeEffect its running sum.
	Effect, EffectLo, EffectHi                               []float64
	CumulativeEffect, CumulativeEffectLo, CumulativeEffectHi []float64

	NoiseSD  float64 // posterior mean of the standard deviation of one period's noise, in y's unit
	LevelSD  float64 // of a step of the level
	SeasonSD float64 // of a change of the season's effect; 0 without seasons

	Draws       int
	Convergence Convergence
	Sensitivity *Sensitivity // nil where the second run was left out
	Warnings    []string
}

// A Coefficient is what the posterior says about one covariate.
type Coefficient struct {
	Mean      float64 // as in Weights
	SD        float64 // posterior standard deviation, draws without the covariate counted as 0
	Inclusion float64 // share of draws that use the covariate; 1 by prior where fewer than ExpectedModelSize vary
}

// Estimate answers: what did the intervention after the first pre periods add to y?
//
//	y_t = μ_t + τ_t + β'x_t + ε_t,  ε_t ~ N(0, σ²)
//	μ_{t+1} = μ_t + η_t,  η_t ~ N(0, σ_η²)
//	τ_{t+1} = −Σ_{s=0}^{S−2} τ_{t−s} + ω_t at the end of a season, else τ_t
//
// y holds one number per period, equally spaced, and x one series of the same length per covariate; nil x leaves
// the local level alone. The model learns from y[:pre] and all of x: a covariate must predict y and must not be
// reached by the intervention, which the data cannot show. NaN in y[:pre] is a missing outcome; NaN elsewhere is an
// error. Two post-periods need not have the same effect.
//
// Priors, on data standardized by the pre-period's mean and standard deviation: a covariate is in the model with
// chance min(1, ExpectedModelSize/(1 + covariates)); given that and σ², β ~ N(0, σ²·(κ/n·(½X'X + ½diag X'X))⁻¹) with κ = .01; 1/σ² ~
// Gamma(PriorDF/2, PriorDF·(1−ExpectedR2)/2) with σ < 1.2; 1/σ_η² ~ Gamma(16, 16·LevelSD²) with σ_η < 1, and the
// same, around .01, for ω; μ_1 ~ N(y_1, 1), seasons ~ N(0, 1). Without covariates σ has a guess of 1 worth .01
// periods. These are those of CausalImpact over bsts (where the 1 is a constant that is never used), but for X, which
// there includes the post-periods, and for the seasons' σ, whose guess there is worth .01 periods.
//
// Where covariates explain far more of y than ExpectedR2 the prior of σ makes the interval wider than it need be.
//
// Sampled by Gibbs: states by the simulation smoother, variances from their gamma distributions, covariates one by
// one with β and σ² integrated out. Not one number of a post-period's y enters the sampler.
//
// Source: Brodersen, Gallusser, Koehler, Remy and Scott (2015), Annals of Applied Statistics 9, 247–274; Scott and
// Varian (2014), International Journal of Mathematical Modelling and Numerical Optimisation 5, 4–23.
func Estimate(y []float64, x [][]float64, pre int, opt Options) (Result, error) {
	opt, err := opt.filled()
	if err != nil {
		return Result{}, err
	}
	if err := check(y, x, pre, opt); err != nil {
		return Result{}, err
	}
	d, err := standardize(y, x, pre)
	if err != nil {
		return Result{}, err
	}
	posterior := sample(d, opt, opt.LevelSD)
	result := summarize(d, posterior, y, opt)
	result.Warnings = warnings(d, &result, opt)
	if !opt.OneRun {
		result.compare(d, sample(d, opt, opt.OtherLevelSD), y, opt)
	}
	if !result.finite() {
		return Result{}, errors.New("the numbers are too large or too small to compute with: give the outcome and the covariates in other units")
	}
	return result, nil
}

// filled puts the defaults in and refuses what cannot be meant.
func (o Options) filled() (Options, error) {
	whole := func(v *int, otherwise int) {
		if *v == 0 {
			*v = otherwise
		}
	}
	number := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	number(&o.Level, metrics.DefaultLevel)
	whole(&o.Draws, 1000)
	whole(&o.BurnIn, 500)
	whole(&o.TreatedUnits, 1)
	number(&o.LevelSD, .01)
	other := .1
	if o.LevelSD >= .1 {
		other = .01
	}
	number(&o.OtherLevelSD, other)
	number(&o.ExpectedModelSize, 3)
	number(&o.ExpectedR2, .8)
	number(&o.PriorDF, 50)
	whole(&o.Seasons, 1)
	whole(&o.SeasonDuration, 1)
	return o, o.check()
}

// finite says whether every number of the result is one.
func (r *Result) finite() bool {
	all := [][]float64{
		{r.Average, r.AverageLo, r.AverageHi, r.AverageSE, r.Cumulative, r.CumulativeLo, r.CumulativeHi, r.P, r.PreRMSE},
		{r.NoiseSD, r.LevelSD, r.SeasonSD, r.Convergence.EffectiveDraws, r.Convergence.SplitR, r.Convergence.MonteCarloSE},
		r.Weights, r.Counterfactual, r.CounterfactualLo, r.CounterfactualHi, r.Effect, r.EffectLo, r.EffectHi,
		r.CumulativeEffect, r.CumulativeEffectLo, r.CumulativeEffectHi,
	}
	for _, c := range r.Coefficients {
		all = append(all, []float64{c.Mean, c.SD, c.Inclusion})
	}
	if r.Relative != nil {
		all = append(all, []float64{*r.Relative, *r.RelativeLo, *r.RelativeHi})
	}
	if s := r.Sensitivity; s != nil {
		all = append(all, []float64{s.Average, s.AverageLo, s.AverageHi, s.P})
	}
	for _, values := range all {
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}
