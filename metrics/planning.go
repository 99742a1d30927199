package metrics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MinimumDetectableEffect is the smallest true difference that an interval at level will exclude 0 for with the chance power.
//
//	mde = (z_{(1+level)/2} + z_power)·se
//
// se is the standard error of the difference, of a pilot that was run or, for one that is planned, sd·√(2/n) with n
// units in each of two arms. In the unit of se. NaN for a level or power outside (0, 1) or a negative se. Source:
// Bloom (1995), Evaluation Review 19, 547–556.
func MinimumDetectableEffect(se, level, power float64) float64 {
	if !(power > 0 && power < 1) || !(se >= 0) {
		return math.NaN()
	}
	return (quantile(level, 0) + distuv.UnitNormal.Quantile(power)) * se
}

// UnitsForEffect is how many units each of two equal arms must have for a true difference of effect to be found with the chance power:
//
//	n = 2·((z_{(1+level)/2} + z_power)·sd/effect)², rounded up
//
// sd is the standard deviation of the outcome between units (PooledSD), effect a difference per unit in the same
// unit, of either sign. A whole number kept as float64; +Inf at an effect of 0. NaN where the arguments are none. Source as for
// MinimumDetectableEffect, solved for n.
func UnitsForEffect(level, power, sd, effect float64) float64 {
	if math.IsNaN(effect) {
		return math.NaN()
	}
	ratio := MinimumDetectableEffect(sd, level, power) / effect
	return math.Ceil(2 * ratio * ratio)
}

// PowerFor is the chance that an interval at level excludes 0 when the true difference is effect and its standard error se:
//
//	Φ(|effect|/se − z) + Φ(−|effect|/se − z),  z = z_{(1+level)/2}
//
// 1 − level at an effect of 0. NaN where se is not above 0. Source: as for MinimumDetectableEffect.
func PowerFor(effect, se, level float64) float64 {
	if !(se > 0) {
		return math.NaN()
	}
	z, shift := quantile(level, 0), math.Abs(effect)/se
	return distuv.UnitNormal.CDF(shift-z) + distuv.UnitNormal.CDF(-shift-z)
}
