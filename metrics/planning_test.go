package metrics_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tieback/metrics"
)

// Cohen (1988), table 2.4.1: to find d = .5 at two-sided .05 with power .80 takes 64 units an arm by the t distribution, 63 by the normal. z: 1.959964, .841621, 1.644854.
func TestPlanning(t *testing.T) {
	near(t, "units", metrics.UnitsForEffect(.95, .8, 1, .5), 63, 0)
	near(t, "units of a negative effect", metrics.UnitsForEffect(.95, .8, 1, -.5), 63, 0)
	near(t, "mde", metrics.MinimumDetectableEffect(2, .9, .8), 2*(1.6448536269514722+0.8416212335729143), 1e-12)
	mde := metrics.MinimumDetectableEffect(.3, .9, .8)
	near(t, "power at the mde", metrics.PowerFor(mde, .3, .9), .8, 1e-4)
	near(t, "power at no effect", metrics.PowerFor(0, .3, .9), .1, 1e-12)
	if got := metrics.UnitsForEffect(.9, .8, 1, 0); !math.IsInf(got, 1) {
		t.Errorf("units for no effect = %g, want +Inf", got)
	}
	for _, got := range []float64{metrics.MinimumDetectableEffect(-1, .9, .8), metrics.MinimumDetectableEffect(1, .9, 1), metrics.MinimumDetectableEffect(1, 1, .8), metrics.PowerFor(1, 0, .9), metrics.UnitsForEffect(.9, .8, 1, math.NaN())} {
		if !math.IsNaN(got) {
			t.Errorf("got %g, want NaN", got)
		}
	}
}

func unitsNamed(n int) (ids, strata []string) {
	for i := range n {
		ids, strata = append(ids, fmt.Sprint("c-", i)), append(strata, fmt.Sprint("s-", i%3))
	}
	return ids, strata
}

func TestAssignmentHoldsItsShares(t *testing.T) {
	ids, strata := unitsNamed(1003)
	arms, err := metrics.AssignAtRandom(ids, strata, []float64{2, 1, 1}, 7, "care")
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string][]float64{}
	units := map[string]float64{}
	for i, arm := range arms {
		if sizes[strata[i]] == nil {
			sizes[strata[i]] = make([]float64, 3)
		}
		sizes[strata[i]][arm]++
		units[strata[i]]++
	}
	for stratum, list := range sizes {
		for a, share := range []float64{.5, .25, .25} {
			if math.Abs(list[a]-units[stratum]*share) >= 1 {
				t.Errorf("%s: arm %d has %g of %g", stratum, a, list[a], units[stratum])
			}
		}
	}
}

// The same seed gives the same arms in any order of rows; another seed or pilot gives others.
func TestAssignmentDependsOnSeedNotOnOrder(t *testing.T) {
	ids, strata := unitsNamed(500)
	shares := []float64{.5, .5}
	first, _ := metrics.AssignAtRandom(ids, strata, shares, 7, "care")
	slices.Reverse(ids)
	slices.Reverse(strata)
	again, _ := metrics.AssignAtRandom(ids, strata, shares, 7, "care")
	slices.Reverse(again)
	if !slices.Equal(first, again) {
		t.Error("the order of rows changed the assignment")
	}
	slices.Reverse(ids)
	slices.Reverse(strata)
	for _, other := range []struct {
		seed uint64
		name string
	}{{8, "care"}, {7, "care two"}} {
		got, _ := metrics.AssignAtRandom(ids, strata, shares, other.seed, other.name)
		same := 0
		for i := range got {
			if got[i] == first[i] {
				same++
			}
		}
		if same < 200 || same > 300 { // 250 expected, standard deviation 11
			t.Errorf("seed %d, %s: %d of 500 units in the same arm", other.seed, other.name, same)
		}
	}
}

// Over seeds each unit has the chance of its share, also where a stratum is one unit.
func TestAssignmentIsFair(t *testing.T) {
	ids, strata := []string{"a", "b", "c", "d"}, []string{"x", "y", "y", "y"}
	counts := make([]int, 4)
	const draws = 20_000
	for seed := range uint64(draws) {
		arms, err := metrics.AssignAtRandom(ids, strata, []float64{.7, .3}, seed, "p")
		if err != nil {
			t.Fatal(err)
		}
		for i, arm := range arms {
			counts[i] += arm
		}
	}
	for i, n := range counts {
		near(t, "share of "+ids[i], float64(n)/draws, .3, .013) // four standard deviations
	}
}

func TestAssignmentRefuses(t *testing.T) {
	half := []float64{.5, .5}
	_, err := metrics.AssignAtRandom(nil, nil, half, 1, "p")
	wantError(t, err, "no unit")
	_, err = metrics.AssignAtRandom([]string{"a", "a"}, nil, half, 1, "p")
	wantError(t, err, "was there before")
	_, err = metrics.AssignAtRandom([]string{"a"}, nil, []float64{1}, 1, "p")
	wantError(t, err, "two arms")
	_, err = metrics.AssignAtRandom([]string{"a"}, nil, []float64{1, 0}, 1, "p")
	wantError(t, err, "above 0")
	_, err = metrics.AssignAtRandom([]string{"a"}, []string{"x", "y"}, half, 1, "p")
	wantError(t, err, "strata")
}
