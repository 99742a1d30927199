package lift

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A mixture is the solution of a simplex-constrained least-squares problem.
//
// Gap bounds how far the objective may lie above its minimum, in its own unit (max over columns of the Karush–Kuhn–Tucker
// violation): 0 but for rounding. Unique is false where another mixture fits as well.
type mixture struct {
	weights []float64
	gap     float64
	unique  bool
}

// mix minimizes over weights w ≥ 0, Σw = 1
//
//	‖Σ_j w_j·columns[j] − target‖² + ridge·‖w‖²
//
// exactly: it looks for the point nearest to the origin in the hull of g_j = (columns[j] − target, √ridge·e_j), by an
// active set that grows by the column that violates optimality most and shrinks where a weight would turn negative. Each
// step lowers the objective, so no set comes twice and the search ends. The sets' least-squares problems are solved by
// an updated QR factorization, not by normal equations, since time weights come with almost no ridge. Columns are taken
// in their order; the same problem gives the same bits.
//
// Source: Wolfe (1976), Mathematical Programming 11, 128–149; in the form of Lawson and Hanson (1974), Solving Least
// Squares Problems, chapter 23, with the sum as one more equation.
func mix(columns [][]float64, target []float64, ridge float64) mixture {
	n, m := len(columns), len(target)
	if n == 1 {
		return mixture{weights: []float64{1}, unique: true}
	}
	points := make([][]float64, n)
	rows := m + 1
	if ridge > 0 {
		rows += n
	}
	var largest float64
	for j, column := range columns {
		points[j] = make([]float64, rows)
		floats.SubTo(points[j][1:m+1], column, target)
		if ridge > 0 {
			points[j][1+m+j] = math.Sqrt(ridge)
		}
		largest = max(largest, floats.Norm(points[j], 2))
	}
	if largest == 0 { // every column is the target
		return mixture{weights: uniform(n), unique: false}
	}
	for _, point := range points {
		floats.Scale(1/largest, point)
		point[0] = 1 // the equation Σw = 1, of the size of the longest column
	}
	s := search{points: points, dense: m + 1, weights: make([]float64, n), active: orthogonal{rows: rows}, in: make([]bool, n)}
	s.start(ridge > 1e-3*largest*largest)
	s.run()
	violation, ties := s.optimality()
	return mixture{weights: s.weights, gap: 2 * violation * largest * largest, unique: ties == 0}
}

// search is the state of mix: points[j][0] is 1, the rest g_j over the longest of them. From dense on, points[j] holds the
// ridge, and is 0 but in its own row.
type search struct {
	points  [][]float64
	dense   int
	weights []float64
	active  orthogonal
	set     []int // columns of active, in its order
	in      []bool
}

// start begins with the column nearest to the origin, or, where a strong ridge will keep most of them, with all alike.
func (s *search) start(all bool) {
	first := 0
	for j := range s.points {
		if floats.Norm(s.points[j], 2) < floats.Norm(s.points[first], 2) {
			first = j
		}
	}
	s.add(first)
	if all {
		for j := range s.points {
			if j != first {
				s.add(j) // always taken: the ridge makes columns independent
			}
		}
	}
	for _, j := range s.set {
		s.weights[j] = 1 / float64(len(s.set))
	}
	s.descend()
}

// run lets columns in, one at a time, until none would lower the objective.
func (s *search) run() {
	// Each round lowers the objective; the bound only guards against rounding that would make it stand still.
	for range 20*len(s.points) + 100 {
		x := s.residual()
		here, length := floats.Dot(x, x), floats.Norm(x, 2)
		enter, least := -1, 0.
		for j := range s.points {
			if s.in[j] {
				continue
			}
			if gain := s.dot(j, x) - here; gain < least {
				enter, least = j, gain
			}
		}
		if enter < 0 || -least <= tolerance(len(x))*length || !s.add(enter) {
			return
		}
		before := append([]float64(nil), s.weights...)
		s.descend()
		if after := s.residual(); floats.Dot(after, after) >= here {
			s.weights = before
			return
		}
	}
}

// descend moves to the best mixture of the active set, leaving out columns whose weight reaches 0 on the way.
func (s *search) descend() {
	for {
		goal := s.active.affine()
		step, leave := 1., -1
		for k, j := range s.set {
			if goal[k] > 0 {
				continue
			}
			if ratio := s.weights[j] / (s.weights[j] - goal[k]); leave < 0 || ratio < step {
				step, leave = ratio, k
			}
		}
		if leave < 0 {
			for k, j := range s.set {
				s.weights[j] = goal[k]
			}
			return
		}
		for k, j := range s.set {
			s.weights[j] += step * (goal[k] - s.weights[j])
		}
		s.drop(leave)
		for k := len(s.set) - 1; k >= 0; k-- {
			if s.weights[s.set[k]] <= 0 && len(s.set) > 1 {
				s.drop(k)
			}
		}
		s.normalize()
	}
}

func (s *search) add(j int) bool {
	if !s.active.push(s.points[j]) {
		return false
	}
	s.set, s.in[j] = append(s.set, j), true
	return true
}

func (s *search) drop(k int) {
	j := s.set[k]
	s.active.remove(k)
	s.set = append(s.set[:k], s.set[k+1:]...)
	s.weights[j], s.in[j] = 0, false
}

func (s *search) normalize() { floats.Scale(1/floats.Sum(s.weights), s.weights) }

// residual is Σ w_j·g_j, over the longest column.
func (s *search) residual() []float64 {
	x := make([]float64, len(s.points[0])-1)
	for _, j := range s.set {
		floats.AddScaled(x[:s.dense-1], s.weights[j], s.points[j][1:s.dense])
		if own := s.dense - 1 + j; own < len(x) {
			x[own] = s.weights[j] * s.points[j][1+own]
		}
	}
	return x
}

// dot is g_j·x for a residual x.
func (s *search) dot(j int, x []float64) float64 {
	sum := floats.Dot(s.points[j][1:s.dense], x[:s.dense-1])
	if own := s.dense - 1 + j; own < len(x) {
		sum += s.points[j][1+own] * x[own]
	}
	return sum
}

// optimality is the largest violation of x·g_j ≥ x·x, and how many columns outside the set fit as well as those in it.
func (s *search) optimality() (violation float64, ties int) {
	x := s.residual()
	here, length := floats.Dot(x, x), floats.Norm(x, 2)
	for j := range s.points {
		slack := s.dot(j, x) - here
		violation = max(violation, -slack)
		if !s.in[j] && slack <= 1e-9*max(length, 1e-9) {
			ties++
		}
	}
	return violation, ties
}

// tolerance is the rounding of an inner product of n terms.
func tolerance(n int) float64 { return 4 * 0x1p-52 * math.Sqrt(float64(n)+16) }

func uniform(n int) []float64 {
	w := make([]float64, n)
	for j := range w {
		w[j] = 1 / float64(n)
	}
	return w
}
