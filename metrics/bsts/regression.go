package bsts

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// slabWeight is κ: how many periods the slab weighs as much as. BoomSpikeSlab's default.
const slabWeight = .01

// A spikeSlab draws coefficients and the variance of the noise of a regression z = Xβ + ε.
//
// γ says which covariates are in. With β and σ² integrated out,
//
//	p(γ | z) ∝ p(γ) · |Ω_γ⁻¹|^½ / |V_γ⁻¹|^½ / SS_γ^((ν+n)/2)
//	V_γ⁻¹ = X_γ'X_γ + Ω_γ⁻¹,  b_γ = V_γ·X_γ'z,  SS_γ = ss + z'z − b_γ'V_γ⁻¹b_γ
//
// then 1/σ² ~ Gamma((ν+n)/2, SS_γ/2) and β_γ ~ N(b_γ, σ²V_γ). Ω⁻¹ = κ/n·(½X'X + ½diag X'X), over all pre-periods,
// so that it has full rank where covariates repeat each other. Source: Scott and Varian (2014), equations 6 to 9.
type spikeSlab struct {
	p           int
	observed    float64
	information []float64 // X'X over the seen periods, p by p
	slab        []float64 // Ω⁻¹
	df, ss      float64   // prior of 1/σ²: Gamma(df/2, ss/2)
	limit       float64   // σ stays below
	inclusion   float64   // prior chance of a covariate

	in    []bool
	order []int

	// Of the covariates that are in, at the last call of marginal.
	chosen    []int
	posterior blas64.Triangular // Cholesky factor L of V⁻¹ = L·L'
	half      []float64         // L⁻¹·X'z
	rest      float64           // SS

	square, prior, xz []float64 // workspace
}

func newSpikeSlab(d *data, o Options) *spikeSlab {
	p := len(d.used)
	s := &spikeSlab{
		p: p, observed: float64(d.observed), information: make([]float64, p*p), slab: make([]float64, p*p),
		df: o.PriorDF, ss: o.PriorDF * (1 - o.ExpectedR2), limit: 1.2,
		in: make([]bool, p), order: make([]int, p), chosen: make([]int, 0, p),
		half: make([]float64, p), square: make([]float64, p*p), prior: make([]float64, p*p), xz: make([]float64, p),
	}
	if p == 0 { // no covariate explains anything: a guess of 1 that hardly counts
		s.df, s.ss = .01, .01
		return s
	}
	s.inclusion = min(1, o.ExpectedModelSize/float64(p+1))
	for t := range d.pre {
		row := d.row(t)
		for i, v := range row {
			for j, w := range row {
				s.slab[i*p+j] += v * w
				if d.seen[t] {
					s.information[i*p+j] += v * w
				}
			}
		}
	}
	for i := range p {
		for j := range p {
			if i != j {
				s.slab[i*p+j] /= 2
			}
			s.slab[i*p+j] *= slabWeight / float64(d.pre)
		}
	}
	for j := range p {
		s.order[j], s.in[j] = j, s.inclusion == 1
	}
	return s
}

// draw takes X'z (in xz) and z'z and leaves one draw of β in beta, 0 for covariates that are out; it returns σ².
func (s *spikeSlab) draw(rng *rand.Rand, zz float64, beta []float64) float64 {
	current := s.marginal(zz)
	if s.inclusion < 1 {
		rng.Shuffle(s.p, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
		odds := math.Log(s.inclusion / (1 - s.inclusion))
		for _, j := range s.order {
			s.in[j] = !s.in[j]
			flipped := s.marginal(zz)
			gain := flipped - current + odds
			if !s.in[j] {
				gain = flipped - current - odds
			}
			if rng.Float64() < 1/(1+math.Exp(-gain)) {
				current = flipped
			} else {
				s.in[j] = !s.in[j]
			}
		}
		s.marginal(zz) // the last flip may have been turned down
	}
	precision := truncatedGamma(rng, (s.df+s.observed)/2, s.rest/2, 1/(s.limit*s.limit))
	sd := 1 / math.Sqrt(precision)
	// β = L'⁻¹(L⁻¹X'z + σ·N(0, I)) has mean V·X'z and variance σ²V.
	k := len(s.chosen)
	for i := range k {
		s.half[i] += sd * rng.NormFloat64()
	}
	if k > 0 {
		blas64.Trsv(blas.Trans, s.posterior, blas64.Vector{N: k, Data: s.half, Inc: 1})
	}
	clear(beta)
	for i, j := range s.chosen {
		beta[j] = s.half[i]
	}
	return 1 / precision
}

// marginal is log p(z | γ) up to a constant, for the covariates that are in.
func (s *spikeSlab) marginal(zz float64) float64 {
	s.chosen = s.chosen[:0]
	for j, in := range s.in {
		if in {
			s.chosen = append(s.chosen, j)
		}
	}
	k := len(s.chosen)
	s.rest = s.ss + zz
	if k == 0 {
		return -(s.df + s.observed) / 2 * math.Log(s.rest)
	}
	for i, a := range s.chosen {
		for j, b := range s.chosen[:i+1] {
			s.prior[i*k+j] = s.slab[a*s.p+b]
			s.square[i*k+j] = s.slab[a*s.p+b] + s.information[a*s.p+b]
		}
		s.half[i] = s.xz[a]
	}
	// Both are positive definite by the slab's diagonal, so both factors exist.
	prior, _ := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Lower, N: k, Stride: k, Data: s.prior[:k*k]})
	s.posterior, _ = lapack64.Potrf(blas64.Symmetric{Uplo: blas.Lower, N: k, Stride: k, Data: s.square[:k*k]})
	blas64.Trsv(blas.NoTrans, s.posterior, blas64.Vector{N: k, Data: s.half, Inc: 1})
	logDet := 0.0
	for i := range k {
		logDet += math.Log(prior.Data[i*k+i] / s.posterior.Data[i*k+i])
		s.rest -= s.half[i] * s.half[i]
	}
	s.rest = max(s.rest, s.ss) // rounding may go below where X explains z
	return logDet - (s.df+s.observed)/2*math.Log(s.rest)
}

// truncatedGamma draws from Gamma(shape, rate), a rate in the inverse's unit, given that it is at least least.
func truncatedGamma(rng *rand.Rand, shape, rate, least float64) float64 {
	gamma := distuv.Gamma{Alpha: shape, Beta: rate, Src: rng}
	for range 20 {
		if v := gamma.Rand(); v >= least && !math.IsInf(v, 0) {
			return v
		}
	}
	// By the inverse of the upper tail, where nearly all lies below the bound.
	v := mathext.GammaIncRegCompInv(shape, rng.Float64()*gamma.Survival(least)) / rate
	if v >= least && !math.IsInf(v, 0) {
		return v
	}
	return least
}
