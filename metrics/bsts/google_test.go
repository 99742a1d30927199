package bsts_test

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"tieback/metrics/bsts"
)

const folder = "../../../shared/data/causalimpact/"

// columns reads series of a file; the test skips where it is absent.
func columns(t testing.TB, file string, names ...string) [][]float64 {
	t.Helper()
	f, err := os.Open(folder + file)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here: the data set lies beside the repository", folder+file)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	series := make([][]float64, len(names))
	for i, name := range names {
		for c, head := range records[0] {
			if head != name {
				continue
			}
			for _, record := range records[1:] {
				v, err := strconv.ParseFloat(record[c], 64)
				if err != nil {
					t.Fatal(err)
				}
				series[i] = append(series[i], v)
			}
		}
		if series[i] == nil {
			t.Fatalf("%s has no column %s", file, name)
		}
	}
	return series
}

// R's output for the same file, 61 days before the start: average effect 27 (4.5) [18, 36], cumulative 804 (134.2)
// [539, 1073], relative 21 % [14 %, 28 %], p .001. Ordinary least squares on the 61 days gives 27.02.
func TestGoogleSeriesAsInR(t *testing.T) {
	s := columns(t, "google_data.csv", "y", "x1", "x2")
	for seed := range uint64(3) {
		r := estimate(t, s[0], s[1:], 61, bsts.Options{Level: .95, Seed: seed})
		t.Logf("average %.2f (%.2f) [%.2f, %.2f], cumulative %.1f, p %.4f, Monte Carlo error %.2f", r.Average, r.AverageSE, r.AverageLo, r.AverageHi, r.Cumulative, r.P, r.Convergence.MonteCarloSE)
		near(t, "average", r.Average, 27, .7)
		near(t, "its standard deviation", r.AverageSE, 4.5, .35)
		near(t, "lower end", r.AverageLo, 18, .9)
		near(t, "upper end", r.AverageHi, 36, .9)
		near(t, "cumulative", r.Cumulative, 804, 20)
		near(t, "relative", *r.Relative, .21, .006)
		near(t, "lower end of relative", *r.RelativeLo, .14, .008)
		near(t, "upper end of relative", *r.RelativeHi, .28, .008)
		near(t, "p", r.P, 1./1001, 0)
		if r.Sensitivity.Changes || len(r.Warnings) > 0 {
			t.Errorf("seed %d: sensitivity %+v, warnings %q", seed, *r.Sensitivity, r.Warnings)
		}
	}
}

// Nothing happened to the series CHANGED: R says −657 (736) [−2076, 832], cumulative −11831, p .20.
func TestComparisonOfUnchangedSeriesAsInR(t *testing.T) {
	s := columns(t, "comparison_data.csv", "CHANGED", "NOT_CHANGED_1", "NOT_CHANGED_2", "NOT_CHANGED_3")
	for seed := range uint64(3) {
		r := estimate(t, s[0], s[1:], len(s[0])-18, bsts.Options{Level: .95, Seed: seed})
		t.Logf("average %.0f (%.0f) [%.0f, %.0f], cumulative %.0f, p %.3f, in the model %.2f %.2f %.2f", r.Average, r.AverageSE, r.AverageLo, r.AverageHi, r.Cumulative, r.P,
			r.Coefficients[0].Inclusion, r.Coefficients[1].Inclusion, r.Coefficients[2].Inclusion)
		near(t, "average", r.Average, -657, 110)
		near(t, "its standard deviation", r.AverageSE, 736, 60)
		near(t, "lower end", r.AverageLo, -2076, 200)
		near(t, "upper end", r.AverageHi, 832, 200)
		near(t, "p", r.P, .20061, .05)
		if r.Sensitivity.Changes {
			t.Errorf("sensitivity %+v", *r.Sensitivity)
		}
	}
}

func BenchmarkGoogle(b *testing.B) {
	s := columns(b, "google_data.csv", "y", "x1", "x2")
	for _, c := range []struct {
		name string
		one  bool
	}{{"one run", true}, {"with sensitivity", false}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := bsts.Estimate(s[0], s[1:], 61, bsts.Options{Level: .95, OneRun: c.one}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Two years of days, a month of them after the start.
func BenchmarkTwoYears(b *testing.B) {
	y, x := make([]float64, 730), make([][]float64, 50)
	rng := rand.New(rand.NewPCG(31, 32))
	for j := range x {
		level := 0.0
		for range y {
			level += .2 * rng.NormFloat64()
			x[j] = append(x[j], level+rng.NormFloat64())
		}
	}
	for t := range y {
		y[t] = x[0][t] - x[1][t] + .5*x[2][t] + rng.NormFloat64()
	}
	for _, c := range []struct {
		name       string
		covariates int
		seasons    int
	}{{"3 covariates", 3, 0}, {"50 covariates", 50, 0}, {"3 covariates, 7 seasons", 3, 7}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := bsts.Estimate(y, x[:c.covariates], 700, bsts.Options{Seasons: c.seasons}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
