package clv

import "math"

// betaGeoTable predicts for many customers of one BetaGeo: the coefficients of its 2F1 depend on x only.
type betaGeoTable struct {
	BetaGeo
	coefficients [][]float64 // by x; nil until needed
}

func newBetaGeoTable(m BetaGeo) *betaGeoTable { return &betaGeoTable{BetaGeo: m} }

// coefficientsKept is how many terms are kept; a sum that needs more goes the long way.
const coefficientsKept = 400

// purchasesIfAlive is that of the BetaGeo.
func (b *betaGeoTable) purchasesIfAlive(t float64, c Customer) float64 {
	const near = 1e-6
	k, _ := b.dropOuts(c.Purchases)
	x := float64(c.Purchases)
	if math.Abs(b.A-1) < near || math.Abs(b.A+k) < near || b.A+k-b.R-x <= -1 {
		return b.BetaGeo.purchasesIfAlive(t, c)
	}
	z := t / (b.Alpha + c.Age + t)
	sum, ok := b.sum(c.Purchases, k, z)
	if !ok {
		return b.BetaGeo.purchasesIfAlive(t, c)
	}
	return (b.A + k) / (b.A - 1) * (1 - math.Exp((b.A-1)*math.Log1p(-z))*sum)
}

// sum is 2F1(a+k−r−x, a−1; a+k; z) from the coefficients of x, if they suffice.
func (b *betaGeoTable) sum(x int, k, z float64) (float64, bool) {
	for len(b.coefficients) <= x {
		b.coefficients = append(b.coefficients, nil)
	}
	list := b.coefficients[x]
	if list == nil {
		list = make([]float64, coefficientsKept)
		list[0] = 1
		first, second, below := b.A+k-b.R-float64(x), b.A-1, b.A+k
		for j := range list[1:] {
			n := float64(j)
			list[j+1] = list[j] * (first + n) * (second + n) / ((below + n) * (n + 1))
		}
		b.coefficients[x] = list
	}
	sum, power := 0., 1.
	for _, c := range list {
		term := c * power
		sum += term
		if math.Abs(term) < 1e-17*(1-z) {
			return sum, true
		}
		power *= z
	}
	return sum, false
}
