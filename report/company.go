package report

import (
	"fmt"
	"math"
	"sort"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// A view is the marts of one period, with what was computed from them; all holds every month.
type view struct {
	marts
	all    *marts
	period Period
	now    company
	before company
	notes  []string // warnings found on the way
}

func newView(m *marts, p Period) *view {
	v := &view{marts: *m, all: m, period: p}
	v.ledger = during(oncePerOrder(m.ledger), p, func(r warehouse.LedgerBridge) time.Time { return r.MonthStart })
	v.credits = during(m.credits, p, func(r warehouse.Credit) time.Time { return r.MonthStart })
	v.marts.costs = during(m.costs, p, func(r warehouse.Cost) time.Time { return r.MonthStart })
	v.returns = during(m.returns, p, func(r warehouse.ProgramReturn) time.Time { return r.MonthStart })
	v.marts.claims = during(m.claims, p, func(r warehouse.Claim) time.Time { return r.MonthStart })
	v.marts.invested = during(m.invested, p, func(r warehouse.Invested) time.Time { return r.MonthStart })
	v.marts.reach = during(m.reach, p, func(r warehouse.Reach) time.Time { return r.MonthStart })
	v.marts.origins = during(m.origins, p, func(r warehouse.Origin) time.Time { return r.MonthStart })
	v.kpis = during(m.kpis, p, func(r warehouse.KPI) time.Time { return r.MonthStart })
	v.now = companyOf(v.marts)
	earlier := p.before()
	past := *m
	past.costs = during(m.costs, earlier, func(r warehouse.Cost) time.Time { return r.MonthStart })
	past.returns = during(m.returns, earlier, func(r warehouse.ProgramReturn) time.Time { return r.MonthStart })
	v.before = companyOf(past)
	return v
}

// oncePerOrder leaves each order in one row: where the books name no market, the row of all markets stands for the rest.
func oncePerOrder(rows []warehouse.LedgerBridge) []warehouse.LedgerBridge {
	type part struct {
		month    time.Time
		currency string
	}
	whole := map[part]bool{}
	for _, r := range rows {
		if r.Market == "(all)" {
			whole[part{r.MonthStart, r.Currency}] = true
		}
	}
	var kept []warehouse.LedgerBridge
	for _, r := range rows {
		if r.Market == "(all)" || !whole[part{r.MonthStart, r.Currency}] {
			kept = append(kept, r)
		}
	}
	return kept
}

// A company is what all programs with evidence returned together in the months of its marts.
type company struct {
	programs []program
	tested   bool // at least one program has evidence, and cost
	cost     warehouse.Money
	allCost  warehouse.Money
	unrated  int                   // programs and months whose cost has no exchange rate and is not in allCost
	margin   metrics.Interval      // incremental, of the tested programs
	roi      metrics.ProgramReturn // the same on their cost
	whole    metrics.ProgramReturn // the same margin on all social cost
	grades   []gradeShare
	notes    []string
}

// A gradeShare is the share of tested cost whose evidence has a grade.
type gradeShare struct {
	grade string
	share float64
}

// A program is one program's part in a company.
type program struct {
	id      string
	tested  bool
	state   string // known, immature or not known
	allCost warehouse.Money
	cost    warehouse.Money // of the months with evidence
	margin  metrics.Interval
	roi     metrics.ProgramReturn
	grade   string // the grades of its months, joined
	pilot   string // the pilot of its latest month
	months  int    // with evidence
}

// share is how much of all social cost has evidence.
func (c company) share() float64 {
	if c.allCost <= 0 {
		return 0
	}
	return min(float64(c.cost)/float64(c.allCost), 1)
}

// usable says whether a row may enter a sum of incremental margin: mature, of grade A to C, with its error.
func usable(r warehouse.ProgramReturn) bool {
	causal := r.Grade == "A" || r.Grade == "B" || r.Grade == "C"
	return r.State == "known" && causal && r.IncrementalMargin != nil && r.PilotSE != nil && r.Cost != nil
}

func companyOf(m marts) company {
	var c company
	var tested []warehouse.ProgramReturn
	costs := map[string]warehouse.Money{}
	for _, r := range m.costs {
		if r.Spend == nil {
			c.unrated++
			c.notes = append(c.notes, fmt.Sprintf("%s, %s: the cost is not known in %s, for want of an exchange rate; it is left out.",
				m.name(r.ProgramID), r.MonthStart.Format("January 2006"), m.currency))
			continue
		}
		costs[r.ProgramID] += *r.Spend
		c.allCost += *r.Spend
	}
	rows := map[string][]warehouse.ProgramReturn{}
	for _, r := range m.returns {
		rows[r.ProgramID] = append(rows[r.ProgramID], r)
		if usable(r) {
			tested = append(tested, r)
		} else if r.State == "known" {
			c.notes = append(c.notes, fmt.Sprintf("%s, %s: called known, but without a grade of A to C, an error or a cost; counted as not known.",
				m.name(r.ProgramID), r.MonthStart.Format("January 2006")))
		}
	}
	ids := distinct(m.returns, func(r warehouse.ProgramReturn) string { return r.ProgramID })
	for _, r := range m.costs {
		if _, ok := rows[r.ProgramID]; !ok {
			rows[r.ProgramID] = nil
			ids = append(ids, r.ProgramID)
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		c.programs = append(c.programs, programOf(id, rows[id], costs[id], m.hurdle(id)))
	}
	c.add(m, tested)
	return c
}

// add sets the totals from the usable rows.
func (c *company) add(m marts, tested []warehouse.ProgramReturn) {
	hurdle, grades := 0.0, map[string]warehouse.Money{}
	for _, r := range tested {
		c.cost += *r.Cost
		grades[r.Grade] += *r.Cost
		hurdle += m.hurdle(r.ProgramID) * r.Cost.Float64()
	}
	if c.cost <= 0 {
		return
	}
	c.margin = marginOf(tested)
	var err error
	if c.roi, err = metrics.ReturnOn(c.margin, c.cost.Float64(), hurdle/c.cost.Float64()); err != nil {
		c.notes = append(c.notes, "The return of the tested programs cannot be computed: "+err.Error()+".")
		return
	}
	c.tested = true
	if c.allCost < c.cost {
		c.notes = append(c.notes, "The tested programs cost more than the cost ledger holds for the period; the larger sum is used.")
		c.allCost = c.cost
	}
	// The denominator is at least that of the return above, so there is no error left.
	c.whole, _ = metrics.ReturnOn(c.margin, c.allCost.Float64(), c.roi.Hurdle)
	for _, grade := range []string{"A", "B", "C"} {
		if grades[grade] > 0 {
			c.grades = append(c.grades, gradeShare{grade, float64(grades[grade]) / float64(c.cost)})
		}
	}
	c.notes = append(c.notes, sharedPilots(m, tested)...)
}

// marginOf adds incremental margin with the error of the sum: everything that months share, of a program or of several, is one draw.
// Rows are usable ones.
func marginOf(rows []warehouse.ProgramReturn) metrics.Interval {
	or := func(v *float64) float64 {
		if v == nil {
			return 0
		}
		return *v
	}
	var margin warehouse.Money
	months := make([]metrics.Month, len(rows))
	for i, r := range rows {
		margin += *r.IncrementalMargin
		months[i] = metrics.Month{Program: r.ProgramID, Pilot: r.Pilot, Margin: r.IncrementalMargin.Float64(), PilotSE: *r.PilotSE, PilotDF: or(r.DF), TransportSE: or(r.TransportSE), LaunchSE: or(r.LaunchSE)}
		if r.Pilot == "" {
			months[i].Pilot = "of program " + r.ProgramID
		}
	}
	sums, err := metrics.SumOfMonths(months, metrics.DefaultLevel)
	switch {
	case len(rows) == 0:
		return metrics.NewInterval(0, 0, 0, metrics.DefaultLevel)
	case err != nil: // an amount that is no number: the sum has no error then, and says nothing
		return metrics.NewInterval(margin.Float64(), math.NaN(), 0, metrics.DefaultLevel)
	}
	sum := sums[len(sums)-1]
	sum.Estimate, sum.Method = margin.Float64(), "sum over programs"
	return sum
}

func programOf(id string, rows []warehouse.ProgramReturn, allCost warehouse.Money, hurdle float64) program {
	p := program{id: id, state: notKnown, allCost: allCost}
	var used []warehouse.ProgramReturn
	grades := map[string]bool{}
	for _, r := range rows {
		if r.State == immature {
			p.state = immature
		}
		if r.Pilot != "" {
			p.pilot = r.Pilot
		}
		if usable(r) {
			used = append(used, r)
			p.cost += *r.Cost
			grades[r.Grade] = true
		}
	}
	if p.months = len(used); p.months == 0 {
		return p
	}
	p.tested, p.state = true, "known"
	for _, g := range []string{"A", "B", "C"} {
		if grades[g] && p.grade != "" {
			p.grade += ", " + g
		} else if grades[g] {
			p.grade = g
		}
	}
	p.margin = marginOf(used)
	roi, err := metrics.ReturnOn(p.margin, p.cost.Float64(), hurdle)
	if err != nil { // cost 0: margin without a return
		roi.Estimate, roi.Lo, roi.Hi, roi.PAboveHurdle = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	p.roi = roi
	return p
}

// hurdle is the return asked of a program: 0, break-even, where none is set.
func (m *marts) hurdle(id string) float64 {
	if p, ok := m.programs[id]; ok && p.Hurdle != nil {
		return *p.Hurdle
	}
	return 0
}

// sharedPilots names pilots that carry more than one program.
func sharedPilots(m marts, rows []warehouse.ProgramReturn) []string {
	users := map[string]map[string]bool{}
	for _, r := range rows {
		if r.Pilot != "" {
			if users[r.Pilot] == nil {
				users[r.Pilot] = map[string]bool{}
			}
			users[r.Pilot][m.name(r.ProgramID)] = true
		}
	}
	var notes []string
	for _, pilot := range distinct(rows, func(r warehouse.ProgramReturn) string { return r.Pilot }) {
		if len(users[pilot]) < 2 {
			continue
		}
		var names []string
		for name := range users[pilot] {
			names = append(names, name)
		}
		sort.Strings(names)
		notes = append(notes, fmt.Sprintf("%s rest on one pilot, %s; their errors are added up, not averaged out.", list(names), pilot))
	}
	return notes
}

// payback is the day on which the tested programs' incremental margin had repaid what they cost in the
// whole period, at the estimate and at its bounds; ok is false where that did not happen within it.
func (v *view) payback() (at [3]time.Time, ok [3]bool) {
	flows := [3][]float64{}
	for i := range flows {
		flows[i] = []float64{-v.now.cost.Float64()}
	}
	var sofar []warehouse.ProgramReturn
	var last [3]float64
	for month := v.period.From; month.Before(v.period.To); month = month.AddDate(0, 1, 0) {
		for _, r := range v.returns {
			if r.MonthStart.Equal(month) && usable(r) {
				sofar = append(sofar, r)
			}
		}
		sum := marginOf(sofar)
		for i, now := range [3]float64{sum.Estimate, sum.Lo, sum.Hi} {
			flows[i] = append(flows[i], now-last[i])
			last[i] = now
		}
	}
	for i := range flows {
		periods, back := metrics.Payback(flows[i])
		if !back {
			continue
		}
		// The first flow, the cost, stands at the start of the period; spreading begins after it.
		whole := math.Floor(periods)
		month := v.period.From.AddDate(0, int(whole), 0)
		days := month.AddDate(0, 1, 0).Sub(month).Hours() / 24
		at[i], ok[i] = month.AddDate(0, 0, int((periods-whole)*days)), true
	}
	return at, ok
}
