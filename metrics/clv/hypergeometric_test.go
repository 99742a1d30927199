package clv_test

import (
	"fmt"
	"math"
	"testing"

	"tieback/metrics/clv"
)

// Wanted by mpmath 1.4.1, hyp2f1 with 40 digits.
func TestHypergeometric(t *testing.T) {
	for _, c := range []struct{ a, b, c, z, want float64 }{
		{1.0, 2.0, 3.0, 0.5, 1.5451774444795625},
		{0.2426, 2.4259, 2.2188, 0.6, 1.2845175463578191},
		{0.2426, 2.4259, 2.2188, 0.95, 2.4429513633156684},
		{2.2426, 4.4259, 4.2188, 0.474, 4.5737415294237765},
		{2.4261, -0.207, 2.2188, 0.999, -0.19282968006865839},
		{0.5, 0.5, 1.0, 0.99, 2.3527158167797423},
		{1.0, 1.0, 2.0, 0.9999999, 16.118097263294401},
		{1.5, 2.5, 4.0, 0.97, 9.7847348610851569},
		{1.5, 2.5, 3.999999999, 0.97, 9.7847348725646724},
		{2.0, 3.0, 4.0, -3.5, 0.088836593648412569},
		{0.3, 0.7, 1.9, -150.0, 0.37082798071655097},
		{300.5, 2.5, 302.0, 0.7, 19.717303365872187},
		{300.5, 12.5, 330.0, 0.95, 207639875595.29712},
		{1.0, 0.6, 2.2, 0.999, 1.9596008142759936},
		{-0.3, 1.2, 0.4, 0.93, -2.4073266964709491},
		{-2.5, 0.7, 1.1, 0.8, 0.26499634490789656},
		{1.2, 0.9, -0.35, 0.6, -23.999796449310629},
		{1.2, 0.9, -0.35, 0.97, -26764.886072623332},
		{5000.0, 3.0, 5100.0, 0.3, 2.8431829052437528},
		{2.5, 1.5, 1.25, 0.99, 390612.28376824793},
		{0.75, 1.25, 2.0, 0.999999, 12.581386286170812},
	} {
		got := clv.Hypergeometric(c.a, c.b, c.c, c.z)
		near(t, fmt.Sprintf("2F1(%g, %g; %g; %g)/want", c.a, c.b, c.c, c.z), got/c.want, 1, 1e-12)
	}
}

// Closed forms: Abramowitz and Stegun 15.1.3, 15.1.8, 15.1.6; Gauss's sum 15.1.20; symmetry; Euler 15.3.3; the neighbors' relation 15.2.10.
func TestHypergeometricIdentities(t *testing.T) {
	f := clv.Hypergeometric
	for _, z := range []float64{-30, -1, -.3, .1, .5, .89, .91, .99, .99999} {
		near(t, fmt.Sprintf("-z·2F1(1,1;2;z) at %g", z), -z*f(1, 1, 2, z), math.Log1p(-z), 1e-12)
		near(t, fmt.Sprintf("2F1(a,b;b;z) at %g", z), f(.7, 1.9, 1.9, z)*math.Pow(1-z, .7), 1, 1e-12)
		near(t, fmt.Sprintf("symmetry at %g", z), f(.4, 2.3, 3.1, z)/f(2.3, .4, 3.1, z), 1, 1e-12)
		near(t, fmt.Sprintf("Euler at %g", z), f(.4, 2.3, 3.1, z)/(math.Pow(1-z, .4)*f(2.7, .8, 3.1, z)), 1, 1e-11)
		a, b, c := .6, 1.7, 2.9
		near(t, fmt.Sprintf("neighbors at %g", z), (c-a)*f(a-1, b, c, z)+(2*a-c-a*z+b*z)*f(a, b, c, z)+a*(z-1)*f(a+1, b, c, z), 0, 1e-11)
	}
	near(t, "Gauss's sum", f(.5, .25, 2, 1), math.Gamma(2)*math.Gamma(1.25)/(math.Gamma(1.5)*math.Gamma(1.75)), 1e-13)
	for _, c := range [][4]float64{{1, 1, 0, .5}, {1, 1, -2, .5}, {1, 1, 2, 1.5}, {math.NaN(), 1, 2, .5}, {1, 1, 1, 1}} {
		if got := f(c[0], c[1], c[2], c[3]); !math.IsNaN(got) {
			t.Errorf("2F1(%v) = %g, want NaN", c, got)
		}
	}
}
