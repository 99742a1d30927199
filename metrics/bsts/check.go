package bsts

import (
	"fmt"
	"math"
	"strings"
)

// leastPre is how many observed pre-periods there must be. With fewer the level's first value and the variances are
// the prior's alone.
const leastPre = 6

// mostNumbers bounds draws × periods, of which each is 8 bytes kept until the quantiles are taken.
const mostNumbers = 50_000_000

func (o Options) check() error {
	positive := func(v float64) bool { return v > 0 && !math.IsInf(v, 1) }
	switch {
	case !(o.Level > 0 && o.Level < 1):
		return fmt.Errorf("level %g is not between 0 and 1", o.Level)
	case o.Draws < 100:
		return fmt.Errorf("%d draws are too few for an interval: take at least 100, better 1,000", o.Draws)
	case o.BurnIn < 1:
		return fmt.Errorf("a burn-in of %d draws: take at least 1, or 0 for the default", o.BurnIn)
	case o.TreatedUnits < 1:
		return fmt.Errorf("%d treated units: give at least 1", o.TreatedUnits)
	case !positive(o.LevelSD) || !positive(o.OtherLevelSD) || o.LevelSD > 1 || o.OtherLevelSD > 1:
		return fmt.Errorf("the prior guesses %g and %g at the level's standard deviation must lie above 0 and not above 1 (in standard deviations of the outcome)", o.LevelSD, o.OtherLevelSD)
	case !positive(o.ExpectedModelSize):
		return fmt.Errorf("expected model size %g: give a number above 0", o.ExpectedModelSize)
	case !(o.ExpectedR2 > 0 && o.ExpectedR2 < 1):
		return fmt.Errorf("expected R² %g is not between 0 and 1", o.ExpectedR2)
	case !positive(o.PriorDF):
		return fmt.Errorf("prior degrees of freedom %g: give a number above 0", o.PriorDF)
	case o.Seasons < 1 || o.SeasonDuration < 1:
		return fmt.Errorf("%d seasons of %d periods: give at least 1 of each", o.Seasons, o.SeasonDuration)
	}
	return nil
}

// check refuses what no answer can be computed from.
func check(y []float64, x [][]float64, pre int, opt Options) error {
	if pre < 0 || pre >= len(y) {
		return fmt.Errorf("%d pre-periods of %d periods leave nothing to compare: there must be periods before and after the start", pre, len(y))
	}
	if opt.Names != nil && len(opt.Names) != len(x) {
		return fmt.Errorf("%d names for %d covariates", len(opt.Names), len(x))
	}
	if len(y) > mostNumbers/opt.Draws {
		return fmt.Errorf("%d draws of %d periods do not fit in memory: take fewer draws or longer periods", opt.Draws, len(y))
	}
	for j, series := range x {
		if len(series) != len(y) {
			return fmt.Errorf("%s has %d periods, the outcome has %d", opt.name(j), len(series), len(y))
		}
		for t, v := range series {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s is missing in period %d: fill it or leave the covariate out", opt.name(j), t+1)
			}
		}
	}
	observed := 0
	for t, v := range y {
		switch {
		case math.IsInf(v, 0):
			return fmt.Errorf("the outcome of period %d is infinite", t+1)
		case math.IsNaN(v) && t >= pre:
			return fmt.Errorf("the outcome of period %d, after the start, is missing: end before it or fill it", t+1)
		case !math.IsNaN(v) && t < pre:
			observed++
		}
	}
	if observed < leastPre {
		return fmt.Errorf("%d observed pre-periods are too few to learn from: give at least %d, better 30 or more", observed, leastPre)
	}
	if opt.Seasons > 1 && pre/opt.Seasons/opt.SeasonDuration < 2 {
		return fmt.Errorf("%d seasons of %d periods need two cycles before the start (%d periods), there are %d: lengthen the pre-period or leave the seasons out",
			opt.Seasons, opt.SeasonDuration, 2*opt.Seasons*opt.SeasonDuration, pre)
	}
	return nil
}

func (o Options) name(j int) string {
	if o.Names == nil {
		return fmt.Sprintf("covariate %d", j+1)
	}
	return o.Names[j]
}

// named lists covariates in a sentence, at most five by name.
func (o Options) named(covariates []int) string {
	var all []string
	for i, j := range covariates {
		if i == 5 {
			all = append(all, fmt.Sprintf("%d more", len(covariates)-i))
			break
		}
		all = append(all, o.name(j))
	}
	return strings.Join(all, ", ")
}
