package bsts

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
)

// fifteen is a small regression: z depends on the first covariate, the second resembles it, the others are noise.
func fifteen() (d *data, z []float64) {
	const n, p = 15, 4
	rng := rand.New(rand.NewPCG(5, 6))
	d = &data{pre: n, periods: n, observed: n, given: p, used: []int{0, 1, 2, 3}, x: make([]float64, n*p), seen: make([]bool, n)}
	for t := range n {
		row := d.row(t)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		row[1] = .8*row[0] + .6*row[1]
		z = append(z, .45*row[0]-.25*row[3]+.5*rng.NormFloat64())
		d.seen[t] = true
	}
	return d, z
}

// Every one of the 2⁴ models, weighed by its marginal likelihood: z given γ is Student's t with ν degrees of freedom,
// location 0 and scale ss/ν·(I + X_γΩ_γX_γ'), a form that needs neither V nor SS. The slab is built anew from the
// formula.
func TestSpikeAndSlabAgainstAllModels(t *testing.T) {
	const draws = 60_000
	d, z := fifteen()
	o := Options{ExpectedModelSize: 2, ExpectedR2: .5, PriorDF: 8}
	s := newSpikeSlab(d, o)
	pi := 2. / 5 // the constant counts as a fifth covariate
	n, p := d.pre, len(d.used)
	x := mat.NewDense(n, p, d.x)
	var xx mat.Dense
	xx.Mul(x.T(), x)

	var total float64
	inclusion, mean := make([]float64, p), make([]float64, p)
	var variance float64
	for model := range 1 << p {
		var in []int
		for j := range p {
			if model&(1<<j) != 0 {
				in = append(in, j)
			}
		}
		k := len(in)
		logPrior := float64(k)*math.Log(pi) + float64(p-k)*math.Log(1-pi)
		scale := mat.NewSymDense(n, nil)
		for i := range n {
			scale.SetSym(i, i, 1)
		}
		var b mat.VecDense
		rest := o.PriorDF * (1 - o.ExpectedR2)
		if k > 0 {
			chosen, omega := mat.NewDense(n, k, nil), mat.NewDense(k, k, nil)
			for i, a := range in {
				chosen.SetCol(i, mat.Col(nil, a, x))
				for j, c := range in {
					v := xx.At(a, c) / 2
					if a == c {
						v = xx.At(a, a)
					}
					omega.Set(i, j, .01/float64(n)*v)
				}
			}
			var inverse, product, vInverse mat.Dense
			if err := inverse.Inverse(omega); err != nil {
				t.Fatal(err)
			}
			product.Product(chosen, &inverse, chosen.T())
			for i := range n {
				for j := i; j < n; j++ {
					scale.SetSym(i, j, scale.At(i, j)+(product.At(i, j)+product.At(j, i))/2)
				}
			}
			vInverse.Mul(chosen.T(), chosen)
			vInverse.Add(&vInverse, omega)
			var xz mat.VecDense
			xz.MulVec(chosen.T(), mat.NewVecDense(n, z))
			if err := b.SolveVec(&vInverse, &xz); err != nil {
				t.Fatal(err)
			}
			rest -= mat.Dot(&b, &xz)
		}
		scale.ScaleSym(1-o.ExpectedR2, scale)
		density, ok := distmv.NewStudentsT(make([]float64, n), scale, o.PriorDF, nil)
		if !ok {
			t.Fatal("scale is not positive definite")
		}
		weight := math.Exp(logPrior + density.LogProb(z))
		total += weight
		rest += mat.Dot(mat.NewVecDense(n, z), mat.NewVecDense(n, z))
		variance += weight * rest / (o.PriorDF + float64(n) - 2)
		for i, j := range in {
			inclusion[j] += weight
			mean[j] += weight * b.AtVec(i)
		}
	}

	rng := rand.New(rand.NewPCG(7, 8))
	var zz, drawnVariance float64
	xz := make([]float64, p)
	for i, v := range z {
		zz += v * v
		for j, w := range d.row(i) {
			xz[j] += v * w
		}
	}
	drawnIn, drawnMean, beta := make([]float64, p), make([]float64, p), make([]float64, p)
	for range draws {
		copy(s.xz, xz)
		drawnVariance += s.draw(rng, zz, beta) / draws
		for j, b := range beta {
			if b != 0 {
				drawnIn[j] += 1. / draws
			}
			drawnMean[j] += b / draws
		}
	}
	for j := range p {
		t.Logf("covariate %d: inclusion %.4f, mean %.4f", j, inclusion[j]/total, mean[j]/total)
		within(t, "inclusion", drawnIn[j], inclusion[j]/total, .01)
		within(t, "coefficient", drawnMean[j], mean[j]/total, .006)
	}
	within(t, "variance of the noise", drawnVariance, variance/total, .005)
}

// Every draw must lie beyond the bound, and their mean be a/b·Q(a+1, b·x)/Q(a, b·x), Q the upper incomplete gamma
// ratio, wherever the bound lies.
func TestTruncatedGamma(t *testing.T) {
	const n = 20_000
	rng := rand.New(rand.NewPCG(9, 10))
	for _, c := range []struct{ shape, rate, least float64 }{
		{16, .0016, 1}, {20, 40, .2}, {20, 40, .6}, {20, 100, 1}, {.505, .3, 2},
	} {
		draws := make([]float64, n)
		for i := range draws {
			draws[i] = truncatedGamma(rng, c.shape, c.rate, c.least)
			if draws[i] < c.least {
				t.Fatalf("%+v gave %g", c, draws[i])
			}
		}
		mean, sd := stat.MeanStdDev(draws, nil)
		want := c.shape / c.rate * mathext.GammaIncRegComp(c.shape+1, c.rate*c.least) / mathext.GammaIncRegComp(c.shape, c.rate*c.least)
		within(t, "mean", mean, want, 4.5*sd/math.Sqrt(n))
	}
	if v := truncatedGamma(rng, 16, 1e9, 1); v != 1 {
		t.Errorf("where all mass lies below the bound the draw is %g, want the bound", v)
	}
}
