package metrics_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tieback/metrics"
)

// Ten treated and eight control units with a covariate, made up for these tests.
var (
	treatedY = []float64{0, 0, 12.5, 0, 31.2, 0, 7, 0, 0, 18.4}
	treatedX = []float64{3, 1, 20, 2, 41, 0, 9, 4, 2, 16}
	controlY = []float64{0, 5.1, 0, 0, 0, 9.3, 0, 0}
	controlX = []float64{2, 8, 1, 0, 5, 13, 3, 2}
)

func TestSums(t *testing.T) {
	s := metrics.SumsOf(treatedY, treatedX)
	near(t, "mean of y", s.MeanY(), stat.Mean(treatedY, nil), 1e-12)
	near(t, "mean of x", s.MeanX(), stat.Mean(treatedX, nil), 1e-12)
	near(t, "variance of y", s.VarY(), stat.Variance(treatedY, nil), 1e-12)
	near(t, "variance of x", s.VarX(), stat.Variance(treatedX, nil), 1e-12)
	near(t, "covariance", s.CovXY(), stat.Covariance(treatedX, treatedY, nil), 1e-12)

	parts := metrics.SumsOf(treatedY[:4], treatedX[:4]).Plus(metrics.SumsOf(treatedY[4:], treatedX[4:]))
	near(t, "variance of parts added", parts.VarY(), s.VarY(), 1e-12)
}

func TestEffectiveUnits(t *testing.T) {
	for _, test := range []struct {
		outcomes []float64
		want     float64 // by the definition: four alike, four buyers, one big buyer
	}{
		{[]float64{7, 7, 7, 7}, 4},
		{[]float64{0, 5, 0, 5, 5, 0, 5, 0}, 4},
		{[]float64{1, 1, 8, 0}, 100. / 66},
		{[]float64{0, 0}, 0},
	} {
		near(t, "effective units", metrics.SumsOf(test.outcomes, nil).EffectiveUnits(), test.want, 1e-12)
	}
}

func TestSumsLimits(t *testing.T) {
	one := metrics.SumsOf([]float64{4}, []float64{2})
	if !math.IsNaN(one.VarY()) || !math.IsNaN(one.VarX()) || !math.IsNaN(one.CovXY()) {
		t.Errorf("one unit has variances %g, %g and covariance %g, want NaN", one.VarY(), one.VarX(), one.CovXY())
	}
	if empty := (metrics.Sums{}); !math.IsNaN(empty.MeanY()) || !math.IsNaN(empty.MeanX()) {
		t.Errorf("mean of nobody = %g, want NaN", empty.MeanY())
	}
	constant := make([]float64, 10_000)
	for i := range constant {
		constant[i] = .1
	}
	if v := metrics.SumsOf(constant, nil).VarY(); v != 0 {
		t.Errorf("variance of a constant = %g, want 0", v)
	}
	// A mean of a million standard deviations leaves four digits, as documented.
	far := []float64{1e6 - 1, 1e6, 1e6 + 1, 1e6 + 2}
	near(t, "variance far from 0", metrics.SumsOf(far, nil).VarY(), stat.Variance(far, nil), 1e-3)
	defer func() {
		if recover() == nil {
			t.Error("columns of different length did not panic")
		}
	}()
	metrics.SumsOf(treatedY, controlX)
}
