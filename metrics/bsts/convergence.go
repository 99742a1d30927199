package bsts

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Convergence says how far the draws can be trusted; both figures are of the expected counterfactual's sum.
type Convergence struct {
	// EffectiveDraws is how many independent draws tell as much as these correlated ones.
	EffectiveDraws float64
	// SplitR compares the first half of the chain with the second: near 1 when they agree, above 1.1 when the chain
	// still wanders.
	SplitR float64
	// MonteCarloSE is the standard error of Average that more draws would remove, in its unit.
	MonteCarloSE float64
}

// Below and above which a warning is given: a tenth of the default draws; Gelman and Rubin's customary bound.
const (
	leastEffective = 100
	mostSplitR     = 1.1
)

// convergence judges one chain. EffectiveDraws is n/(1 + 2Σρ_k), the sum cut where two neighboring autocorrelations
// add to less than 0 (Geyer 1992, Statistical Science 7, 473–483); SplitR is √((W·(m−1)/m + B/m)/W) over the halves
// of m draws (Gelman et al. 2013, Bayesian Data Analysis, section 11.4). A chain that does not move counts as n
// independent draws of one number.
func convergence(chain []float64) Convergence {
	n := len(chain)
	mean, variance := stat.PopMeanVariance(chain, nil)
	if !(variance > 0) {
		return Convergence{EffectiveDraws: float64(n), SplitR: 1}
	}
	correlation := func(lag int) float64 {
		sum := 0.0
		for i := lag; i < n; i++ {
			sum += (chain[i] - mean) * (chain[i-lag] - mean)
		}
		return sum / float64(n) / variance
	}
	times := -1.0
	for lag := 0; lag+1 < n; lag += 2 {
		pair := correlation(lag) + correlation(lag+1)
		if pair <= 0 {
			break
		}
		times += 2 * pair
	}
	half := n / 2
	meanA, varA := stat.MeanVariance(chain[:half], nil)
	meanB, varB := stat.MeanVariance(chain[n-half:], nil)
	within, between, m := (varA+varB)/2, (meanA-meanB)*(meanA-meanB)/2, float64(half) // between = B/m
	splitR := 1.0
	if within > 0 {
		splitR = math.Sqrt((within*(m-1)/m + between) / within)
	}
	// A chain that swings tells more than independent draws would; it is not credited for it.
	return Convergence{EffectiveDraws: float64(n) / max(times, 1), SplitR: splitR}
}
