package metrics

import (
	"errors"
	"fmt"
	"math"
)

// A Difference compares an arm with its control: treated mean − control mean,
// in the outcome's unit per assigned unit.
//
// T is Estimate/SE and P the two-sided probability of a |T| at least as large
// if there were no effect. Units of the embedded Interval counts both arms.
type Difference struct {
	Interval
	T           float64
	P           float64
	MeanTreated float64
	MeanControl float64
	NTreated    int
	NControl    int
}

// Welch answers: by how much did being assigned to the arm change the outcome
// per unit (intention to treat)?
//
//	d  = ȳ_t − ȳ_c
//	se = √(s²_t/n_t + s²_c/n_c)
//	df = se⁴ / ((s²_t/n_t)²/(n_t−1) + (s²_c/n_c)²/(n_c−1))
//
// n, ȳ, s² are units, mean and variance of each arm; the arms may differ in
// size and variance. An estimate of 0 is no difference. Units must have been
// assigned at random and independently: with spillover between people, or
// assignment by town, the standard error is too small. With outcomes that are
// nearly all zero, fewer than some 50 buyers an arm make the interval miss more
// often than it says.
//
// Fewer than two units in an arm, or no variance in either, is an error: there
// is nothing to estimate the error from. Source: Welch (1947), Biometrika 34,
// 28–35; df by Satterthwaite (1946), Biometrics Bulletin 2, 110–114.
func Welch(treated, control Sums, level float64) (Difference, error) {
	if err := checkLevel(level); err != nil {
		return Difference{}, err
	}
	if err := checkArms(treated, control); err != nil {
		return Difference{}, err
	}
	return difference(treated, control, treated.MeanY(), control.MeanY(), treated.VarY(), control.VarY(), level, "welch")
}

// difference is Welch's comparison of two means with their variances between units.
func difference(treated, control Sums, meanT, meanC, varT, varC, level float64, method string) (Difference, error) {
	v, df, err := varianceOfDifference(treated.N, control.N, varT, varC)
	if err != nil {
		return Difference{}, err
	}
	interval := NewInterval(meanT-meanC, math.Sqrt(v), df, level)
	interval.Method, interval.Units = method, treated.N+control.N
	t := interval.Estimate / interval.SE
	return Difference{
		Interval: interval, T: t, P: math.Min(1, 2*lowerTail(-math.Abs(t), df)),
		MeanTreated: meanT, MeanControl: meanC, NTreated: treated.N, NControl: control.N,
	}, nil
}

// varianceOfDifference is Welch's variance of ȳ_t − ȳ_c and its degrees of freedom.
func varianceOfDifference(nT, nC int, varT, varC float64) (v, df float64, err error) {
	v, df = satterthwaite([]varianceOfMean{
		{varT / float64(nT), float64(nT - 1)},
		{varC / float64(nC), float64(nC - 1)},
	})
	if v == 0 {
		return 0, 0, errors.New("the outcome does not vary in either arm, so its error cannot be estimated")
	}
	return v, df, nil
}

// varianceOfMean is one independent part of a variance; df 0 means it is known.
type varianceOfMean struct{ variance, df float64 }

// satterthwaite adds independent parts of a variance; df = v²/Σ(v_i²/df_i), 0
// (normal) when every part is known.
func satterthwaite(parts []varianceOfMean) (v, df float64) {
	var denominator float64
	for _, part := range parts {
		v += part.variance
		if !isNormal(part.df) {
			denominator += part.variance * part.variance / part.df
		}
	}
	if denominator == 0 {
		return v, 0
	}
	return v, v * v / denominator
}

func checkArms(treated, control Sums) error {
	for _, arm := range []struct {
		name string
		sums Sums
	}{{"treated", treated}, {"control", control}} {
		if arm.sums.N < 2 {
			return fmt.Errorf("the %s arm has %d units: at least 2 are needed for a variance", arm.name, arm.sums.N)
		}
		if !finite(arm.sums.Y, arm.sums.YY, arm.sums.X, arm.sums.XX, arm.sums.XY) {
			return fmt.Errorf("a total of the %s arm is not a number", arm.name)
		}
	}
	return nil
}
