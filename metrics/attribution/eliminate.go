package attribution

import (
	"cmp"
	"container/heap"
	"slices"
)

// entry is a probability of going to a state.
type entry struct {
	to     int32
	chance float64
}

// elimination removes states from a chain one by one until none is left, keeping
// what a walk gains on the way.
//
// Removing s sends each predecessor p on to the successors of s:
//
//	chance(p, t) += chance(p, s)·chance(s, t)/d,  d = 1 − chance(s, s)
//
// with d summed from all other ways out of s. Nothing is ever subtracted, so each
// figure keeps its digits however long the chain goes around in circles. Source:
// Grassmann, Taksar and Heyman (1985), Operations Research 33, 1107–1116; the state with
// the fewest new edges goes first, as Markowitz (1957) chooses pivots.
type elimination struct {
	rows  [][]entry // by state, sorted by where they go: states that are still there
	from  [][]int32 // who has an edge to the state, removed ones included
	leave []float64 // the probability of going to a state that is not free, or out
	gain  []outcome // what a visit brings before the next state that is still there
	gone  []bool
}

// eliminate solves the equation of absorb for the free states directly. It is meant for chains in which a walk
// takes thousands of steps; its memory grows with the edges that removing states makes.
func (w *weighted) eliminate(free []bool, gain []outcome, x []bounds) {
	e := &elimination{
		rows: make([][]entry, len(free)), from: make([][]int32, len(free)),
		leave: slices.Clone(w.exit), gain: make([]outcome, len(free)), gone: make([]bool, len(free)),
	}
	if gain != nil {
		copy(e.gain, gain)
	}
	for s := range free {
		if !free[s] {
			continue
		}
		for i := w.begin[s]; i < w.begin[s+1]; i++ {
			t, chance := w.to[i], w.chance[i]
			switch {
			case chance == 0:
			case free[t]:
				e.rows[s] = append(e.rows[s], entry{t, chance})
				e.from[t] = append(e.from[t], int32(s))
			default:
				e.leave[s] += chance
				e.gain[s].add(x[t].lo.times(chance))
			}
		}
	}
	order := e.run(free)
	for _, s := range slices.Backward(order) {
		result := e.gain[s]
		for _, edge := range e.rows[s] {
			result.add(x[edge.to].lo.times(edge.chance))
		}
		x[s] = certain(result)
	}
}

// run removes all free states and returns them in the order in which they went. Their rows and gains stay as they were
// when they went, divided by d: they speak only of states that went later.
func (e *elimination) run(free []bool) []int32 {
	queue := &costs{}
	for s, is := range free {
		if is {
			queue.list = append(queue.list, cost{e.cost(int32(s)), int32(s)})
		}
	}
	heap.Init(queue)
	order := make([]int32, 0, queue.Len())
	for queue.Len() > 0 {
		next := queue.list[0]
		// The cost may have changed since it was noted.
		if now := e.cost(next.state); now != next.edges {
			queue.list[0].edges = now
			heap.Fix(queue, 0)
			if queue.list[0].state != next.state {
				continue
			}
		}
		heap.Pop(queue)
		e.remove(next.state)
		order = append(order, next.state)
	}
	return order
}

// cost is how many edges removing a state may make.
func (e *elimination) cost(s int32) int {
	e.from[s] = slices.DeleteFunc(e.from[s], func(p int32) bool { return e.gone[p] })
	return len(e.from[s]) * len(e.rows[s])
}

func (e *elimination) remove(s int32) {
	e.gone[s] = true
	d := e.leave[s]
	e.rows[s] = slices.DeleteFunc(e.rows[s], func(edge entry) bool { return edge.to == s })
	for _, edge := range e.rows[s] {
		d += edge.chance
	}
	if d == 0 { // no weight reaches the state
		return
	}
	for i := range e.rows[s] {
		e.rows[s][i].chance /= d
	}
	e.leave[s] /= d
	e.gain[s] = e.gain[s].times(1 / d)
	for _, p := range e.from[s] {
		if e.gone[p] {
			continue
		}
		at, found := slices.BinarySearchFunc(e.rows[p], s, func(edge entry, s int32) int { return cmp.Compare(edge.to, s) })
		if !found {
			continue
		}
		chance := e.rows[p][at].chance
		e.leave[p] += chance * e.leave[s]
		e.gain[p].add(e.gain[s].times(chance))
		e.rows[p] = e.merge(p, slices.Delete(e.rows[p], at, at+1), e.rows[s], chance)
	}
}

// merge adds times·more to the row of p; both are sorted.
func (e *elimination) merge(p int32, row, more []entry, times float64) []entry {
	merged := make([]entry, 0, len(row)+len(more))
	for len(row) > 0 || len(more) > 0 {
		switch {
		case len(more) == 0 || len(row) > 0 && row[0].to < more[0].to:
			merged, row = append(merged, row[0]), row[1:]
		case len(row) > 0 && row[0].to == more[0].to:
			merged = append(merged, entry{row[0].to, row[0].chance + times*more[0].chance})
			row, more = row[1:], more[1:]
		default:
			e.from[more[0].to] = append(e.from[more[0].to], p)
			merged, more = append(merged, entry{more[0].to, times * more[0].chance}), more[1:]
		}
	}
	return merged
}

// cost of removing a state.
type cost struct {
	edges int
	state int32
}

// costs is a heap: the cheapest first, ties to the lowest state.
type costs struct{ list []cost }

func (c *costs) Len() int { return len(c.list) }
func (c *costs) Less(i, j int) bool {
	if c.list[i].edges != c.list[j].edges {
		return c.list[i].edges < c.list[j].edges
	}
	return c.list[i].state < c.list[j].state
}
func (c *costs) Swap(i, j int) { c.list[i], c.list[j] = c.list[j], c.list[i] }
func (c *costs) Push(v any)    { c.list = append(c.list, v.(cost)) }
func (c *costs) Pop() any {
	last := c.list[len(c.list)-1]
	c.list = c.list[:len(c.list)-1]
	return last
}
