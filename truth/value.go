package truth

import (
	"math/rand/v2"

	"tieback/metrics"
	"tieback/metrics/clv"
	"tieback/simulate/buyers"
)

// values ask what a customer, drawn out of all, is expected to bring in a year. The interval is about that expectation.
func values() []Study {
	const customers = 1500
	row := func(world, note string, misspecified bool) Row {
		return Row{Method: "customer value", World: world, Misspecified: misspecified, Claim: Exact, Unit: "expected margin a customer", Note: note}
	}
	study := func(name string, draw func(*rand.Rand, int) *buyers.World, row Row) Study {
		return Study{Name: name, Rows: []Row{row}, Play: func(_ int, r *rand.Rand, say func(int, Finding)) error {
			w := draw(r, customers)
			one := r.IntN(customers)
			truth := w.Expected(&w.Buyers[one])
			v, err := valueOf(w.Buyers, one)
			if err != nil { // too little to value anybody by
				say(0, noAnswer(truth))
				return nil
			}
			say(0, found(truth, metrics.Interval{Estimate: v.Estimate, Lo: v.Lo, Hi: v.Hi}, true))
			return nil
		}}
	}
	return []Study{
		study("customer value", buyers.Plain, row("buying and leaving as the model has it", "", false)),
		study("customer value, rough", buyers.Rough, row("leaving by the calendar, seasons, huge baskets", noteValue, true)),
	}
}

// valueOf fits both halves of the model to all customers and values one, as the warehouse does.
func valueOf(all []buyers.Buyer, one int) (clv.Value, error) {
	customers, spenders := make([]clv.Customer, len(all)), []clv.Spender(nil)
	for i := range all {
		b := &all[i]
		customers[i] = clv.Customer{Purchases: len(b.Times), Age: b.Age}
		if n := len(b.Times); n > 0 {
			customers[i].Last = b.Times[n-1]
			spenders = append(spenders, clv.Spender{Purchases: n, Mean: b.Mean()})
		}
	}
	groups, _, err := clv.Grouped(customers)
	if err != nil {
		return clv.Value{}, err
	}
	_, process, err := clv.FitProcess(clv.BGNBDKind, groups)
	if err != nil {
		return clv.Value{}, err
	}
	_, spending, err := clv.FitGammaGamma(spenders)
	if err != nil {
		return clv.Value{}, err
	}
	valuation := clv.Valuation{Kind: clv.BGNBDKind, Process: process, Spending: spending,
		Horizon: clv.Horizon{Months: 12, YearlyDiscount: .1}, MarginRate: 1, Level: metrics.DefaultLevel}
	values, err := valuation.Of([]clv.Group{{Customer: customers[one], Count: 1}}, []int{0}, []float64{all[one].Mean()})
	if err != nil {
		return clv.Value{}, err
	}
	return values[0], nil
}
