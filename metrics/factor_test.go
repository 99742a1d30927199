package metrics_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestIncrementalityFactor(t *testing.T) {
	// Hillstrom, men's mail: 16,402.71 incremental of 30,311.69 spent by those
	// mailed = .54113 (methods reference, section 6); standard errors made up.
	total := metrics.NewInterval(16402.71, 3000, 0, .9)
	for _, test := range []struct {
		attributedSE, covariance, transport float64
		se, lo, hi                          float64 // numpy 2.4.6
	}{
		{0, 0, 0, 0.09897171685247508, 0.37834080248067936, 0.7039287773414948},
		{2000, 2.4e6, .2, 0.1412667563931336, 0.3087716532901712, 0.773497926532003},
	} {
		got, err := metrics.IncrementalityFactor(total, 30311.69, test.attributedSE, test.covariance, test.transport)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "factor", got.Estimate, .5411347899110871, 1e-10)
		near(t, "se", got.SE, test.se, 1e-10)
		near(t, "lo", got.Lo, test.lo, 1e-10)
		near(t, "hi", got.Hi, test.hi, 1e-10)
		if got.Method != "delta" {
			t.Errorf("method = %q, want delta", got.Method)
		}
	}
}

func TestIncrementalityFactorUsesFieller(t *testing.T) {
	got, err := metrics.IncrementalityFactor(metrics.NewInterval(10, 2, 0, .9), 4, 1.5, 1.2, 0)
	if err != nil {
		t.Fatal(err)
	}
	// scipy 1.17.1: brentq on (a − rb)² − q²(…), see TestFieller.
	near(t, "lo", got.Lo, 1.5280741695803413, 1e-10)
	near(t, "hi", got.Hi, 5.887461144201215, 1e-10)
	if got.Method != "fieller" || len(got.Warnings) != 0 {
		t.Errorf("method %q, warnings %q, want fieller without", got.Method, got.Warnings)
	}
	open, err := metrics.IncrementalityFactor(metrics.NewInterval(10, 2, 0, .9), 4, 3, 1.2, 0)
	if err != nil || !math.IsInf(open.Lo, -1) || !math.IsInf(open.Hi, 1) || len(open.Warnings) != 1 {
		t.Errorf("a denominator like 0 gives [%g, %g], warnings %q, %v, want no ends and one warning", open.Lo, open.Hi, open.Warnings, err)
	}
	// Transport variance widens Fieller's interval too.
	moved, _ := metrics.IncrementalityFactor(metrics.NewInterval(10, 2, 0, .9), 4, 1.5, 1.2, .3)
	if !(moved.Lo < got.Lo && moved.Hi > got.Hi && moved.SE > got.SE) {
		t.Errorf("with transport [%g, %g], want wider than [%g, %g]", moved.Lo, moved.Hi, got.Lo, got.Hi)
	}
}

func TestIncrementalityFactorRefuses(t *testing.T) {
	total := metrics.NewInterval(10, 2, 0, .9)
	for _, attributed := range []float64{0, -5} {
		_, err := metrics.IncrementalityFactor(total, attributed, 0, 0, 0)
		if !errors.Is(err, metrics.ErrNothingAttributed) {
			t.Errorf("attributed %g: error = %v, want ErrNothingAttributed", attributed, err)
		}
		wantError(t, err, "use margin per unit of pilot cost")
	}
	_, err := metrics.IncrementalityFactor(total, 4, 1, 3, 0)
	wantError(t, err, "covariance 3")
	_, err = metrics.IncrementalityFactor(total, 4, -1, 0, 0)
	wantError(t, err, "below 0")
	_, err = metrics.IncrementalityFactor(total, math.NaN(), 1, 0, 0)
	wantError(t, err, "not a number")

	negative, err := metrics.IncrementalityFactor(metrics.NewInterval(-10, 2, 0, .9), 20, 0, 0, 0)
	if err != nil || negative.Estimate != -.5 {
		t.Errorf("a program that cost margin has factor %g, %v, want -0.5", negative.Estimate, err)
	}
}

func TestFieller(t *testing.T) {
	for _, test := range []struct {
		a, b, varA, varB, cov, df float64
		lo, hi                    float64 // scipy 1.17.1: optimize.brentq on either side of a/b
	}{
		{10, 4, 4, 2.25, 1.2, 0, 1.5280741695803413, 5.887461144201215},
		{10, 4, 4, 2.25, 1.2, 12, 1.4706604748424805, 6.704896352950043},
		{-3, 4, 4, 2.25, -1.2, 30, -1.9322450382383376, 0.1371674897949685},
	} {
		lo, hi, bounded := metrics.Fieller(test.a, test.b, test.varA, test.varB, test.cov, .9, test.df)
		near(t, "lo", lo, test.lo, 1e-9)
		near(t, "hi", hi, test.hi, 1e-9)
		if !bounded {
			t.Errorf("%+v is not bounded", test)
		}
		// Both signs turned, or numerator and denominator in other units.
		lo, hi, _ = metrics.Fieller(-test.a, -test.b, test.varA, test.varB, test.cov, .9, test.df)
		near(t, "lo with signs turned", lo, test.lo, 1e-9)
		near(t, "hi with signs turned", hi, test.hi, 1e-9)
		lo, _, _ = metrics.Fieller(100*test.a, test.b, 1e4*test.varA, test.varB, 100*test.cov, .9, test.df)
		near(t, "lo in cents", lo, 100*test.lo, 1e-9)
	}
}

func TestFiellerLimits(t *testing.T) {
	// A known denominator leaves the plain interval.
	lo, hi, _ := metrics.Fieller(10, 4, 4, 0, 0, .9, 0)
	plain := metrics.NewInterval(2.5, .5, 0, .9)
	near(t, "lo of a fixed denominator", lo, plain.Lo, 1e-12)
	near(t, "hi of a fixed denominator", hi, plain.Hi, 1e-12)
	// Both known leave a point.
	lo, hi, bounded := metrics.Fieller(10, 4, 0, 0, 0, .9, 0)
	if lo != 2.5 || hi != 2.5 || !bounded {
		t.Errorf("ratio of fixed numbers = [%g, %g], %v, want 2.5", lo, hi, bounded)
	}
	lo, hi, bounded = metrics.Fieller(10, 1, 4, 1, 0, .9, 0)
	if !math.IsInf(lo, -1) || !math.IsInf(hi, 1) || bounded {
		t.Errorf("denominator like 0 = [%g, %g], %v, want the whole line", lo, hi, bounded)
	}
	lo, _, bounded = metrics.Fieller(10, 0, 4, 0, 0, .9, 0)
	if !math.IsNaN(lo) || bounded {
		t.Errorf("denominator 0 = %g, %v, want NaN", lo, bounded)
	}
}

// With a denominator of 2.5 standard errors Fieller covers in 82.5–96 % of worlds.
func TestFiellerCoverage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1954, 16))
	covered := 0
	for range 400 {
		shared := rnd.NormFloat64()
		b := 5 + 2*shared
		a := 3 + .8*shared + .6*rnd.NormFloat64()
		lo, hi, _ := metrics.Fieller(a, b, 1, 4, 1.6, .9, 0)
		if lo <= .6 && .6 <= hi {
			covered++
		}
	}
	if rate := float64(covered) / 400; rate < .825 || rate > .96 {
		t.Errorf("covers in %.1f %% of 400 worlds, want 82.5–96 %%", 100*rate)
	}
}

func ExampleIncrementalityFactor() {
	// Last touch credited 30,312 to the people mailed; the trial found 16,403.
	lift := metrics.NewInterval(16403, 3095, 0, .90)
	factor, err := metrics.IncrementalityFactor(lift, 30312, 0, 0, .15)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f [%.2f, %.2f]\n", factor.Estimate, factor.Lo, factor.Hi)
	// Output: 0.54 [0.33, 0.76]
}
