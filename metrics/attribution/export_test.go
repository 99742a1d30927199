package attribution

// EffectsByElimination is RemovalEffects with every solution found by elimination, which shares no line with the sweeps.
func (c *Chain) EffectsByElimination(weights []float64) Effects {
	w := c.weigh(weights)
	n := len(w.exit)
	free, full := make([]bool, n), make([]bounds, n)
	for s := range free {
		free[s] = true
	}
	w.eliminate(free, w.gain, full)
	start := full[c.start()].lo
	effects := Effects{PConversion: start.conversion}
	for _, states := range c.of {
		x := make([]bounds, n)
		for s := range free {
			free[s] = true
		}
		for _, s := range states {
			free[s], x[s] = false, full[s]
		}
		w.eliminate(free, nil, x)
		met := x[c.start()].lo
		effects.Conversions = append(effects.Conversions, share(met.conversion, start.conversion))
		effects.Value = append(effects.Value, share(met.value, start.value))
	}
	return effects
}
