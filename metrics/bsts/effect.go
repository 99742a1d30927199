package bsts

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// summarize turns draws into effects, in the caller's units.
func summarize(d *data, kept *draws, y []float64, o Options) Result {
	r := Result{
		Level: o.Level, Draws: o.Draws, PrePeriods: d.observed, MissingPre: d.pre - d.observed,
		Weights: make([]float64, d.given), Coefficients: make([]Coefficient, d.given),
	}
	r.periods(d, kept, o)
	r.effects(d, kept, y, o)
	for i, j := range d.used {
		scale := d.sd / d.xsd[i]
		c := Coefficient{Mean: stat.Mean(kept.beta[i], nil) * scale, SD: stat.StdDev(kept.beta[i], nil) * scale}
		in := 0
		for _, b := range kept.beta[i] {
			if b != 0 {
				in++
			}
		}
		c.Inclusion = float64(in) / float64(o.Draws)
		r.Coefficients[j], r.Weights[j] = c, c.Mean
	}
	for _, sd := range kept.sd {
		r.NoiseSD += sd.noise * d.sd / float64(o.Draws)
		r.LevelSD += sd.level * d.sd / float64(o.Draws)
		r.SeasonSD += sd.season * d.sd / float64(o.Draws)
	}
	return r
}

// periods fills the counterfactual and how well it fits before the start. It sorts no draw in place.
func (r *Result) periods(d *data, kept *draws, o Options) {
	squares := 0.0
	sorted := make([]float64, o.Draws)
	for t, expected := range kept.expected {
		mean := stat.Mean(expected, nil)
		copy(sorted, kept.outcome[t])
		slices.Sort(sorted)
		lo, hi := ends(sorted, o.Level)
		r.Counterfactual = append(r.Counterfactual, d.mean+d.sd*mean)
		r.CounterfactualLo = append(r.CounterfactualLo, d.mean+d.sd*lo)
		r.CounterfactualHi = append(r.CounterfactualHi, d.mean+d.sd*hi)
		if t < d.pre && d.seen[t] {
			squares += (d.y[t] - mean) * (d.y[t] - mean)
		}
	}
	r.PreRMSE = d.sd * math.Sqrt(squares/float64(d.observed))
}

// effects fills everything that compares the post-periods with what was observed there.
func (r *Result) effects(d *data, kept *draws, y []float64, o Options) {
	sorted, total, expected := make([]float64, o.Draws), make([]float64, o.Draws), make([]float64, o.Draws)
	observed, cumulative, counterfactual := 0.0, 0.0, 0.0
	for t := d.pre; t < d.periods; t++ {
		observed += y[t]/d.sd - d.mean/d.sd
		effect := y[t] - r.Counterfactual[t]
		cumulative += effect
		counterfactual += r.Counterfactual[t]
		r.Effect = append(r.Effect, effect)
		r.EffectLo = append(r.EffectLo, y[t]-r.CounterfactualHi[t])
		r.EffectHi = append(r.EffectHi, y[t]-r.CounterfactualLo[t])
		for i, v := range kept.outcome[t] {
			total[i] += v
			expected[i] += kept.expected[t][i]
		}
		copy(sorted, total)
		slices.Sort(sorted)
		lo, hi := ends(sorted, o.Level)
		r.CumulativeEffect = append(r.CumulativeEffect, cumulative)
		r.CumulativeEffectLo = append(r.CumulativeEffectLo, d.sd*(observed-hi))
		r.CumulativeEffectHi = append(r.CumulativeEffectHi, d.sd*(observed-lo))
	}
	last := len(r.Effect) - 1
	r.Cumulative, r.CumulativeLo, r.CumulativeHi = cumulative, r.CumulativeEffectLo[last], r.CumulativeEffectHi[last]
	per := float64(len(r.Effect) * o.TreatedUnits)
	r.Average, r.AverageLo, r.AverageHi = cumulative/per, r.CumulativeLo/per, r.CumulativeHi/per
	r.AverageSE = d.sd * stat.StdDev(total, nil) / per
	r.P = tail(total, observed)
	if lo := counterfactual + cumulative - r.CumulativeHi; lo > 0 { // the lower end of the counterfactual's sum
		relative := func(v float64) *float64 { v /= counterfactual; return &v }
		r.Relative, r.RelativeLo, r.RelativeHi = relative(r.Cumulative), relative(r.CumulativeLo), relative(r.CumulativeHi)
	}
	r.Convergence = convergence(expected)
	r.Convergence.MonteCarloSE = d.sd * stat.StdDev(expected, nil) / math.Sqrt(r.Convergence.EffectiveDraws) / per
}

// tail is (1 + #)/(draws + 1), # the draws beyond the observed value on the side that has fewer.
func tail(draws []float64, observed float64) float64 {
	above, below := 1, 1
	for _, v := range draws {
		if v >= observed {
			above++
		}
		if v <= observed {
			below++
		}
	}
	return float64(min(above, below)) / float64(len(draws)+1)
}

// ends are the (1∓level)/2 quantiles of sorted draws.
func ends(sorted []float64, level float64) (lo, hi float64) {
	return quantile(sorted, (1-level)/2), quantile(sorted, (1+level)/2)
}

// quantile interpolates between order statistics at 1 + (n−1)q: Hyndman and Fan's (1996) type 7, which gonum lacks.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
