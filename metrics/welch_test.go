package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestWelch(t *testing.T) {
	d, err := metrics.Welch(metrics.SumsOf(treatedY, nil), metrics.SumsOf(controlY, nil), .90)
	if err != nil {
		t.Fatal(err)
	}
	// scipy 1.17.1: stats.ttest_ind(treated, control, equal_var=False), confidence_interval(.9)
	near(t, "difference", d.Estimate, 5.109999999999999, 1e-12)
	near(t, "t", d.T, 1.4118898924006882, 1e-12)
	near(t, "p", d.P, 0.18489999228884346, 1e-10)
	near(t, "df", d.DF, 11.309606443742437, 1e-12)
	near(t, "lo", d.Lo, -1.3735340361596098, 1e-9)
	near(t, "hi", d.Hi, 11.593534036159605, 1e-9)
	if d.Units != 18 || d.NTreated != 10 || d.NControl != 8 || d.Method != "welch" {
		t.Errorf("units %d, treated %d, control %d, method %q", d.Units, d.NTreated, d.NControl, d.Method)
	}
}

func TestWelchRefuses(t *testing.T) {
	good := metrics.SumsOf(treatedY, nil)
	flat := metrics.SumsOf([]float64{5, 5, 5}, nil)
	for _, test := range []struct {
		treated, control metrics.Sums
		level            float64
		says             string
	}{
		{metrics.SumsOf([]float64{1}, nil), good, .9, "treated arm has 1 units"},
		{good, metrics.Sums{}, .9, "control arm has 0 units"},
		{flat, flat, .9, "does not vary in either arm"},
		{good, good, 95, "level 95"},
		{metrics.Sums{N: 3, Y: math.NaN()}, good, .9, "not a number"},
	} {
		_, err := metrics.Welch(test.treated, test.control, test.level)
		wantError(t, err, test.says)
	}
	if d, err := metrics.Welch(good, flat, .9); err != nil || d.DF != 9 {
		t.Errorf("one flat arm gives df %g, %v, want the other arm's 9", d.DF, err)
	}
}

// Another unit of money changes the difference, not the evidence; exchanging the
// arms changes the sign only.
func TestWelchProperties(t *testing.T) {
	euros, _ := metrics.Welch(metrics.SumsOf(treatedY, nil), metrics.SumsOf(controlY, nil), .9)
	cents, _ := metrics.Welch(metrics.SumsOf(times(treatedY, 100), nil), metrics.SumsOf(times(controlY, 100), nil), .9)
	near(t, "difference in cents", cents.Estimate, 100*euros.Estimate, 1e-12)
	near(t, "lo in cents", cents.Lo, 100*euros.Lo, 1e-12)
	near(t, "p in cents", cents.P, euros.P, 1e-12)

	back, _ := metrics.Welch(metrics.SumsOf(controlY, nil), metrics.SumsOf(treatedY, nil), .9)
	near(t, "lo of the exchange", back.Lo, -euros.Hi, 1e-12)
	near(t, "p of the exchange", back.P, euros.P, 1e-12)
}

// The 90 % interval covers in 82.5–96 % of 400 worlds, the band for fixed seeds.
func TestWelchCoverage(t *testing.T) {
	for _, world := range []struct {
		name    string
		n       int
		outcome func(rnd *rand.Rand, lift float64) float64 // E = base + lift
		lift    float64
	}{
		{"normal", 40, func(rnd *rand.Rand, lift float64) float64 { return 5 + lift + (1+lift)*rnd.NormFloat64() }, 1},
		// One in ten buys, for e^N(0,1); the lift is in how many buy.
		{"zero-inflated", 800, func(rnd *rand.Rand, lift float64) float64 {
			if rnd.Float64() < .1+lift/math.Exp(.5) {
				return math.Exp(rnd.NormFloat64())
			}
			return 0
		}, .03},
	} {
		rnd := rand.New(rand.NewPCG(1947, 28))
		covered := 0
		for range 400 {
			treated, control := make([]float64, world.n), make([]float64, 2*world.n)
			for i := range treated {
				treated[i] = world.outcome(rnd, world.lift)
			}
			for i := range control {
				control[i] = world.outcome(rnd, 0)
			}
			d, err := metrics.Welch(metrics.SumsOf(treated, nil), metrics.SumsOf(control, nil), .9)
			if err != nil {
				t.Fatal(err)
			}
			if d.Lo <= world.lift && world.lift <= d.Hi {
				covered++
			}
		}
		if rate := float64(covered) / 400; rate < .825 || rate > .96 {
			t.Errorf("%s: the 90 %% interval covers in %.1f %% of 400 worlds, want 82.5–96 %%", world.name, 100*rate)
		} else {
			t.Logf("%s: covers in %.1f %%", world.name, 100*rate)
		}
	}
}

func ExampleWelch() {
	treated := metrics.Sums{N: 1000, Y: 1420, YY: 9800}
	control := metrics.Sums{N: 1000, Y: 1150, YY: 8600}
	d, err := metrics.Welch(treated, control, metrics.DefaultLevel)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f per person [%.3f, %.3f], p %.3f\n", d.Estimate, d.Lo, d.Hi, d.P)
	// Output: 0.27 per person [0.068, 0.472], p 0.028
}

func times(values []float64, by float64) []float64 {
	scaled := make([]float64, len(values))
	for i, v := range values {
		scaled[i] = by * v
	}
	return scaled
}
