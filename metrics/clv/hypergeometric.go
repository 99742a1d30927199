package clv

import "math"

// Hypergeometric is Gauss's function
//
//	2F1(a, b; c; z) = Σ_k (a)_k (b)_k / (c)_k · z^k/k!,  (a)_k = a(a+1)…(a+k−1)
//
// for real arguments and z < 1, and at z = 1 where it is finite there (c > a+b).
//
// Negative z goes through Pfaff's transformation, 2F1(a,b;c;z) =
// (1−z)^−a 2F1(a,c−b;c;z/(z−1)); above 1/2 Euler's, 2F1(a,b;c;z) =
// (1−z)^(c−a−b) 2F1(c−a,c−b;c;z), is taken where it makes all terms positive; above
// .9 Taylor steps of the differential equation lead from .5 to z, which unlike the
// connection formula at 1−z is no worse where c−a−b is near a whole number. With
// a, b, c > 0, or c−a, c−b, c > 0, the result is right to about 1e-13; otherwise
// terms may cancel. Parameters above 20 stay with the series, for the second solution
// z^(1−c) spoils the steps; it is slow near 1. NaN where the series has not ended
// after a few million terms (such parameters with z above about .99999), where c is 0
// or a negative integer, where z > 1, or where an argument is not a number; +Inf on overflow. Source: Abramowitz and Stegun
// (1964), 15.1.1, 15.3.3, 15.3.4, 15.1.20, 15.5.1.
func Hypergeometric(a, b, c, z float64) float64 {
	switch {
	case math.IsNaN(a+b+c+z) || math.IsInf(a+b+c+z, 0) || z > 1 || (c <= 0 && c == math.Trunc(c)):
		return math.NaN()
	case a == 0 || b == 0 || z == 0:
		return 1
	case z == 1:
		return atOne(a, b, c)
	case z < 0:
		return math.Pow(1-z, -a) * Hypergeometric(a, c-b, c, z/(z-1))
	}
	positive := a > 0 && b > 0 && c > 0
	if z > .5 && !positive && c > 0 && c-a >= 0 && c-b >= 0 {
		return math.Pow(1-z, c-a-b) * Hypergeometric(c-a, c-b, c, z)
	}
	if z > .9 && math.Max(math.Abs(c), math.Max(math.Abs(a), math.Abs(b))) <= small {
		return continued(a, b, c, z)
	}
	sum, scale := series(a, b, c, z)
	return sum * math.Exp(scale)
}

// atOne is Gauss's sum Γ(c)Γ(c−a−b)/(Γ(c−a)Γ(c−b)).
func atOne(a, b, c float64) float64 {
	if c-a-b <= 0 {
		return math.NaN()
	}
	product, sign := 0., 1
	for _, part := range []struct{ x, times float64 }{{c, 1}, {c - a - b, 1}, {c - a, -1}, {c - b, -1}} {
		if part.x <= 0 && part.x == math.Trunc(part.x) {
			return 0 // 1/Γ of a pole
		}
		l, s := math.Lgamma(part.x)
		product += part.times * l
		sign *= s
	}
	return float64(sign) * math.Exp(product)
}

// series sums 2F1 for |z| < 1; the value is sum·e^scale, so that large positive
// terms do not overflow.
func series(a, b, c, z float64) (sum, scale float64) {
	const most = 4_000_000
	term := 1.
	sum = 1
	for k := 0.; k < most; k++ {
		ratio := (a + k) * (b + k) / ((c + k) * (k + 1)) * z
		term *= ratio
		sum += term
		// Ratios tend to z; from there on the rest is below term/(1−z).
		if math.Abs(ratio) < 1 && math.Abs(term) <= 1e-17*math.Abs(sum)*(1-math.Max(z, math.Abs(ratio))) || term == 0 {
			return sum, scale
		}
		if math.Abs(sum) > 1e250 {
			sum, term, scale = sum*1e-200, term*1e-200, scale+200*math.Ln10
		}
	}
	return math.NaN(), scale
}

// small is how large a parameter may be for the steps of continued.
const small = 20

// continued follows the function from 1/2 toward 1. Around z0 it has the Taylor
// series Σ u_k (z−z0)^k, whose coefficients the equation
//
//	z(1−z)f″ + (c − (a+b+1)z)f′ − ab·f = 0
//
// gives one from the two before; each step goes half the way to 1.
func continued(a, b, c, z float64) float64 {
	at := .5
	value, scale := series(a, b, c, at)
	slope, slopeScale := series(a+1, b+1, c+1, at)
	slope *= a * b / c * math.Exp(slopeScale-scale)
	for at < z {
		step := math.Min(z-at, (1-at)/2)
		value, slope = taylor(a, b, c, at, step, value, slope)
		if next := at + step; next > at {
			at = next
		} else {
			break
		}
		if size := math.Abs(value) + math.Abs(slope); size > 1e250 {
			value, slope, scale = value*1e-200, slope*1e-200, scale+200*math.Ln10
		}
	}
	return value * math.Exp(scale)
}

// taylor moves value and slope from z to z+step. Its terms carry their power of step, so that neither overflows alone.
func taylor(a, b, c, z, step, value, slope float64) (float64, float64) {
	before, now := value, slope*step // u_k·step^k, u_{k+1}·step^(k+1)
	sum, sumSlope := before+now, now
	quiet := 0
	for k := 0.; k < 500 && quiet < 3; k++ {
		next := -((k+1)*(k*(1-2*z)+c-(a+b+1)*z)*now*step - (k+a)*(k+b)*before*step*step) / (z * (1 - z) * (k + 2) * (k + 1))
		sum, sumSlope = sum+next, sumSlope+(k+2)*next
		before, now = now, next
		if math.Abs((k+2)*next) <= 1e-17*math.Min(math.Abs(sum), math.Abs(sumSlope)) {
			quiet++
		} else {
			quiet = 0
		}
	}
	return sum, sumSlope / step
}
