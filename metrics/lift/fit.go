package lift

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// A contrast is one comparison of the mean of treated units with weighted controls.
type contrast struct {
	effect    float64   // mean gap after the start, per unit and period
	gap       []float64 // treated − counterfactual per period; its mean after the start is the effect
	residuals []float64 // error of the fit before the start
	weights   []float64 // of the controls
	times     []float64 // of the pre-periods; nil but for sdid
	unique    bool
}

// An estimator compares the mean of n treated units, y per period, with controls. It is applied to the treated units
// and, unchanged, to every placebo.
type estimator func(y []float64, controls [][]float64, pre, n int) contrast

// differenceInDifferences weighs controls and pre-periods alike:
//
//	(ȳ_post − ȳ_pre) − (c̄_post − c̄_pre)
//
// the two-way fixed-effects estimate of a balanced panel with one start. Source: Ashenfelter and Card (1985), Review of
// Economics and Statistics 67, 648–660; Angrist and Pischke (2009), Mostly Harmless Econometrics, section 5.2.
func differenceInDifferences(y []float64, controls [][]float64, pre, _ int) contrast {
	weights := uniform(len(controls))
	gap := gapOf(y, controls, weights)
	floats.AddConst(-stat.Mean(gap[:pre], nil), gap)
	return contrast{effect: stat.Mean(gap[pre:], nil), gap: gap, residuals: gap[:pre], weights: weights, unique: true}
}

// syntheticControl weighs controls, w ≥ 0 and Σw = 1, to follow the treated units before the start:
//
//	min_w Σ_{t < start} (y_t − Σ_j w_j·c_jt)²
//
// on outcomes alone, no other predictors. Source: Abadie, Diamond and Hainmueller (2010), JASA 105, 493–505, with
// all outcomes before the start as predictors.
func syntheticControl(y []float64, controls [][]float64, pre, _ int) contrast {
	columns := make([][]float64, len(controls))
	for j, c := range controls {
		columns[j] = c[:pre]
	}
	best := mix(columns, y[:pre], 0)
	gap := gapOf(y, controls, best.weights)
	return contrast{effect: stat.Mean(gap[pre:], nil), gap: gap, residuals: gap[:pre], weights: best.weights, unique: best.unique}
}

// demeanedSyntheticControl is syntheticControl after each series has lost its own pre-period mean, so that only the
// movement is matched, not the level. Source: Doudchenko and Imbens (2016), NBER 22791, and Ferman and Pinto (2021),
// Quantitative Economics 12, 1197–1221; GeoLift's default ("fixed effects").
func demeanedSyntheticControl(y []float64, controls [][]float64, pre, n int) contrast {
	flat := make([][]float64, len(controls))
	for j, c := range controls {
		flat[j] = demeaned(c, pre)
	}
	return syntheticControl(demeaned(y, pre), flat, pre, n)
}

// syntheticDifferences weighs controls by ω and pre-periods by λ:
//
//	τ = (ȳ_post − Σ_t λ_t·y_t) − Σ_j ω_j·(c̄_j,post − Σ_t λ_t·c_jt)
//	ω = argmin ‖ω_0 + Σ_j ω_j·c_j − y‖² over pre-periods + T_pre·ζ²·‖ω‖²,  ζ = (N_treated·T_post)^¼·σ
//	λ = argmin ‖λ_0 + Σ_t λ_t·c_t − c̄_post‖² over controls + N_controls·(10⁻⁶·σ)²·‖λ‖²
//
// ω, λ ≥ 0 with sum 1; σ the standard deviation of the controls' first differences before the start. Source:
// Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111, 4088–4118, algorithm
// 1; the small ridge of λ makes it unique.
func syntheticDifferences(y []float64, controls [][]float64, pre, n int) contrast {
	post := len(y) - pre
	sigma := noise(controls, pre)
	zeta := math.Pow(float64(n*post), .25) * sigma
	columns := make([][]float64, len(controls))
	for j, c := range controls {
		columns[j] = centered(c[:pre])
	}
	units := mix(columns, centered(y[:pre]), float64(pre)*zeta*zeta)

	periods := make([][]float64, pre)
	for t := range periods {
		periods[t] = centered(across(controls, func(c []float64) float64 { return c[t] }))
	}
	after := centered(across(controls, func(c []float64) float64 { return stat.Mean(c[pre:], nil) }))
	times := mix(periods, after, float64(len(controls))*1e-12*sigma*sigma)

	gap := gapOf(y, controls, units.weights)
	residuals := centered(gap[:pre])
	floats.AddConst(-floats.Dot(gap[:pre], times.weights), gap)
	return contrast{
		effect: stat.Mean(gap[pre:], nil), gap: gap, residuals: residuals,
		weights: units.weights, times: times.weights, unique: units.unique,
	}
}

// noise is the standard deviation of the controls' first differences before the start; 0 with a single pre-period.
func noise(controls [][]float64, pre int) float64 {
	var steps []float64
	for _, c := range controls {
		for t := 1; t < pre; t++ {
			steps = append(steps, c[t]-c[t-1])
		}
	}
	if len(steps) < 2 {
		return 0
	}
	return stat.StdDev(steps, nil)
}

// gapOf is y − Σ_j weights[j]·controls[j] per period.
func gapOf(y []float64, controls [][]float64, weights []float64) []float64 {
	gap := append([]float64(nil), y...)
	for j, c := range controls {
		if weights[j] != 0 {
			floats.AddScaled(gap, -weights[j], c)
		}
	}
	return gap
}

func demeaned(v []float64, pre int) []float64 {
	out := append([]float64(nil), v...)
	floats.AddConst(-stat.Mean(v[:pre], nil), out)
	return out
}

func centered(v []float64) []float64 { return demeaned(v, len(v)) }

func across(rows [][]float64, of func([]float64) float64) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = of(row)
	}
	return out
}

// meanOf is the mean of rows per period.
func meanOf(rows [][]float64) []float64 {
	mean := make([]float64, len(rows[0]))
	for _, row := range rows {
		floats.Add(mean, row)
	}
	floats.Scale(1/float64(len(rows)), mean)
	return mean
}
