package metrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// A Contribution is what one period, program or market adds to a cumulative
// figure: Σ_k Shared[k]·factor_k + an own part.
//
// Shared maps the name of a factor (a pilot's incrementality factor, a return, a
// rate) to the fixed amount it multiplies, in money; Mean and SE describe the
// part that shares nothing with other contributions (SE 0: known for certain).
type Contribution struct {
	Shared map[string]float64
	Mean   float64
	SE     float64
}

// CumulativeBounds answers: what is the sum so far, after each contribution, and
// between which bounds does it lie?
//
//	S_i = Σ_k A_k·f_k + Σ_{j≤i} m_j,  A_k = Σ_{j≤i} Shared_j[k]
//	lo_i = S_i − √(Σ_k (A_k·f_k − lo(A_k·f_k))² + Σ_{j≤i} (z·s_j)²), hi_i likewise
//
// f_k, with its own interval, is factor k; m_j, s_j the own parts; z the normal
// quantile of level. The amounts of a factor are added before squaring: a
// factor used in twelve months is one unknown, and twelve months do not average
// its error away. Different factors, and own parts, are independent of each
// other: two factors measured against one control must be given as one.
//
// With normal factors this is the exact interval of the joint distribution, so
// no draws are needed; with one factor of any kind (t, Fieller) it is that
// factor's own interval; with several it is the MOVER interval, which keeps
// their asymmetry and is a little wide where factors have few degrees of freedom. A
// factor without bounds leaves the sum without bounds. SE is √(Σ(A_k·se_k)² +
// Σs_j²) and DF Satterthwaite's, 0 when all are normal. Units of the intervals
// are 0. A name absent from factors, a negative SE, or a factor at another
// level whose interval cannot be moved there, is an error. No contribution
// gives no interval.
//
// Source: Zou and Donner (2008), Statistics in Medicine 27, 1693–1702.
func CumulativeBounds(contributions []Contribution, factors map[string]Interval, level float64) ([]Interval, error) {
	if err := checkLevel(level); err != nil {
		return nil, err
	}
	atLevel := make(map[string]Interval, len(factors))
	for _, name := range slices.Sorted(maps.Keys(factors)) {
		factor, err := factors[name].AtLevel(level)
		if err != nil {
			return nil, fmt.Errorf("factor %s: %w", name, err)
		}
		atLevel[name] = factor
	}
	amounts := map[string]float64{}
	var mean, ownVariance total
	bounds := make([]Interval, 0, len(contributions))
	for i, contribution := range contributions {
		if !finite(contribution.Mean, contribution.SE) || contribution.SE < 0 {
			return nil, fmt.Errorf("contribution %d: mean %g and standard error %g must be numbers, the error not below 0", i, contribution.Mean, contribution.SE)
		}
		for _, name := range slices.Sorted(maps.Keys(contribution.Shared)) {
			if _, ok := atLevel[name]; !ok {
				return nil, fmt.Errorf("contribution %d uses the factor %s, which is not known", i, name)
			}
			amounts[name] += contribution.Shared[name]
		}
		mean.add(contribution.Mean)
		ownVariance.add(contribution.SE * contribution.SE)
		bounds = append(bounds, jointInterval(amounts, atLevel, mean.value(), ownVariance.value(), level))
	}
	return bounds, nil
}

// jointInterval is the MOVER interval of Σ amounts[k]·factors[k] + an own part.
func jointInterval(amounts map[string]float64, factors map[string]Interval, mean, ownVariance, level float64) Interval {
	z := quantile(level, 0)
	below, above := z*z*ownVariance, z*z*ownVariance
	parts := []varianceOfMean{{variance: ownVariance}}
	result := Interval{Estimate: mean, Level: level, Method: "joint"}
	// Sorted, for a sum of floats depends on its order and a map has none.
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		if amounts[name] == 0 {
			continue
		}
		part := factors[name].linear(amounts[name], 0)
		result.Estimate += part.Estimate
		below += (part.Estimate - part.Lo) * (part.Estimate - part.Lo)
		above += (part.Hi - part.Estimate) * (part.Hi - part.Estimate)
		parts = append(parts, varianceOfMean{part.SE * part.SE, part.DF})
		for _, warning := range part.Warnings {
			result.Warnings = append(result.Warnings, name+": "+warning)
		}
	}
	variance, df := satterthwaite(parts)
	result.SE, result.DF = math.Sqrt(variance), df
	result.Lo, result.Hi = result.Estimate-math.Sqrt(below), result.Estimate+math.Sqrt(above)
	return result
}
