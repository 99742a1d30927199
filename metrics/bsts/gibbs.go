package bsts

import "math/rand/v2"

// stateDF is what the prior guess at the standard deviation of the level's and the seasons' steps weighs, in steps.
const stateDF = 32

// seasonGuess is the prior guess at the standard deviation of a season's change, in standard deviations of y.
const seasonGuess = .01

// draws are what the sampler keeps, on the standardized scale.
type draws struct {
	expected [][]float64 // period by draw: level + season + regression
	outcome  [][]float64 // the same with the noise of the period
	beta     [][]float64 // covariate by draw
	sd       []variances // standard deviations, by draw
}

func newDraws(d *data, n int) *draws {
	table := func(rows int) [][]float64 {
		all := make([]float64, rows*n)
		rowsOf := make([][]float64, rows)
		for i := range rowsOf {
			rowsOf[i] = all[i*n : (i+1)*n : (i+1)*n]
		}
		return rowsOf
	}
	return &draws{expected: table(d.periods), outcome: table(d.periods), beta: table(len(d.used)), sd: make([]variances, n)}
}

// A sampler holds the present point of the chain.
type sampler struct {
	*data
	structure
	rng       *rand.Rand
	smoother  *smoother
	slab      *spikeSlab
	guess     variances // prior guesses, as variances
	now       variances
	beta      []float64
	states    []float64 // pre-periods by state
	explained []float64 // Xβ per period
	residual  []float64 // per pre-period
	ahead     []float64 // a state beyond the pre-periods
}

func newSampler(d *data, o Options, levelSD float64) *sampler {
	s := &sampler{
		data: d, structure: structure{o.Seasons, o.SeasonDuration},
		rng:   rand.New(rand.NewPCG(o.Seed, 0x62737473)),
		slab:  newSpikeSlab(d, o),
		guess: variances{level: levelSD * levelSD},
		beta:  make([]float64, len(d.used)), explained: make([]float64, d.periods), residual: make([]float64, d.pre),
	}
	s.smoother = newSmoother(s.structure, d.first, d.seen)
	s.states = make([]float64, d.pre*s.size())
	s.ahead = make([]float64, s.size())
	if o.Seasons > 1 {
		s.guess.season = seasonGuess * seasonGuess
	}
	s.now = s.guess
	s.now.noise = min(1, s.slab.ss/s.slab.df)
	return s
}

// sample runs the chain: states given the rest, variances of steps given states, then covariates, β and σ².
func sample(d *data, o Options, levelSD float64) *draws {
	s := newSampler(d, o, levelSD)
	kept := newDraws(d, o.Draws)
	for i := -o.BurnIn; i < o.Draws; i++ {
		s.sweep()
		if i >= 0 {
			s.keep(kept, i)
		}
	}
	return kept
}

func (s *sampler) sweep() {
	for t, y := range s.y {
		s.residual[t] = y - s.explained[t]
	}
	s.smoother.draw(s.rng, s.residual, s.now, s.states)
	s.stepVariances()
	clear(s.slab.xz)
	zz, m := 0.0, s.size()
	for t, y := range s.y {
		if !s.seen[t] {
			continue
		}
		z := y - measure(s.states[t*m:(t+1)*m])
		zz += z * z
		for j, v := range s.row(t) {
			s.slab.xz[j] += v * z
		}
	}
	s.now.noise = s.slab.draw(s.rng, zz, s.beta)
	for t := range s.explained {
		sum := 0.0
		for j, v := range s.row(t) {
			sum += v * s.beta[j]
		}
		s.explained[t] = sum
	}
}

// stepVariances draws σ_η² and σ_ω² from their inverse gammas given the states; neither σ exceeds 1, y's own.
func (s *sampler) stepVariances() {
	m := s.size()
	var level, season float64
	turns := 0
	for t := range s.pre - 1 {
		from, to := s.states[t*m:(t+1)*m], s.states[(t+1)*m:(t+2)*m]
		level += (to[0] - from[0]) * (to[0] - from[0])
		if s.turns(t) {
			change := to[1]
			for _, v := range from[1:] {
				change += v
			}
			season += change * change
			turns++
		}
	}
	draw := func(steps int, sum, guess float64) float64 {
		return 1 / truncatedGamma(s.rng, (stateDF+float64(steps))/2, (stateDF*guess+sum)/2, 1)
	}
	s.now.level = draw(s.pre-1, level, s.guess.level)
	if s.seasons > 1 {
		s.now.season = draw(turns, season, s.guess.season)
	}
}

// keep adds one draw: of the pre-periods as smoothed, of the others by letting the last state walk on.
func (s *sampler) keep(kept *draws, i int) {
	sd := s.now.deviations()
	kept.sd[i] = sd
	for j, b := range s.beta {
		kept.beta[j][i] = b
	}
	m := s.size()
	copy(s.ahead, s.states[(s.pre-1)*m:])
	for t, explained := range s.explained {
		state := s.ahead
		if t < s.pre {
			state = s.states[t*m : (t+1)*m]
		} else {
			s.step(s.rng, t-1, sd, s.ahead)
		}
		expected := measure(state) + explained
		kept.expected[t][i] = expected
		kept.outcome[t][i] = expected + sd.noise*s.rng.NormFloat64()
	}
}
