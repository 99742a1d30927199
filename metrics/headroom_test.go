package metrics_test

import (
	"fmt"
	"math"
	"testing"

	"tieback/metrics"
)

func TestEarnedHeadroom(t *testing.T) {
	// metrics.md: the fixture of earned headroom, seed 50,000, reinvest 1.
	cost := []float64{20_000, 45_000, 80_000, 110_000, 140_000}
	lo := []float64{-5_000, 2_000, 18_000, 52_000, 101_000}
	headroom := []float64{30_000, 7_000, -12_000, -8_000, 11_000}
	lead := []float64{.400, .865, 1.176, 1.078, .927}
	var ratios []float64
	for i := range cost {
		got := metrics.EarnedHeadroom(50_000, 1, cost[i], lo[i])
		near(t, "headroom", got.Headroom, headroom[i], 1e-12)
		near(t, "lead ratio", got.LeadRatio, lead[i], .0005)
		near(t, "limit", got.Limit, headroom[i]+cost[i], 1e-12)
		ratios = append(ratios, got.LeadRatio)
	}
	for _, test := range []struct{ periods, want int }{{0, -1}, {1, -1}, {2, -1}, {3, 2}, {4, 2}, {5, -1}} {
		if got := metrics.AheadSince(ratios[:test.periods]); got != test.want {
			t.Errorf("ahead since, after %d periods = %d, want %d", test.periods, got, test.want)
		}
	}
}

func TestEarnedHeadroomLimits(t *testing.T) {
	for _, lo := range []float64{math.NaN(), math.Inf(-1), -1, 0} {
		if got := metrics.EarnedHeadroom(100, 1, 40, lo); got.Limit != 100 {
			t.Errorf("a lower bound of %g earns a limit of %g, want the seed", lo, got.Limit)
		}
	}
	if got := metrics.EarnedHeadroom(100, .5, 40, 60); got.Limit != 130 {
		t.Errorf("half reinvested: limit %g, want 130", got.Limit)
	}
	if got := metrics.EarnedHeadroom(0, 1, 40, -5); !math.IsInf(got.LeadRatio, 1) || got.Headroom != -40 {
		t.Errorf("cost against no limit = %+v, want lead ratio +Inf, headroom -40", got)
	}
	if got := metrics.EarnedHeadroom(0, 1, 0, -5); got.LeadRatio != 0 {
		t.Errorf("nothing spent against no limit: lead ratio %g, want 0", got.LeadRatio)
	}
}

func TestAheadSince(t *testing.T) {
	for _, test := range []struct {
		ratios []float64
		want   int
	}{
		{[]float64{1.2, 1.3}, 0},
		{[]float64{1.2, .9, 1.3}, 2},
		{[]float64{1.2, 1}, -1},
		{[]float64{1.2, math.NaN(), math.Inf(1)}, 2},
	} {
		if got := metrics.AheadSince(test.ratios); got != test.want {
			t.Errorf("ahead since of %v = %d, want %d", test.ratios, got, test.want)
		}
	}
}

func ExampleEarnedHeadroom() {
	earned := metrics.EarnedHeadroom(50_000, 1, 80_000, 18_000)
	fmt.Printf("limit %.0f, headroom %.0f, lead ratio %.3f\n", earned.Limit, earned.Headroom, earned.LeadRatio)
	// Output: limit 68000, headroom -12000, lead ratio 1.176
}
