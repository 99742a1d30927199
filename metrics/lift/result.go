package lift

import (
	"fmt"
	"math"
)

// A Result is the effect of a treatment on its treated units.
//
// Average is per treated unit and period, Cumulative the sum over all of them: Average = Cumulative/(PostPeriods ×
// units). Their ends and P, two-sided, come from one procedure, so 0 lies outside the interval exactly when P < 1 −
// Level (placebo methods: P ≤). NaN is a figure that is not known; a warning says why. Valid is false where a check
// failed: the figures stand, but they are no evidence.
type Result struct {
	Method      string
	Valid       bool
	Treated     []string
	PrePeriods  int
	PostPeriods int

	Average, AverageLo, AverageHi          float64
	Cumulative, CumulativeLo, CumulativeHi float64
	Relative                               float64 // Cumulative over the counterfactual's sum: 1 = doubled
	P, Level                               float64
	SE, DF                                 float64 // of Cumulative, with Student's t; NaN where the interval is a placebo's

	PreRMSE  float64 // root mean squared gap before the treatment, per unit (tbr: of the treated total)
	L2       float64 // root of the summed squared gaps before the treatment
	ScaledL2 float64 // L2 over that of equal weights: 0 perfect, 1 no better than them

	IncrementalCost         float64 // 0 where no cost is given
	IROAS, IROASLo, IROASHi float64 // Cumulative over IncrementalCost

	Weights     map[string]float64 // by control unit; nil where the method has none
	TimeWeights map[string]float64 // by label of a pre-period; sdid only

	Observed       []float64 // sum of the treated units per period, pre-periods first; nil for gbr
	Counterfactual []float64 // what the method says it would have been

	Placebos []Placebo // effects found where there was none; nil where the method needs none
	Checks   []Check
	Warnings []string
}

// A Placebo is the same analysis of units that were not treated. Statistic is its average effect in units of its own
// pre-period error: what the treated units' is compared with.
type Placebo struct {
	Units     []string
	Average   float64
	PreRMSE   float64
	Statistic float64
}

// A Check is one condition of validity: the value found and the threshold it was held against, in words.
type Check struct {
	Name      string
	Value     float64
	Threshold string
	Passed    bool
}

// newResult has every figure that may stay unknown set to NaN.
func newResult(method string, p *Panel, level float64) *Result {
	nan := math.NaN()
	return &Result{
		Method: method, Valid: true, Treated: p.treatedNames(), PrePeriods: p.Pre, PostPeriods: p.post(), Level: level,
		Average: nan, AverageLo: nan, AverageHi: nan, Cumulative: nan, CumulativeLo: nan, CumulativeHi: nan,
		Relative: nan, P: nan, SE: nan, DF: nan, PreRMSE: nan, L2: nan, ScaledL2: nan, IROAS: nan, IROASLo: nan, IROASHi: nan,
	}
}

func (r *Result) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// check records a condition; failed, it takes the validity away and says so.
func (r *Result) check(name string, value float64, threshold string, passed bool, failure string) {
	r.Checks = append(r.Checks, Check{name, value, threshold, passed})
	if !passed {
		r.Valid = false
		r.warn("%s (%s %.3g, threshold: %s)", failure, name, value, threshold)
	}
}

// set fills the effect from its sum over all treated units and periods, ends NaN where there are none.
func (r *Result) set(cumulative, lo, hi float64) {
	cells := float64(r.PostPeriods * len(r.Treated))
	r.Cumulative, r.CumulativeLo, r.CumulativeHi = cumulative, lo, hi
	r.Average, r.AverageLo, r.AverageHi = cumulative/cells, lo/cells, hi/cells
}

// relative sets the effect over the counterfactual's sum, where that is above 0.
func (r *Result) relative(counterfactual float64) {
	if counterfactual > 0 {
		r.Relative = r.Cumulative / counterfactual
		return
	}
	r.warn("relative is not known: without the treatment the outcome would have been %.6g, and a share of that says nothing", counterfactual)
}

// rootMeanSquare of residuals.
func rootMeanSquare(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum / float64(len(v)))
}
