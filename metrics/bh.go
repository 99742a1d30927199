package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// BenjaminiHochberg answers: with many comparisons read at once, which findings
// would be worth reading if a given share of them may be false?
//
//	q_(i) = min_{j ≥ i} min(1, m·p_(j)/j)
//
// p[i] are two-sided p-values in any order, p_(1) ≤ p_(2) ≤ … the same sorted, m
// their number; q-values are returned in the order of p. Calling all q ≤ .05
// findings holds the expected share of false ones at 5 %. Tests must be
// independent or positively dependent; otherwise the share may be larger by up
// to Σ1/i. m must count everything looked at, not only what seemed worth
// testing. NaN (a test that could not be done) stays NaN and is not counted in
// m; a p outside [0, 1] panics. Source: Benjamini and Hochberg (1995), JRSS B
// 57, 289–300; as adjusted p-values in Yekutieli and Benjamini (1999).
func BenjaminiHochberg(p []float64) []float64 {
	q := make([]float64, len(p))
	var order []int
	for i, value := range p {
		switch {
		case math.IsNaN(value):
			q[i] = math.NaN()
		case value < 0 || value > 1:
			panic(fmt.Sprintf("metrics: p-value %g is not between 0 and 1", value))
		default:
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	least := 1.0
	for rank := len(order); rank >= 1; rank-- {
		i := order[rank-1]
		least = math.Min(least, p[i]*float64(len(order))/float64(rank))
		q[i] = least
	}
	return q
}
