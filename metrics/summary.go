package metrics

import "math"

// Sums are the totals a warehouse keeps for one arm: enough for means,
// variances and the covariance, so no row leaves the database.
//
// N counts assigned units, those without any outcome included (they add 0).
// Y is Σy, YY Σy², X Σx, XX Σx², XY Σxy; y is the outcome (money or a count per
// unit over the window), x a covariate known before assignment. X, XX and XY
// stay 0 where there is no covariate.
//
// Cancellation: the variance is a small difference of large totals and loses
// about log10(mean²/variance) of the sixteen digits of a float64. Outcomes per
// person have a variance above their squared mean, so nothing is lost; a value
// with a large offset (a timestamp, a balance in cents around 10⁹) must be
// centered first. Totals are taken as exact to the last digit, as decimal sums
// are: a difference within 8 units of rounding is read as 0.
type Sums struct {
	N  int
	Y  float64
	YY float64
	X  float64
	XX float64
	XY float64
}

// SumsOf adds up rows, for callers that hold them: y[i] and x[i] belong to one
// unit. A nil x means no covariate; other differences in length panic.
func SumsOf(y, x []float64) Sums {
	if x != nil && len(x) != len(y) {
		panic("metrics: outcome and covariate differ in length")
	}
	var sy, syy, sx, sxx, sxy total
	for i, v := range y {
		sy.add(v)
		syy.add(v * v)
		if x != nil {
			sx.add(x[i])
			sxx.add(x[i] * x[i])
			sxy.add(x[i] * v)
		}
	}
	return Sums{N: len(y), Y: sy.value(), YY: syy.value(), X: sx.value(), XX: sxx.value(), XY: sxy.value()}
}

// Plus is the arm that holds the units of both; totals add, variances do not.
func (s Sums) Plus(t Sums) Sums {
	return Sums{N: s.N + t.N, Y: s.Y + t.Y, YY: s.YY + t.YY, X: s.X + t.X, XX: s.XX + t.XX, XY: s.XY + t.XY}
}

// MeanY is Y/N, outcome per assigned unit; NaN for an empty arm.
func (s Sums) MeanY() float64 { return s.Y / float64(s.N) }

// MeanX is X/N, covariate per assigned unit; NaN for an empty arm.
func (s Sums) MeanX() float64 { return s.X / float64(s.N) }

// VarY is (YY − Y²/N)/(N−1), the unbiased variance of the outcome between
// units; NaN below two units, 0 when all are equal.
func (s Sums) VarY() float64 { return variance(s.N, s.Y, s.YY) }

// VarX is (XX − X²/N)/(N−1), the same for the covariate.
func (s Sums) VarX() float64 { return variance(s.N, s.X, s.XX) }

// CovXY is (XY − X·Y/N)/(N−1), the unbiased covariance of covariate and
// outcome; NaN below two units.
func (s Sums) CovXY() float64 {
	if s.N < 2 {
		return math.NaN()
	}
	return math.FMA(-s.X/float64(s.N), s.Y, s.XY) / float64(s.N-1)
}

// EffectiveUnits is Y²/YY: how many units with one and the same outcome would
// give the mean as uneven a base as this arm has.
//
// It is N when all outcomes are equal, the number of buyers when all buyers
// spend alike, less when a few spend most; 0 when nobody bought. It says how far
// normal theory can be trusted for outcomes that are mostly 0 and never much
// below; for outcomes that cancel to a mean near 0 it is far too strict. Source:
// Kish (1965), Survey Sampling, with outcomes as weights.
func (s Sums) EffectiveUnits() float64 {
	if s.YY == 0 {
		return 0
	}
	return s.Y * s.Y / s.YY
}

func variance(n int, sum, sumOfSquares float64) float64 {
	if n < 2 {
		return math.NaN()
	}
	const rounding = 8 * 0x1p-52
	around := math.FMA(-sum/float64(n), sum, sumOfSquares)
	if around <= rounding*sumOfSquares {
		return 0
	}
	return around / float64(n-1)
}

// total is a Neumaier sum: it carries the digits a plain sum would drop.
type total struct{ sum, lost float64 }

func (t *total) add(v float64) {
	next := t.sum + v
	if math.Abs(t.sum) >= math.Abs(v) {
		t.lost += (t.sum - next) + v
	} else {
		t.lost += (v - next) + t.sum
	}
	t.sum = next
}

func (t *total) value() float64 { return t.sum + t.lost }
