package truth

import (
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics/clv"
	"tieback/simulate/buyers"
)

// What the plain world expects of a customer, added up over all rates and drop-outs, is what the closed formulas of BG/NBD
// (Fader, Hardie and Lee 2005, equation 10) and Gamma-Gamma give at the parameters of that world: two derivations, one number.
func TestExpectedValueAgreesWithTheFormula(t *testing.T) {
	w := buyers.Plain(rand.New(rand.NewPCG(1, 2)), 400)
	process, err := clv.ProcessAt(clv.BGNBDKind, []float64{.62, 8.5, .85, 2.7})
	if err != nil {
		t.Fatal(err)
	}
	amounts := clv.GammaGamma{P: 3.1, Q: 5.2, Gamma: 55}
	for i := range w.Buyers {
		b := &w.Buyers[i]
		c := clv.Customer{Purchases: len(b.Times), Age: b.Age}
		if c.Purchases > 0 {
			c.Last = b.Times[c.Purchases-1]
		}
		want := clv.Horizon{Months: 12, YearlyDiscount: .1}.DiscountedPurchases(process, c) * amounts.ExpectedAmount(c.Purchases, b.Mean())
		if got := w.Expected(b); math.Abs(got-want) > 1e-3*want {
			t.Fatalf("%d purchases, the last at %.1f of %.1f: %g expected, formula %g", c.Purchases, c.Last, c.Age, got, want)
		}
	}
}
