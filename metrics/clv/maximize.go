package clv

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// A Fit is what maximum likelihood says about the parameters of a model.
//
// Estimate, SE and SELog are in the order of Names. The likelihood is maximized
// over the logarithms, since all parameters are positive; SELog are the standard
// errors of the logarithms and SE = SELog·Estimate those of the parameters
// themselves (delta method), both from the observed information. Covariance is
// that of the logarithms, by rows. SE, SELog and Covariance are NaN where the
// information cannot be inverted.
//
// Converged says that a maximum was found: the gradient is as good as 0, the
// information is positive definite, and no parameter has run off to 0 or to
// infinity. If not, Status says which of these failed, and no figure of the fit
// should be used; it is "converged" otherwise.
type Fit struct {
	Names      []string
	Estimate   []float64
	SE         []float64
	SELog      []float64
	Covariance []float64
	LogLik     float64
	Converged  bool
	Status     string
}

// A logLikelihood is a model's log-likelihood at parameters theta. It writes its
// derivatives by the parameters themselves to gradient.
type logLikelihood func(theta, gradient []float64) float64

const (
	// farthest is how far the logarithm of a parameter may go: e^20 is 5e8.
	farthest = 20
	// runOff is from where a parameter counts as gone to 0 or infinity.
	runOff = 14
	// gainLeft is the increase in log-likelihood that a Newton step may still
	// promise at what is called a maximum.
	gainLeft = 1e-6
)

// maximize finds the parameters of the highest likelihood, from the best of the starts.
func maximize(names []string, units float64, ll logLikelihood, starts [][]float64) Fit {
	best, _ := climb(units, ll, starts)
	return polish(names, ll, best)
}

// climb runs BFGS, on the logarithms, a little from each start and then from the best point to its end.
func climb(units float64, ll logLikelihood, starts [][]float64) (best []float64, value float64) {
	value = math.Inf(1)
	try := func(l []float64, iterations int) {
		if found, at := ascend(units, ll, l, iterations); at < value {
			best, value = found, at
		}
	}
	best = make([]float64, len(starts[0]))
	for _, start := range starts {
		l := make([]float64, len(start))
		for i, v := range start {
			l[i] = math.Log(v)
		}
		try(l, 8)
	}
	try(best, 400)
	return best, value
}

// ascend runs BFGS from one point. An end by an error is a line search that found no better point: the result is where it stood, and polish judges it.
func ascend(units float64, ll logLikelihood, l []float64, iterations int) ([]float64, float64) {
	// Value and gradient are asked for one after the other, and come together.
	at, slopes := []float64(nil), make([]float64, len(l))
	var known float64
	look := func(l []float64) {
		if slices.Equal(l, at) {
			return
		}
		at = append(at[:0], l...)
		known = objective(ll, l, slopes, units)
	}
	problem := optimize.Problem{
		Func: func(l []float64) float64 { look(l); return known },
		Grad: func(gradient, l []float64) { look(l); copy(gradient, slopes) },
	}
	// Newton's steps sharpen what is found, so this may stop early.
	settings := &optimize.Settings{
		GradientThreshold: 1e-5, MajorIterations: iterations,
		Converger: &optimize.FunctionConverge{Absolute: 1e-10, Iterations: 5},
	}
	result, _ := optimize.Minimize(problem, l, settings, &optimize.BFGS{})
	if result == nil {
		return l, math.Inf(1)
	}
	return append([]float64{}, result.X...), result.F
}

// objective is −ll/units at e^l, with a quadratic wall beyond farthest.
func objective(ll logLikelihood, l, gradient []float64, units float64) float64 {
	theta, slopes := make([]float64, len(l)), make([]float64, len(l))
	wall := 0.
	for i, v := range l {
		inside := math.Max(-farthest, math.Min(farthest, v))
		theta[i] = math.Exp(inside)
		wall += (v - inside) * (v - inside)
	}
	value := -ll(theta, slopes)/units + wall
	if math.IsNaN(value) {
		value = math.Inf(1)
	}
	for i := range gradient {
		if math.Abs(l[i]) > farthest {
			gradient[i] = 2 * (l[i] - math.Copysign(farthest, l[i]))
			continue
		}
		gradient[i] = -slopes[i] * theta[i] / units
	}
	return value
}

// polish ends with steps by the information at the point found, and takes the standard errors from that at the end.
func polish(names []string, ll logLikelihood, l []float64) Fit {
	fit := Fit{Names: names}
	slopes := make([]float64, len(l))
	fit.LogLik = -objective(ll, l, slopes, 1)
	inverse := invertedInformation(ll, l)
	for round := 0; inverse != nil && round < 20; round++ {
		step, gain := newton(inverse, slopes)
		next := make([]float64, len(l))
		for i := range l {
			next[i] = l[i] + step[i]
		}
		nextSlopes := make([]float64, len(l))
		value := -objective(ll, next, nextSlopes, 1)
		// At the maximum rounding decides which is higher, so a small loss is none.
		if !(value >= fit.LogLik-1e-10*math.Abs(fit.LogLik)) {
			break
		}
		l, slopes, fit.LogLik = next, nextSlopes, value
		if gain < 1e-13 {
			break
		}
		// Far from the point of the information its steps mislead.
		if gain > 1e-2 {
			inverse = invertedInformation(ll, l)
		}
	}
	gain := math.Inf(1)
	if inverse = invertedInformation(ll, l); inverse != nil {
		_, gain = newton(inverse, slopes)
	}
	fit.fill(l, inverse)
	fit.judge(l, gain, inverse)
	return fit
}

// newton returns the step −H⁻¹g and the gain gᵀH⁻¹g/2 that it promises.
func newton(inverse *mat.SymDense, g []float64) (step []float64, gain float64) {
	step = make([]float64, len(g))
	for i := range g {
		for j := range g {
			step[i] -= inverse.At(i, j) * g[j]
		}
		gain -= step[i] * g[i] / 2
	}
	return step, gain
}

// invertedInformation is H⁻¹, H the observed information in the logarithms, made of central differences of the exact
// gradient; nil where H is not positive definite.
func invertedInformation(ll logLikelihood, l []float64) *mat.SymDense {
	const h = 1e-4
	n := len(l)
	slopes := func(at []float64) []float64 {
		g := make([]float64, n)
		objective(ll, at, g, 1)
		return g
	}
	columns := make([][]float64, n)
	for i := range l {
		moved := append([]float64{}, l...)
		moved[i] = l[i] + h
		above := slopes(moved)
		moved[i] = l[i] - h
		below := slopes(moved)
		for j := range above {
			above[j] = (above[j] - below[j]) / (2 * h)
		}
		columns[i] = above
	}
	information := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			information.SetSym(i, j, (columns[i][j]+columns[j][i])/2)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(information) || chol.Cond() > 1e14 {
		return nil
	}
	inverse := mat.NewSymDense(n, nil)
	if err := chol.InverseTo(inverse); err != nil {
		return nil
	}
	return inverse
}

func (f *Fit) fill(l []float64, inverse *mat.SymDense) {
	n := len(l)
	for i := range n {
		f.Estimate = append(f.Estimate, math.Exp(l[i]))
		se := math.NaN()
		if inverse != nil {
			se = math.Sqrt(inverse.At(i, i))
		}
		f.SELog = append(f.SELog, se)
		f.SE = append(f.SE, se*f.Estimate[i])
		for j := range n {
			covariance := math.NaN()
			if inverse != nil {
				covariance = inverse.At(i, j)
			}
			f.Covariance = append(f.Covariance, covariance)
		}
	}
}

func (f *Fit) judge(l []float64, gain float64, inverse *mat.SymDense) {
	for i, v := range l {
		if math.Abs(v) > runOff {
			where := "infinity"
			if v < 0 {
				where = "0"
			}
			f.Status = fmt.Sprintf("%s runs to %s: the data do not determine it", f.Names[i], where)
			return
		}
	}
	switch {
	case inverse == nil:
		f.Status = "the likelihood is flat: the data do not determine all parameters"
	case !(gain < gainLeft):
		f.Status = fmt.Sprintf("no maximum was reached: a further step promises %.2g in log-likelihood", gain)
	default:
		f.Converged, f.Status = true, "converged"
	}
}
