// Package panel invents what regions sell week by week, with a program in some of them and without it.
package panel

import (
	"math"
	"math/rand/v2"
)

// A Panel is regions by weeks in two worlds with the same random numbers: as it was, and without the program.
type Panel struct {
	Sold    [][]float64 // [region][week]
	Without [][]float64
	Treated []bool
	Pre     int // weeks before the program starts
}

// Gain is what the program sold that would not have been sold without it, in all regions together.
func (p *Panel) Gain() float64 {
	sum := 0.
	for i := range p.Sold {
		for w := range p.Sold[i] {
			sum += p.Sold[i][w] - p.Without[i][w]
		}
	}
	return sum
}

func newPanel(regions, pre, post int) *Panel {
	p := &Panel{Treated: make([]bool, regions), Pre: pre}
	for range regions {
		p.Sold = append(p.Sold, make([]float64, pre+post))
		p.Without = append(p.Without, make([]float64, pre+post))
	}
	return p
}

// treat draws the treated regions.
func (p *Panel) treat(r *rand.Rand, n int) {
	for _, i := range r.Perm(len(p.Treated))[:n] {
		p.Treated[i] = true
	}
}

// add gives every treated region the same gain in every week of the program.
func (p *Panel) add(gain float64) {
	for i := range p.Sold {
		copy(p.Sold[i], p.Without[i])
		if p.Treated[i] {
			for w := p.Pre; w < len(p.Sold[i]); w++ {
				p.Sold[i][w] += gain
			}
		}
	}
}

// Alike draws regions that move together: one level of their own each, one common movement with a season, independent
// errors of the same size, and the same gain everywhere.
func Alike(r *rand.Rand, regions, treated, pre, post int) *Panel {
	p := newPanel(regions, pre, post)
	common, shock, phase := make([]float64, pre+post), 0., 2*math.Pi*r.Float64()
	for w := range common {
		shock = .6*shock + 40*r.NormFloat64()
		common[w] = shock + 60*math.Sin(phase+2*math.Pi*float64(w)/13)
	}
	for i := range p.Without {
		level := 1000 + 20*r.NormFloat64()
		for w := range p.Without[i] {
			p.Without[i][w] = level + common[w] + 30*r.NormFloat64()
		}
	}
	p.treat(r, treated)
	p.add(16)
	return p
}

// Mixed draws regions each of which mixes the same few movements in its own way, so that no two are parallel; the treated
// ones are drawn at random among them.
func Mixed(r *rand.Rand, regions, treated, pre, post int) *Panel {
	p := newPanel(regions, pre, post)
	movements := make([][]float64, 3)
	for k := range movements {
		level, phase := 0., 2*math.Pi*r.Float64()
		for w := range pre + post {
			level = .85*level + r.NormFloat64()
			movements[k] = append(movements[k], level+1.5*math.Sin(phase+2*math.Pi*float64(w)/float64(9+4*k)))
		}
	}
	for i := range p.Without {
		size := math.Exp(.4 * r.NormFloat64())
		weights := [3]float64{1 + .4*r.NormFloat64(), .5 * r.NormFloat64(), .5 * r.NormFloat64()}
		for w := range p.Without[i] {
			y := 10 + .6*r.NormFloat64()
			for k, weight := range weights {
				y += weight * movements[k][w]
			}
			p.Without[i][w] = 100 * size * y
		}
	}
	p.treat(r, treated)
	p.add(150)
	return p
}

// Followed draws one treated region, region 0, that follows two of the others and a level of its own that hardly moves,
// with independent errors; the others move by themselves.
func Followed(r *rand.Rand, regions, pre, post int) *Panel {
	p := newPanel(regions, pre, post)
	for i := 1; i < regions; i++ {
		level := 0.
		for w := range p.Without[i] {
			level = .7*level + r.NormFloat64()
			p.Without[i][w] = 500 + 50*level
		}
	}
	level := 0.
	b1, b2 := .5+.5*r.Float64(), .5+.5*r.Float64()
	for w := range p.Without[0] {
		level += .8 * r.NormFloat64() // about a hundredth of the outcome's standard deviation
		p.Without[0][w] = 200 + level + b1*p.Without[1][w] + b2*p.Without[2][w] + 37*r.NormFloat64()
	}
	p.Treated[0] = true
	p.add(35)
	return p
}
