package bsts_test

import (
	"math"
	"strings"
	"testing"

	"tieback/metrics/bsts"
)

func TestRefusals(t *testing.T) {
	y, x := toy(7, 10)
	with := func(series []float64, at int, v float64) []float64 {
		changed := append([]float64(nil), series...)
		changed[at] = v
		return changed
	}
	constant := make([]float64, 100)
	for i := range constant {
		constant[i] = .1
	}
	nan := math.NaN()
	for _, c := range []struct {
		name string
		y    []float64
		x    [][]float64
		pre  int
		o    bsts.Options
		says string
	}{
		{"nothing", nil, nil, 0, bsts.Options{}, "there must be periods before and after the start"},
		{"no post-period", y, x, 100, bsts.Options{}, "there must be periods before and after the start"},
		{"negative pre", y, x, -1, bsts.Options{}, "there must be periods before and after the start"},
		{"five pre-periods", y, x, 5, bsts.Options{}, "5 observed pre-periods are too few"},
		{"constant outcome", constant, x, 70, bsts.Options{}, "does not vary before the start"},
		{"outcome missing after the start", with(y, 80, nan), x, 70, bsts.Options{}, "the outcome of period 81, after the start, is missing"},
		{"infinite outcome", with(y, 2, math.Inf(-1)), x, 70, bsts.Options{}, "the outcome of period 3 is infinite"},
		{"missing covariate", y, [][]float64{with(x[0], 4, nan)}, 70, bsts.Options{Names: []string{"search"}}, "search is missing in period 5"},
		{"short covariate", y, [][]float64{x[0][:99]}, 70, bsts.Options{}, "covariate 1 has 99 periods, the outcome has 100"},
		{"names", y, x, 70, bsts.Options{Names: []string{"a", "b"}}, "2 names for 1 covariates"},
		{"huge outcome", with(with(y, 80, math.MaxFloat64), 81, math.MaxFloat64), x, 70, bsts.Options{}, "in other units"},
		{"level", y, x, 70, bsts.Options{Level: 95}, "level 95 is not between 0 and 1"},
		{"draws", y, x, 70, bsts.Options{Draws: 99}, "99 draws are too few"},
		{"too many draws", y, x, 70, bsts.Options{Draws: 1_000_000}, "do not fit in memory"},
		{"burn-in", y, x, 70, bsts.Options{BurnIn: -1}, "a burn-in of -1"},
		{"level's prior", y, x, 70, bsts.Options{LevelSD: -.01}, "prior guesses"},
		{"model size", y, x, 70, bsts.Options{ExpectedModelSize: math.NaN()}, "expected model size"},
		{"R²", y, x, 70, bsts.Options{ExpectedR2: 1}, "expected R² 1"},
		{"df", y, x, 70, bsts.Options{PriorDF: math.Inf(1)}, "prior degrees of freedom"},
		{"units", y, x, 70, bsts.Options{TreatedUnits: -3}, "-3 treated units"},
		{"seasons", y, x, 70, bsts.Options{Seasons: -7}, "-7 seasons"},
		{"seasons too long", y, x, 70, bsts.Options{Seasons: 52}, "need two cycles before the start (104 periods), there are 70"},
	} {
		r, err := bsts.Estimate(c.y, c.x, c.pre, c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, average %g, want an error that says %q", c.name, err, r.Average, c.says)
		}
	}
}

// What can be computed is, with a sentence beside it, and with an answer that stays near the truth of 10.
func TestWarnings(t *testing.T) {
	y, x := toy(8, 10)
	flat := make([]float64, 100)
	jumps := append([]float64(nil), flat...)
	double, far := append([]float64(nil), x[0]...), append([]float64(nil), x[0]...)
	for i := range 100 {
		double[i] = 3 - 2*x[0][i]
		if i >= 70 {
			jumps[i], far[i] = 5, x[0][i]+200
		}
	}
	wide := x
	for seed := range uint64(80) {
		_, more := toy(100+seed, 0)
		wide = append(wide, more[0])
	}
	for _, c := range []struct {
		name     string
		x        [][]float64
		o        bsts.Options
		says     string
		distance float64
	}{
		{"flat covariate", [][]float64{x[0], flat}, bsts.Options{Names: []string{"a", "b"}}, "does not vary before the start: b", 1.5},
		{"covariate that moves after the start only", [][]float64{x[0], jumps}, bsts.Options{}, "does not vary before the start: covariate 2", 1.5},
		{"the same covariate twice", [][]float64{x[0], double}, bsts.Options{}, "cannot be told from theirs: covariate 2", 1.5},
		{"more covariates than periods", wide, bsts.Options{}, "81 covariates for 70 observed pre-periods", 4},
		{"covariate that the intervention reached", [][]float64{far}, bsts.Options{}, "so that the regression extrapolates", 1000},
		{"no covariate", nil, bsts.Options{}, "no covariates: the counterfactual is the last level", 40},
		{"only flat covariates", [][]float64{flat}, bsts.Options{}, "no covariate varies", 40},
		{"short burn-in", x, bsts.Options{BurnIn: 1, Draws: 100}, "has not settled", 3},
	} {
		r := estimate(t, y, c.x, 70, c.o)
		if !warned(r, c.says) {
			t.Errorf("%s: warnings %q, want one that says %q", c.name, r.Warnings, c.says)
		}
		if len(r.Weights) != len(c.x) || len(r.Coefficients) != len(c.x) {
			t.Errorf("%s: %d weights", c.name, len(r.Weights))
		}
		near(t, c.name+": average", r.Average, 10, c.distance)
	}

	short := estimate(t, y[58:], [][]float64{x[0][58:]}, 12, bsts.Options{})
	if !warned(short, "only 12 observed pre-periods") {
		t.Errorf("warnings %q", short.Warnings)
	}
	near(t, "average after a short pre-period", short.Average, 10, 4)

	centered := append([]float64(nil), y...)
	for i := range centered {
		centered[i] -= 115
	}
	if r := estimate(t, centered, x, 70, bsts.Options{}); r.Relative != nil && !(*r.RelativeLo <= *r.Relative) {
		t.Errorf("relative %g from %g", *r.Relative, *r.RelativeLo)
	}
	for i := range centered {
		centered[i] -= 1000
	}
	if r := estimate(t, centered, x, 70, bsts.Options{}); r.Relative != nil || !warned(r, "no relative effect") {
		t.Errorf("a counterfactual below 0 has the relative effect %v, warnings %q", r.Relative, r.Warnings)
	}
}

// A slow drift after the start: a tight level calls it effect, a loose one does not, and the warning says so.
func TestSensitivityIsSaid(t *testing.T) {
	y, x := toy(9, 0)
	for i := 70; i < 100; i++ {
		y[i] += 1.2
	}
	other := estimate(t, y, x, 70, bsts.Options{Level: .8, LevelSD: .1})
	var changes bool
	for seed := range uint64(3) {
		r := estimate(t, y, x, 70, bsts.Options{Seed: seed, Level: .8})
		changed := (r.AverageLo > 0) != (r.Sensitivity.AverageLo > 0)
		if changed != r.Sensitivity.Changes || changed != warned(r, "the conclusion changes with the prior for the level") {
			t.Errorf("[%g, %g] and [%g, %g]: %+v, %q", r.AverageLo, r.AverageHi, r.Sensitivity.AverageLo, r.Sensitivity.AverageHi, *r.Sensitivity, r.Warnings)
		}
		changes = changes || changed
		near(t, "average of the second run", r.Sensitivity.Average, other.Average, .3)
		near(t, "its lower end", r.Sensitivity.AverageLo, other.AverageLo, .6)
		if w, v := r.Sensitivity.AverageHi-r.Sensitivity.AverageLo, r.AverageHi-r.AverageLo; !(w > v) {
			t.Errorf("a looser level gave a width of %g, the tight one %g", w, v)
		}
	}
	if !changes {
		t.Error("the case was made for a conclusion that changes, and it does not")
	}
}
