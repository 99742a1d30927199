package metrics

import (
	"errors"
	"math"
)

// CUPED is Welch's comparison after the part of the outcome that a covariate
// already told before assignment is taken out.
//
//	θ  = cov(x, y)/var(x) over the units of the two arms compared, taken together
//	y' = y − θ(x − x̄)
//
// x̄ is the covariate's mean over both arms, so means stay in the unit of y. θ
// has the unit of y per unit of x; 0 means the covariate says nothing and the
// result is Welch's. The variance falls by the factor 1 − r², r the correlation
// of x and y. θ comes from these two arms only: θ over all arms of a pilot would
// let a third arm move this comparison. The covariate must be settled before
// assignment; one that the treatment can reach biases the difference. θ is
// estimated, which the standard error ignores: harmless from a few hundred
// units.
//
// A covariate that does not vary is an error; so is all that Welch refuses.
// Source: Deng, Xu, Kohavi and Walker (2013), WSDM, section 3.2.
func CUPED(treated, control Sums, level float64) (diff Difference, theta float64, err error) {
	if err := checkLevel(level); err != nil {
		return Difference{}, 0, err
	}
	if err := checkArms(treated, control); err != nil {
		return Difference{}, 0, err
	}
	both := treated.Plus(control)
	if both.VarX() == 0 {
		return Difference{}, 0, errors.New("the covariate does not vary, so it cannot explain the outcome: use the plain difference")
	}
	theta = both.CovXY() / both.VarX()
	adjusted := func(s Sums) (mean, variance float64) {
		mean = s.MeanY() - theta*(s.MeanX()-both.MeanX())
		// Rounding may leave a variance just below 0 when x determines y.
		return mean, math.Max(0, s.VarY()-2*theta*s.CovXY()+theta*theta*s.VarX())
	}
	meanT, varT := adjusted(treated)
	meanC, varC := adjusted(control)
	diff, err = difference(treated, control, meanT, meanC, varT, varC, level, "cuped")
	return diff, theta, err
}
