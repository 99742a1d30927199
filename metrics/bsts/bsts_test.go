package bsts_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"tieback/metrics/bsts"
)

// near fails the test unless got is want to the given distance.
func near(t *testing.T, what string, got, want, distance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= distance) {
		t.Errorf("%s = %.10g, want %.10g (within %g)", what, got, want, distance)
	}
}

func estimate(t testing.TB, y []float64, x [][]float64, pre int, o bsts.Options) bsts.Result {
	t.Helper()
	r, err := bsts.Estimate(y, x, pre, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// toy is the case of CausalImpact's vignette with our own seed: x = 100 + AR(.999), y = 1.2·x + N(0, 1), and from
// period 71 on effect added.
func toy(seed uint64, effect float64) (y []float64, x [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 100))
	walk := 0.0
	series := make([]float64, 100)
	for t := range series {
		walk = .999*walk + rng.NormFloat64()
		series[t] = 100 + walk
		v := 1.2*series[t] + rng.NormFloat64()
		if t >= 70 {
			v += effect
		}
		y = append(y, v)
	}
	return y, [][]float64{series}
}

func TestVignetteRecoversItsEffect(t *testing.T) {
	for seed := range uint64(5) {
		y, x := toy(seed, 10)
		r := estimate(t, y, x, 70, bsts.Options{Level: .95, Seed: seed})
		t.Logf("average %.2f [%.2f, %.2f], weight %.3f", r.Average, r.AverageLo, r.AverageHi, r.Weights[0])
		near(t, "average", r.Average, 10, 1.5)
		near(t, "weight", r.Weights[0], 1.2, .12)
		if !(r.AverageLo > 5 && r.P < .002) {
			t.Errorf("seed %d: lower end %g, p %g", seed, r.AverageLo, r.P)
		}
	}
}

// Without an effect 0 lies in the interval at least as often as promised. In these worlds the covariate explains more
// of y than the prior expects, so intervals are wide. Four binomial standard deviations below .9 are .79.
func TestPlaceboWorlds(t *testing.T) {
	const worlds = 120
	covered, low, sum := 0, 0, 0.0
	for world := range uint64(worlds) {
		y, x := toy(1000+world, 0)
		r := estimate(t, y, x, 70, bsts.Options{Draws: 400, BurnIn: 200, Seed: world, OneRun: true})
		sum += r.Average / r.AverageSE
		if r.AverageLo <= 0 && r.AverageHi >= 0 {
			covered++
		}
		if r.P < .05 {
			low++
		}
	}
	t.Logf("0 is inside %d of %d intervals of level .90; p < .05 in %d; mean z %.2f", covered, worlds, low, sum/worlds)
	if float64(covered) < .79*worlds {
		t.Errorf("0 is inside %d of %d intervals of level .90", covered, worlds)
	}
	near(t, "mean of average over its deviation", sum/worlds, 0, 4/math.Sqrt(worlds))
}

// The sampler must not see the outcome after the start; where that is the counterfactual itself the effect is 0.
func TestOutcomeAfterTheStartIsOnlyCompared(t *testing.T) {
	y, x := toy(3, 10)
	first := estimate(t, y, x, 70, bsts.Options{})
	for i := 70; i < 100; i++ {
		y[i] = first.Counterfactual[i]
	}
	r := estimate(t, y, x, 70, bsts.Options{})
	if !reflect.DeepEqual(r.Counterfactual, first.Counterfactual) || !reflect.DeepEqual(r.CounterfactualLo, first.CounterfactualLo) {
		t.Error("the counterfactual moved with the outcome after the start")
	}
	near(t, "average", r.Average, 0, 1e-12)
	near(t, "cumulative", r.Cumulative, 0, 1e-10)
	near(t, "p", r.P, .5, .03)
	if !(r.AverageLo < 0 && r.AverageHi > 0) {
		t.Errorf("interval [%g, %g]", r.AverageLo, r.AverageHi)
	}
}

func TestSameSeedSameBits(t *testing.T) {
	y, x := toy(1, 10)
	for i := range 6 { // enough covariates for selection
		_, more := toy(uint64(50+i), 0)
		x = append(x, more[0])
	}
	o := bsts.Options{Draws: 200, BurnIn: 50, Seed: 11, Seasons: 7}
	first, second := estimate(t, y, x, 70, o), estimate(t, y, x, 70, o)
	if !reflect.DeepEqual(first, second) {
		t.Error("two runs with one seed differ")
	}
	o.Seed++
	if other := estimate(t, y, x, 70, o); reflect.DeepEqual(first.Counterfactual, other.Counterfactual) {
		t.Error("another seed gives the same draws")
	}
}

// y in another unit and from another zero, and each covariate too: the same answer in that unit.
func TestUnitsDoNotMatter(t *testing.T) {
	y, x := toy(2, 10)
	_, more := toy(60, 0)
	x = append(x, more[0])
	plain := estimate(t, y, x, 70, bsts.Options{})
	for _, c := range []struct{ scale, shift, xScale, xShift float64 }{
		{1000, 0, 1, 0}, {1, 5000, 1, 0}, {-2.5, 40, 1, 0}, {1, 0, .01, 300}, {1e-6, 1, -7, 0},
	} {
		moved := func(series []float64, scale, shift float64) []float64 {
			all := make([]float64, len(series))
			for i, v := range series {
				all[i] = scale*v + shift
			}
			return all
		}
		r := estimate(t, moved(y, c.scale, c.shift), [][]float64{moved(x[0], c.xScale, c.xShift), x[1]}, 70, bsts.Options{})
		lo, hi := plain.AverageLo, plain.AverageHi
		distance := 1e-8
		if c.scale < 0 || c.xScale < 0 { // the mirrored chain draws other numbers: as far as the seed matters
			distance = .25
		}
		if c.scale < 0 {
			lo, hi = hi, lo
		}
		name := fmt.Sprintf("%+v: ", c)
		near(t, name+"average", r.Average/c.scale, plain.Average, distance)
		near(t, name+"lo", r.AverageLo/c.scale, lo, 4*distance)
		near(t, name+"hi", r.AverageHi/c.scale, hi, 4*distance)
		near(t, name+"weight", r.Weights[0]*c.xScale/c.scale, plain.Weights[0], distance)
		near(t, name+"pre-period's error", r.PreRMSE/math.Abs(c.scale), plain.PreRMSE, distance)
		near(t, name+"last counterfactual", (r.Counterfactual[99]-c.shift)/c.scale, plain.Counterfactual[99], distance)
	}
}

// Per unit and period, in the words of the contract: average = cumulative / (periods × treated units).
func TestFiguresFitEachOther(t *testing.T) {
	y, x := toy(4, 10)
	r := estimate(t, y, x, 70, bsts.Options{TreatedUnits: 5})
	near(t, "cumulative", r.Cumulative, r.Average*30*5, 1e-9)
	near(t, "cumulative lo", r.CumulativeLo, r.AverageLo*30*5, 1e-9)
	near(t, "last running sum", r.CumulativeEffect[29], r.Cumulative, 0)
	sum, counterfactual, squares := 0.0, 0.0, 0.0
	for i, v := range y {
		if e := v - r.Counterfactual[i]; i < 70 {
			squares += e * e / 70
		} else {
			sum, counterfactual = sum+e, counterfactual+r.Counterfactual[i]
			near(t, "effect", r.Effect[i-70], e, 1e-12)
		}
		if !(r.CounterfactualLo[i] < r.Counterfactual[i] && r.Counterfactual[i] < r.CounterfactualHi[i]) {
			t.Errorf("period %d: %g is not in [%g, %g]", i+1, r.Counterfactual[i], r.CounterfactualLo[i], r.CounterfactualHi[i])
		}
	}
	near(t, "sum of effects", r.Cumulative, sum, 1e-9)
	near(t, "relative", *r.Relative, sum/counterfactual, 1e-12)
	near(t, "pre-period's error", r.PreRMSE, math.Sqrt(squares), 1e-9)
	if r.PrePeriods != 70 || r.MissingPre != 0 || r.Level != .9 || r.Draws != 1000 {
		t.Errorf("%d pre-periods, %d missing, level %g, %d draws", r.PrePeriods, r.MissingPre, r.Level, r.Draws)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestMissingOutcomesAreBridged(t *testing.T) {
	y, x := toy(5, 10)
	whole := estimate(t, y, x, 70, bsts.Options{})
	for _, i := range []int{0, 7, 30, 31, 32, 69} {
		y[i] = math.NaN()
	}
	r := estimate(t, y, x, 70, bsts.Options{})
	near(t, "average", r.Average, whole.Average, .4)
	if r.PrePeriods != 64 || r.MissingPre != 6 || !warned(r, "6 of 70 pre-periods have no outcome") {
		t.Errorf("%d pre-periods, %d missing, warnings %q", r.PrePeriods, r.MissingPre, r.Warnings)
	}
}

// A weekly pattern that no covariate carries: with seasons the counterfactual follows it, and its interval is narrower.
func TestSeasonsFollowAPattern(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	pattern := []float64{-8, -5, 0, 2, 4, 9, -2}
	var y, truth []float64
	for i := range 119 {
		v := 50 + pattern[i%7] + rng.NormFloat64()
		truth = append(truth, 50+pattern[i%7])
		if i >= 98 {
			v += 3
		}
		y = append(y, v)
	}
	plain := estimate(t, y, nil, 98, bsts.Options{OneRun: true})
	r := estimate(t, y, nil, 98, bsts.Options{OneRun: true, Seasons: 7})
	near(t, "average", r.Average, 3, .8)
	for i := 98; i < 119; i++ {
		near(t, "counterfactual", r.Counterfactual[i], truth[i], 1.6)
	}
	if !(r.CounterfactualHi[118]-r.CounterfactualLo[118] < (plain.CounterfactualHi[118]-plain.CounterfactualLo[118])/2) {
		t.Errorf("width with seasons %g, without %g", r.CounterfactualHi[118]-r.CounterfactualLo[118], plain.CounterfactualHi[118]-plain.CounterfactualLo[118])
	}
	if !(r.SeasonSD > 0) || plain.SeasonSD != 0 {
		t.Errorf("season's deviation with %g, without %g", r.SeasonSD, plain.SeasonSD)
	}

	// The same pattern where each of two seasons lasts a fortnight of periods.
	y = y[:0]
	for i := range 98 {
		y = append(y, 20+6*float64(i/7%2)+rng.NormFloat64())
	}
	r = estimate(t, y, nil, 84, bsts.Options{OneRun: true, Seasons: 2, SeasonDuration: 7})
	for i := 84; i < 98; i++ {
		near(t, "counterfactual of long seasons", r.Counterfactual[i], 20+6*float64(i/7%2), 1.6)
	}
}

// One covariate drives y, eleven are noise: the model keeps the one.
func TestSelectionFindsTheCovariate(t *testing.T) {
	y, x := toy(6, 10)
	rng := rand.New(rand.NewPCG(23, 24))
	for range 11 {
		noise := make([]float64, len(y))
		for i := range noise {
			noise[i] = rng.NormFloat64()
		}
		x = append(x, noise)
	}
	r := estimate(t, y, x, 70, bsts.Options{})
	for j, c := range r.Coefficients {
		switch {
		case j == 0 && c.Inclusion < .99:
			t.Errorf("the driver is in %g of the draws", c.Inclusion)
		case j > 0 && c.Inclusion > .3:
			t.Errorf("noise %d is in %g of the draws", j, c.Inclusion)
		case c.Mean != r.Weights[j]:
			t.Errorf("weight %g, coefficient %g", r.Weights[j], c.Mean)
		}
	}
	near(t, "average", r.Average, 10, 1.5)
}

func warned(r bsts.Result, says string) bool {
	for _, w := range r.Warnings {
		if strings.Contains(w, says) {
			return true
		}
	}
	return false
}

func ExampleEstimate() {
	clicks := []float64{52, 48, 55, 60, 57, 51, 49, 58, 62, 54, 50, 53, 59, 61, 56, 47, 55, 60, 52, 58, 75, 79, 71, 83}
	control := []float64{31, 28, 33, 37, 35, 30, 29, 36, 38, 32, 30, 31, 36, 37, 34, 27, 33, 36, 31, 35, 34, 37, 32, 39}
	r, err := bsts.Estimate(clicks, [][]float64{control}, 20, bsts.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f more per day, 90 %% interval %.0f to %.0f\n", r.Average, r.AverageLo, r.AverageHi)
	// Output: 19 more per day, 90 % interval 17 to 20
}
