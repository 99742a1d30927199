package clv

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Spender is a customer with at least one repeat purchase: how many, and the mean amount of one of them (money).
type Spender struct {
	Purchases int
	Mean      float64
}

// GammaGamma is the model of what customers spend on a purchase: amounts of one
// customer are gamma-distributed with shape P and a rate that varies between
// customers as a gamma with shape Q and rate Gamma (money). Spending must not depend
// on how often somebody buys; see Correlation.
//
// Source: Fader and Hardie (2013), "The gamma-gamma model of monetary value" (note 025).
type GammaGamma struct{ P, Q, Gamma float64 }

// ExpectedAmount is the mean amount of a customer's future purchases,
//
//	E[M | x, m] = p(γ + x·m)/(p·x + q − 1)
//
// the customer's own mean m over x repeat purchases drawn toward that of everybody; x = 0 gives
// p·γ/(q−1), the mean over all customers. +Inf where p·x + q ≤ 1: the mean is then not finite.
func (g GammaGamma) ExpectedAmount(purchases int, mean float64) float64 {
	x := float64(purchases)
	if purchases == 0 {
		mean = 0
	}
	below := g.P*x + g.Q - 1
	if below <= 0 {
		return math.Inf(1)
	}
	return g.P * (g.Gamma + x*mean) / below
}

// FitGammaGamma fits the model to customers with repeat purchases, by maximum likelihood:
//
//	ln Γ(px+q) − ln Γ(px) − ln Γ(q) + q·ln γ + (px−1)·ln m + px·ln x − (px+q)·ln(xm+γ)
//
// Fewer than two spenders, or a mean that is not above 0, is an error; a fit that has not converged is not.
func FitGammaGamma(spenders []Spender) (GammaGamma, Fit, error) {
	if len(spenders) < 2 {
		return GammaGamma{}, Fit{}, errors.New("fewer than two customers bought again, so nothing is known about how amounts differ")
	}
	mean := 0.
	for i, s := range spenders {
		if s.Purchases < 1 || !(s.Mean > 0) || math.IsInf(s.Mean, 0) {
			return GammaGamma{}, Fit{}, fmt.Errorf("spender %d has %d repeat purchases of mean %g: at least one purchase and an amount above 0 are needed", i, s.Purchases, s.Mean)
		}
		mean += s.Mean / float64(len(spenders))
	}
	starts := [][]float64{{1, 3, 2 * mean}, {6, 4, mean / 2}, {2, 2, mean / 2}}
	if len(spenders) > startsOn {
		var some []Spender
		for i := 0; i < len(spenders); i += (len(spenders) + startsOn - 1) / startsOn {
			some = append(some, spenders[i])
		}
		best, _ := climb(float64(len(some)), gammaGammaLikelihood(some), starts)
		starts = [][]float64{exponentials(best)}
	}
	fit := maximize([]string{"p", "q", "gamma"}, float64(len(spenders)), gammaGammaLikelihood(spenders), starts)
	return GammaGamma{P: fit.Estimate[0], Q: fit.Estimate[1], Gamma: fit.Estimate[2]}, fit, nil
}

func gammaGammaLikelihood(spenders []Spender) logLikelihood {
	var counts []float64
	logMeans, purchaseLogs := 0., 0. // Σ x·ln m, Σ x·ln x
	plain := 0.                      // Σ ln m
	totals := make([]float64, len(spenders))
	for i, s := range spenders {
		for len(counts) <= s.Purchases {
			counts = append(counts, 0)
		}
		counts[s.Purchases]++
		x := float64(s.Purchases)
		logMeans += x * math.Log(s.Mean)
		purchaseLogs += x * math.Log(x)
		plain += math.Log(s.Mean)
		totals[i] = x * s.Mean
	}
	n := float64(len(spenders))
	return func(theta, gradient []float64) float64 {
		p, q, gamma := theta[0], theta[1], theta[2]
		logGamma, lgQ, psiQ := math.Log(gamma), lgamma(q), digamma(q)
		ll := n*(q*logGamma-lgQ) + p*(logMeans+purchaseLogs) - plain
		dp, dq, dgamma := logMeans+purchaseLogs, n*(logGamma-psiQ), n*q/gamma
		for purchases, count := range counts {
			if count == 0 {
				continue
			}
			x := float64(purchases)
			ll += count * (lgamma(p*x+q) - lgamma(p*x))
			both := digamma(p*x + q)
			dp += count * x * (both - digamma(p*x))
			dq += count * both
		}
		for i, total := range totals {
			x := float64(spenders[i].Purchases)
			l := math.Log(total + gamma)
			ll -= (p*x + q) * l
			dp -= x * l
			dq -= l
			dgamma -= (p*x + q) / (total + gamma)
		}
		gradient[0], gradient[1], gradient[2] = dp, dq, dgamma
		return ll
	}
}

// Correlation is Pearson's correlation of the number of repeat purchases and their mean amount, over the
// spenders. The product of purchases and amounts assumes 0; CDNOW has .11. NaN below three spenders, or
// where one of the two does not vary.
func Correlation(spenders []Spender) float64 {
	if len(spenders) < 3 {
		return math.NaN()
	}
	var mx, my float64
	for _, s := range spenders {
		mx += float64(s.Purchases) / float64(len(spenders))
		my += s.Mean / float64(len(spenders))
	}
	var xx, yy, xy float64
	for _, s := range spenders {
		dx, dy := float64(s.Purchases)-mx, s.Mean-my
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	return xy / math.Sqrt(xx*yy)
}

// digamma is ψ(x), the derivative of ln Γ.
func digamma(x float64) float64 { return mathext.Digamma(x) }
