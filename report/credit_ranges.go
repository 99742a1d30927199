package report

import (
	"fmt"
	"math"

	"tieback/warehouse"
)

// creditRangeTable sets the rules side by side with how far each would move if other people of the same kind had come.
// It holds all orders: months are too short for most programs.
func (v *view) creditRangeTable() Table {
	t := Table{ID: "credit-ranges", Caption: "Revenue credited by each rule over all orders, and how far that would move with other people (grade D)", Columns: words("program")}
	type key struct{ program, model string }
	cells := map[key]warehouse.CreditInterval{}
	for _, r := range v.creditRanges {
		cells[key{r.ProgramID, r.Model}] = r
	}
	programs := distinct(v.creditRanges, func(r warehouse.CreditInterval) string { return r.ProgramID })
	hide := map[key]bool{}
	var shown []string
	for _, m := range models {
		var people []float64
		var keys []key
		for _, p := range programs {
			if r, ok := cells[key{p, m.id}]; ok {
				people, keys = append(people, float64(r.People)), append(keys, key{p, m.id})
			}
		}
		if len(keys) == 0 {
			continue
		}
		shown = append(shown, m.id)
		t.Columns = append(t.Columns, columns(v.currency, m.name)...)
		for _, i := range tooSmall(people, float64(v.suppressBelow)) {
			hide[keys[i]] = true
		}
	}
	for _, p := range programs {
		row := Row{Cells: []Cell{text(v.name(p))}}
		for _, m := range shown {
			k := key{p, m}
			r, ok := cells[k]
			switch {
			case hide[k]:
				row.Cells = append(row.Cells, hidden())
			case ok:
				row.Cells = append(row.Cells, interval(monies(r.NetRevenue, r.NetRevenueLo, r.NetRevenueHi), estimate.amounts))
			default:
				row.Cells = append(row.Cells, dash())
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = fmt.Sprintf("Intervals are 90 %%, by drawing people anew with all their orders and paths. They say nothing of whether the rule is right: where two rules lie further apart than "+
		"either reaches, the choice of a rule decides, not the data. Cells of fewer than %d people are suppressed, and one more where a single one could be found by subtraction.", v.suppressBelow)
	return t
}

// creditRangeLine compares, for the program with the largest credit, what the choice of a rule moves with what chance moves.
func (v *view) creditRangeLine() string {
	configured := v.info["credit_model"]
	var own *warehouse.CreditInterval
	for i, r := range v.creditRanges {
		if r.Model == configured && !unassigned(r.ProgramID) && r.People >= v.suppressBelow && r.NetRevenue != nil && r.NetRevenueLo != nil && r.NetRevenueHi != nil &&
			(own == nil || *r.NetRevenue > *own.NetRevenue) {
			own = &v.creditRanges[i]
		}
	}
	if own == nil {
		return ""
	}
	least, most := math.Inf(1), math.Inf(-1)
	rules := 0
	for _, r := range v.creditRanges {
		if r.ProgramID == own.ProgramID && r.NetRevenue != nil && r.People >= v.suppressBelow {
			least, most = min(least, r.NetRevenue.Float64()), max(most, r.NetRevenue.Float64())
			rules++
		}
	}
	if rules < 2 {
		return ""
	}
	_, lo, hi := monies(own.NetRevenue, own.NetRevenueLo, own.NetRevenueHi).amounts()
	said := fmt.Sprintf("Credit moves with the rule and with who happened to come. Over all orders %s has between %s and %s by the choice of a rule; by the rule in use alone, other people of the same kind would leave it between %s and %s %s.",
		v.name(own.ProgramID), about(least), v.amount(most), lo, hi, v.currency)
	return said
}
