package metrics

// Earned says how much further a program may be funded out of what it has
// proven to return; money in the unit of its inputs.
//
// Headroom below 0 is spending ahead of what is earned. LeadRatio is cumulative
// cost over Limit: above 1 means ahead; 0 nothing spent; +Inf spent against a
// limit of 0.
type Earned struct {
	Limit     float64
	Headroom  float64
	LeadRatio float64
}

// EarnedHeadroom answers: how much may be invested without running further ahead
// of return than has been earned?
//
//	limit = seed + reinvest · max(lo, 0)
//	headroom = limit − cost,  lead ratio = cost/limit
//
// seed is what may be risked before anything is proven; reinvest the share of
// proven margin that may be put back (1 = all, 0 = none); cost the cumulative
// full cost; lo the lower bound of the cumulative incremental margin, from
// CumulativeBounds and mature periods only, all in one currency. A lower bound
// of −Inf or NaN (not known) earns nothing: the limit is the seed. A negative
// one does not lower the limit, for its losses are in the cost already. Own
// definition of the product; no source.
func EarnedHeadroom(seed, reinvest, cumulativeCost, cumulativeLo float64) Earned {
	limit := seed
	if cumulativeLo > 0 {
		limit += reinvest * cumulativeLo
	}
	earned := Earned{Limit: limit, Headroom: limit - cumulativeCost}
	if cumulativeCost != 0 {
		earned.LeadRatio = cumulativeCost / limit
	}
	return earned
}

// AheadSince is the index of the first period of the run, lasting to the end of
// the list, in which the lead ratio is above 1; −1 when the last one is not.
//
// leadRatios are in order of time. Exactly 1 is not ahead; NaN ends a run.
func AheadSince(leadRatios []float64) int {
	since := -1
	for i := len(leadRatios) - 1; i >= 0 && leadRatios[i] > 1; i-- {
		since = i
	}
	return since
}
