// Package metrics computes the figures Tieback reports from plain numbers: each question in its own file, without input, clock or randomness.
package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// DefaultLevel is the two-sided level used wherever none is asked for: 90 %.
const DefaultLevel = 0.90

// An Interval is an estimate and the range that holds the truth at Level.
//
// Estimate, Lo, Hi and SE share one unit: that of the figure (money, money per
// unit, or a ratio). Level is two-sided, .90 means 5 % on either side. Most
// methods put the ends at
//
//	Estimate ± T⁻¹_DF((1+Level)/2) · SE
//
// but "fieller", "asymptotic confidence sequence" and "joint" need not: use Lo
// and Hi, never SE, to decide. Lo = -Inf or Hi = +Inf means that side is not
// bounded by the data. Units counts the observations behind the estimate, 0
// when that is not known. DF = 0 stands for the normal distribution, so that the
// struct survives JSON; +Inf is read in the same way. SE = 0 is a number taken
// as certain. Warnings are sentences for the reader; an empty list is not proof
// that the assumptions hold.
type Interval struct {
	Estimate float64
	Lo       float64
	Hi       float64
	Level    float64
	SE       float64
	DF       float64
	Method   string
	Units    int
	Warnings []string
}

// NewInterval gives Estimate ± T⁻¹_df((1+level)/2) · se, the interval of an
// estimate whose error is normal with a standard error known (df = 0) or
// estimated on df degrees of freedom.
//
// It breaks where the sampling distribution is not close to normal: a few heavy
// buyers in a small arm, or a ratio whose denominator is near zero (Fieller).
// A level outside (0, 1), se < 0 or NaN anywhere gives NaN ends. Source: Student
// (1908), Biometrika 6.
func NewInterval(estimate, se, df, level float64) Interval {
	half := quantile(level, df) * se
	if se == 0 {
		half = 0
	}
	if se < 0 {
		half = math.NaN()
	}
	return Interval{
		Estimate: estimate, Lo: estimate - half, Hi: estimate + half,
		Level: level, SE: se, DF: df, Method: "student",
	}
}

// HalfWidth is (Hi − Lo)/2, in the unit of the estimate; +Inf if an end is.
func (i Interval) HalfWidth() float64 { return (i.Hi - i.Lo) / 2 }

// AtLevel is the same estimate at another level, for instance after Bonferroni.
//
// It needs ends of the form Estimate ± quantile · SE. Others (Fieller,
// confidence sequences) hold their level through their own construction and
// must be computed anew: they give an error.
func (i Interval) AtLevel(level float64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if level == i.Level {
		return i, nil
	}
	half := quantile(i.Level, i.DF) * i.SE
	near := 1e-9 * (half + math.Abs(i.Estimate))
	if !(math.Abs(i.Hi-i.Estimate-half) <= near && math.Abs(i.Estimate-i.Lo-half) <= near) {
		return Interval{}, fmt.Errorf("an interval by the method %q cannot be moved from level %g to %g: compute it at that level", i.Method, i.Level, level)
	}
	half = quantile(level, i.DF) * i.SE
	i.Lo, i.Hi, i.Level = i.Estimate-half, i.Estimate+half, level
	return i, nil
}

// linear is the interval of slope·X + shift; a negative slope swaps the ends.
func (i Interval) linear(slope, shift float64) Interval {
	lo, hi := slope*i.Lo, slope*i.Hi
	if slope == 0 { // 0·Inf is NaN, yet a certain zero has no width
		lo, hi = 0, 0
	}
	if slope < 0 {
		lo, hi = hi, lo
	}
	i.Estimate = slope*i.Estimate + shift
	i.Lo, i.Hi = lo+shift, hi+shift
	i.SE *= math.Abs(slope)
	return i
}

// probabilityAbove is T_DF((Estimate − threshold)/SE): what a flat prior says
// about the truth lying above the threshold. Without error it is 0 or 1.
func (i Interval) probabilityAbove(threshold float64) float64 {
	gap := i.Estimate - threshold
	if i.SE == 0 && !math.IsNaN(gap) {
		if gap > 0 {
			return 1
		}
		return 0
	}
	return lowerTail(gap/i.SE, i.DF)
}

// quantile is the two-sided critical value T⁻¹_df((1+level)/2).
func quantile(level, df float64) float64 {
	if checkLevel(level) != nil || math.IsNaN(df) || df < 0 {
		return math.NaN()
	}
	// The lower tail is asked for, since 1 − tiny would lose its digits.
	tail := (1 - level) / 2
	if isNormal(df) {
		return -distuv.UnitNormal.Quantile(tail)
	}
	return -distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(tail)
}

// lowerTail is T_df(t), with full relative precision for negative t.
func lowerTail(t, df float64) float64 {
	if isNormal(df) {
		return distuv.UnitNormal.CDF(t)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(t)
}

// isNormal: from 10¹⁰ degrees of freedom on, t and normal agree to every digit kept.
func isNormal(df float64) bool { return df == 0 || df > 1e10 }

func checkLevel(level float64) error {
	if level > 0 && level < 1 {
		return nil
	}
	return fmt.Errorf("level %g is not between 0 and 1", level)
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
