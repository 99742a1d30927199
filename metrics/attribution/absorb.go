package attribution

import "math"

const (
	// tolerance is how far apart the bounds of a figure may lie, relative to the figure of the whole chain.
	tolerance = 1e-13
	// mostSweeps is after how many sweeps a chain counts as too circular to be swept; it is eliminated then.
	mostSweeps = 2000
)

// bounds hold an outcome between two others. Where they are near enough lo is taken: of what never converts it is exactly 0.
type bounds struct{ lo, hi outcome }

// certain are bounds without room.
func certain(o outcome) bounds { return bounds{o, o} }

// absorb solves
//
//	x(s) = gain(s) + Σ_t chance(s, t)·x(t)   for every free state s
//
// in place; the other states keep their x. On entry x holds bounds of the solution
// that the equation does not widen: zeros below, and above anything that is at
// least gain + chance·x itself.
//
// Gauss–Seidel from both sides: as nothing in the equation is negative, the lower
// bounds rise and the upper ones fall to the one solution, and the distance that is
// left bounds the error, whatever the chain. It stops when width, which measures
// that distance as the caller needs it, is within tolerance, or when a sweep
// changes nothing, which is what rounding allows. A chain that goes around in
// circles for too long is eliminated instead.
// Source: Stewart (1994), Introduction to the Numerical Solution of Markov
// Chains, chapters 2 and 3.
func (w *weighted) absorb(free []bool, gain []outcome, x []bounds, width func(x []bounds) float64) {
	for range mostSweeps {
		if !w.sweep(free, gain, x) || width(x) <= tolerance {
			return
		}
	}
	w.eliminate(free, gain, x)
}

// sweep computes every free state anew and says whether any changed. gain may be nil for none.
func (w *weighted) sweep(free []bool, gain []outcome, x []bounds) bool {
	changed := false
	for s, is := range free {
		if !is {
			continue
		}
		var next bounds
		if gain != nil {
			next = certain(gain[s])
		}
		begin, end := w.begin[s], w.begin[s+1]
		for e := begin; e < end; e++ {
			p, t := w.chance[e], &x[w.to[e]]
			next.lo.conversion += p * t.lo.conversion
			next.lo.value += p * t.lo.value
			next.hi.conversion += p * t.hi.conversion
			next.hi.value += p * t.hi.value
		}
		if next != x[s] {
			x[s], changed = next, true
		}
	}
	return changed
}

// distance is hi − lo relative to a total, the larger one of conversion and value; 0 for what has no total.
func (b bounds) distance(total outcome) float64 {
	d := 0.0
	if total.conversion > 0 {
		d = (b.hi.conversion - b.lo.conversion) / total.conversion
	}
	if total.value > 0 {
		d = math.Max(d, (b.hi.value-b.lo.value)/total.value)
	}
	return d
}
