package truth

import (
	"maps"
	"slices"
	"strings"

	"tieback/metrics"
)

// assumedMargin is the part of net revenue that counts as margin where no cost of goods is known.
const assumedMargin = .40

// books are what an observer has of the company: orders with their margin, who was assigned to which arm, and who left
// which trace.
type books struct {
	orders   []*sale // in the order of their time, once closed
	current  map[string]*sale
	skuCost  map[string]int64
	rates    map[string]float64
	assigned map[string][]assignment // by pilot
	touches  []touch
	links    map[string]string // account or browser → customer
}

// sale is an order with everything that was booked on it.
type sale struct {
	event
	lineGoods   int64
	lines       bool
	refund      int64
	returned    int64 // cost of goods that came back
	canceled    bool
	margin, net float64 // USD
}

// assignment is a unit of a pilot in the arm it was assigned to first.
type assignment struct {
	unit, arm, date string
	covariate       float64
}

func newBooks() *books {
	return &books{current: map[string]*sale{}, skuCost: map[string]int64{}, rates: map[string]float64{}, assigned: map[string][]assignment{}, links: map[string]string{}}
}

// add enters an event, in the order of arrival.
func (b *books) add(e *event) {
	switch e.kind {
	case "sale.order":
		s := b.sale(e)
		if e.revision > s.revision {
			s.event = *e
		}
	case "sale.line":
		s := b.sale(e)
		s.lines = true
		if e.goodsKnown {
			s.lineGoods += e.goods
		} else {
			s.lineGoods += b.skuCost[e.sku] * e.quantity
		}
	case "sale.adjustment":
		s := b.sale(e)
		s.refund, s.returned, s.canceled = e.amount, e.goods, e.adjustment == "cancel"
	case "product.cost":
		b.skuCost[e.sku] = e.goods
	case "fx.rate":
		b.rates[e.date] = e.rate
	case "pilot.assigned":
		all := b.assigned[e.pilot]
		if !slices.ContainsFunc(all[max(0, len(all)-8):], func(a assignment) bool { return a.unit == e.unit }) {
			b.assigned[e.pilot] = append(all, assignment{e.unit, e.arm, e.at.Format("2006-01-02"), float64(e.covariate) / 100})
		}
	case "identity.link", "identity.unlink":
		b.link(e)
	case "web.visit", "social.engagement":
		b.touched(e)
	}
}

// sale is the order of an event, which may come after what is booked on it.
func (b *books) sale(e *event) *sale {
	key := e.source + " " + e.order
	s := b.current[key]
	if s == nil {
		s = &sale{}
		b.current[key] = s
	}
	return s
}

// close works out margins, when everything has come.
func (b *books) close() {
	days := slices.Sorted(maps.Keys(b.rates))
	for _, s := range b.current {
		if s.revision == 0 { // booked on an order that never came
			continue
		}
		net := s.gross - s.discount - s.refund
		goods, known := s.goods, s.goodsKnown
		if s.lines {
			goods, known = s.lineGoods, true
		}
		back := s.returned
		if s.canceled {
			back = goods
		}
		s.margin = assumedMargin * float64(net) / 100
		if known {
			s.margin = float64(net-(goods-back)-s.variable) / 100
		}
		s.net = float64(net) / 100
		if s.currency == "EUR" {
			i, exact := slices.BinarySearch(days, s.date)
			if !exact {
				i--
			}
			s.margin, s.net = s.margin*b.rates[days[i]], s.net*b.rates[days[i]]
		}
		b.orders = append(b.orders, s)
	}
	slices.SortFunc(b.orders, func(x, y *sale) int {
		if c := x.at.Compare(y.at); c != 0 {
			return c
		}
		return strings.Compare(x.source+x.order, y.source+y.order)
	})
}

// margins sums the margin of each customer's orders of the days [from, before).
func (b *books) margins(from, before string) map[string]float64 {
	sums := map[string]float64{}
	for _, s := range b.orders {
		if s.date >= from && s.date < before && s.customer != "" {
			sums[s.customer] += s.margin
		}
	}
	return sums
}

// arms are the sums of a pilot of people: control, then treated.
func (b *books) arms(pilot, control string, outcome, covariate map[string]float64) []metrics.Sums {
	arms := make([]metrics.Sums, 2)
	for _, a := range b.assigned[pilot] {
		arm := 1
		if a.arm == control {
			arm = 0
		}
		arms[arm] = arms[arm].Plus(unit(outcome[a.unit], covariate[a.unit]))
	}
	return arms
}
