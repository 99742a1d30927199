package bsts

import (
	"math"
	"math/rand/v2"
)

// structure is the form of the state: the level, then the effects of the present season and of the seasons before
// it, newest first, one fewer than there are seasons since a cycle sums to 0.
type structure struct {
	seasons  int // 1: level only
	duration int // periods per season
}

func (s structure) size() int { return s.seasons }

// turns says whether the step from period t to t+1 begins a new season.
func (s structure) turns(t int) bool { return s.seasons > 1 && (t+1)%s.duration == 0 }

// advance moves a state one step without noise: the level stays; a new season's effect is minus the sum of the
// others.
func (s structure) advance(t int, state []float64) {
	if !s.turns(t) {
		return
	}
	sum := 0.0
	for _, v := range state[1:] {
		sum += v
	}
	copy(state[2:], state[1:len(state)-1])
	state[1] = -sum
}

// retreat multiplies by the transpose of what advance multiplies by.
func (s structure) retreat(t int, r []float64) {
	if !s.turns(t) {
		return
	}
	newest := r[1]
	copy(r[1:], r[2:])
	r[len(r)-1] = 0
	for i := 1; i < len(r); i++ {
		r[i] -= newest
	}
}

// measure is what the state adds to the outcome of its period.
func measure(state []float64) float64 {
	if len(state) > 1 {
		return state[0] + state[1]
	}
	return state[0]
}

// variances are those of one period's noise, of a step of the level and of a season's change.
type variances struct{ noise, level, season float64 }

func (v variances) deviations() variances {
	return variances{math.Sqrt(v.noise), math.Sqrt(v.level), math.Sqrt(v.season)}
}

// A smoother draws the states of all periods given the outcome, by Durbin and Koopman (2002), Biometrika 89,
// 603–615: states and an outcome are drawn from the model, and the draw is moved by what the smoother makes of the
// difference between the real outcome and the drawn one.
//
//	α̃ = E(α | y − y⁺) + α⁺
//
// E(α | ·) is the Kalman filter, then Koopman's fast state smoother (1993, Biometrika 80, 117–126), whose forward
// pass needs no variance of a state. α_1 ~ N((first, 0, …), I).
type smoother struct {
	structure
	first float64
	seen  []bool

	drawn     []float64 // α⁺, period by state
	target    []float64 // y − y⁺
	innov     []float64 // v_t
	spread    []float64 // F_t
	gain      []float64 // P_t·Z, period by state
	variance  []float64 // P_t, state by state
	transpose []float64
	mean, r   []float64
	back      []float64 // r_t, period by state
}

func newSmoother(s structure, first float64, seen []bool) *smoother {
	n, m := len(seen), s.size()
	return &smoother{
		structure: s, first: first, seen: seen,
		drawn: make([]float64, n*m), target: make([]float64, n), innov: make([]float64, n), spread: make([]float64, n),
		gain: make([]float64, n*m), variance: make([]float64, m*m), transpose: make([]float64, m*m),
		mean: make([]float64, m), r: make([]float64, m), back: make([]float64, n*m),
	}
}

// draw fills states, period by state, with a draw from their distribution given y (its unseen periods are not read).
func (s *smoother) draw(rng *rand.Rand, y []float64, v variances, states []float64) {
	m := s.size()
	sd := v.deviations()
	state := s.mean
	for k := range state {
		state[k] = rng.NormFloat64()
	}
	for t := range y {
		copy(s.drawn[t*m:], state)
		if s.seen[t] {
			s.target[t] = y[t] - measure(state) - sd.noise*rng.NormFloat64()
		}
		s.step(rng, t, sd, state)
	}
	s.smooth(s.target, v, states)
	for i, a := range s.drawn {
		states[i] += a
	}
}

// step moves a state to the next period, with noise of the given standard deviations.
func (s structure) step(rng *rand.Rand, t int, sd variances, state []float64) {
	s.advance(t, state)
	state[0] += sd.level * rng.NormFloat64()
	if s.turns(t) {
		state[1] += sd.season * rng.NormFloat64()
	}
}

// smooth fills states with their mean given y.
func (s *smoother) smooth(y []float64, v variances, states []float64) {
	s.filter(y, v)
	m, n := s.size(), len(y)
	r := s.r
	clear(r)
	for t := n - 1; t >= 0; t-- {
		copy(s.back[t*m:(t+1)*m], r)
		s.retreat(t, r)
		if !s.seen[t] {
			continue
		}
		gain := s.gain[t*m : (t+1)*m]
		u := s.innov[t]
		for k, g := range gain {
			u -= g * r[k]
		}
		u /= s.spread[t]
		r[0] += u
		if m > 1 {
			r[1] += u
		}
	}
	state := s.mean
	copy(state, r) // P_1 is the unit matrix
	state[0] += s.first
	for t := range n {
		copy(states[t*m:], state)
		s.advance(t, state)
		state[0] += v.level * s.back[t*m]
		if s.turns(t) {
			state[1] += v.season * s.back[t*m+1]
		}
	}
}

// filter leaves v_t, F_t and P_t·Z of every seen period.
func (s *smoother) filter(y []float64, v variances) {
	if s.size() == 1 {
		s.filterLevel(y, v)
		return
	}
	m := s.size()
	mean, p := s.mean, s.variance
	clear(mean)
	mean[0] = s.first
	clear(p)
	for k := range m {
		p[k*m+k] = 1
	}
	for t := range y {
		if s.seen[t] {
			gain := s.gain[t*m : (t+1)*m]
			for k := range gain {
				gain[k] = p[k*m] + p[k*m+1]
			}
			f := gain[0] + gain[1] + v.noise
			e := y[t] - measure(mean)
			s.innov[t], s.spread[t] = e, f
			for i, g := range gain {
				mean[i] += g / f * e
				for j, h := range gain {
					p[i*m+j] -= g * h / f
				}
			}
		}
		s.advance(t, mean)
		s.advanceVariance(t)
		p[0] += v.level
		if s.turns(t) {
			p[m+1] += v.season
		}
	}
}

// filterLevel is filter for a state of one number.
func (s *smoother) filterLevel(y []float64, v variances) {
	mean, p := s.first, 1.0
	for t, seen := range s.seen {
		if seen {
			f := p + v.noise
			e := y[t] - mean
			s.innov[t], s.spread[t], s.gain[t] = e, f, p
			share := p / f
			mean += share * e
			p *= v.noise / f
		}
		p += v.level
	}
}

// advanceVariance is T·P·T': the rows moved, the matrix transposed, the rows moved again.
func (s *smoother) advanceVariance(t int) {
	if !s.turns(t) {
		return
	}
	m := s.size()
	for range 2 {
		for i := range m {
			for j := range m {
				s.transpose[j*m+i] = s.variance[i*m+j]
			}
		}
		for j := range m { // a row of the transpose is a column of P
			s.advance(t, s.transpose[j*m:(j+1)*m])
		}
		s.variance, s.transpose = s.transpose, s.variance
	}
}
