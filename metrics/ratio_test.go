package metrics_test

import (
	"fmt"
	"math"
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

// A few regions or branches are a pilot too. By hand: .5^8·2 for eight against none; 1 − .99^10 − 10·.01·.99^9 for two of ten in
// an arm of 1 %; of eight in arms of 1:1:2, (4, 4, 0) has 1/2^8 of the last arm being empty (all 8 there is as likely),
// three times that.
func TestCheckSampleRatioOfFewUnitsIsExact(t *testing.T) {
	for _, test := range []struct {
		counts  []int
		planned []float64
		p       float64
	}{
		{[]int{4, 4}, nil, 1},
		{[]int{5, 3}, nil, 186. / 256},
		{[]int{8, 0}, nil, 2. / 256},
		{[]int{8, 2}, []float64{.99, .01}, 1 - math.Pow(.99, 10) - .1*math.Pow(.99, 9)},
		{[]int{4, 4, 0}, []float64{1, 1, 2}, 3 * 2. / 256},
	} {
		got, err := metrics.CheckSampleRatio(test.counts, test.planned)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprint(test.counts), got.P, test.p, 1e-12)
		if got.Failed {
			t.Errorf("%v failed with p %g", test.counts, got.P)
		}
	}
	if got, _ := metrics.CheckSampleRatio([]int{12, 0}, nil); !got.Failed {
		t.Errorf("twelve against none passed with p %g, want 2/4096", got.P)
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
