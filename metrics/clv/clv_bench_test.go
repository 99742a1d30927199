package clv_test

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tieback/metrics/clv"
)

// BenchmarkFitCDNOW is one fit of CDNOW's 2,357 customers, grouping included.
func BenchmarkFitCDNOW(b *testing.B) {
	customers := customersOf(cdnow(b))
	for _, kind := range clv.Kinds {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := clv.FitProcess(kind, grouped(b, customers)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkValueOfAMillion fits process and spending to a million simulated customers and values each of them over 12 months, with its interval.
func BenchmarkValueOfAMillion(b *testing.B) {
	const n = 1_000_000
	random := rand.New(rand.NewPCG(1, 1))
	customers, _ := world(clv.BGNBDKind, []float64{.6, 8, .9, 3}, n, random)
	var spenders []clv.Spender
	means := make([]float64, n)
	for i := range customers {
		c := &customers[i]
		if c.Purchases == 0 {
			continue
		}
		c.Last = max(1, float64(int(c.Last*7))) / 7 // orders have days
		nu := distuv.Gamma{Alpha: 3.7, Beta: 15, Src: random}.Rand()
		means[i] = distuv.Gamma{Alpha: 6 * float64(c.Purchases), Beta: nu * float64(c.Purchases), Src: random}.Rand()
		spenders = append(spenders, clv.Spender{Purchases: c.Purchases, Mean: means[i]})
	}
	for _, kind := range clv.Kinds {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				groups, of, err := clv.Grouped(customers)
				if err != nil {
					b.Fatal(err)
				}
				_, fit, err := clv.FitProcess(kind, groups)
				if err != nil {
					b.Fatal(err)
				}
				_, spending, err := clv.FitGammaGamma(spenders)
				if err != nil {
					b.Fatal(err)
				}
				v := clv.Valuation{Kind: kind, Process: fit, Spending: spending, Horizon: clv.Horizon{Months: 12, YearlyDiscount: .1}, MarginRate: .3, Level: .9}
				if _, err := v.Of(groups, of, means); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(groups)), "groups")
			}
		})
	}
}
