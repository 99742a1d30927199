package metrics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// SampleRatioThreshold is the p below which an allocation counts as broken.
const SampleRatioThreshold = 0.001

// A SampleRatio says whether the arms have the sizes that were planned.
//
// DF is arms − 1. Failed is P < SampleRatioThreshold; a pilot that failed keeps
// its figure but loses grade and decision.
type SampleRatio struct {
	ChiSquare float64
	DF        int
	P         float64
	Failed    bool
	Warnings  []string
}

// CheckSampleRatio answers: could the arms' sizes have come from the planned
// allocation?
//
//	χ² = Σ (n_a − N·w_a)² / (N·w_a),  P = P(χ²_{k−1} ≥ χ²)
//
// counts[a] is n_a, units found in arm a, N their sum; planned[a] is w_a, in any
// unit (shares, weights, 1:1:2), rescaled to sum to 1; nil plans equal arms.
// χ² = 0 is a perfect match, which is itself no sign of trouble. The threshold
// is strict because every pilot is tested and a real fault (lost tokens, bots
// in one arm) shows at once. Units must be assigned one by one: permuted blocks
// make the sizes too even and the test blind. Where an arm expects fewer than 5
// units χ² is rough, so P is exact: with two arms the chance of a split no more
// likely than this one, with k arms k times the smallest such chance of one arm
// against the rest (at most 1), and a warning says so. Four units against four
// of equal arms have P = 1; two of ten in an arm of 1 % have P = .004.
//
// Fewer than two arms, no units, a negative count or a planned share that is
// not positive are errors. Source: Pearson (1900), Philosophical Magazine 50;
// threshold as in Kohavi, Tang and Xu (2020), Trustworthy Online Controlled
// Experiments, chapter 21.
func CheckSampleRatio(counts []int, planned []float64) (SampleRatio, error) {
	if len(counts) < 2 {
		return SampleRatio{}, errors.New("a sample ratio needs at least two arms")
	}
	if planned == nil {
		planned = make([]float64, len(counts))
		for a := range planned {
			planned[a] = 1
		}
	}
	if len(planned) != len(counts) {
		return SampleRatio{}, fmt.Errorf("%d arms were counted but %d were planned", len(counts), len(planned))
	}
	var units, weights float64
	for a, count := range counts {
		if count < 0 {
			return SampleRatio{}, fmt.Errorf("arm %d has %d units", a, count)
		}
		if !finite(planned[a]) || planned[a] <= 0 {
			return SampleRatio{}, fmt.Errorf("arm %d was planned with share %g: shares must be above 0", a, planned[a])
		}
		units += float64(count)
		weights += planned[a]
	}
	if units == 0 {
		return SampleRatio{}, errors.New("no unit was assigned to any arm")
	}
	result := SampleRatio{DF: len(counts) - 1}
	for a, count := range counts {
		expected := units * planned[a] / weights
		result.ChiSquare += (float64(count) - expected) * (float64(count) - expected) / expected
		if expected < 5 {
			result.Warnings = append(result.Warnings, fmt.Sprintf("arm %d expects %.1f units: below 5 the chi-square test is rough, so p is exact", a, expected))
		}
	}
	result.P = distuv.ChiSquared{K: float64(result.DF)}.Survival(result.ChiSquare)
	if len(result.Warnings) > 0 {
		result.P = exactSampleRatio(counts, planned, int(units), weights)
	}
	result.Failed = result.P < SampleRatioThreshold
	return result, nil
}

// exactSampleRatio is the exact p of the sizes: each arm against the rest by the binomial distribution, all outcomes
// no more likely than the one seen, and Bonferroni over arms; two arms are one comparison.
func exactSampleRatio(counts []int, planned []float64, units int, weights float64) float64 {
	least := 1.0
	for a, count := range counts {
		binomial := distuv.Binomial{N: float64(units), P: planned[a] / weights}
		seen := binomial.Prob(float64(count)) * (1 + 1e-9) // equally likely ones count although rounding differs
		sum := 0.0
		for k := range units + 1 {
			if p := binomial.Prob(float64(k)); p <= seen {
				sum += p
			}
		}
		least = math.Min(least, sum)
	}
	if len(counts) > 2 {
		least *= float64(len(counts))
	}
	return math.Min(1, least)
}
