package clv

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// WeeksAMonth is a twelfth of a mean Gregorian year of 365.25 days.
const WeeksAMonth = 365.25 / 12 / daysAWeek

// MonthlyDiscount is the monthly rate that compounds to a yearly one: (1+d)^(1/12) − 1.
func MonthlyDiscount(yearly float64) float64 { return math.Expm1(math.Log1p(yearly) / 12) }

// A Horizon is how far ahead value counts, and at which price of waiting: purchases of month i = 1, 2, … count
// (1+MonthlyDiscount)^−i, as if they came at the month's end.
type Horizon struct {
	Months         int
	YearlyDiscount float64
}

// DiscountedPurchases is Σ_i (E[Y(i)] − E[Y(i−1)])/(1+d)^i over the months of the horizon, for a process
// in weeks. Times the expected amount and the margin rate it is the customer's expected margin; with no discount it
// is E[Y] of the whole horizon. Source: Fader, Hardie and Lee (2005), JMR 42, 415–430, in months.
func (h Horizon) DiscountedPurchases(p Process, c Customer) float64 { return h.discounted(p)(c) }

// discounted is DiscountedPurchases for many customers of one process: what does not depend on the customer is kept.
func (h Horizon) discounted(p Process) func(Customer) float64 {
	expected, alive := p.ExpectedPurchases, func(Customer) float64 { return 1 }
	switch m := p.(type) {
	case BetaGeo:
		expected, alive = newBetaGeoTable(m).purchasesIfAlive, m.ProbabilityAlive
	case ParetoNBD:
		expected, alive = m.purchasesIfAlive, m.ProbabilityAlive
	}
	ends, weights := make([]float64, h.Months), make([]float64, h.Months)
	monthly := MonthlyDiscount(h.YearlyDiscount)
	for i := range ends {
		ends[i], weights[i] = float64(i+1)*WeeksAMonth, math.Pow(1+monthly, -float64(i+1))
	}
	return func(c Customer) float64 {
		sum, before := 0., 0.
		for i, end := range ends {
			now := expected(end, c)
			sum += (now - before) * weights[i]
			before = now
		}
		return sum * alive(c)
	}
}

// A Value is the expected margin of one customer over a horizon, with the interval that the errors of both fits
// leave. It is about the expectation: what one customer will really spend spreads far wider.
type Value struct{ Estimate, SE, Lo, Hi float64 }

// A Valuation holds the two fits that make up a customer's value.
type Valuation struct {
	Kind       Kind
	Process    Fit
	Spending   Fit
	Horizon    Horizon
	MarginRate float64 // margin per unit of the amount; 1 where amounts are margins
	Level      float64 // of the interval, two-sided
}

// Of values customers: groups with, for each, the mean amounts means[i] of the spenders in it. of[i] is the
// group of customer i (see Grouped) and means[i] its mean amount.
//
// Errors follow by the delta method from the covariance of the log parameters, with central differences; the two fits are
// independent, since the model's two halves are. The interval is Estimate·exp(±z·SE/Estimate), which does not
// reach below 0, and Estimate ± z·SE where the estimate is not above 0. A fit that has not converged is an error.
func (v Valuation) Of(groups []Group, of []int, means []float64) ([]Value, error) {
	if !v.Process.Converged || !v.Spending.Converged {
		return nil, errors.New("a fit that has not converged gives no values")
	}
	purchases, err := v.purchases(groups)
	if err != nil {
		return nil, err
	}
	z := -distuv.UnitNormal.Quantile((1 - v.Level) / 2)
	amounts := v.amounts()
	values := make([]Value, len(of))
	for i, at := range of {
		n, m := purchases[at], amounts(groups[at].Purchases, means[i])
		value := Value{Estimate: v.MarginRate * n.mean * m.mean}
		value.SE = v.MarginRate * math.Sqrt(m.mean*m.mean*n.variance+n.mean*n.mean*m.variance)
		if value.Estimate > 0 {
			spread := math.Exp(z * value.SE / value.Estimate)
			value.Lo, value.Hi = value.Estimate/spread, value.Estimate*spread
		} else {
			value.Lo, value.Hi = value.Estimate-z*value.SE, value.Estimate+z*value.SE
		}
		values[i] = value
	}
	return values, nil
}

// uncertain is an expectation and the variance that the fit's error gives it.
type uncertain struct{ mean, variance float64 }

// aside is the step, in logarithms, of the differences of the delta method.
const aside = 1e-3

// moved are the parameters with one logarithm moved.
func moved(estimate []float64, at int, by float64) []float64 {
	theta := append([]float64{}, estimate...)
	theta[at] *= math.Exp(by)
	return theta
}

// spread is gᵀCg for a gradient in the logarithms.
func (f Fit) spread(gradient []float64) float64 {
	sum := 0.
	for i, gi := range gradient {
		for j, gj := range gradient {
			sum += gi * gj * f.Covariance[i*len(gradient)+j]
		}
	}
	return math.Max(0, sum)
}

// purchases are the discounted purchases of each group.
func (v Valuation) purchases(groups []Group) ([]uncertain, error) {
	compute := func(theta []float64) ([]float64, error) {
		p, err := ProcessAt(v.Kind, theta)
		if err != nil {
			return nil, err
		}
		discounted, list := v.Horizon.discounted(p), make([]float64, len(groups))
		for i, g := range groups {
			list[i] = discounted(g.Customer)
		}
		return list, nil
	}
	middle, err := compute(v.Process.Estimate)
	if err != nil {
		return nil, err
	}
	slopes := make([][]float64, len(v.Process.Estimate))
	for j := range slopes {
		above, err := compute(moved(v.Process.Estimate, j, aside))
		if err != nil {
			return nil, err
		}
		below, err := compute(moved(v.Process.Estimate, j, -aside))
		if err != nil {
			return nil, err
		}
		for i := range above {
			above[i] = (above[i] - below[i]) / (2 * aside)
		}
		slopes[j] = above
	}
	list := make([]uncertain, len(groups))
	gradient := make([]float64, len(slopes))
	for i := range list {
		for j := range slopes {
			gradient[j] = slopes[j][i]
		}
		list[i] = uncertain{middle[i], v.Process.spread(gradient)}
	}
	return list, nil
}

// amounts is the expected amount of a purchase.
func (v Valuation) amounts() func(purchases int, mean float64) uncertain {
	at := func(theta []float64) GammaGamma { return GammaGamma{theta[0], theta[1], theta[2]} }
	middle := at(v.Spending.Estimate)
	var above, below [3]GammaGamma
	for j := range above {
		above[j], below[j] = at(moved(v.Spending.Estimate, j, aside)), at(moved(v.Spending.Estimate, j, -aside))
	}
	return func(purchases int, mean float64) uncertain {
		gradient := make([]float64, 3)
		for j := range gradient {
			gradient[j] = (above[j].ExpectedAmount(purchases, mean) - below[j].ExpectedAmount(purchases, mean)) / (2 * aside)
		}
		return uncertain{middle.ExpectedAmount(purchases, mean), v.Spending.spread(gradient)}
	}
}
