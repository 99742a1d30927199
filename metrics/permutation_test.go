package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func half(n int) []bool {
	treated := make([]bool, n)
	for i := n / 2; i < n; i++ {
		treated[i] = true
	}
	return treated
}

// Wanted: a search over τ by bisection with all 70 assignments tried at each step, in Python, apart from this code.
// Three against three by hand: of 20 assignments only this one and its mirror part the outcomes wholly, so p = 2/20.
func TestPermutation(t *testing.T) {
	eight := []float64{52, 47, 61, 44, 58, 71, 63, 66}
	for name, test := range map[string]struct {
		trial       metrics.Trial
		estimate, p float64
		lo, hi      float64
	}{
		"four regions a side, with what they sold before": {metrics.Trial{Y: eight, X: []float64{50, 45, 55, 48, 50, 58, 52, 57}, Treated: half(8)}, 6.526854219948848, 8. / 70, -.06005222230547951, 12.624454150135373},
		"four regions a side":                             {metrics.Trial{Y: eight, Treated: half(8)}, 13.5, 4. / 70, 4, 23},
		"three regions a side":                            {metrics.Trial{Y: []float64{10, 12, 9, 14, 17, 15}, Treated: half(6)}, 5, 2. / 20, 2, 8},
	} {
		got, err := metrics.Permutation(test.trial, .9)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		near(t, name+": estimate", got.Estimate, test.estimate, 1e-9)
		near(t, name+": p", got.P, test.p, 1e-12)
		near(t, name+": lo", got.Lo, test.lo, 1e-7)
		near(t, name+": hi", got.Hi, test.hi, 1e-7)
		if !math.IsNaN(got.SE) || got.Units != len(test.trial.Y) {
			t.Errorf("%s: se %g, units %d", name, got.SE, got.Units)
		}
	}
}

// Four matched pairs can be assigned in 16 ways: no p lies below 2/16, so there is no interval at 90 %, and there is one at 80 %.
func TestPermutationKeepsToTheStrata(t *testing.T) {
	pairs := metrics.Trial{Y: []float64{10, 14, 20, 25, 31, 33, 39, 46}, Treated: []bool{false, true, false, true, false, true, false, true},
		Stratum: []string{"a", "a", "b", "b", "c", "c", "d", "d"}}
	got, err := metrics.Permutation(pairs, .9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", got.P, 2./16, 1e-12)
	if !math.IsNaN(got.Lo) || len(got.Warnings) != 1 {
		t.Errorf("lo %g, warnings %q, want no interval and a sentence", got.Lo, got.Warnings)
	}
	if got, err = metrics.Permutation(pairs, .8); err != nil || math.IsNaN(got.Lo) || math.IsNaN(got.Hi) {
		t.Errorf("at 80 %%: %+v, %v", got, err)
	}
}

// Without an effect and with outcomes of heavy tails, 90 % intervals must miss in no more than one of ten trials: the
// guarantee is exact, so 400 trials stay within three standard errors of it. Above 50,000 assignments they are sampled.
func TestPermutationHoldsItsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for _, size := range []int{8, 10, 20} {
		trials, missed := 400, 0
		if size == 20 {
			trials = 60
		}
		for range trials {
			trial := metrics.Trial{Treated: make([]bool, size)}
			for i, at := range random.Perm(size) {
				trial.Treated[i] = at < size/2
				before := math.Exp(1.2 * random.NormFloat64())
				trial.X = append(trial.X, before)
				trial.Y = append(trial.Y, before*math.Exp(.3*random.NormFloat64()))
			}
			got, err := metrics.Permutation(trial, .9)
			if err != nil {
				t.Fatal(err)
			}
			if got.Lo > 0 || got.Hi < 0 {
				missed++
			}
			if rejected := got.P <= .1; rejected != (got.Lo > 0 || got.Hi < 0) {
				t.Fatalf("p %g and the interval %g … %g disagree", got.P, got.Lo, got.Hi)
			}
		}
		if share := float64(missed) / float64(trials); share > .1+3*math.Sqrt(.09/float64(trials)) {
			t.Errorf("%d units: %.3f of intervals miss, want at most .1", size, share)
		}
	}
}

func TestPermutationRefuses(t *testing.T) {
	for says, trial := range map[string]metrics.Trial{
		"both are needed":  {Y: []float64{1, 2}, Treated: []bool{true, true}},
		"does not vary":    {Y: []float64{2, 2, 2}, Treated: []bool{true, false, false}},
		"not a number":     {Y: []float64{math.NaN(), 2}, Treated: []bool{true, false}},
		"differ in number": {Y: []float64{1, 2}, Treated: []bool{true}},
	} {
		_, err := metrics.Permutation(trial, .9)
		wantError(t, err, says)
	}
	// A covariate that is the arm itself tells nothing and is left out.
	got, err := metrics.Permutation(metrics.Trial{Y: []float64{1, 2, 4, 5}, X: []float64{0, 0, 1, 1}, Treated: half(4)}, .5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "estimate without the covariate", got.Estimate, 3, 1e-12)
}
