package attribution

// weighted is a chain whose rows have weights: transition probabilities, and what becomes of walks that end.
type weighted struct {
	*Chain
	chance []float64 // of each edge
	visits []float64 // of each state: how often a walk from START visits it on average
	exit   []float64 // of each state: the probability that a visit is the walk's last
	gain   []outcome // of each state: what ends there, for each visit
	total  outcome   // of a walk from START, straight from the rows
}

// outcome is a probability of conversion and an expected value.
type outcome struct{ conversion, value float64 }

func (o outcome) times(f float64) outcome { return outcome{o.conversion * f, o.value * f} }

func (o *outcome) add(p outcome) {
	o.conversion += p.conversion
	o.value += p.value
}

// weigh fills in the probabilities. weights multiply rows; nil means 1 for each. States that no weight reaches lead nowhere.
//
// A conversion carries the mean value of the conversions that end in its state, so a visit gains value/weight.
// Expected visits need no solving: the chain crosses each edge as often as the rows do, so a state is
// visited (weight through the state) / (weight through START) times, and the totals are those of the rows.
func (c *Chain) weigh(weights []float64) *weighted {
	states := len(c.begin) - 1
	w := &weighted{
		Chain: c, chance: make([]float64, len(c.to)), visits: make([]float64, states),
		exit: make([]float64, states), gain: make([]outcome, states),
	}
	begin := 0
	for i, r := range c.paths.rows {
		times := 1.0
		if weights != nil {
			times = weights[i]
		}
		through := times * (r.Conversions + r.Nulls)
		for _, e := range c.walks[begin:c.ends[i]] {
			w.chance[e] += through
		}
		begin = c.ends[i]
		got := outcome{times * r.Conversions, times * r.Value}
		w.exit[c.last[i]] += through
		w.gain[c.last[i]].add(got)
		w.total.add(got)
	}
	for s := range w.exit {
		edges := w.chance[c.begin[s]:c.begin[s+1]]
		through := w.exit[s]
		for _, weight := range edges {
			through += weight
		}
		if through == 0 {
			continue
		}
		for e := range edges {
			edges[e] /= through
		}
		w.exit[s] /= through
		w.gain[s] = w.gain[s].times(1 / through)
		w.visits[s] = through
	}
	if started := w.visits[c.start()]; started > 0 {
		for s := range w.visits {
			w.visits[s] /= started
		}
		w.total = w.total.times(1 / started)
	}
	return w
}
