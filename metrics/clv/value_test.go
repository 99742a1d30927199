package clv_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"tieback/metrics/clv"
)

func TestDiscount(t *testing.T) {
	near(t, "twelve months", math.Pow(1+clv.MonthlyDiscount(.1), 12), 1.1, 1e-14)
	near(t, "a month in weeks", clv.WeeksAMonth, 4.348214285714286, 1e-15)
	m := clv.BetaGeo{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	c := clv.Customer{Purchases: 2, Last: 30.43, Age: 38.86}
	year := clv.Horizon{Months: 12}
	near(t, "without discount", year.DiscountedPurchases(m, c), m.ExpectedPurchases(365.25/7, c), 1e-12)
	// By hand, month by month.
	want := 0.
	for i := 1.; i <= 12; i++ {
		want += (m.ExpectedPurchases(i*365.25/84, c) - m.ExpectedPurchases((i-1)*365.25/84, c)) / math.Pow(1.1, i/12)
	}
	near(t, "discounted", clv.Horizon{Months: 12, YearlyDiscount: .1}.DiscountedPurchases(m, c), want, 1e-12)
}

func valuationOfCDNOW(t testing.TB, kind clv.Kind) (clv.Valuation, []clv.History) {
	histories := cdnow(t)
	_, fit := fitted(t, kind, customersOf(histories))
	_, spending, err := clv.FitGammaGamma(spendersOf(histories))
	if err != nil {
		t.Fatal(err)
	}
	return clv.Valuation{Kind: kind, Process: fit, Spending: spending, Horizon: clv.Horizon{Months: 12, YearlyDiscount: .1}, MarginRate: .3, Level: .9}, histories
}

// The delta method's intervals agree, to the few percent that are of second order, with 4,000 draws of the log parameters from their normal distribution.
func TestValuesAgreeWithDraws(t *testing.T) {
	for _, kind := range clv.Kinds {
		v, histories := valuationOfCDNOW(t, kind)
		few := histories[:40]
		var means []float64
		for _, h := range few {
			means = append(means, h.Mean)
		}
		groups, of, err := clv.Grouped(customersOf(few))
		if err != nil {
			t.Fatal(err)
		}
		values, err := v.Of(groups, of, means)
		if err != nil {
			t.Fatal(err)
		}
		const draws = 4000
		drawn := make([][]float64, len(few))
		process, spending := drawer(t, v.Process), drawer(t, v.Spending)
		for range draws {
			p, err := clv.ProcessAt(kind, process())
			if err != nil {
				t.Fatal(err)
			}
			s := spending()
			g := clv.GammaGamma{P: s[0], Q: s[1], Gamma: s[2]}
			for i, h := range few {
				drawn[i] = append(drawn[i], v.MarginRate*v.Horizon.DiscountedPurchases(p, h.Customer)*g.ExpectedAmount(h.Purchases, h.Mean))
			}
		}
		for i, value := range values {
			slices.Sort(drawn[i])
			near(t, string(kind)+" lo/draws", value.Lo/drawn[i][draws/20], 1, .06)
			near(t, string(kind)+" hi/draws", value.Hi/drawn[i][draws*19/20], 1, .06)
			if !(value.Lo < value.Estimate && value.Estimate < value.Hi) {
				t.Errorf("%s: %+v is no interval", kind, value)
			}
		}
	}
}

// drawer draws parameters of a fit, with a fixed seed.
func drawer(t *testing.T, fit clv.Fit) func() []float64 {
	t.Helper()
	n := len(fit.Estimate)
	logs := make([]float64, n)
	for i, v := range fit.Estimate {
		logs[i] = math.Log(v)
	}
	normal, ok := distmv.NewNormal(logs, mat.NewSymDense(n, fit.Covariance), rand.NewPCG(1, 2))
	if !ok {
		t.Fatal("the covariance is not positive definite")
	}
	return func() []float64 {
		theta := normal.Rand(nil)
		for i := range theta {
			theta[i] = math.Exp(theta[i])
		}
		return theta
	}
}

// A mean margin far below 0 gives a value below 0, with its ends in order.
func TestValueBelowZero(t *testing.T) {
	v, histories := valuationOfCDNOW(t, clv.BGNBDKind)
	groups, of, err := clv.Grouped(customersOf(histories[:1]))
	if err != nil {
		t.Fatal(err)
	}
	values, err := v.Of(groups, of, []float64{-400})
	if err != nil {
		t.Fatal(err)
	}
	if got := values[0]; !(got.Lo < got.Estimate && got.Estimate < got.Hi && got.Estimate < 0) {
		t.Errorf("%+v", got)
	}
}

// The table that predicts for many gives what one prediction gives, on both sides of each of its shortcuts.
func TestTableOfPredictions(t *testing.T) {
	year := clv.Horizon{Months: 12}
	for _, theta := range [][]float64{{.243, 4.414, .793, 2.426}, {.6, 8, 1, 3}, {90, 700, .4, 2}, {.6, 8, .3, .7}, {.6, .01, .9, 3}, {.2, 3, 8, 40}} {
		for _, modified := range []bool{false, true} {
			m := clv.BetaGeo{R: theta[0], Alpha: theta[1], A: theta[2], B: theta[3], Modified: modified}
			for _, c := range []clv.Customer{{}, {Age: .1}, {Age: 400}, {Purchases: 1, Last: 3, Age: 4}, {Purchases: 70, Last: 100, Age: 101}} {
				near(t, "value", year.DiscountedPurchases(m, c), m.ExpectedPurchases(365.25/7, c), 1e-10)
			}
		}
	}
}
