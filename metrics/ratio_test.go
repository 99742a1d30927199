package metrics_test

import (
	"fmt"
	"testing"

	"tieback/metrics"
)

func TestCheckSampleRatio(t *testing.T) {
	for _, test := range []struct {
		counts  []int
		planned []float64
		chi, p  float64 // scipy 1.17.1: stats.chisquare
		failed  bool
	}{
		{[]int{5100, 4900}, nil, 4.0, 0.04550026389635857, false},
		{[]int{5200, 4800}, nil, 16.0, 6.334248366623988e-05, true},
		{[]int{510, 490, 2000}, []float64{1, 1, 2}, 333.6, 3.628109771562121e-73, true},
		{[]int{500, 500}, []float64{.5, .5}, 0, 1, false},
	} {
		got, err := metrics.CheckSampleRatio(test.counts, test.planned)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "chi-square", got.ChiSquare, test.chi, 1e-10)
		near(t, "p/want", got.P/test.p, 1, 1e-8)
		if got.Failed != test.failed || got.DF != len(test.counts)-1 {
			t.Errorf("%v: failed %v, df %d, want %v", test.counts, got.Failed, got.DF, test.failed)
		}
	}
}

func TestCheckSampleRatioRefuses(t *testing.T) {
	for _, test := range []struct {
		counts  []int
		planned []float64
		says    string
	}{
		{[]int{5}, nil, "at least two arms"},
		{[]int{0, 0}, nil, "no unit"},
		{[]int{5, -1}, nil, "has -1 units"},
		{[]int{5, 5}, []float64{1}, "2 arms were counted but 1 were planned"},
		{[]int{5, 5}, []float64{1, 0}, "above 0"},
	} {
		_, err := metrics.CheckSampleRatio(test.counts, test.planned)
		wantError(t, err, test.says)
	}
	small, _ := metrics.CheckSampleRatio([]int{3, 20}, []float64{1, 9})
	if len(small.Warnings) != 1 {
		t.Errorf("an arm that expects 2.3 units gave warnings %q, want one", small.Warnings)
	}
}

func ExampleCheckSampleRatio() {
	ratio, _ := metrics.CheckSampleRatio([]int{10320, 9680}, nil)
	fmt.Printf("p %.6f, failed %v\n", ratio.P, ratio.Failed)
	// Output: p 0.000006, failed true
}
