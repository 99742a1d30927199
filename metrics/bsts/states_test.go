package bsts

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// within fails the test unless got is want to the given distance.
func within(t *testing.T, what string, got, want, distance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= distance) {
		t.Errorf("%s = %.12g, want %.12g (within %g)", what, got, want, distance)
	}
}

// transition is T written out, from the equations of the model and not from advance.
func (s structure) transition(t int) *mat.Dense {
	m := s.seasons
	matrix := mat.NewDense(m, m, nil)
	matrix.Set(0, 0, 1)
	for k := 1; k < m; k++ {
		switch {
		case !((t+1)%s.duration == 0):
			matrix.Set(k, k, 1)
		case k == 1:
			for j := 1; j < m; j++ {
				matrix.Set(1, j, -1)
			}
		default:
			matrix.Set(k, k-1, 1)
		}
	}
	return matrix
}

// dense is mean and covariance of all states given the seen outcomes, by the conditional of one large normal
// distribution: no recursion over time but the model's own.
func dense(s structure, y []float64, seen []bool, first float64, v variances) (mean []float64, covariance *mat.Dense) {
	n, m := len(y), s.seasons
	// α = A·(α_1, noise of steps 1…n−1), built block by block.
	size := n * m
	a := mat.NewDense(size, size, nil)
	sources := mat.NewDense(size, size, nil)
	for k := range m {
		a.Set(k, k, 1)
		sources.Set(k, k, 1)
	}
	for t := range n - 1 {
		from, to := a.Slice(t*m, (t+1)*m, 0, size), a.Slice((t+1)*m, (t+2)*m, 0, size).(*mat.Dense)
		to.Mul(s.transition(t), from)
		for k := range m {
			to.Set(k, (t+1)*m+k, 1)
		}
		sources.Set((t+1)*m, (t+1)*m, v.level)
		if m > 1 && (t+1)%s.duration == 0 {
			sources.Set((t+1)*m+1, (t+1)*m+1, v.season)
		}
	}
	var c mat.Dense
	c.Product(a, sources, a.T())
	start := mat.NewVecDense(size, nil)
	start.SetVec(0, first)
	var mu mat.VecDense
	mu.MulVec(a, start)

	rows := 0
	for _, yes := range seen {
		if yes {
			rows++
		}
	}
	z, e := mat.NewDense(rows, size, nil), mat.NewVecDense(rows, nil)
	row := 0
	for t := range n {
		if !seen[t] {
			continue
		}
		z.Set(row, t*m, 1)
		if m > 1 {
			z.Set(row, t*m+1, 1)
		}
		e.SetVec(row, y[t])
		row++
	}
	var expected mat.VecDense
	expected.MulVec(z, &mu)
	e.SubVec(e, &expected)
	var f, cz, weight mat.Dense
	f.Product(z, &c, z.T())
	for i := range rows {
		f.Set(i, i, f.At(i, i)+v.noise)
	}
	cz.Mul(&c, z.T())
	if err := weight.Solve(f.T(), cz.T()); err != nil { // (C·Z'·F⁻¹)'
		panic(err)
	}
	var shift mat.VecDense
	shift.MulVec(weight.T(), e)
	mu.AddVec(&mu, &shift)
	var explained mat.Dense
	explained.Mul(weight.T(), cz.T())
	covariance = &mat.Dense{}
	covariance.Sub(&c, &explained)
	return mu.RawVector().Data, covariance
}

var structures = []struct {
	name string
	structure
	v variances
}{
	{"level", structure{1, 1}, variances{noise: .3, level: .2}},
	{"level hardly moving", structure{1, 1}, variances{noise: .2, level: 1e-4}},
	{"four seasons", structure{4, 1}, variances{noise: .3, level: .1, season: .05}},
	{"three seasons of two periods", structure{3, 2}, variances{noise: .5, level: .1, season: .2}},
}

func twelve() (y []float64, seen []bool) {
	y = []float64{.3, -1.1, .8, 1.9, .2, 99, -.7, 1.2, 2.1, 99, -.9, .4}
	seen = make([]bool, len(y))
	for t := range y {
		seen[t] = y[t] != 99
	}
	return y, seen
}

func TestSmootherIsTheConditionalMean(t *testing.T) {
	y, seen := twelve()
	for _, c := range structures {
		want, _ := dense(c.structure, y, seen, .7, c.v)
		got := make([]float64, len(want))
		newSmoother(c.structure, .7, seen).smooth(y, c.v, got)
		for i := range want {
			within(t, c.name+": a state's mean", got[i], want[i], 1e-12)
		}
	}
}

func TestSimulationSmootherDrawsTheConditional(t *testing.T) {
	const n = 40_000
	y, seen := twelve()
	for _, c := range structures {
		mean, covariance := dense(c.structure, y, seen, .7, c.v)
		size := len(mean)
		rng := rand.New(rand.NewPCG(1, 2))
		s := newSmoother(c.structure, .7, seen)
		states, sum := make([]float64, size), make([]float64, size)
		products := mat.NewSymDense(size, nil)
		centered := mat.NewVecDense(size, nil)
		for range n {
			s.draw(rng, y, c.v, states)
			for i, a := range states {
				sum[i] += a / n
				centered.SetVec(i, a-mean[i])
			}
			products.SymRankOne(products, 1./n, centered)
		}
		for i := range size {
			variance := covariance.At(i, i)
			within(t, c.name+": a state's mean", sum[i], mean[i], 4.5*math.Sqrt(variance/n))
			for j := range i + 1 {
				// The variance of a product of two centered normals is σ_ii·σ_jj + σ_ij².
				deviation := math.Sqrt((variance*covariance.At(j, j) + covariance.At(i, j)*covariance.At(i, j)) / n)
				within(t, c.name+": a covariance", products.At(i, j), covariance.At(i, j), 4.5*deviation+1e-12)
			}
		}
	}
}

func TestRetreatIsTheTransposeOfAdvance(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range []structure{{1, 1}, {2, 1}, {4, 1}, {3, 2}, {7, 1}} {
		for step := range 4 {
			a, r := make([]float64, s.size()), make([]float64, s.size())
			for k := range a {
				a[k], r[k] = rng.NormFloat64(), rng.NormFloat64()
			}
			moved, back := append([]float64(nil), a...), append([]float64(nil), r...)
			s.advance(step, moved)
			s.retreat(step, back)
			left, right := 0.0, 0.0
			for k := range a {
				left += r[k] * moved[k]
				right += back[k] * a[k]
			}
			within(t, "r'(Ta) and (T'r)'a", left, right, 1e-12)
		}
	}
}
