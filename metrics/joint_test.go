package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"tieback/metrics"
)

func yearOf(amount float64) []metrics.Contribution {
	year := make([]metrics.Contribution, 12)
	for i := range year {
		year[i].Shared = map[string]float64{"factor": amount}
	}
	return year
}

func TestCumulativeBounds(t *testing.T) {
	// metrics.md: factor .5 (se .15) on 12 × 10,000 → lo 30,390, not 51,452. Both
	// are z = 1.645; the quantile gives 30,392.6 and 51,453.1 (scipy 1.17.1).
	factors := map[string]metrics.Interval{"factor": metrics.NewInterval(.5, .15, 0, .9)}
	got, err := metrics.CumulativeBounds(yearOf(10_000), factors, .9)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 12 {
		t.Fatalf("%d intervals for 12 months", len(got))
	}
	near(t, "lo after a year", got[11].Lo, 30392.6347148735, 1e-10)
	near(t, "lo after a year, as documented", got[11].Lo/30390, 1, 1e-4)
	near(t, "sum", got[11].Estimate, 60_000, 1e-12)
	near(t, "se", got[11].SE, 18_000, 1e-12)
	near(t, "lo after a month", got[0].Lo, 5000-1.6448536269514722*1500, 1e-10)

	// Twelve factors measured apart do average out.
	apart := make([]metrics.Contribution, 12)
	for i := range apart {
		apart[i] = metrics.Contribution{Mean: 5000, SE: 1500}
	}
	alone, _ := metrics.CumulativeBounds(apart, nil, .9)
	near(t, "lo of independent months", alone[11].Lo, 51453.08984131832, 1e-10)
}

func TestCumulativeBoundsOfUnequalParts(t *testing.T) {
	factors := map[string]metrics.Interval{
		"shop": metrics.NewInterval(.5, .15, 8, .9),
		"fair": metrics.NewInterval(1.2, .3, 20, .95), // moved to the level asked for
	}
	got, err := metrics.CumulativeBounds([]metrics.Contribution{
		{Shared: map[string]float64{"shop": 400, "fair": -200}, Mean: 20, SE: 24},
		{Shared: map[string]float64{"shop": 600}, Mean: 30, SE: 32},
	}, factors, .9)
	if err != nil {
		t.Fatal(err)
	}
	// scipy 1.17.1: √(Σ(A·se·t_df)² + Σ(s·z)²) and Satterthwaite's df.
	near(t, "lo", got[1].Lo, 5.302123855720026, 1e-9)
	near(t, "hi", got[1].Hi, 614.6978761442799, 1e-9)
	near(t, "se", got[1].SE, 166.43316976, 1e-9)
	near(t, "df", got[1].DF, 12.002174278597042, 1e-9)
}

func TestCumulativeBoundsKeepAsymmetry(t *testing.T) {
	skew := metrics.Interval{Estimate: 2.5, Lo: 1.5, Hi: 5.9, Level: .9, SE: 1, Method: "fieller", Warnings: []string{"thin"}}
	got, err := metrics.CumulativeBounds(
		[]metrics.Contribution{{Shared: map[string]float64{"f": 10}}, {Shared: map[string]float64{"f": -30}}},
		map[string]metrics.Interval{"f": skew}, .9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lo", got[0].Lo, 15, 1e-12)
	near(t, "hi", got[0].Hi, 59, 1e-12)
	near(t, "lo of a negative amount", got[1].Lo, -118, 1e-12)
	near(t, "hi of a negative amount", got[1].Hi, -30, 1e-12)
	if want := []string{"f: thin"}; !reflect.DeepEqual(got[0].Warnings, want) {
		t.Errorf("warnings = %q, want %q", got[0].Warnings, want)
	}

	skew.Lo, skew.Hi = math.Inf(-1), math.Inf(1)
	open, err := metrics.CumulativeBounds(
		[]metrics.Contribution{{Shared: map[string]float64{"f": 0}, Mean: 1}, {Shared: map[string]float64{"f": 3}}},
		map[string]metrics.Interval{"f": skew}, .9)
	if err != nil {
		t.Fatal(err)
	}
	if open[0].Lo != 1 || !math.IsInf(open[1].Lo, -1) || !math.IsInf(open[1].Hi, 1) {
		t.Errorf("bounds with an unbounded factor = %v, want 1 before it is used, none after", open)
	}
}

func TestCumulativeBoundsRefuses(t *testing.T) {
	factors := map[string]metrics.Interval{"factor": metrics.NewInterval(.5, .15, 0, .9)}
	_, err := metrics.CumulativeBounds([]metrics.Contribution{{Shared: map[string]float64{"unknown": 1}}}, factors, .9)
	wantError(t, err, "factor unknown, which is not known")
	_, err = metrics.CumulativeBounds([]metrics.Contribution{{SE: -1}}, factors, .9)
	wantError(t, err, "contribution 0")
	_, err = metrics.CumulativeBounds(nil, factors, 90)
	wantError(t, err, "level 90")
	factors["skew"] = metrics.Interval{Estimate: 1, Lo: .9, Hi: 4, SE: 1, Level: .9, Method: "fieller"}
	_, err = metrics.CumulativeBounds(nil, factors, .95)
	wantError(t, err, "factor skew")
	if none, err := metrics.CumulativeBounds(nil, nil, .9); err != nil || len(none) != 0 {
		t.Errorf("no contribution = %v, %v, want nothing", none, err)
	}
}

// Two factors, used in six periods, and own parts: the last bounds cover the truth
// in 82.5–96 % of worlds, with factors known on 12 and 30 degrees of freedom.
func TestCumulativeBoundsCoverage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2008, 27))
	estimate := func(truth, se float64, df int) metrics.Interval {
		var squares float64
		for range df {
			squares += sq(rnd.NormFloat64())
		}
		return metrics.NewInterval(truth+se*rnd.NormFloat64(), se*math.Sqrt(squares/float64(df)), float64(df), .9)
	}
	covered := 0
	for range 400 {
		factors := map[string]metrics.Interval{"a": estimate(.5, .15, 12), "b": estimate(1.1, .2, 30)}
		var periods []metrics.Contribution
		for range 6 {
			periods = append(periods, metrics.Contribution{
				Shared: map[string]float64{"a": 100, "b": 80}, Mean: 10 + 25*rnd.NormFloat64(), SE: 25,
			})
		}
		got, err := metrics.CumulativeBounds(periods, factors, .9)
		if err != nil {
			t.Fatal(err)
		}
		if truth := 6 * (50 + 88 + 10.0); got[5].Lo <= truth && truth <= got[5].Hi {
			covered++
		}
	}
	if rate := float64(covered) / 400; rate < .825 || rate > .96 {
		t.Errorf("covers in %.1f %% of 400 worlds, want 82.5–96 %%", 100*rate)
	}
}

func ExampleCumulativeBounds() {
	factors := map[string]metrics.Interval{"newsletter": metrics.NewInterval(.5, .15, 0, .90)}
	var months []metrics.Contribution
	for range 12 {
		months = append(months, metrics.Contribution{Shared: map[string]float64{"newsletter": 10_000}})
	}
	bounds, err := metrics.CumulativeBounds(months, factors, .90)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f, at least %.0f\n", bounds[11].Estimate, bounds[11].Lo)
	// Output: 60000, at least 30393
}
