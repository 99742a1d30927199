package lift

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// orthogonal is the thin QR factorization of columns that come and go: q holds orthonormal columns, r[k] the
// coefficients of column k in the first k+1 of them. gonum factorizes whole matrices only, which would cost a power of
// the number of columns more.
type orthogonal struct {
	rows int
	q, r [][]float64
}

// push appends a column; false where it depends on those there already. Gram–Schmidt, twice: Giraud et al. (2005),
// Numerische Mathematik 101, 87–100.
func (o *orthogonal) push(column []float64) bool {
	v := append([]float64(nil), column...)
	coefficients := make([]float64, len(o.q)+1)
	for range 2 {
		for k, q := range o.q {
			c := floats.Dot(q, v)
			coefficients[k] += c
			floats.AddScaled(v, -c, q)
		}
	}
	length := floats.Norm(v, 2)
	if length <= 1e-13*floats.Norm(column, 2) {
		return false
	}
	coefficients[len(o.q)] = length
	floats.Scale(1/length, v)
	o.q, o.r = append(o.q, v), append(o.r, coefficients)
	return true
}

// remove takes column k out and turns the rest back to a triangle by Givens rotations. Source: Golub and Van Loan
// (2013), Matrix Computations, 4th edition, section 6.5.2.
func (o *orthogonal) remove(k int) {
	o.r = append(o.r[:k], o.r[k+1:]...)
	for j := k; j < len(o.r); j++ {
		c, s, length, _ := blas64.Rotg(o.r[j][j], o.r[j][j+1])
		for later := j; later < len(o.r); later++ {
			a, b := o.r[later][j], o.r[later][j+1]
			o.r[later][j], o.r[later][j+1] = c*a+s*b, c*b-s*a
		}
		blas64.Rot(blas64.Vector{N: o.rows, Data: o.q[j], Inc: 1}, blas64.Vector{N: o.rows, Data: o.q[j+1], Inc: 1}, c, s)
		o.r[j][j] = length
		o.r[j] = o.r[j][:j+1]
	}
	o.q = o.q[:len(o.r)]
}

// affine gives the weights, summing to 1 and of any sign, whose mixture of the columns is nearest to the origin below
// the first row: the least-squares solution of Σ u_k·column_k = (1, 0, …, 0), over its sum.
func (o *orthogonal) affine() []float64 {
	n := len(o.r)
	u := make([]float64, n)
	upper := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: n, Stride: n, Data: make([]float64, n*n)}
	for k := range n {
		u[k] = o.q[k][0]
		for i := range k + 1 {
			upper.Data[i*n+k] = o.r[k][i]
		}
	}
	blas64.Trsv(blas.NoTrans, upper, blas64.Vector{N: n, Data: u, Inc: 1})
	if sum := floats.Sum(u); sum > 0 && !math.IsInf(sum, 0) {
		floats.Scale(1/sum, u)
	}
	return u
}
