package bsts

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
)

// Geweke's (2004, JASA 99, 799–804) test of a whole sampler: draw the outcome from the model at the present point,
// then sweep given that outcome, and so on. The points then come from the prior, whatever the chain mixes like, and
// only if every conditional of the sweep is right.
func TestSweepLeavesThePriorAlone(t *testing.T) {
	const n, rounds, batches = 12, 60_000, 60
	d, _ := fifteen()
	d.pre, d.periods, d.observed = n, n, n-1
	d.seen = d.seen[:n]
	d.seen[4] = false
	d.y = make([]float64, n)
	o := Options{ExpectedModelSize: 2.5, ExpectedR2: .7, PriorDF: 20, Seasons: 3, SeasonDuration: 2}
	s := newSampler(d, o, .3)
	for i := range s.slab.slab { // a tighter slab, so that outcome and coefficients do not chain each other
		s.slab.slab[i] *= 400
	}
	precision := func(shape, rate, limit float64) float64 { // mean of the truncated gamma
		x := rate / (limit * limit)
		return shape / rate * mathext.GammaIncRegComp(shape+1, x) / mathext.GammaIncRegComp(shape, x)
	}
	want := map[string]float64{
		"precision of the noise":      precision(10, 10*.3, 1.2),
		"precision of the level":      precision(16, 16*.09, 1),
		"precision of the seasons":    precision(16, 16*seasonGuess*seasonGuess, 1),
		"inclusion of covariate 1":    .5,
		"inclusion of covariate 4":    .5,
		"first level":                 d.first,
		"first level squared":         d.first*d.first + 1,
		"first season squared":        1,
		"coefficient 1 of both signs": 0,
	}
	values := map[string][]float64{}
	for range rounds {
		sd := s.now.deviations()
		m := s.size()
		for i := range s.y {
			s.y[i] = measure(s.states[i*m:(i+1)*m]) + s.explained[i] + sd.noise*s.rng.NormFloat64()
		}
		s.sweep()
		in := func(j int) float64 {
			if s.slab.in[j] {
				return 1
			}
			return 0
		}
		for name, v := range map[string]float64{
			"precision of the noise":      1 / s.now.noise,
			"precision of the level":      1 / s.now.level,
			"precision of the seasons":    1 / s.now.season,
			"inclusion of covariate 1":    in(0),
			"inclusion of covariate 4":    in(3),
			"first level":                 s.states[0],
			"first level squared":         s.states[0] * s.states[0],
			"first season squared":        s.states[1] * s.states[1],
			"coefficient 1 of both signs": math.Copysign(in(0), s.beta[0]),
		} {
			values[name] = append(values[name], v)
		}
	}
	for name, v := range values {
		means := make([]float64, batches) // of neighbors, whose spread tells the error of correlated draws
		for i := range means {
			means[i] = stat.Mean(v[i*rounds/batches:(i+1)*rounds/batches], nil)
		}
		mean, sd := stat.MeanStdDev(means, nil)
		spread := sd / math.Sqrt(batches)
		t.Logf("%-28s %10.4f ± %.4f, prior %10.4f", name, mean, spread, want[name])
		within(t, name, mean, want[name], 4*spread)
		if spread > .1*max(1, math.Abs(want[name])) {
			t.Errorf("%s is known to %g only: the test has no power", name, spread)
		}
	}
}
