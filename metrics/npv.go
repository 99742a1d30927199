package metrics

import "math"

// NPV answers: what are cash flows of several periods worth today?
//
//	Σ_t CF_t/(1+rate)^t, t = 0, 1, 2, …
//
// cashFlows[t] is money received (positive) or paid in period t; rate the
// discount per period of the list (monthly flows need a monthly rate). The first
// flow is not discounted, unlike Excel's NPV(). 0 means the flows earn exactly
// the rate; an empty list is worth 0. A rate of −1 or less gives NaN: money
// would lose all its value within a period. Source: Brealey, Myers and Allen,
// Principles of Corporate Finance, chapter 2.
func NPV(rate float64, cashFlows []float64) float64 {
	if !(rate > -1) {
		return math.NaN()
	}
	var worth total
	for t, flow := range cashFlows {
		worth.add(flow / math.Pow(1+rate, float64(t)))
	}
	return worth.value()
}

// Payback answers: after how many periods have the receipts repaid what was laid
// out, for good?
//
// It is the moment from which the cumulative cash flow never falls below 0
// again, with flows spread evenly over their period: k + (−S_k)/CF_{k+1}, S_k
// the last cumulative sum below 0. 0 periods means that nothing was ever owed. A
// plan that pays back and then sinks again (refunds, a second outlay) counts
// from its last recovery. ok is false, and periods NaN, when the money is not
// back by the end of the list, or the list is empty. Ignores the value of
// time and all that comes after; use NPV to choose. Source: as NPV.
func Payback(cashFlows []float64) (periods float64, ok bool) {
	return DiscountedPayback(0, cashFlows)
}

// DiscountedPayback is Payback of the flows CF_t/(1+rate)^t; rate per period,
// as in NPV. A rate of −1 or less is never paid back.
func DiscountedPayback(rate float64, cashFlows []float64) (periods float64, ok bool) {
	if len(cashFlows) == 0 || !(rate > -1) {
		return math.NaN(), false
	}
	owed := 0.0
	for t, flow := range cashFlows {
		flow /= math.Pow(1+rate, float64(t))
		after := owed + flow
		if owed < 0 && after >= 0 {
			periods = float64(t-1) - owed/flow
		}
		owed = after
	}
	if !(owed >= 0) {
		return math.NaN(), false
	}
	return periods, true
}
