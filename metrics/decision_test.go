package metrics_test

import (
	"fmt"
	"math"
	"testing"

	"tieback/metrics"
)

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		lo, hi, hurdle float64
		want           metrics.Decision
	}{
		{.1, .9, 0, metrics.Scale},
		{-.9, -.1, 0, metrics.Stop},
		{-.1, .9, 0, metrics.Iterate},
		{0, .9, 0, metrics.Iterate}, // at the hurdle is not above it
		{-.9, 0, 0, metrics.Iterate},
		{.1, .9, .5, metrics.Iterate},
		{math.Inf(-1), math.Inf(1), 0, metrics.Iterate},
		{math.NaN(), math.NaN(), 0, metrics.Iterate},
	} {
		if got := metrics.Decide(metrics.Interval{Lo: test.lo, Hi: test.hi}, test.hurdle); got != test.want {
			t.Errorf("[%g, %g] against %g = %s, want %s", test.lo, test.hi, test.hurdle, got, test.want)
		}
	}
}

func TestUnitsForHalfWidth(t *testing.T) {
	// metrics.md gives 6,211,710 at 90 % and 8,820,000 at 95 %. They come from z
	// rounded: 1.644854 (6,211,709.73, up) and 1.96 (8,820,000 exactly). The
	// normal quantiles 1.6448536… and 1.9599639… give 3 and 324 units fewer
	// (scipy 1.17.1: 6,211,706.91 and 8,819,675.86).
	levelOf := func(z float64) float64 { return math.Erf(z / math.Sqrt2) }
	for _, test := range []struct{ level, want float64 }{
		{levelOf(1.644854), 6_211_710},
		{levelOf(1.96), 8_820_000},
		{.90, 6_211_707},
		{.95, 8_819_676},
	} {
		if got := metrics.UnitsForHalfWidth(test.level, .5, 75, .25, .14); got != test.want {
			t.Errorf("units at %.8f = %.0f, want %.0f", test.level, got, test.want)
		}
	}
	// Lewis and Rao's case as worked in product.md: ± 50 points need a quarter.
	if got := metrics.UnitsForHalfWidth(levelOf(1.96), .5, 75, .50, .14); got != 2_205_000 {
		t.Errorf("units for ± 50 points = %.0f, want 2,205,000", got)
	}
}

func TestUnitsForHalfWidthLimits(t *testing.T) {
	if got := metrics.UnitsForHalfWidth(.9, .5, 75, 0, .14); !math.IsInf(got, 1) {
		t.Errorf("units for no width = %g, want +Inf", got)
	}
	if got := metrics.UnitsForHalfWidth(.9, .5, 0, .25, .14); got != 0 {
		t.Errorf("units without variance = %g, want 0", got)
	}
	for _, got := range []float64{
		metrics.UnitsForHalfWidth(.9, .5, 75, .25, 0), metrics.UnitsForHalfWidth(.9, .5, 75, -.25, .14),
		metrics.UnitsForHalfWidth(.9, math.NaN(), 75, .25, .14),
	} {
		if !math.IsNaN(got) {
			t.Errorf("units of a bad argument = %g, want NaN", got)
		}
	}
}

// With two equal arms of UnitsToSettle units and the means and variances seen,
// the interval touches the hurdle.
func TestUnitsToSettle(t *testing.T) {
	treated, control := metrics.Sums{N: 1000, Y: 1420, YY: 9800}, metrics.Sums{N: 1000, Y: 1150, YY: 8600}
	lift, _ := metrics.Welch(treated, control, .9)
	roi, _ := metrics.ReturnOfPilot(lift.Interval, .5, .12, 0)
	units := metrics.UnitsToSettle(roi.Interval, 0, .5, metrics.PooledSD(treated, control), .12)

	grow := units / 1000
	more := func(s metrics.Sums) metrics.Sums {
		n := units
		return metrics.Sums{N: int(n), Y: s.Y * grow, YY: s.VarY()*(n-1) + s.MeanY()*s.MeanY()*n}
	}
	lift, _ = metrics.Welch(more(treated), more(control), .9)
	settled, _ := metrics.ReturnOfPilot(lift.Interval, .5, .12, 0)
	near(t, "lower bound at that size", settled.Lo, 0, 1e-3)

	if at := metrics.UnitsToSettle(roi.Interval, roi.Estimate, .5, 3, .12); !math.IsInf(at, 1) {
		t.Errorf("units to settle an estimate on its hurdle = %g, want +Inf", at)
	}
}

func ExampleUnitsForHalfWidth() {
	// Lewis and Rao's advertiser: how many people per arm to know the return to ± 25 points?
	fmt.Printf("%.0f\n", metrics.UnitsForHalfWidth(.90, .5, 75, .25, .14))
	// Output: 6211707
}
