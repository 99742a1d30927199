package attribution

import (
	"math"
	"runtime"
	"sync"
)

// Effects says what a chain would lose without each channel, in the order of Channels.
//
// Conversions[i] is the removal effect of channel i,
//
//	RE = 1 − P(conversion | states with the channel lead to NULL) / P(conversion)
//
// between 0 and 1: the share of converting walks that meet the channel. The
// effects of all channels do not sum to 1. Value[i] is the same share by value
// instead of number. Both are NaN where there is nothing to lose: without any
// conversion, or value. PConversion is P(conversion) from START, which at every
// order is conversions / (conversions + nulls) of the rows.
type Effects struct {
	PConversion float64
	Conversions []float64
	Value       []float64
}

// Markov is the credit of a chain with the removal effects behind it.
type Markov struct {
	Credit
	Effects
	Order  int
	States int
}

// Markov credits channels in proportion to their removal effects in the chain of
// an order: RE/ΣRE of all conversions, and the effect by value over the sum of those of all value.
//
// Where nothing converted every credit is 0 and the effects are NaN. An order
// below 1 is an error. Source: Anderl et al. (2016), equations 4 and 5, solved
// exactly instead of by simulation.
func (p *Paths) Markov(order int) (Markov, error) {
	chain, err := NewChain(p, order)
	if err != nil {
		return Markov{}, err
	}
	m := Markov{Effects: chain.RemovalEffects(nil), Order: order, States: chain.States()}
	m.Credit = Credit{proportional(m.Effects.Conversions, p.total.Conversions), proportional(m.Effects.Value, p.total.Value)}
	return m, nil
}

// proportional splits a total in proportion to parts.
func proportional(parts []float64, total float64) []float64 {
	split, sum := make([]float64, len(parts)), 0.0
	for _, part := range parts {
		sum += part
	}
	for i, part := range parts {
		if sum > 0 { // not where the parts are NaN
			split[i] = total * (part / sum)
		}
	}
	return split
}

// RemovalEffects solves the chain exactly, once for each channel. weights multiply the rows of the chain's paths in
// their order, each 0 or more; nil means 1 for each.
//
// With f(s) the probability that a walk in s converts, and S the states of the channel,
//
//	RE = Σ_{s∈S} P(the first state of S that a walk from START meets is s)·f(s) / f(START)
//
// which is the definition without its difference of nearly equal numbers: a
// channel that never converts has exactly 0, and a small effect as many digits as a large
// one. By value, g(s), the expected value of a walk in s, stands for f(s).
func (c *Chain) RemovalEffects(weights []float64) Effects {
	w := c.weigh(weights)
	full := w.full()
	n := len(c.of)
	effects := Effects{Conversions: make([]float64, n), Value: make([]float64, n)}
	start := full[c.start()].lo
	effects.PConversion = start.conversion
	var work sync.WaitGroup
	turns := make(chan int)
	for range min(runtime.GOMAXPROCS(0), n) {
		work.Add(1)
		go func() {
			defer work.Done()
			free, x := make([]bool, len(full)), make([]bounds, len(full))
			for i := range turns {
				met := w.meet(full, c.of[i], free, x)
				effects.Conversions[i] = share(met.conversion, start.conversion)
				effects.Value[i] = share(met.value, start.value)
			}
		}()
	}
	for i := range n {
		turns <- i
	}
	close(turns)
	work.Wait()
	return effects
}

// share is part/whole, at most 1; NaN of nothing.
func share(part, whole float64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return math.Min(part/whole, 1)
}

// full is, for each state, what a walk from there brings.
func (w *weighted) full() []bounds {
	x, free := make([]bounds, len(w.exit)), make([]bool, len(w.exit))
	dearest := 0.0
	for s := range x {
		free[s] = true
		if w.exit[s] > 0 {
			dearest = math.Max(dearest, w.gain[s].value/w.exit[s])
		}
	}
	for s := range x {
		if w.visits[s] > 0 {
			x[s].hi = outcome{1, dearest}
		}
	}
	// START meets state s first at most visits(s) times, so this bounds the error of every sum over first meetings.
	w.absorb(free, w.gain, x, func(x []bounds) float64 {
		sum := 0.0
		for s := range x {
			sum += w.visits[s] * x[s].distance(w.total)
		}
		return 2 * sum // half of the tolerance is left to meet
	})
	return x
}

// meet is what walks from START bring that meet one of the states. free and x are room to work in.
func (w *weighted) meet(full []bounds, states []int32, free []bool, x []bounds) outcome {
	for s := range full {
		free[s] = true
		x[s] = bounds{hi: full[s].hi}
	}
	for _, s := range states {
		free[s] = false
		x[s] = full[s]
	}
	start := w.start()
	w.absorb(free, nil, x, func(x []bounds) float64 { return x[start].distance(w.total) })
	return x[start].lo
}
