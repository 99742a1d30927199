package metrics_test

import (
	"fmt"
	"math"
	"testing"

	"tieback/metrics"
)

var investment = []float64{-1000, 300, 420, 680}

func TestNPV(t *testing.T) {
	// metrics.md: 130.7288 at 10 %; digits by Python.
	near(t, "npv", metrics.NPV(.10, investment), 130.72877535687434, 1e-12)
	near(t, "npv at rate 0", metrics.NPV(0, investment), 400, 1e-12)
	near(t, "npv of nothing", metrics.NPV(.10, nil), 0, 0)
	near(t, "npv of today's money", metrics.NPV(.10, []float64{5}), 5, 0)
	near(t, "npv in cents", metrics.NPV(.10, times(investment, 100)), 13072.877535687434, 1e-12)
	for _, rate := range []float64{-1, -2, math.NaN()} {
		if got := metrics.NPV(rate, investment); !math.IsNaN(got) {
			t.Errorf("npv at rate %g = %g, want NaN", rate, got)
		}
	}
}

func TestPayback(t *testing.T) {
	for _, test := range []struct {
		what  string
		rate  float64
		flows []float64
		want  float64
		ok    bool
	}{
		{"metrics.md: 2.4118", 0, investment, 2.411764705882353, true},
		{"metrics.md: 2.7441 discounted", .10, investment, 2.7441176470588236, true},
		{"never", 0, []float64{-1000, 300}, math.NaN(), false},
		{"exactly at the end of a period", 0, []float64{-600, 300, 300, 50}, 2, true},
		{"nothing ever owed", 0, []float64{0, 10}, 0, true},
		{"back, lost again, and back", 0, []float64{-100, 150, -100, 100}, 2.5, true},
		{"back and lost for good", 0, []float64{-100, 150, -100}, math.NaN(), false},
		{"no flows", 0, nil, math.NaN(), false},
		{"a rate that has no sense", -1, investment, math.NaN(), false},
		{"a flow that is not a number", 0, []float64{-1, math.NaN()}, math.NaN(), false},
	} {
		got, ok := metrics.DiscountedPayback(test.rate, test.flows)
		if ok != test.ok || !(math.Abs(got-test.want) < 1e-12 || math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s: payback = %g, %v, want %g, %v", test.what, got, ok, test.want, test.ok)
		}
	}
}

func ExamplePayback() {
	periods, _ := metrics.Payback([]float64{-1000, 300, 420, 680})
	fmt.Printf("%.4f periods\n", periods)
	// Output: 2.4118 periods
}

func ExampleNPV() {
	fmt.Printf("%.4f\n", metrics.NPV(.10, []float64{-1000, 300, 420, 680}))
	// Output: 130.7288
}
