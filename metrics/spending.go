package metrics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// SpendingBoundary answers: how large must |z| be at each planned look at a
// cohort assigned at once, so that all looks together err with chance alpha?
//
//	spent(t) = 4·(1 − Φ(z_{1−α/4}/√t)), half of it on either side
//	P(|Z_1| < b_1, …, |Z_{k−1}| < b_{k−1}, Z_k ≥ b_k) = (spent(t_k) − spent(t_{k−1}))/2
//
// informationFractions are t_1 < t_2 < … ≤ 1: information so far over that at
// the end, for a mean 1/SE² over its planned final value. b_k is returned in the
// same order, in standard errors. This is the O'Brien–Fleming type: early looks
// spend almost nothing (b near 5 at a fifth), the last bound is close to the
// ordinary one. The estimates' increments must be independent, which holds for
// a mean over a growing sample; for a cohort whose outcomes grow the fraction
// must follow 1/SE², not the calendar. Fractions may be changed as the pilot
// runs, provided not because of what was seen: b_k depends on t_1…t_k only.
// A look that spends less than a float64 can hold gets +Inf.
//
// The probabilities come from recursive numerical integration on a Simpson grid,
// correct to about 1e-6 in b. No look, fractions that do not rise within (0, 1],
// or alpha outside (0, 1) are errors. Source: Lan and DeMets (1983), Biometrika
// 70, 659–663; recursion by Armitage, McPherson and Rowe (1969), JRSS A 132,
// 235–244.
func SpendingBoundary(informationFractions []float64, alpha float64) ([]float64, error) {
	if len(informationFractions) == 0 {
		return nil, errors.New("a spending boundary needs at least one look")
	}
	if !(alpha > 0 && alpha < 1) {
		return nil, fmt.Errorf("alpha %g is not between 0 and 1", alpha)
	}
	before := 0.0
	for k, t := range informationFractions {
		if !(t > before && t <= 1) {
			return nil, fmt.Errorf("information fraction %g of look %d does not rise within (0, 1]", t, k+1)
		}
		before = t
	}
	boundaries := make([]float64, len(informationFractions))
	path := startOfPath()
	spent := 0.0
	for k, t := range informationFractions {
		total := spendOBrienFleming(t, alpha)
		path = path.upTo(t)
		boundaries[k] = path.boundaryFor((total - spent) / 2)
		path.limit = boundaries[k] * math.Sqrt(t)
		spent = total
	}
	return boundaries, nil
}

// spendOBrienFleming is the two-sided error spent by information fraction t.
func spendOBrienFleming(t, alpha float64) float64 {
	z := -distuv.UnitNormal.Quantile(alpha / 4)
	return 4 * distuv.UnitNormal.CDF(-z/math.Sqrt(t))
}

// unfinished is the part of Brownian motion that no look has stopped: at time t
// it lies at value[i] with the mass mass[i], before the step of length step that
// leads to the look at hand.
type unfinished struct {
	t     float64 // time of the look at hand
	step  float64 // its distance in time from the look before
	limit float64 // boundary of that look on the scale of the motion, b·√t
	value []float64
	mass  []float64
}

func startOfPath() unfinished {
	return unfinished{value: []float64{0}, mass: []float64{1}}
}

// upTo moves the path to a look at time t: what survived the look at hand is
// laid on a Simpson grid fine against the step to come.
func (u unfinished) upTo(t float64) unfinished {
	next := unfinished{t: t, step: t - u.t}
	if u.t == 0 { // the motion starts at 0 with certainty
		next.value, next.mass = u.value, u.mass
		return next
	}
	const farOut = 10 // standard deviations beyond which no mass is kept
	edge := math.Min(u.limit, farOut*math.Sqrt(u.t))
	finest := math.Min(math.Sqrt(next.step), math.Sqrt(u.step)) / 12
	intervals := 2 * int(math.Ceil(math.Max(100, edge/finest)))
	width := 2 * edge / float64(intervals)
	for i := range intervals + 1 {
		s := -edge + float64(i)*width
		weight := 2.0
		switch {
		case i == 0 || i == intervals:
			weight = 1
		case i%2 == 1:
			weight = 4
		}
		next.value = append(next.value, s)
		next.mass = append(next.mass, weight*width/3*u.density(s))
	}
	return next
}

// density of the unstopped motion at s at the time of the look at hand.
func (u unfinished) density(s float64) float64 {
	sd := math.Sqrt(u.step)
	var sum float64
	for i, v := range u.value {
		z := (s - v) / sd
		sum += u.mass[i] * math.Exp(-z*z/2)
	}
	return sum / (sd * math.Sqrt(2*math.Pi))
}

// boundaryFor finds b with P(motion ≥ b·√t, not stopped before) = chance.
func (u unfinished) boundaryFor(chance float64) float64 {
	above := func(b float64) float64 {
		var sum float64
		for i, v := range u.value {
			sum += u.mass[i] * distuv.UnitNormal.CDF((v-b*math.Sqrt(u.t))/math.Sqrt(u.step))
		}
		return sum
	}
	low, high := 0.0, 40.0 // Φ(−40) is the smallest chance a float64 holds
	if !(chance > 0) || above(high) > chance {
		return math.Inf(1)
	}
	for range 80 {
		middle := (low + high) / 2
		if above(middle) > chance {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
