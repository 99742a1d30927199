package bsts

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// flat is the spread, relative to a series' size, below which it counts as constant: what is left is rounding.
const flat = 1e-12

// data is the input on the scale of the priors: mean 0 and standard deviation 1 over the pre-period.
type data struct {
	pre, periods int
	y            []float64 // standardized outcome of the pre-periods; 0 where missing
	seen         []bool    // per pre-period
	observed     int       // how many are seen
	first        float64   // first seen y
	x            []float64 // standardized covariates in use, row by period
	used         []int     // column of x → index in the caller's list
	given        int       // covariates the caller gave
	mean, sd     float64   // of y: caller's value = mean + sd·standardized
	xsd          []float64 // of the covariates in use

	constant, beyond, repeated []int // covariates, caller's index: flat before the start; far outside their range after it; combinations of others
}

// standardize scales the series, leaves flat covariates out and notes what is odd about the others.
func standardize(y []float64, x [][]float64, pre int) (*data, error) {
	d := &data{pre: pre, periods: len(y), given: len(x), y: make([]float64, pre), seen: make([]bool, pre)}
	var observed []float64
	for _, v := range y[:pre] {
		if !math.IsNaN(v) {
			observed = append(observed, v)
		}
	}
	d.observed = len(observed)
	var constant bool
	if d.mean, d.sd, constant = moments(observed); constant {
		return nil, errors.New("the outcome does not vary before the start, so nothing can be learned from it")
	}
	if math.IsInf(d.sd, 0) || math.IsInf(1/d.sd, 0) {
		return nil, errors.New("the outcome is too large or too small to compute with: give it in another unit")
	}
	for t, v := range y[:pre] {
		if d.seen[t] = !math.IsNaN(v); d.seen[t] {
			d.y[t] = v/d.sd - d.mean/d.sd
		}
	}
	d.first = observed[0]/d.sd - d.mean/d.sd
	var columns [][]float64
	for j, series := range x {
		mean, sd, constant := moments(series[:pre])
		if constant || math.IsInf(sd, 0) || math.IsInf(1/sd, 0) {
			d.constant = append(d.constant, j)
			continue
		}
		column := make([]float64, len(series))
		lo, hi := math.Inf(1), math.Inf(-1)
		for t, v := range series {
			if column[t] = v/sd - mean/sd; t < pre {
				lo, hi = min(lo, column[t]), max(hi, column[t])
			}
		}
		if far(column[pre:], lo, hi) {
			d.beyond = append(d.beyond, j)
		}
		columns, d.used, d.xsd = append(columns, column), append(d.used, j), append(d.xsd, sd)
	}
	d.x = make([]float64, len(y)*len(columns))
	for j, column := range columns {
		for t, v := range column {
			d.x[t*len(columns)+j] = v
		}
	}
	d.repeated = d.dependent()
	return d, nil
}

// moments are mean and standard deviation (n−1), computed on values scaled to 1 so that no square overflows. A mean
// of values that cancel keeps their size in mind: 0.1+0.2−0.3 is flat, not a spread.
func moments(values []float64) (mean, sd float64, constant bool) {
	size := 0.0
	for _, v := range values {
		size = max(size, math.Abs(v))
	}
	if size == 0 {
		return 0, 0, true
	}
	for _, v := range values {
		mean += v / size / float64(len(values))
	}
	around := 0.0
	for _, v := range values {
		around += (v/size - mean) * (v/size - mean)
	}
	sd = math.Sqrt(around / float64(len(values)-1))
	return mean * size, sd * size, !(sd > flat)
}

// far says whether the mean of a covariate after the start lies outside the range before it by more than half that
// range: the regression then extrapolates.
func far(after []float64, lo, hi float64) bool {
	mean := 0.0
	for _, v := range after {
		mean += v / float64(len(after))
	}
	return mean < lo-(hi-lo)/2 || mean > hi+(hi-lo)/2
}

// row is the covariates of one period.
func (d *data) row(t int) []float64 {
	p := len(d.used)
	return d.x[t*p : (t+1)*p]
}

// dependent finds the covariates that are, over the observed pre-periods, linear combinations of those before them:
// Gram–Schmidt leaves less than a millionth of their length.
func (d *data) dependent() []int {
	p := len(d.used)
	var basis []*mat.VecDense
	var found []int
	for j := range p {
		column := mat.NewVecDense(d.observed, nil)
		i := 0
		for t := range d.pre {
			if d.seen[t] {
				column.SetVec(i, d.row(t)[j])
				i++
			}
		}
		length := mat.Norm(column, 2)
		for range 2 { // the second pass takes out what rounding left of the first
			for _, b := range basis {
				column.AddScaledVec(column, -mat.Dot(b, column), b)
			}
		}
		rest := mat.Norm(column, 2)
		if rest <= 1e-6*length {
			found = append(found, d.used[j])
			continue
		}
		column.ScaleVec(1/rest, column)
		basis = append(basis, column)
	}
	return found
}
