package clv

import (
	"errors"
	"fmt"
	"strings"
)

// A Process says how customers buy until they drop out without a word. Times are
// in the unit of the customers it was fitted to.
//
// ExpectedPurchases is E[Y(t) | x, t_x, T], the purchases of a customer in the
// time t after the end of the observation. With the zero Customer it is E[X(t)], of
// somebody who has just bought for the first time. 0 at t = 0; NaN for t < 0.
// ProbabilityAlive is the chance that the customer has not dropped out by T.
type Process interface {
	ExpectedPurchases(t float64, c Customer) float64
	ProbabilityAlive(c Customer) float64
}

// A Kind names a purchase process.
type Kind string

// The purchase processes that can be fitted.
const (
	BGNBDKind     Kind = "bgnbd"
	MBGNBDKind    Kind = "mbgnbd"
	ParetoNBDKind Kind = "paretonbd"
)

// Kinds lists them all.
var Kinds = []Kind{BGNBDKind, ParetoNBDKind, MBGNBDKind}

// ErrNoRepeaters says that nobody came back, so neither rates nor drop-out can be told.
var ErrNoRepeaters = errors.New("no customer bought on a second day, so nothing is known about repeat purchases")

// startsOn is how many groups the starts are tried on; the best goes on with all.
const startsOn = 20_000

// FitProcess fits a purchase process by maximum likelihood. A fit that has not
// converged is no error: see Fit.Status. An unknown kind, no time observed, or nobody who
// came back (ErrNoRepeaters) is one.
func FitProcess(kind Kind, groups []Group) (Process, Fit, error) {
	model, err := modelOf(kind)
	if err != nil {
		return nil, Fit{}, err
	}
	t := totalsOf(groups)
	if t.repeaters == 0 {
		return nil, Fit{}, ErrNoRepeaters
	}
	starts := model.starts(t)
	if len(groups) > startsOn {
		var some []Group
		for i := 0; i < len(groups); i += (len(groups) + startsOn - 1) / startsOn {
			some = append(some, groups[i])
		}
		best, _ := climb(totalsOf(some).customers, model.likelihood(some), starts)
		starts = [][]float64{exponentials(best)}
	}
	fit := maximize(model.names, t.customers, model.likelihood(groups), starts)
	return model.process(fit.Estimate), fit, nil
}

// ProcessAt is the process of a kind with given parameters, in the order of Fit.Names.
func ProcessAt(kind Kind, parameters []float64) (Process, error) {
	model, err := modelOf(kind)
	if err != nil {
		return nil, err
	}
	if len(parameters) != len(model.names) {
		return nil, fmt.Errorf("%s has the parameters %s, not %d", kind, strings.Join(model.names, ", "), len(parameters))
	}
	return model.process(parameters), nil
}

// model is what fitting needs to know of a kind.
type model struct {
	names      []string
	likelihood func(groups []Group) logLikelihood
	starts     func(t totals) [][]float64
	process    func(theta []float64) Process
}

func modelOf(kind Kind) (model, error) {
	switch kind {
	case BGNBDKind, MBGNBDKind:
		modified := kind == MBGNBDKind
		return model{
			names:      []string{"r", "alpha", "a", "b"},
			likelihood: func(groups []Group) logLikelihood { return betaGeoLikelihood(groups, modified) },
			starts:     betaGeoStarts,
			process: func(theta []float64) Process {
				return BetaGeo{R: theta[0], Alpha: theta[1], A: theta[2], B: theta[3], Modified: modified}
			},
		}, nil
	case ParetoNBDKind:
		return model{
			names:      []string{"r", "alpha", "s", "beta"},
			likelihood: paretoLikelihood,
			starts:     paretoStarts,
			process: func(theta []float64) Process {
				return ParetoNBD{R: theta[0], Alpha: theta[1], S: theta[2], Beta: theta[3]}
			},
		}, nil
	}
	return model{}, fmt.Errorf("no purchase process is called %q: take bgnbd, paretonbd or mbgnbd", kind)
}
