package simulate

import "math"

// Truth is what really happened in the invented company: what no estimate can
// see and every estimate is measured against. Money is in the reporting
// currency, USD, and counts adjustments on the date of their order.
type Truth struct {
	Seed       uint64           `json:"seed"`
	Events     int64            `json:"events"` // lines sent, duplicates and faults included
	Customers  int64            `json:"customers"`
	Currency   string           `json:"currency"`
	Types      map[string]int64 `json:"events_by_type"`
	Duplicates int64            `json:"duplicates"`
	Conflicts  int64            `json:"conflicts"`
	Malformed  int64            `json:"malformed"`
	Programs   []ProgramTruth   `json:"programs"`
	Pilots     []PilotTruth     `json:"pilots"`
	Ledger     []LedgerTruth    `json:"ledger"`
}

// ProgramTruth is the true return of one program over the history: leave-one-out,
// the margin with every program on minus the margin with this one off. Return
// is (incremental margin − full cost) / full cost.
type ProgramTruth struct {
	Program            string       `json:"program"`
	IncrementalMargin  float64      `json:"incremental_margin"`
	IncrementalRevenue float64      `json:"incremental_revenue"`
	FullCost           float64      `json:"full_cost"`
	Return             float64      `json:"return"`
	Hurdle             string       `json:"hurdle"`
	Months             []MonthTruth `json:"months"`
}

// MonthTruth is the part of a program's truth that falls in one month, by the
// date of the order.
type MonthTruth struct {
	Month              string  `json:"month"`
	IncrementalMargin  float64 `json:"incremental_margin"`
	IncrementalRevenue float64 `json:"incremental_revenue"`
	FullCost           float64 `json:"full_cost"`
}

// PilotTruth is what a pilot would find without noise. Valid is false where the
// sample ratio is broken by design.
type PilotTruth struct {
	Pilot   string     `json:"pilot"`
	Program string     `json:"program"`
	Metric  string     `json:"metric"`
	Valid   bool       `json:"valid"`
	Arms    []ArmTruth `json:"arms"`
}

// ArmTruth is the true average effect of an arm over control per assigned unit:
// the mean over all assigned units of the outcome under this arm minus the
// outcome under control, over the pilot's window. It is zero for control.
type ArmTruth struct {
	Arm    string  `json:"arm"`
	Units  int64   `json:"units"`
	Effect float64 `json:"effect"`
	// Cost is what a unit of this arm costs more than one of control.
	Cost float64 `json:"cost_per_unit"`
}

// LedgerTruth is net revenue as the books have it. A month that is not closed
// has no ledger.total among the events.
type LedgerTruth struct {
	Month      string `json:"month"`
	Market     string `json:"market"`
	Currency   string `json:"currency"`
	NetRevenue string `json:"net_revenue"`
	Closed     bool   `json:"closed"`
}

// gain sums what programs brought, in hundredths of USD.
type gain struct{ margin, revenue, cost float64 }

// addToTruth compares the worlds of one potential order.
func (w *world) addToTruth(o *order, need float64, occurs bool) {
	m, mk := w.cal.month[o.day], regions[o.who.region].market
	usd := w.usd(mk, o.day)
	for i := range programCount {
		part, on := o.pulls.by[i], o.pulls.on[i]
		if part == 0 && !on {
			continue
		}
		without := need < o.pulls.without(i, 0)
		if !occurs && !without {
			continue
		}
		g := &w.gains[i][m]
		if occurs {
			g.margin += usd * float64(o.margin())
			g.revenue += usd * float64(o.net())
		}
		if without {
			reach := o.pulls.on
			reach[i] = false
			a := o.basket.money(&reach)
			g.margin -= usd * float64(a.margin())
			g.revenue -= usd * float64(a.net())
		}
	}
	if p, _ := w.treatment(o.customer, o.day); p != nil {
		p.effectCents += usd * w.armDifference(p, o, need)
	}
	if p := w.regionPilot(); p.open(o.day) {
		p.effectCents += usd * w.armDifference(p, o, need)
	}
}

// armDifference is the margin of a potential order under treatment minus under
// control, in hundredths of its currency.
func (w *world) armDifference(p *pilot, o *order, need float64) (cents float64) {
	reach := o.pulls.on
	if need < o.pulls.without(p.pulls, p.part) {
		reach[p.pulls] = true
		a := o.basket.money(&reach)
		cents += float64(a.margin())
	}
	if need < o.pulls.without(p.pulls, 0) {
		reach[p.pulls] = false
		a := o.basket.money(&reach)
		cents -= float64(a.margin())
	}
	return cents
}

func dollars(cents float64) float64 { return math.Round(cents) / 100 }

// result gathers the truth at the end of the history.
func (w *world) result() *Truth {
	t := &Truth{Events: w.sent, Customers: int64(w.size.customers), Currency: "USD",
		Types: map[string]int64{}, Duplicates: w.duplicates, Conflicts: w.conflicts, Malformed: w.malformed}
	for i, n := range w.counts {
		t.Types[eventTypes[i]] = n
	}
	for i := range programs {
		p := ProgramTruth{Program: programs[i].id, Hurdle: programs[i].hurdle}
		var sum gain
		for m, g := range w.gains[i] {
			sum.margin, sum.revenue, sum.cost = sum.margin+g.margin, sum.revenue+g.revenue, sum.cost+g.cost
			p.Months = append(p.Months, MonthTruth{w.cal.monthName(m), dollars(g.margin), dollars(g.revenue), dollars(g.cost)})
		}
		p.IncrementalMargin, p.IncrementalRevenue, p.FullCost = dollars(sum.margin), dollars(sum.revenue), dollars(sum.cost)
		if sum.cost > 0 {
			p.Return = (sum.margin - sum.cost) / sum.cost
		}
		t.Programs = append(t.Programs, p)
	}
	for _, p := range w.pilots {
		units := p.units[0] + p.units[1]
		t.Pilots = append(t.Pilots, PilotTruth{p.id, p.program, "margin", p.valid, []ArmTruth{
			{Arm: p.control, Units: p.units[armControl]},
			{Arm: p.treated, Units: p.units[armTreated], Effect: p.effectCents / 100 / float64(units), Cost: float64(p.costPerUnit) / 100},
		}})
	}
	for m := range monthCount {
		for i, mk := range markets {
			t.Ledger = append(t.Ledger, LedgerTruth{w.cal.monthName(m), mk.code, mk.currency,
				string(appendCents(nil, w.ledger[m][i])), m < monthCount-1})
		}
	}
	return t
}
