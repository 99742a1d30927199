package clv

import (
	"math"
	"sync"
)

// ParetoNBD is the Pareto/NBD purchase process: while alive a customer buys as a
// Poisson process with rate λ, gamma-distributed between customers with shape R and
// rate Alpha (time), and lives for an exponential time with rate μ, gamma-distributed
// with shape S and rate Beta (time). All four are above 0.
//
// Source: Schmittlein, Morrison and Colombo (1987), Management Science 33, 1–24;
// likelihood as in Fader and Hardie (2005), "A note on deriving the Pareto/NBD model".
type ParetoNBD struct{ R, Alpha, S, Beta float64 }

// ProbabilityAlive is K(T)/L with the K and L of the likelihood.
func (m ParetoNBD) ProbabilityAlive(c Customer) float64 {
	theta, x := []float64{m.R, m.Alpha, m.S, m.Beta}, float64(c.Purchases)
	last, age := paretoTail(theta, x, c.Last), paretoTail(theta, x, c.Age)
	return math.Exp(age.logKept - paretoOf(last, age).logTotal)
}

// ExpectedPurchases is
//
//	E[Y(t) | x, t_x, T] = (r+x)(β+T)/((α+T)(s−1))·[1 − ((β+T)/(β+T+t))^(s−1)]·P(alive)
//
// with the limit (r+x)(β+T)/(α+T)·ln((β+T+t)/(β+T)) at s = 1. Source: Schmittlein,
// Morrison and Colombo (1987), equation 22.
func (m ParetoNBD) ExpectedPurchases(t float64, c Customer) float64 {
	if !(t >= 0) {
		return math.NaN()
	}
	return m.purchasesIfAlive(t, c) * m.ProbabilityAlive(c)
}

// purchasesIfAlive is E[Y(t)] of somebody alive.
func (m ParetoNBD) purchasesIfAlive(t float64, c Customer) float64 {
	growth := math.Log1p(t / (m.Beta + c.Age))
	years := growth
	if u := (m.S - 1) * growth; u != 0 {
		years = growth * -math.Expm1(-u) / u
	}
	return (m.R + float64(c.Purchases)) * (m.Beta + c.Age) / (m.Alpha + c.Age) * years
}

func paretoStarts(t totals) [][]float64 {
	time, age := t.age/t.purchases, t.age/t.customers
	return [][]float64{{.5, .5 * time, .5, age / 3}, {1, time, 1, age}, {3, 3 * time, .3, age}}
}

// paretoLikelihood is, for each customer,
//
//	ln Γ(r+x)/Γ(r) + r·ln α + s·ln β + ln L
//	L = s∫_{t_x}^{T} (α+τ)^−(r+x) (β+τ)^−(s+1) dτ + K(T),  K(t) = (α+t)^−(r+x) (β+t)^−s
//
// The integral is the published difference of two 2F1. After Euler's transformation
// s∫_t^∞ = K(t)·w(t) with 0 < w ≤ 1, so L = K(t_x)·w(t_x) + K(T)·(1−w(T)) has no
// negative term, and nothing can cancel or overflow.
func paretoLikelihood(groups []Group) logLikelihood {
	counts := countsByPurchases(groups)
	return func(theta, gradient []float64) float64 {
		r, alpha, s, beta := theta[0], theta[1], theta[2], theta[3]
		constant, customers := 0., 0.
		dr := 0.
		lgR, psiR := lgamma(r), digamma(r)
		for x, n := range counts {
			if n == 0 {
				continue
			}
			customers += n
			constant += n * (lgamma(r+float64(x)) - lgR)
			dr += n * (digamma(r+float64(x)) - psiR)
		}
		ll := constant + customers*(r*math.Log(alpha)+s*math.Log(beta))
		gradient[0] = dr + customers*math.Log(alpha)
		gradient[1] = customers * r / alpha
		gradient[2] = customers * math.Log(beta)
		gradient[3] = customers * s / beta
		var before Customer
		var age tail
		never := paretoTail(theta, 0, 0) // of who did not come back
		for i := range groups {
			c := groups[i].Customer
			// Groups stand in the order of purchases and age, so many in a row share what depends on these.
			if i == 0 || c.Purchases != before.Purchases || c.Age != before.Age {
				age, before = paretoTail(theta, float64(c.Purchases), c.Age), c
			}
			last := never
			if c.Purchases > 0 {
				last = paretoTail(theta, float64(c.Purchases), c.Last)
			}
			p := paretoOf(last, age)
			n := float64(groups[i].Count)
			ll += n * p.logTotal
			for j, d := range p.slopes {
				gradient[j] += n * d
			}
		}
		return ll
	}
}

// paretoParts are ln L and its derivatives by r, α, s, β.
type paretoParts struct {
	logTotal float64
	slopes   [4]float64
}

// paretoOf puts L together from its tails at t_x and T.
func paretoOf(last, age tail) paretoParts {
	// In units of K(t_x): it is the larger of the two.
	ratio := math.Exp(age.logKept - last.logKept)
	gone, alive := last.share, ratio*(1-age.share)
	total := gone + alive
	p := paretoParts{logTotal: last.logKept + math.Log(total)}
	for j := range p.slopes {
		d := gone*last.keptSlopes[j] + last.shareSlopes[j] + alive*age.keptSlopes[j] - ratio*age.shareSlopes[j]
		p.slopes[j] = d / total
	}
	return p
}

// tail is ln K(t) and w(t) = s∫_t^∞(α+τ)^−(r+x)(β+τ)^−(s+1)dτ / K(t), with
// the derivatives of ln K and of w by r, α, s, β.
type tail struct {
	logKept, share          float64
	keptSlopes, shareSlopes [4]float64
}

// paretoTail uses, with n = r+s+x,
//
//	α ≥ β: w = s/n·2F1(1, r+x; n+1; (α−β)/(α+t))
//	α < β: w = s/n·(α+t)/(β+t)·2F1(1, s+1; n+1; (β−α)/(β+t))
func paretoTail(theta []float64, x, t float64) tail {
	r, alpha, s, beta := theta[0], theta[1], theta[2], theta[3]
	buys, lives, n := alpha+t, beta+t, r+s+x
	logBuys, logLives := math.Log(buys), math.Log(lives)
	out := tail{
		logKept:    -(r+x)*logBuys - s*logLives,
		keptSlopes: [4]float64{-logBuys, -(r + x) / buys, -logLives, -s / lives},
	}
	if math.Abs(alpha-beta) > slow*math.Max(buys, lives) {
		out.share, out.shareSlopes = paretoShare(theta, x, t)
		return out
	}
	if alpha >= beta {
		f := oneSeries(r+x, n+1, (alpha-beta)/buys)
		w := s / n * f.value
		out.share = w
		out.shareSlopes = [4]float64{
			-w/n + s/n*(f.byB+f.byC),
			s / n * f.byZ * lives / (buys * buys),
			w/s - w/n + s/n*f.byC,
			-s / n * f.byZ / buys,
		}
		return out
	}
	f := oneSeries(s+1, n+1, (beta-alpha)/lives)
	front := s / n * buys / lives
	w := front * f.value
	out.share = w
	out.shareSlopes = [4]float64{
		-w/n + front*f.byC,
		w/buys - front*f.byZ/lives,
		w/s - w/n + front*(f.byB+f.byC),
		-w/lives + front*f.byZ*buys/(lives*lives),
	}
	return out
}

// oneSum is 2F1(1, b; c; z) with its derivatives.
type oneSum struct{ value, byB, byC, byZ float64 }

// oneSeries sums 2F1(1, b; c; z) = Σ (b)_k/(c)_k·z^k for c > b > 0 and 0 ≤ z ≤ slow; all terms are positive and falling.
func oneSeries(b, c, z float64) oneSum {
	const most = 20_000
	sum := oneSum{value: 1}
	if z == 0 {
		sum.byZ = b / c
		return sum
	}
	term, logB, logC := 1., 0., 0.
	for k := 0.; k < most; k++ {
		logB += 1 / (b + k)
		logC -= 1 / (c + k)
		term *= (b + k) / (c + k) * z
		sum.value += term
		sum.byB += term * logB
		sum.byC += term * logC
		sum.byZ += term * (k + 1) / z
		if term*(k+2) <= 1e-17*sum.value*(1-z) {
			break
		}
	}
	return sum
}

// slow is the argument above which the series takes too many terms.
const slow = .95

// paretoShare is w(t) of paretoLikelihood and its derivatives by r, α, s, β, by quadrature: with y = ln((β+τ)/(β+t))
//
//	w = ∫_0^∞ s·e^(−s·y)·(1 + (β+t)/(α+t)·(e^y − 1))^−(r+x) dy
func paretoShare(theta []float64, x, t float64) (share float64, slopes [4]float64) {
	r, alpha, s, beta := theta[0], theta[1], theta[2], theta[3]
	buys, lives, rx := alpha+t, beta+t, r+x
	ratio, scale := lives/buys, 1/math.Max(1, s)
	for _, node := range doubleExponential() {
		y := scale * node.at
		// q is (τ−t)/(α+τ), logged ln((α+τ)/(α+t)).
		grown, q := ratio*math.Expm1(y), 1.
		logged := math.Log1p(grown)
		if math.IsInf(grown, 1) {
			logged = math.Log(ratio) + y
		} else {
			q = grown / (1 + grown)
		}
		f := node.weight * scale * s * math.Exp(-s*y-rx*logged)
		share += f
		slopes[0] -= f * logged
		slopes[1] += f * rx * q / buys
		slopes[2] += f * (1/s - y)
		slopes[3] -= f * rx * q / lives
		if node.at > 1 && f <= 1e-19*share {
			break
		}
	}
	return share, slopes
}

// A quadratureNode is a point of (0, ∞) and its weight.
type quadratureNode struct{ at, weight float64 }

// doubleExponential are the nodes of ∫_0^∞ f(y) dy for an f that falls like an exponential: y = e^(u − e^−u), with even steps in u. Source:
// Takahasi and Mori (1974), Publ. RIMS 9, 721–741.
var doubleExponential = sync.OnceValue(func() []quadratureNode {
	const step = 1. / 32
	var nodes []quadratureNode
	for u := -4.; u < 25; u += step {
		y := math.Exp(u - math.Exp(-u))
		nodes = append(nodes, quadratureNode{y, step * y * (1 + math.Exp(-u))})
	}
	return nodes
})
