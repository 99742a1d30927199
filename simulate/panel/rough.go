package panel

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Rough draws sales as regions have them: sizes differ by factors, seasons and shocks multiply and last, a few weeks are
// wild, the program acts in proportion, takes weeks to work and then brings part of later sales forward.
//
// aimed launches it where sales have just fallen most, and lets a tenth of what it does reach the neighbor, treated or
// not; otherwise the regions are drawn.
func Rough(r *rand.Rand, regions, treated, pre, post int, aimed bool) *Panel {
	p := newPanel(regions, pre, post)
	weeks := pre + post
	common, shock := make([]float64, weeks), 0.
	for w := range common {
		shock = .9*shock + .04*r.NormFloat64()
		common[w] = shock
	}
	for i := range p.Without {
		size := 8000 * math.Exp(.5*r.NormFloat64())
		degree, swing, phase := .6+.8*r.Float64(), .05+.2*r.Float64(), .8*r.NormFloat64()
		own := 0.
		for w := range p.Without[i] {
			own = .7*own + .035*r.NormFloat64()
			noise := .03 * r.NormFloat64()
			if r.Float64() < .02 { // a wild week
				noise *= 6
			}
			p.Without[i][w] = size * math.Exp(degree*common[w]+own+noise) * (1 + swing*math.Sin(phase+2*math.Pi*float64(w)/52))
		}
	}
	if aimed {
		p.aim(treated)
	} else {
		p.treat(r, treated)
	}
	strength := make([]float64, regions)
	for i := range strength {
		strength[i] = .12 * math.Exp(.3*r.NormFloat64())
	}
	for i := range p.Sold {
		for w := range p.Sold[i] {
			p.Sold[i][w] = p.Without[i][w] * (1 + p.working(i, w, strength, aimed))
		}
	}
	return p
}

// working is the program's part in a region's sales of a week.
func (p *Panel) working(i, w int, strength []float64, spills bool) float64 {
	at := w - p.Pre
	if at < 0 {
		return 0
	}
	course := math.Min(1, float64(at+1)/3)
	if post := len(p.Sold[i]) - p.Pre; 4*at >= 3*post {
		course = -.3
	}
	dose := 0.
	if p.Treated[i] {
		dose = strength[i]
	}
	if next := (i + 1) % len(p.Treated); spills && p.Treated[next] {
		dose += .1 * strength[next]
	}
	return dose * course
}

// aim treats the regions whose last four weeks before the start were weakest against the eight before.
func (p *Panel) aim(n int) {
	mean := func(v []float64) float64 {
		sum := 0.
		for _, y := range v {
			sum += y
		}
		return sum / float64(len(v))
	}
	order := make([]int, len(p.Without))
	change := make([]float64, len(p.Without))
	for i, y := range p.Without {
		order[i], change[i] = i, mean(y[p.Pre-4:p.Pre])/mean(y[p.Pre-12:p.Pre-4])
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(change[a], change[b]) })
	for _, i := range order[:n] {
		p.Treated[i] = true
	}
}
