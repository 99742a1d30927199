package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestBenjaminiHochberg(t *testing.T) {
	p := []float64{.01, .04, .03, .005, .55, .2, .03, 1}
	// scipy 1.17.1: stats.false_discovery_control(p).
	want := []float64{.04, .064, .06, .04, .6285714285714286, .26666666666666666, .06, 1}
	got := metrics.BenjaminiHochberg(p)
	for i := range want {
		near(t, fmt.Sprintf("q of p = %g", p[i]), got[i], want[i], 1e-12)
	}

	// Order does not matter, and a test that could not be done does not count.
	order := rand.New(rand.NewPCG(1995, 57)).Perm(len(p))
	mixed := []float64{math.NaN()}
	for _, i := range order {
		mixed = append(mixed, p[i])
	}
	again := metrics.BenjaminiHochberg(mixed)
	if !math.IsNaN(again[0]) {
		t.Errorf("q of NaN = %g, want NaN", again[0])
	}
	for place, i := range order {
		near(t, "q in another order", again[place+1], want[i], 1e-12)
	}
	if p[0] != .01 || p[7] != 1 {
		t.Error("the p-values passed in were changed")
	}
	if got := metrics.BenjaminiHochberg(nil); len(got) != 0 {
		t.Errorf("q of nothing = %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("p = 1.2 did not panic")
		}
	}()
	metrics.BenjaminiHochberg([]float64{1.2})
}

// Over 400 worlds of 40 tests, 10 of them true effects, the mean share of false
// ones among those with q ≤ .05 is at most .05 (in theory .05 · 30/40).
func TestBenjaminiHochbergControls(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 7))
	var share float64
	for range 400 {
		p := make([]float64, 40)
		for i := range p {
			z := rnd.NormFloat64()
			if i < 10 {
				z += 3
			}
			p[i] = math.Erfc(math.Abs(z) / math.Sqrt2)
		}
		found, wrong := 0, 0
		for i, q := range metrics.BenjaminiHochberg(p) {
			if q <= .05 {
				found++
				wrong += count(i >= 10)
			}
		}
		share += float64(wrong) / math.Max(1, float64(found)) / 400
	}
	if share > .05 {
		t.Errorf("mean share of false findings = %.3f, want at most .05", share)
	}
}

func ExampleBenjaminiHochberg() {
	fmt.Printf("%.3f\n", metrics.BenjaminiHochberg([]float64{.001, .02, .04, .3}))
	// Output: [0.004 0.040 0.053 0.300]
}
