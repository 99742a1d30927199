package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// The Answer is the first thing on the page: sentences and rows made from the figures, and what to decide.
type Answer struct {
	Headline []string
	Rows     []AnswerRow
	Decide   []Advice
	Closing  []string
	Figure   Figure // the programs' returns
	Numbers  []Number
}

// An AnswerRow is a label and the lines beside it.
type AnswerRow struct {
	Label string
	Lines []string
}

// A Number is one figure of the answer for machines.
type Number struct {
	Name, Unit string
	Value      estimate
	Level      float64 // 0: no interval
}

func (v *view) answer() Answer {
	a := Answer{Headline: v.headline(), Decide: v.decide(), Closing: v.closing(), Figure: v.programFigure(), Numbers: v.numbers()}
	if v.now.tested {
		a.Rows = append(a.Rows, v.testedRow(), v.wholeRow())
	} else if v.now.allCost > 0 {
		a.Rows = append(a.Rows, AnswerRow{"all social spend", []string{v.spend() + ", all of it " + v.unproven()}})
	}
	if v.before.tested {
		value, lo, hi := of(v.before.roi.Interval).returns()
		a.Rows = append(a.Rows, AnswerRow{v.period.noun() + " before",
			[]string{fmt.Sprintf("%s on tested programs (90 %%: %s … %s)", value, lo, hi)}})
	}
	if line := v.planLine(); line != "" {
		a.Rows = append(a.Rows, AnswerRow{"against plan", []string{line}})
	}
	if v.now.tested {
		a.Rows = append(a.Rows, AnswerRow{"paid back", []string{v.paybackLine()}})
	}
	a.Rows = append(a.Rows, AnswerRow{"may still be spent", []string{v.headroomLine()}})
	return a
}

// of takes the parts of an interval that are printed.
func of(i metrics.Interval) estimate { return estimate{i.Estimate, i.Lo, i.Hi} }

// spend is what the programs cost, as far as it is known in the reporting currency.
func (v *view) spend() string {
	said := v.amount(v.now.allCost.Float64())
	if v.now.unrated > 0 {
		said += " and what has no exchange rate"
	}
	return said
}

// amount is a sum for a sentence, with its currency.
func (v *view) amount(m float64) string { return about(m) + " " + v.currency }

// headline says in two sentences what is known, and no more than the grades allow.
func (v *view) headline() []string {
	if !v.now.tested {
		return v.nothingKnown()
	}
	said := "Where social was tested "
	switch roi := v.now.roi; {
	case math.IsNaN(roi.Lo) || math.IsNaN(roi.Hi):
		said += "its return has no interval, so nothing is concluded"
	case roi.Lo > 0:
		said += "it earned more than it cost"
	case roi.Hi < 0:
		said += "it did not earn what it cost"
	default:
		said += "it cannot be said, at this size, whether it earned what it cost"
	}
	for _, g := range v.now.grades {
		if g.grade == "C" && g.share > .5 {
			said += ", as far as its pilots hold for the whole programs"
		}
	}
	if share, ok := v.completeness(); ok && share < completeEnough {
		said += "; with costs missing, every return here is an upper bound"
	}
	covers := fmt.Sprintf("That covers %s of the money; the rest is %s.", percent(v.now.share()), v.unproven())
	if v.now.share() >= 1 {
		covers = "That covers all of the money."
	}
	return []string{said + ".", covers}
}

// unproven is what the cost without evidence is called: some of it may only be too young.
func (v *view) unproven() string {
	for _, r := range v.returns {
		if r.State == immature {
			return "unproven or too young"
		}
	}
	return "unproven"
}

// nothingKnown is the headline without evidence.
func (v *view) nothingKnown() []string {
	said := []string{"Nothing here is known to be caused by social: " + v.whyNothing() + ".", v.creditNotCause()}
	if v.unproven() != "unproven" {
		return append(said, "For the programs that have been piloted it is enough to wait.")
	}
	if best := v.largestUntested(); best != nil {
		share := percent(float64(best.allCost)/float64(v.now.allCost)) + " of the money"
		if v.now.unrated > 0 {
			share += " that has an exchange rate"
		}
		said = append(said, fmt.Sprintf("The cheapest way to know is to withhold one program, %s, which takes %s, from people or regions drawn at random: "+
			"it needs no spending beyond today's.", v.name(best.id), share))
	}
	return said
}

// whyNothing is the reason that no program has evidence in the period.
func (v *view) whyNothing() string {
	states := v.pilotStates()
	for _, r := range v.returns {
		if r.State == immature {
			return "what has been piloted is not mature yet, refunds may still come"
		}
	}
	if len(states) == 0 {
		return "no program has been piloted"
	}
	var parts []string
	for _, s := range []string{"running", immature, "invalid", "valid"} {
		if n := states[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if states["valid"] > 0 {
		return "no valid pilot covers these months (pilots: " + list(parts) + ")"
	}
	return "no pilot is valid and mature (pilots: " + list(parts) + ")"
}

// pilotStates counts pilots by state; one with a valid arm is valid.
func (m *marts) pilotStates() map[string]int {
	state := map[string]string{}
	for _, r := range m.pilots {
		if r.IsDecisive && state[r.Pilot] != "valid" {
			state[r.Pilot] = r.State
		}
	}
	states := map[string]int{}
	for _, s := range state {
		states[s]++
	}
	return states
}

// credited are the rows of what a model credits to programs. What no rule gave to a program may be a visit from anywhere, also a direct one.
func (v *view) credited(model string) []warehouse.Credit {
	var rows []warehouse.Credit
	for _, r := range v.credits {
		if r.Model == model && !unassigned(r.ProgramID) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (v *view) creditNotCause() string {
	rows := v.credited(v.info["credit_model"])
	if m := sum(rows, func(r warehouse.Credit) *warehouse.Money { return r.Margin }); m != nil && *m != 0 {
		return v.amount(m.Float64()) + " of margin came from people social also touched; that is credit, not cause."
	}
	if m := sum(rows, func(r warehouse.Credit) *warehouse.Money { return r.NetRevenue }); m != nil && *m != 0 {
		return v.amount(m.Float64()) + " of revenue came from people social also touched; that is credit, not cause, and its margin is not known."
	}
	if len(v.credits) > 0 {
		return "Orders of the period can be tied to touches, but no revenue of them to a program, so nothing is credited to social either."
	}
	return "No order of the period can be tied to a touch, so nothing is credited either."
}

// largestUntested is the program without any pilot that most money goes to.
func (v *view) largestUntested() *program {
	var best *program
	piloted := map[string]bool{}
	for _, r := range v.marts.pilots {
		piloted[r.ProgramID] = true
	}
	for i, p := range v.now.programs {
		if !piloted[p.id] && !unassigned(p.id) && p.allCost > 0 && (best == nil || p.allCost > best.allCost) {
			best = &v.now.programs[i]
		}
	}
	return best
}

func (v *view) testedRow() AnswerRow {
	c := v.now
	value, lo, hi := of(c.margin).amounts()
	first := fmt.Sprintf("incremental margin %s %s (90 %%: %s … %s) on %s spent", value, v.currency, lo, hi, v.amount(c.cost.Float64()))
	value, lo, hi = of(c.roi.Interval).returns()
	grades := make([]string, len(c.grades))
	for i, g := range c.grades {
		grades[i] = g.grade + " " + percent(g.share)
	}
	graded := "grades " + strings.Join(grades, ", ")
	if len(grades) == 1 {
		graded = "grade " + c.grades[0].grade
	}
	second := fmt.Sprintf("return %s (90 %%: %s … %s), %s; above the %s hurdle with %s (flat prior)",
		value, lo, hi, graded, grouped(c.roi.Hurdle, 2), percent(c.roi.PAboveHurdle))
	return AnswerRow{"tested programs", []string{first, second}}
}

func (v *view) wholeRow() AnswerRow {
	c := v.now
	untested := (c.allCost - c.cost).Float64()
	if untested <= 0 && c.unrated > 0 {
		return AnswerRow{"all social spend", []string{"all of it that has an exchange rate is tested: the same return on that"}}
	}
	if untested <= 0 {
		return AnswerRow{"all social spend", []string{"all of it is tested: the same return"}}
	}
	value, lo, hi := of(c.whole.Interval).returns()
	without := ""
	if c.unrated > 0 {
		without = ", without what has no exchange rate"
	}
	return AnswerRow{"all social spend", []string{fmt.Sprintf("the same margin on %s: %s (90 %%: %s … %s) if the %s %s returned nothing",
		v.amount(c.allCost.Float64())+without, value, lo, hi, v.unproven(), v.amount(untested))}}
}

// planLine sets the company's books beside its plan. A plan holds no incremental margin, so no return is compared.
func (v *view) planLine() string {
	var parts []string
	for _, p := range []struct {
		name            string
		actual, planned func(warehouse.KPI) *warehouse.Money
	}{
		{"net revenue", func(r warehouse.KPI) *warehouse.Money { return r.NetRevenue }, func(r warehouse.KPI) *warehouse.Money { return r.PlannedNetRevenue }},
		{"margin", func(r warehouse.KPI) *warehouse.Money { return r.Margin }, func(r warehouse.KPI) *warehouse.Money { return r.PlannedMargin }},
		{"social spend", func(r warehouse.KPI) *warehouse.Money { return r.Spend }, func(r warehouse.KPI) *warehouse.Money { return r.PlannedSpend }},
	} {
		actual, planned := sum(v.kpis, p.actual), sum(v.kpis, p.planned)
		if actual != nil && planned != nil {
			parts = append(parts, fmt.Sprintf("%s %s of %s %s planned", p.name, about(actual.Float64()), about(planned.Float64()), v.currency))
		}
	}
	return strings.Join(parts, " · ")
}

func (v *view) paybackLine() string {
	at, ok := v.payback()
	day := func(i int) string {
		if !ok[i] {
			return "not within the period"
		}
		text := third(at[i])
		if v.period.From.Year() != v.period.To.AddDate(0, 0, -1).Year() {
			text += at[i].Format(" 2006")
		}
		return text
	}
	if !ok[0] && !ok[2] {
		return "not within the period, not even at the upper bound"
	}
	if !ok[0] {
		return fmt.Sprintf("not within the period (90 %%: %s at the earliest)", day(2))
	}
	return fmt.Sprintf("%s (90 %%: %s … %s)", day(0), day(2), day(1))
}

// third names a day as precisely as the months allow: early, mid or late in its month.
func third(day time.Time) string {
	switch d := day.Day(); {
	case d <= 10:
		return "early " + day.Format("January")
	case d <= 20:
		return "mid " + day.Format("January")
	}
	return "late " + day.Format("January")
}

// latestInvested are the rows of the last month of the period that has any.
func (v *view) latestInvested() []warehouse.Invested {
	var latest []warehouse.Invested
	var month time.Time
	for _, r := range v.marts.invested {
		if r.MonthStart.After(month) {
			month, latest = r.MonthStart, nil
		}
		if r.MonthStart.Equal(month) {
			latest = append(latest, r)
		}
	}
	return latest
}

func (v *view) headroomLine() string {
	total, limited := v.headroom()
	switch {
	case !limited:
		return "not known: no program has a seed budget or a proven return"
	case total == 0:
		return "nothing: every program has spent what it was granted and has earned"
	}
	return v.amount(total.Float64()) + ": what seed budgets grant and lower bounds have earned, less what is spent"
}

// hasLimit says that there is something to spend up to: a seed budget or a proven return. Without both the mart's limit is an empty 0.
func hasLimit(r warehouse.Invested) bool {
	return r.Headroom != nil && (r.SeedBudget != nil || r.CumulativeIncremental != nil)
}

// headroom adds what programs may still spend; one that is ahead of its limit does not eat another's.
func (v *view) headroom() (total warehouse.Money, limited bool) {
	for _, r := range v.latestInvested() {
		if hasLimit(r) {
			limited = true
			total += max(*r.Headroom, 0)
		}
	}
	return total, limited
}

// closing sets what platforms and credit would have said beside the answer.
func (v *view) closing() []string {
	var said []string
	if ratio, ok := v.overClaim(); ok {
		said = append(said, fmt.Sprintf("Platforms claim %s the revenue in the books.", multiple(ratio)))
	}
	if roi, ok := v.lastTouchReturn(); ok {
		where := "the tested programs"
		if !v.now.tested {
			where = "all social spend"
		}
		said = append(said, fmt.Sprintf("Last-touch credit would have said %s on %s.", signed(roi, 2), where))
	}
	return said
}

// lastTouchReturn is the return that last-touch credit shows on the months and programs of the answer, or on all of them.
func (v *view) lastTouchReturn() (float64, bool) {
	type cell struct {
		program string
		month   time.Time
	}
	used := map[cell]bool{}
	for _, r := range v.returns {
		used[cell{r.ProgramID, r.MonthStart}] = usable(r)
	}
	var rows []warehouse.Credit
	for _, r := range v.credited("last") {
		if !v.now.tested || used[cell{r.ProgramID, r.MonthStart}] {
			rows = append(rows, r)
		}
	}
	cost := v.now.cost
	if !v.now.tested {
		cost = v.now.allCost
	}
	margin := sum(rows, func(r warehouse.Credit) *warehouse.Money { return r.Margin })
	if margin == nil || cost <= 0 || (!v.now.tested && v.now.unrated > 0) {
		return 0, false
	}
	return (*margin - cost).Float64() / cost.Float64(), true
}

// numbers are the figures of the answer, unrounded but for the digits that carry meaning.
func (v *view) numbers() []Number {
	single := func(x float64) estimate { return estimate{x, math.NaN(), math.NaN()} }
	c := v.now
	all := []Number{{"cost of all programs", v.currency, single(c.allCost.Float64()), 0}}
	if c.tested {
		level := c.margin.Level
		all = append(all,
			Number{"cost of tested programs", v.currency, single(c.cost.Float64()), 0},
			Number{"share of cost with evidence", "share", single(c.share()), 0},
			Number{"incremental margin of tested programs", v.currency, of(c.margin), level},
			Number{"return of tested programs", "ratio", of(c.roi.Interval), level},
			Number{"probability of a return above the hurdle", "share", single(c.roi.PAboveHurdle), 0},
			Number{"hurdle", "ratio", single(c.roi.Hurdle), 0},
			Number{"return on all social spend", "ratio", of(c.whole.Interval), level})
	}
	if v.before.tested {
		all = append(all, Number{"return of tested programs in the period before", "ratio", of(v.before.roi.Interval), metrics.DefaultLevel})
	}
	if total, limited := v.headroom(); limited {
		all = append(all, Number{"may still be spent", v.currency, single(total.Float64()), 0})
	}
	if ratio, ok := v.overClaim(); ok {
		all = append(all, Number{"claimed over ledger net revenue", "ratio", single(ratio), 0})
	}
	if roi, ok := v.lastTouchReturn(); ok {
		all = append(all, Number{"return by last-touch credit", "ratio", single(roi), 0})
	}
	return all
}
