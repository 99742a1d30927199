package lift

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// The conditions of Karush, Kuhn and Tucker decide without another solver whether a mixture is the best: used columns
// share one gradient, no other has a smaller one.
func TestMixIsOptimal(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1976, 11))
	for trial := range 300 {
		n, m := 2+rnd.IntN(60), 1+rnd.IntN(40)
		columns := make([][]float64, n)
		common := normal(rnd, m)
		for j := range columns {
			columns[j] = normal(rnd, m)
			floats.AddScaled(columns[j], 5*rnd.Float64(), common)
			if j > 0 && rnd.IntN(10) == 0 {
				columns[j] = slices.Clone(columns[rnd.IntN(j)]) // twins
			}
		}
		target := normal(rnd, m)
		floats.AddScaled(target, 2, common)
		ridge := []float64{0, 1e-12, 1, 100}[trial%4]
		best := mix(columns, target, ridge)
		if sum := floats.Sum(best.weights); math.Abs(sum-1) > 1e-12 || floats.Min(best.weights) < 0 {
			t.Fatalf("trial %d: weights sum to %g, least %g", trial, sum, floats.Min(best.weights))
		}
		gradient, objective := gradientOf(columns, target, ridge, best.weights)
		mean := floats.Dot(gradient, best.weights)
		size := floats.Norm(gradient, math.Inf(1)) + objective + 1
		for j, g := range gradient {
			if g < mean-1e-9*size || best.weights[j] > 1e-9 && math.Abs(g-mean) > 1e-7*size {
				t.Fatalf("trial %d (%d columns, %d rows, ridge %g): column %d has gradient %g against %g with weight %g", trial, n, m, ridge, j, g, mean, best.weights[j])
			}
		}
		if best.gap > 1e-9*size {
			t.Errorf("trial %d: gap %g of objective %g", trial, best.gap, objective)
		}
	}
}

// gradientOf is half the gradient of ‖Cw − b‖² + ridge‖w‖², and the objective.
func gradientOf(columns [][]float64, target []float64, ridge float64, w []float64) ([]float64, float64) {
	residual := slices.Clone(target)
	floats.Scale(-1, residual)
	for j, c := range columns {
		floats.AddScaled(residual, w[j], c)
	}
	gradient := make([]float64, len(columns))
	for j, c := range columns {
		gradient[j] = floats.Dot(c, residual) + ridge*w[j]
	}
	return gradient, floats.Dot(residual, residual) + ridge*floats.Dot(w, w)
}

func TestMixSmallCases(t *testing.T) {
	for name, c := range map[string]struct {
		columns [][]float64
		target  []float64
		ridge   float64
		want    []float64
		unique  bool
	}{
		"one column":          {[][]float64{{3, 4}}, []float64{0, 0}, 0, []float64{1}, true},
		"inside":              {[][]float64{{0, 0}, {4, 0}, {0, 4}}, []float64{1, 2}, 0, []float64{.25, .25, .5}, true},
		"outside":             {[][]float64{{0, 0}, {4, 0}, {0, 4}}, []float64{3, 3}, 0, []float64{0, .5, .5}, true},
		"corner":              {[][]float64{{0, 0}, {4, 0}, {0, 4}}, []float64{-1, -2}, 0, []float64{1, 0, 0}, true},
		"much ridge":          {[][]float64{{0}, {1}, {2}, {3}}, []float64{0}, 1e12, []float64{.25, .25, .25, .25}, true},
		"all are the target":  {[][]float64{{1, 2}, {1, 2}}, []float64{1, 2}, 0, []float64{.5, .5}, false},
		"twins":               {[][]float64{{1, 2}, {1, 2}, {5, 9}}, []float64{0, 0}, 0, []float64{1, 0, 0}, false},
		"twins under a ridge": {[][]float64{{1, 2}, {1, 2}, {50, 90}}, []float64{0, 0}, 1e-6, []float64{.5, .5, 0}, true},
	} {
		got := mix(c.columns, c.target, c.ridge)
		if !floats.EqualApprox(got.weights, c.want, 1e-9) || got.unique != c.unique {
			t.Errorf("%s: %v unique %v, want %v %v", name, got.weights, got.unique, c.want, c.unique)
		}
	}
}

// After any sequence of columns in and out, Q·R is what is in.
func TestOrthogonalKeepsUp(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	const rows = 12
	o := orthogonal{rows: rows}
	var held [][]float64
	for range 400 {
		if len(held) > 0 && rnd.IntN(5) < 2 {
			k := rnd.IntN(len(held))
			o.remove(k)
			held = slices.Delete(held, k, k+1)
		} else if column := normal(rnd, rows); o.push(column) {
			held = append(held, column)
		} else if len(held) < rows {
			t.Fatal("an independent column was refused")
		}
		for k, column := range held {
			product := make([]float64, rows)
			for i, c := range o.r[k] {
				floats.AddScaled(product, c, o.q[i])
			}
			if !floats.EqualApprox(product, column, 1e-10) {
				t.Fatalf("column %d of %d is %v, want %v", k, len(held), product, column)
			}
		}
	}
}

func normal(rnd *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = rnd.NormFloat64()
	}
	return v
}
