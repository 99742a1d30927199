package bsts

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Sensitivity is the answer under another prior for the level.
type Sensitivity struct {
	LevelSD                       float64 // prior guess, in standard deviations of y
	Average, AverageLo, AverageHi float64
	P                             float64
	Changes                       bool // the conclusion: whether 0 lies in the interval, or on which side
}

// compare keeps what a run under another prior for the level says, and warns where that is something else.
func (r *Result) compare(d *data, kept *draws, y []float64, o Options) {
	expected, outcome, observed := make([]float64, o.Draws), make([]float64, o.Draws), 0.0
	for t := d.pre; t < d.periods; t++ {
		observed += y[t]/d.sd - d.mean/d.sd
		for i := range o.Draws {
			expected[i] += kept.expected[t][i]
			outcome[i] += kept.outcome[t][i]
		}
	}
	per := float64((d.periods-d.pre)*o.TreatedUnits) / d.sd
	s := &Sensitivity{LevelSD: o.OtherLevelSD, Average: (observed - stat.Mean(expected, nil)) / per, P: tail(outcome, observed)}
	slices.Sort(outcome)
	lo, hi := ends(outcome, o.Level)
	s.AverageLo, s.AverageHi = (observed-hi)/per, (observed-lo)/per
	s.Changes = side(r.AverageLo, r.AverageHi) != side(s.AverageLo, s.AverageHi)
	r.Sensitivity = s
	if s.Changes {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the conclusion changes with the prior for the level: with a guess of %g standard deviations instead, the average is %.4g [%.4g, %.4g], p %.3f",
			s.LevelSD, s.Average, s.AverageLo, s.AverageHi, s.P))
	}
}

// side is the sign that an interval is sure of, 0 when it holds 0.
func side(lo, hi float64) int {
	switch {
	case lo > 0:
		return 1
	case hi < 0:
		return -1
	}
	return 0
}
