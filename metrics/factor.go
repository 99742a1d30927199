package metrics

import (
	"errors"
	"fmt"
	"math"
)

// fiellerBelow is |attributed/SE| under which the delta method is not trusted.
const fiellerBelow = 3

// ErrNothingAttributed says that the credit rule gave the treated units no
// margin, so there is nothing a factor could correct; the caller reports margin
// per unit of pilot cost instead and says so.
var ErrNothingAttributed = errors.New("nothing was attributed to the treated units, so no factor exists: use margin per unit of pilot cost instead")

// IncrementalityFactor answers: of each unit of margin that a credit rule gives
// a program, how much would not have come without it?
//
//	F = T/D
//	var(F) = (var T − 2F·cov(T, D) + F²·var D)/D² + (τF)²
//
// T, ittTotal, is the pilot's total effect on the treated units (lift per unit ×
// units; money) with its level and degrees of freedom; D, attributed, the margin
// that one credit model gave the same units in the same window (money), with its
// standard error attributedSE (0: a fixed number) and covariance with T. τ,
// transportSD, is the relative standard deviation by which the factor may differ
// elsewhere or later (.2 = 20 % of F; 0 = only here and now). It moves nothing
// when F is 0.
//
// 1 means the rule was right on balance, .5 that it claims double, 0 that nothing
// credited was incremental; negative: the program cost margin. Where |D/SE| < 3
// the interval is Fieller's, transport taken into var T as (τT)²; it may have no
// ends, then Lo = −Inf, Hi = +Inf and a warning says so. SE is the delta method's
// in every case.
//
// D ≤ 0 gives ErrNothingAttributed; a negative standard error is an error.
// Source: Fieller (1954), JRSS B 16, 175–185; delta method as in Cochran (1977),
// Sampling Techniques, chapter 6.
func IncrementalityFactor(ittTotal Interval, attributed, attributedSE, covariance, transportSD float64) (Interval, error) {
	if err := checkLevel(ittTotal.Level); err != nil {
		return Interval{}, err
	}
	if !finite(ittTotal.Estimate, ittTotal.SE, attributed, attributedSE, covariance, transportSD) {
		return Interval{}, errors.New("an argument of the incrementality factor is not a number")
	}
	if ittTotal.SE < 0 || attributedSE < 0 || transportSD < 0 {
		return Interval{}, errors.New("a standard error of the incrementality factor is below 0")
	}
	if attributed <= 0 {
		return Interval{}, ErrNothingAttributed
	}
	if math.Abs(covariance) > ittTotal.SE*attributedSE*(1+1e-9) {
		return Interval{}, fmt.Errorf("covariance %g is larger than the standard errors %g and %g allow", covariance, ittTotal.SE, attributedSE)
	}
	transport := transportSD * ittTotal.Estimate
	varT := ittTotal.SE*ittTotal.SE + transport*transport
	factor := ittTotal.Estimate / attributed
	v := (varT - 2*factor*covariance + factor*factor*attributedSE*attributedSE) / (attributed * attributed)
	interval := NewInterval(factor, math.Sqrt(math.Max(0, v)), ittTotal.DF, ittTotal.Level)
	interval.Method, interval.Units = "delta", ittTotal.Units
	interval.Warnings = append(interval.Warnings, ittTotal.Warnings...)
	if attributed >= fiellerBelow*attributedSE {
		return interval, nil
	}
	interval.Method = "fieller"
	lo, hi, bounded := Fieller(ittTotal.Estimate, attributed, varT, attributedSE*attributedSE, covariance, ittTotal.Level, ittTotal.DF)
	interval.Lo, interval.Hi = lo, hi
	if !bounded {
		interval.Warnings = append(interval.Warnings, "the attributed margin cannot be told from 0 at this level, so the factor has no bounds")
	}
	return interval, nil
}

// Fieller is the confidence set of the ratio a/b of two estimates with normal
// errors: all r for which a − r·b cannot be told from 0.
//
//	(a − r·b)² ≤ q²·(varA − 2r·covAB + r²·varB),  q = T⁻¹_df((1+level)/2)
//
// a and b are in any unit, varA, varB, covAB their variances and covariance; df
// = 0 is the normal. While b differs from 0 at the level (b² > q²·varB) the set
// is an interval around a/b, not symmetric, and bounded is true. Otherwise the
// data allow any denominator near 0: the set is the whole line or the line
// without a gap; both are returned as −Inf, +Inf, false, since a figure with a
// hole in it helps nobody. b = 0 without variance gives NaN, NaN, false, as does
// any argument that is not a number.
//
// Unlike the delta method it keeps its level however poorly b is known. Source:
// Fieller (1954), JRSS B 16, 175–185; the form in Franz (2007), arXiv 0710.2024.
func Fieller(a, b, varA, varB, covAB, level float64, df float64) (lo, hi float64, bounded bool) {
	q := quantile(level, df)
	if !finite(a, b, varA, varB, covAB, q) || (b == 0 && varB == 0) {
		return math.NaN(), math.NaN(), false
	}
	square := b*b - q*q*varB
	if square <= 0 {
		return math.Inf(-1), math.Inf(1), false
	}
	half := a*b - q*q*covAB
	rest := a*a - q*q*varA
	// Rounding may take the root just below 0 when a and b are fixed numbers.
	root := math.Sqrt(math.Max(0, half*half-square*rest))
	return (half - root) / square, (half + root) / square, true
}
