package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestSpendingBoundary(t *testing.T) {
	for _, test := range []struct {
		source    string
		fractions []float64
		alpha     float64
		want      []float64
		within    float64
	}{
		// The table of ldbounds (Reboussin et al. 2000) and gsDesign's sfLDOF print
		// 3.3569 and 3.3570 at the second look; the integral is 3.35701.
		{"ldbounds", []float64{.2, .4, .6, .8, 1}, .05, []float64{4.8769, 3.3569, 2.6803, 2.2898, 2.0310}, 1.5e-4},
		{"gsDesign sfLDOF", []float64{.2, .4, .6, .8, 1}, .05, []float64{4.8769, 3.3570, 2.6803, 2.2898, 2.0310}, 5e-5},
		// Output of ldbounds in R-help, March 2020, on its own coarser grid.
		{"R-help", []float64{.10, .33, 1}, .05, []float64{6.9913, 3.7308, 1.9605}, 1.5e-4},
		// numpy 2.4.6: the same recursion with 600 Gauss–Legendre nodes a look.
		{"numpy, five looks", []float64{.2, .4, .6, .8, 1}, .05, []float64{4.876884948790762, 3.3570119215747187, 2.6802800645449887, 2.2898167677119474, 2.031032043310049}, 1e-6},
		{"numpy, unequal looks", []float64{.25, .3, .75, .9}, .10, []float64{3.749551837205834, 3.416044581061846, 1.9862201731489213, 1.8507112956331428}, 1e-6},
		{"normal quantile", []float64{1}, .10, []float64{1.6448536269514722}, 1e-6},
	} {
		got, err := metrics.SpendingBoundary(test.fractions, test.alpha)
		if err != nil {
			t.Fatal(err)
		}
		for k := range test.want {
			if math.Abs(got[k]-test.want[k]) > test.within {
				t.Errorf("%s: boundary at %g = %.7f, want %.7f within %g", test.source, test.fractions[k], got[k], test.want[k], test.within)
			}
		}
	}
}

// Thirty looks, the first of which spends 1e-26.
func TestSpendingBoundaryDaily(t *testing.T) {
	fractions := make([]float64, 30)
	for k := range fractions {
		fractions[k] = float64(k+1) / 30
	}
	got, err := metrics.SpendingBoundary(fractions, .10)
	if err != nil {
		t.Fatal(err)
	}
	// numpy 2.4.6, as above; digits of the first looks lie in the far tail.
	for _, test := range []struct {
		look   int
		want   float64
		within float64
	}{{1, 10.670954405927992, 1e-6}, {2, 7.500583531772547, 1e-4}, {3, 6.087896478185635, 1e-5}, {10, 3.2527780231881107, 1e-6}, {20, 2.2831636574055696, 1e-6}, {30, 1.8597855164460888, 1e-6}} {
		near(t, fmt.Sprintf("boundary at look %d", test.look), got[test.look-1], test.want, test.within)
	}
	tiny, err := metrics.SpendingBoundary([]float64{.001, 1}, .05)
	if err != nil || !math.IsInf(tiny[0], 1) {
		t.Errorf("boundary of a look that spends nothing = %v, %v, want +Inf", tiny, err)
	}
	near(t, "the look after it", tiny[1], 1.959963984540054, 1e-6)
}

func TestSpendingBoundaryProperties(t *testing.T) {
	// A boundary does not depend on looks that come later.
	four, _ := metrics.SpendingBoundary([]float64{.2, .5, .7, 1}, .05)
	two, _ := metrics.SpendingBoundary([]float64{.2, .5}, .05)
	near(t, "second boundary without later looks", two[1], four[1], 1e-6)

	for _, test := range []struct {
		fractions []float64
		alpha     float64
		says      string
	}{
		{nil, .05, "at least one look"},
		{[]float64{.5, .5}, .05, "of look 2 does not rise"},
		{[]float64{0, 1}, .05, "of look 1 does not rise"},
		{[]float64{.5, 1.1}, .05, "of look 2 does not rise"},
		{[]float64{.5, math.NaN()}, .05, "of look 2 does not rise"},
		{[]float64{.5, 1}, 0, "alpha 0"},
	} {
		_, err := metrics.SpendingBoundary(test.fractions, test.alpha)
		wantError(t, err, test.says)
	}
}

// A cohort whose mean is followed over eight looks crosses in 10 % of worlds.
func TestSpendingBoundaryHoldsItsLevel(t *testing.T) {
	fractions := []float64{.1, .2, .35, .5, .6, .7, .9, 1}
	boundaries, err := metrics.SpendingBoundary(fractions, .10)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1983, 70))
	const worlds = 20_000
	crossed := 0
	for range worlds {
		motion, before := 0.0, 0.0
		for k, fraction := range fractions {
			motion += math.Sqrt(fraction-before) * rnd.NormFloat64()
			before = fraction
			if math.Abs(motion) >= boundaries[k]*math.Sqrt(fraction) {
				crossed++
				break
			}
		}
	}
	// Three standard errors of a share of 10 % in 20,000 worlds.
	near(t, "share of worlds that cross", float64(crossed)/worlds, .10, .0064)
}

func ExampleSpendingBoundary() {
	boundaries, err := metrics.SpendingBoundary([]float64{.25, .5, .75, 1}, .10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", boundaries)
	// Output: [3.75 2.54 2.02 1.72]
}
