package report

import (
	"fmt"
	"math"
	"sort"

	"tieback/warehouse"
)

// ledgerRevenue is the period's net revenue in the reporting currency.
func (v *view) ledgerRevenue() *warehouse.Money {
	return sum(v.ledger, func(r warehouse.LedgerBridge) *warehouse.Money {
		return v.reporting(r, r.NetRevenueReporting, &r.NetRevenue)
	})
}

// reporting is an amount of the bridge in the reporting currency.
func (m *marts) reporting(r warehouse.LedgerBridge, converted, own *warehouse.Money) *warehouse.Money {
	if converted == nil && own != nil && (r.Currency == m.currency || *own == 0) {
		return own
	}
	return converted
}

// sumKnown adds the amounts that are known; nil if none is.
func sumKnown[T any](rows []T, amount func(T) *warehouse.Money) *warehouse.Money {
	var known []T
	for _, r := range rows {
		if amount(r) != nil {
			known = append(known, r)
		}
	}
	return sum(known, amount)
}

func claimed(r warehouse.Claim) *warehouse.Money     { return r.Claimed }
func attributed(r warehouse.Claim) *warehouse.Money  { return r.Attributed }
func incremental(r warehouse.Claim) *warehouse.Money { return r.Incremental }

// overClaim is what platforms claim over the net revenue in the books.
func (v *view) overClaim() (float64, bool) {
	claims, books := sumKnown(v.marts.claims, claimed), v.ledgerRevenue()
	if claims == nil || books == nil || *books <= 0 {
		return 0, false
	}
	return float64(*claims) / float64(*books), true
}

// platformClaims is one line of the comparison.
type platformClaims struct {
	name                string
	claimed, attributed *warehouse.Money
	incremental         estimate
}

// claimsOf adds the months of some platforms. Incremental revenue needs every month; its bounds are
// added, which is exact where months rest on one pilot and too wide where they do not.
func claimsOf(name string, rows []warehouse.Claim) platformClaims {
	c := platformClaims{name: name, claimed: sumKnown(rows, claimed), attributed: sumKnown(rows, attributed)}
	c.incremental = monies(sum(rows, incremental),
		sum(rows, func(r warehouse.Claim) *warehouse.Money { return r.IncrementalLo }),
		sum(rows, func(r warehouse.Claim) *warehouse.Money { return r.IncrementalHi }))
	return c
}

// compareMoney says whether a is more than b, and whether they are the same; nil is less than everything.
func compareMoney(a, b *warehouse.Money) (more, same bool) {
	switch {
	case a == nil || b == nil:
		return b == nil, a == b
	}
	return *a > *b, *a == *b
}

// overBy is claimed over incremental revenue; it has no meaning where nothing was caused.
func (c platformClaims) overBy() Cell {
	if c.claimed == nil || c.incremental.known() && c.incremental.value <= 0 {
		return dash()
	}
	if !c.incremental.known() {
		return unknown()
	}
	ratio := c.claimed.Float64() / c.incremental.value
	return Cell{Text: significant(ratio, ratio, 2), Value: plain(ratio)}
}

// claiming are the rows of platforms that make a claim at all in the period.
func (v *view) claiming() []warehouse.Claim {
	claims := map[string]bool{}
	for _, r := range v.marts.claims {
		if r.Claimed != nil {
			claims[r.Platform] = true
		}
	}
	var rows []warehouse.Claim
	for _, r := range v.marts.claims {
		if claims[r.Platform] {
			rows = append(rows, r)
		}
	}
	return rows
}

// claims is the section that sets what is claimed, credited and caused on one scale.
func (v *view) claims() Section {
	s := Section{ID: "claims", Title: v.claimsTitle()}
	s.Paragraphs = []string{"All three are revenue. Claimed is what platforms report of themselves; attributed is what the rule " +
		quoteRule(v.info["credit_model"]) + " credits from the company's own orders (grade D); incremental is what would not have come without social (grades A to C). " +
		"Only the last is caused."}
	rows := v.marts.claims
	table := Table{ID: "claims", Caption: "Revenue claimed, attributed and incremental by platform, " + v.period.Label,
		Columns: append(words("platform"), columns(v.currency, "claimed", "attributed", "incremental")...)}
	table.Columns = append(table.Columns, Column{Name: "claimed over incremental", Numeric: true})
	var platforms []platformClaims
	for _, name := range distinct(rows, func(r warehouse.Claim) string { return r.Platform }) {
		var own []warehouse.Claim
		for _, r := range rows {
			if r.Platform == name {
				own = append(own, r)
			}
		}
		platforms = append(platforms, claimsOf(name, own))
	}
	sort.SliceStable(platforms, func(i, j int) bool { // by claim, then by credit: a name says less than a size
		a, b := platforms[i], platforms[j]
		if more, same := compareMoney(a.claimed, b.claimed); !same {
			return more
		}
		more, same := compareMoney(a.attributed, b.attributed)
		return more && !same
	})
	total := claimsOf("all that claim", v.claiming())
	for _, p := range append(platforms, total) {
		if p.name == total.name && (len(platforms) < 2 || p.claimed == nil) {
			continue
		}
		claim := money(p.claimed)
		if p.claimed == nil {
			claim = dash()
		}
		table.Rows = append(table.Rows, Row{Total: p.name == total.name, Cells: []Cell{text(p.name), claim, money(p.attributed),
			interval(p.incremental, estimate.amounts), p.overBy()}})
	}
	if len(rows) > 0 {
		table.Rows = append(table.Rows, Row{Total: true, Cells: []Cell{text("net revenue in the books"), money(v.ledgerRevenue()), dash(), dash(), dash()}})
		table.Note = "Intervals are 90 %. Bounds of months are added, which is exact where the months rest on one pilot and too wide otherwise. " +
			"A month without evidence leaves the whole sum not known. A platform with — makes no claim and is not in the sum."
	}
	if line := v.creditRangeLine(); line != "" {
		s.Paragraphs = append(s.Paragraphs, line)
	}
	s.Figures = []Figure{{Charts: v.claimsChart(platforms), Table: table}, {Table: v.creditTable()}, {Table: v.creditRangeTable()}}
	if reach := v.reachTable(); len(reach.Rows) > 0 {
		s.Figures = append(s.Figures, Figure{Table: reach})
	}
	return s
}

func quoteRule(model string) string {
	if model == "" {
		return "in use"
	}
	return "“" + modelName(model) + "”"
}

func (v *view) claimsTitle() string {
	total := claimsOf("", v.claiming())
	ratio, ok := v.overClaim()
	switch {
	case total.claimed == nil:
		return "What platforms claim for themselves is not known"
	case !ok:
		return "Platforms claim " + v.amount(total.claimed.Float64()) + " of revenue; the books hold nothing to compare"
	}
	title := fmt.Sprintf("Platforms claim %s the revenue in the books", multiple(ratio))
	if !total.incremental.known() {
		return title + "; what they caused is not known for all months"
	}
	if total.incremental.value <= 0 {
		return title + "; nothing is known to be caused"
	}
	over := total.claimed.Float64() / total.incremental.value
	return title + ", and " + multiple(over) + " what is known to be caused"
}

// models are the credit rules in the order of the page, with their names.
var models = []struct{ id, name string }{
	{"first", "first touch"}, {"last", "last touch"}, {"last_non_direct", "last non-direct"},
	{"linear", "linear"}, {"position", "position"}, {"time_decay", "time decay"}, {"markov", "Markov"}, {"shapley", "Shapley"},
}

func modelName(id string) string {
	for _, m := range models {
		if m.id == id {
			return m.name
		}
	}
	return id
}

// creditTable sets the rules side by side: how far the choice of a rule moves the answer.
func (v *view) creditTable() Table {
	t := Table{ID: "credit", Caption: "Revenue credited by each rule, " + v.period.Label + " (grade D: credit, not cause)", Columns: words("program")}
	type key struct{ program, model string }
	amounts, people := map[key]warehouse.Money{}, map[key]float64{}
	seen := map[key]bool{}
	for _, r := range v.creditedPeople {
		people[key{r.ProgramID, r.Model}] = float64(r.People)
	}
	for _, r := range v.credits {
		k := key{r.ProgramID, r.Model}
		if r.NetRevenue == nil {
			continue
		}
		seen[k] = true
		amounts[k] += *r.NetRevenue
	}
	programs := distinct(v.credits, func(r warehouse.Credit) string { return r.ProgramID })
	hide := map[key]bool{}
	var shown []string
	for _, m := range models {
		var counts []float64
		var keys []key
		for _, p := range programs {
			if k := (key{p, m.id}); seen[k] {
				counts, keys = append(counts, people[k]), append(keys, k)
			}
		}
		if len(keys) == 0 {
			continue
		}
		shown = append(shown, m.id)
		t.Columns = append(t.Columns, columns(v.currency, m.name)...)
		for _, i := range tooSmall(counts, float64(v.suppressBelow)) {
			hide[keys[i]] = true
		}
	}
	for _, p := range programs {
		row := Row{Cells: []Cell{text(v.name(p))}}
		for _, m := range shown {
			switch k := (key{p, m}); {
			case hide[k]:
				row.Cells = append(row.Cells, hidden())
			case seen[k]:
				amount := amounts[k]
				row.Cells = append(row.Cells, money(&amount))
			default:
				row.Cells = append(row.Cells, dash())
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = fmt.Sprintf("Cells of fewer than %d people are suppressed, and one more where a single one could be found by subtraction.", v.suppressBelow)
	return t
}

// tooSmall are the positions of counts above 0 and below k, and of the next larger one where there is only one: the total is known.
func tooSmall(counts []float64, k float64) []int {
	var hide []int
	for i, n := range counts {
		if n > 0 && n < k {
			hide = append(hide, i)
		}
	}
	if len(hide) != 1 {
		return hide
	}
	next, least := -1, math.Inf(1)
	for i, n := range counts {
		if i != hide[0] && n > 0 && n < least {
			next, least = i, n
		}
	}
	if next >= 0 {
		hide = append(hide, next)
	}
	return hide
}
