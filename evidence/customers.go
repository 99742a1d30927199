package evidence

import (
	"context"
	"fmt"
	"math"
	"time"

	"tieback/metrics"
	"tieback/metrics/clv"
	"tieback/warehouse"
)

const (
	// valueMethod names how expected_margin_12m is computed.
	valueMethod = "BG/NBD and Gamma-Gamma on margin, discounted by 10 % a year"
	// fewestRepeaters is how many customers must have come back before anybody is valued.
	fewestRepeaters = 50
	// mostLeftOut is the share of returning customers that may be missing from the fit of margins.
	mostLeftOut = .05
	// mostCorrelated is the correlation of purchases and mean margins up to which their product needs no word.
	mostCorrelated = .3
)

// valueHorizon is what expected_margin_12m counts.
var valueHorizon = clv.Horizon{Months: 12, YearlyDiscount: .1}

// customersValued computes what each customer is expected to earn over the next 12 months.
//
// A purchase is a day on which the customer, by its resolved person, has an order whose net revenue is above 0 after all adjustments
// known so far. The observation ends with the last day on which anybody ordered.
func customersValued() warehouse.Model {
	return warehouse.Model{
		Name: "int_customers_valued", Layer: warehouse.Intermediate,
		Sentence: "what each customer is expected to earn over the next 12 months.",
		Grain:    []string{"customer_id"}, Reads: []string{"fct_orders"},
		Units: "reporting currency, discounted by 10 % a year; intervals two-sided 90 %",
		Columns: []warehouse.Column{
			{Name: "customer_id", Type: "uuid"}, {Name: "expected_margin_12m", Type: "decimal(18, 4)"},
			{Name: "expected_margin_12m_lo", Type: "decimal(18, 4)"}, {Name: "expected_margin_12m_hi", Type: "decimal(18, 4)"},
			{Name: "expected_margin_12m_grade", Type: "varchar"}, {Name: "expected_margin_12m_method", Type: "varchar"}, {Name: "expected_margin_12m_note", Type: "varchar"},
		},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			b, err := readBuyers(ctx, in)
			if err != nil {
				return err
			}
			return b.emit(emit)
		},
	}
}

const buyerQuery = `
select
    cast(customer_id as varchar),
    order_date,
    cast(sum(cast(margin_reporting as double)) as double),
    count(*) - count(margin_reporting),
    count(*) filter (where net_revenue > 0)
from fct_orders
where customer_id is not null
group by customer_id, order_date
order by customer_id, order_date`

// buyers are everybody who ordered, with what is known of their purchases.
type buyers struct {
	ids       []string
	purchases []clv.Purchase
	// unknown marks customers of whom the margin of a purchase is not known.
	unknown []bool
	end     int
}

func readBuyers(ctx context.Context, in *warehouse.Reader) (*buyers, error) {
	b := &buyers{}
	err := in.Each(ctx, buyerQuery, func(v []any) error {
		if id := text(v[0]); len(b.ids) == 0 || b.ids[len(b.ids)-1] != id {
			b.ids, b.unknown = append(b.ids, id), append(b.unknown, false)
		}
		at, date := len(b.ids)-1, int(day(v[1]).Unix()/int64(24*time.Hour/time.Second))
		b.end = max(b.end, date)
		if number(v[4]) == 0 {
			return nil
		}
		if number(v[3]) > 0 {
			b.unknown[at] = true
		}
		b.purchases = append(b.purchases, clv.Purchase{Customer: at, Day: date, Amount: orZero(v[2])})
		return nil
	})
	return b, err
}

// emit writes a row for each customer; without a value it says why.
func (b *buyers) emit(emit func(...any) error) error {
	histories := clv.Histories(b.purchases, len(b.ids), b.end)
	values, note, err := b.value(histories)
	if err != nil {
		return err
	}
	for i, id := range b.ids {
		why := note
		switch {
		case !histories[i].Known:
			why = "every order was canceled or refunded in full"
		case values != nil && b.unknown[i]:
			why = "the margin of an order is not known"
		case values != nil:
			v := values[i]
			if err := emit(id, money(v.Estimate), money(v.Lo), money(v.Hi), "D", valueMethod, orNothing(why)); err != nil {
				return err
			}
			continue
		}
		if err := emit(id, nil, nil, nil, nil, nil, why); err != nil {
			return err
		}
	}
	return nil
}

func orNothing(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// value fits both halves of the model. No values come with the reason in note; with values, note is what to know of them.
func (b *buyers) value(histories []clv.History) (values []clv.Value, note string, err error) {
	customers, means := make([]clv.Customer, len(histories)), make([]float64, len(histories))
	var observed []clv.Customer
	var spenders []clv.Spender
	repeaters := 0
	for i, h := range histories {
		customers[i], means[i] = h.Customer, h.Mean
		if h.Known {
			observed = append(observed, h.Customer)
		}
		if h.Purchases == 0 {
			continue
		}
		repeaters++
		if h.Mean > 0 && !b.unknown[i] {
			spenders = append(spenders, clv.Spender{Purchases: h.Purchases, Mean: h.Mean})
		}
	}
	if repeaters < fewestRepeaters {
		return nil, fmt.Sprintf("fewer than %d customers bought on a second day", fewestRepeaters), nil
	}
	if left := repeaters - len(spenders); float64(left) > mostLeftOut*float64(repeaters) {
		return nil, fmt.Sprintf("of more than %.0f %% of the customers who came back the margin is not known, or not above 0", 100*mostLeftOut), nil
	}
	groups, _, err := clv.Grouped(observed)
	if err != nil {
		return nil, "", err
	}
	_, process, err := clv.FitProcess(clv.BGNBDKind, groups)
	if err != nil {
		return nil, "", err
	}
	if !process.Converged {
		return nil, "the fit of purchases did not converge: " + process.Status, nil
	}
	_, spending, err := clv.FitGammaGamma(spenders)
	if err != nil {
		return nil, "", err
	}
	if !spending.Converged {
		return nil, "the fit of margins did not converge: " + spending.Status, nil
	}
	if q := spending.Estimate[1]; q <= 1 {
		return nil, fmt.Sprintf("margins spread too far to have a mean over all customers (q = %.2f)", q), nil
	}
	// Who is not known has the empty history here and no value later.
	all, of, err := clv.Grouped(customers)
	if err != nil {
		return nil, "", err
	}
	valuation := clv.Valuation{Kind: clv.BGNBDKind, Process: process, Spending: spending, Horizon: valueHorizon, MarginRate: 1, Level: metrics.DefaultLevel}
	if values, err = valuation.Of(all, of, means); err != nil {
		return nil, "", err
	}
	if r := clv.Correlation(spenders); math.Abs(r) > mostCorrelated {
		note = fmt.Sprintf("purchases and margins correlate by %.2f, beyond %.1f: the value as their product is biased", r, mostCorrelated)
	}
	return values, note, nil
}
