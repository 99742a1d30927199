package clv

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// BetaGeo is the BG/NBD, or with Modified the MBG/NBD purchase process.
//
// While alive a customer buys as a Poisson process with rate λ; λ varies between
// customers as a gamma with shape R and rate Alpha (time). After each purchase the
// customer drops out with probability p, beta-distributed with A and B. BG/NBD: only
// after a repeat purchase, so who never came back is certainly alive; MBG/NBD: after
// the first purchase too. All four parameters are above 0.
//
// Below, k = b + x − 1 in the BG/NBD and b + x in the MBG/NBD, δ = 1[x > 0] and 1.
// Source: Fader, Hardie and Lee (2005), Marketing Science 24, 275–284; Batislam,
// Denizel and Filiztekin (2007), IJRM 24, 201–209, and Hoppe and Wagner (2007),
// Marketing JRM 3, 75–90, for the modification.
type BetaGeo struct {
	R, Alpha, A, B float64
	Modified       bool
}

// dropOuts is k of the type's comment; counts says whether a drop-out is possible at all.
func (m BetaGeo) dropOuts(purchases int) (k float64, counts bool) {
	if m.Modified {
		return m.B + float64(purchases), true
	}
	return m.B + float64(purchases) - 1, purchases > 0
}

// ProbabilityAlive is
//
//	P(alive | x, t_x, T) = 1 / (1 + δ·a/k·((α+T)/(α+t_x))^(r+x))
//
// exactly 1 for x = 0 in the BG/NBD. Source: Fader, Hardie and Lee (2008), note on
// the BG/NBD's P(alive); Hoppe and Wagner (2007), equation 10.
func (m BetaGeo) ProbabilityAlive(c Customer) float64 {
	k, counts := m.dropOuts(c.Purchases)
	if !counts {
		return 1
	}
	x := float64(c.Purchases)
	return 1 / (1 + math.Exp(math.Log(m.A/k)+(m.R+x)*(math.Log(m.Alpha+c.Age)-math.Log(m.Alpha+c.Last))))
}

// ExpectedPurchases is
//
//	E[Y(t) | x, t_x, T] = (a+k)/(a−1)·[1 − (1−z)^(r+x)·2F1(r+x, k+1; a+k; z)]·P(alive),  z = t/(α+T+t)
//
// Source: Fader, Hardie and Lee (2005), equation 10; for the MBG/NBD Hoppe and
// Wagner (2007), equation 12.
func (m BetaGeo) ExpectedPurchases(t float64, c Customer) float64 {
	if !(t >= 0) {
		return math.NaN()
	}
	return m.purchasesIfAlive(t, c) * m.ProbabilityAlive(c)
}

// purchasesIfAlive is E[Y(t)] of somebody alive. At a = 1 and at a + k = 0 the
// formula is 0/0 with a finite limit, which is taken from both sides.
func (m BetaGeo) purchasesIfAlive(t float64, c Customer) float64 {
	const near, aside = 1e-6, 1e-5
	k, _ := m.dropOuts(c.Purchases)
	switch {
	case math.Abs(m.A-1) < near:
		above, below := m, m
		above.A, below.A = 1+aside, 1-aside
		return (above.purchasesIfAlive(t, c) + below.purchasesIfAlive(t, c)) / 2
	case math.Abs(m.A+k) < near:
		above, below := m, m
		above.B, below.B = m.B+aside, m.B-aside
		return (above.purchasesIfAlive(t, c) + below.purchasesIfAlive(t, c)) / 2
	}
	z := t / (m.Alpha + c.Age + t)
	return (m.A + k) / (m.A - 1) * (1 - m.remaining(z, k, float64(c.Purchases)))
}

// remaining is (1−z)^(r+x)·2F1(r+x, k+1; a+k; z). After Euler's transformation it
// is (1−z)^(a−1)·2F1(a+k−r−x, a−1; a+k; z), whose terms stay small; where its first
// parameter is far below 0 they would cancel, and the positive terms of the first form are summed.
func (m BetaGeo) remaining(z, k, x float64) float64 {
	if first := m.A + k - m.R - x; first > -1 {
		return math.Pow(1-z, m.A-1) * Hypergeometric(first, m.A-1, m.A+k, z)
	}
	sum, scale := series(m.R+x, k+1, m.A+k, z)
	return math.Copysign(math.Exp((m.R+x)*math.Log1p(-z)+scale+math.Log(math.Abs(sum))), sum)
}

// ProbabilityOfPurchases is P(X(t) = x), of x repeat purchases by somebody who bought for the first time t ago:
//
//	B(a,b+x)/B(a,b)·Γ(r+x)/(Γ(r)x!)·(1−u)^r u^x + 1[x>0]·B(a+1,b+x−1)/B(a,b)·I_u(x, r),  u = t/(α+t)
//
// I is the regularized incomplete beta function, which is 1 less the sum in the paper. Only of the BG/NBD; NaN for
// the MBG/NBD and for x or t below 0. Source: Fader, Hardie and Lee (2005), equation 8.
func (m BetaGeo) ProbabilityOfPurchases(x int, t float64) float64 {
	if m.Modified || x < 0 || !(t >= 0) {
		return math.NaN()
	}
	if t == 0 {
		if x == 0 {
			return 1
		}
		return 0
	}
	n, u := float64(x), t/(m.Alpha+t)
	base := mathext.Lbeta(m.A, m.B)
	p := math.Exp(mathext.Lbeta(m.A, m.B+n) - base + lgamma(m.R+n) - lgamma(m.R) - lgamma(n+1) + m.R*math.Log1p(-u) + n*math.Log(u))
	if x > 0 {
		p += math.Exp(mathext.Lbeta(m.A+1, m.B+n-1)-base) * mathext.RegIncBeta(n, m.R, u)
	}
	return p
}

// betaGeoStarts are a few shapes with the average rate of the data.
func betaGeoStarts(t totals) [][]float64 {
	time := t.age / t.purchases // of one purchase
	return [][]float64{{1, time, 1, 3}, {.25, .25 * time, .8, 2.5}, {3, 3 * time, .3, 3}}
}

// betaGeoLikelihood is, for each customer,
//
//	ln Γ(r+x)/Γ(r) + r·ln α + ln B(a,k+1)/B(a,b) + ln[(α+T)^−(r+x) + δ·a/k·(α+t_x)^−(r+x)]
//
// The first terms depend on x only, the logarithms on a time only: each is computed once for each value.
func betaGeoLikelihood(groups []Group, modified bool) logLikelihood {
	counts := countsByPurchases(groups)
	ages, ageOf := distinct(groups, func(g Group) float64 { return g.Age })
	lasts, lastOf := distinct(groups, func(g Group) float64 { return g.Last })
	var customers float64
	for _, n := range counts {
		customers += n
	}
	atAge, atLast, logK := make([]logged, len(ages)), make([]logged, len(lasts)), make([]float64, len(counts))
	return func(theta, gradient []float64) float64 {
		r, alpha, a, b := theta[0], theta[1], theta[2], theta[3]
		m := BetaGeo{R: r, Alpha: alpha, A: a, B: b, Modified: modified}
		logAlpha, logA := math.Log(alpha), math.Log(a)
		for i, age := range ages {
			atAge[i] = logged{math.Log(alpha + age), 1 / (alpha + age)}
		}
		for i, last := range lasts {
			atLast[i] = logged{math.Log(alpha + last), 1 / (alpha + last)}
		}
		ll := customers * r * logAlpha
		dr, dalpha, da, db, drops := customers*logAlpha, customers*r/alpha, 0., 0., 0.
		lgR, lbAB, psiR, psiB, psiAB := lgamma(r), mathext.Lbeta(a, b), mathext.Digamma(r), mathext.Digamma(b), mathext.Digamma(a+b)
		for x, n := range counts {
			if n == 0 {
				continue
			}
			k, _ := m.dropOuts(x)
			logK[x] = math.Log(k)
			ll += n * (lgamma(r+float64(x)) - lgR + mathext.Lbeta(a, k+1) - lbAB)
			both := mathext.Digamma(a + k + 1)
			dr += n * (mathext.Digamma(r+float64(x)) - psiR)
			da += n * (psiAB - both)
			db += n * (mathext.Digamma(k+1) - both - psiB + psiAB)
		}
		for i := range groups {
			g := &groups[i]
			n, rx, age := float64(g.Count), r+float64(g.Purchases), &atAge[ageOf[i]]
			k, possible := m.dropOuts(g.Purchases)
			if !possible {
				ll -= n * rx * age.log
				dr -= n * age.log
				dalpha -= n * rx * age.slope
				continue
			}
			last := &atLast[lastOf[i]]
			alive, gone := -rx*age.log, logA-logK[g.Purchases]-rx*last.log
			whole, share := logSum(alive, gone)
			ll += n * whole
			dr -= n * (age.log + share*(last.log-age.log))
			dalpha -= n * rx * (age.slope + share*(last.slope-age.slope))
			drops += n * share
			db -= n * share / k
		}
		gradient[0], gradient[1], gradient[2], gradient[3] = dr, dalpha, da+drops/a, db
		return ll
	}
}

// logSum is ln(e^u + e^v) and the share of e^v in it.
func logSum(u, v float64) (sum, share float64) {
	const lost = 40 // e^−40 is lost beside 1
	d := v - u
	switch {
	case d < -lost:
		return u, 0
	case d > lost:
		return v, 1
	}
	ratio := math.Exp(d)
	return u + math.Log(1+ratio), ratio / (1 + ratio)
}

// countsByPurchases is the number of customers with 0, 1, 2, … repeat purchases.
func countsByPurchases(groups []Group) []float64 {
	var counts []float64
	for _, g := range groups {
		for len(counts) <= g.Purchases {
			counts = append(counts, 0)
		}
		counts[g.Purchases] += float64(g.Count)
	}
	return counts
}

// logged is ln(α + t) and its derivative by α, for one time t.
type logged struct{ log, slope float64 }

// distinct are the values of a time over the groups, and the place of each group's among them.
func distinct(groups []Group, time func(Group) float64) (times []float64, of []int) {
	index := make(map[float64]int)
	of = make([]int, len(groups))
	for i, g := range groups {
		t := time(g)
		at, seen := index[t]
		if !seen {
			at = len(times)
			index[t] = at
			times = append(times, t)
		}
		of[i] = at
	}
	return times, of
}

func exponentials(logs []float64) []float64 {
	out := make([]float64, len(logs))
	for i, l := range logs {
		out[i] = math.Exp(l)
	}
	return out
}

// lgamma is ln Γ(x) for x > 0.
func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}
