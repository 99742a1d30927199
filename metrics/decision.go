package metrics

import "math"

// A Decision is what a pilot's registered metric says to do next.
type Decision string

// Scale, Stop and Iterate are all decisions there are.
const (
	// Scale: even the lower bound of the return is above the hurdle.
	Scale Decision = "scale"
	// Stop: even the upper bound of the return is below the hurdle.
	Stop Decision = "stop"
	// Iterate: the hurdle lies within the interval; more units would settle it.
	Iterate Decision = "iterate"
)

// Decide compares the interval of a return with the hurdle.
//
//	scale if lo > hurdle; stop if hi < hurdle; else iterate
//
// Both are returns on cost (0 = break-even). An end exactly at the hurdle, or
// NaN, gives iterate. With a fixed-horizon interval at level L the chance of a
// wrong scale is (1−L)/2, once, at maturity; when looked at repeatedly, pass an
// interval from AlwaysValid (once EnoughToLook) or RepeatedInterval. Source: acceptance by
// confidence interval, Schuirmann (1987), J. Pharmacokinetics 15, as two
// one-sided tests.
func Decide(roi Interval, hurdle float64) Decision {
	switch {
	case roi.Lo > hurdle:
		return Scale
	case roi.Hi < hurdle:
		return Stop
	default:
		return Iterate
	}
}

// UnitsForHalfWidth answers: how many units must each of two equal arms have
// for the return to be known to ± halfWidth?
//
//	n = 2·(z·m·sd/(w·c))², rounded up
//
// z is the normal quantile of level; m marginPerOutcome; sd the standard
// deviation of the outcome between units (PooledSD); w halfWidth, in return
// (.25 = 25 points); c costPerUnit. Halving w takes four times the units. The
// answer is a whole number kept as float64, since it can exceed any count of
// people: +Inf at w = 0. NaN if anything is negative or not a number, or if c
// is 0. Assumes sd stays what it is: campaigns that reach heavy buyers raise it.
// Source: the standard error of a return in Lewis and Rao (2015), QJE 130,
// 1941–1973, solved for n.
func UnitsForHalfWidth(level, marginPerOutcome, sd, halfWidth, costPerUnit float64) float64 {
	if !(marginPerOutcome >= 0 && sd >= 0 && halfWidth >= 0 && costPerUnit > 0) {
		return math.NaN()
	}
	ratio := quantile(level, 0) * marginPerOutcome * sd / (halfWidth * costPerUnit)
	units := 2 * ratio * ratio
	// A product that is whole but for the last digits is not rounded up by one.
	if whole := math.Round(units); math.Abs(units-whole) <= 1e-9*whole {
		return whole
	}
	return math.Ceil(units)
}

// UnitsToSettle is UnitsForHalfWidth at the level of roi and the half-width
// |roi − hurdle|: units per arm at which the interval would just touch the
// hurdle, were the estimate to stay where it is.
//
// The estimate will move, so at that size the pilot settles about every second
// time; take it as the order of magnitude, not as a promise. +Inf when the
// estimate lies on the hurdle: no size would do. Arguments and source as there.
func UnitsToSettle(roi Interval, hurdle, marginPerOutcome, sd, costPerUnit float64) float64 {
	return UnitsForHalfWidth(roi.Level, marginPerOutcome, sd, math.Abs(roi.Estimate-hurdle), costPerUnit)
}

// PooledSD is √((s²_t + s²_c)/2), the standard deviation for which the formula
// of UnitsForHalfWidth is exact with two equal arms of different variance.
//
// In the unit of the outcome; NaN below two units in an arm. It weighs the arms
// alike, since those planned will be of one size. Source: Cohen (1988),
// Statistical Power Analysis, equation 2.3.2.
func PooledSD(treated, control Sums) float64 {
	return math.Sqrt((treated.VarY() + control.VarY()) / 2)
}
