package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"tieback/warehouse"
)

// categories are the kinds of cost in the order of the page.
var categories = []struct {
	name   string
	amount func(warehouse.Cost) *warehouse.Money
}{
	{"media", func(r warehouse.Cost) *warehouse.Money { return r.Media }},
	{"staff", func(r warehouse.Cost) *warehouse.Money { return r.Staff }},
	{"agency", func(r warehouse.Cost) *warehouse.Money { return r.Agency }},
	{"tools", func(r warehouse.Cost) *warehouse.Money { return r.Tools }},
	{"content", func(r warehouse.Cost) *warehouse.Money { return r.Content }},
	{"incentives", func(r warehouse.Cost) *warehouse.Money { return r.Incentives }},
	{"other", func(r warehouse.Cost) *warehouse.Money { return r.Other }},
}

// costs is the section on what social cost, and on what is not in that figure.
func (v *view) costs() Section {
	s := Section{ID: "costs", Title: v.costTitle()}
	s.Paragraphs = []string{"A category is missing when a program is expected to have it and nothing was entered, not even 0. " +
		"Below 90 % completeness every return is an upper bound."}
	t := Table{ID: "costs", Caption: "Cost by program and how far it can be judged, " + v.period.Label,
		Columns: append(words("program"), columns(v.currency, "cost", "with evidence", "unproven")...)}
	t.Columns = append(t.Columns, Column{Name: "completeness", Numeric: true}, Column{Name: "missing"})
	programs := append([]program(nil), v.now.programs...)
	sort.SliceStable(programs, func(i, j int) bool { return programs[i].allCost > programs[j].allCost })
	for _, p := range programs {
		if p.allCost == 0 && !p.tested {
			continue
		}
		complete, missing := v.missingOf(p.id)
		unproven := max(p.allCost-p.cost, 0)
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(v.name(p.id)), money(&p.allCost), money(&p.cost), money(&unproven), complete, text(missing)}})
	}
	if len(programs) > 1 {
		unproven := v.now.allCost - v.now.cost
		complete := unknown()
		if share, ok := v.completeness(); ok {
			complete = Cell{Text: percent(share), Value: plain(share)}
		}
		all, rest := money(&v.now.allCost), money(&unproven)
		if v.now.unrated > 0 {
			all, rest = unknown(), unknown()
		}
		t.Rows = append(t.Rows, Row{Total: true, Cells: []Cell{text("all social"), all, money(&v.now.cost), rest, complete, text("")}})
	}
	s.Figures = []Figure{{Charts: v.costChart(programs), Table: t}, {Table: v.categoryTable()}, {Table: v.customerTable()}}
	if origins := v.originTable(); len(origins.Rows) > 0 {
		s.Figures = append(s.Figures, Figure{Table: origins})
	}
	return s
}

func (v *view) costTitle() string {
	if v.now.allCost <= 0 && v.now.unrated > 0 {
		return "What social cost is not known: what was entered has no exchange rate to " + v.currency
	}
	if v.now.allCost <= 0 {
		return "What social cost is not known: no cost was entered for the period"
	}
	title := "Social cost " + v.spend()
	switch share := v.now.share(); {
	case !v.now.tested:
		title += ", all of it without evidence"
	case share < 1:
		title += ", " + percent(1-share) + " of it without evidence"
	default:
		title += ", all of it tested"
	}
	var missing []string
	for _, p := range v.now.programs {
		if _, m := v.missingOf(p.id); m != "" && m != "none" {
			missing = append(missing, v.name(p.id))
		}
	}
	if len(missing) > 0 {
		title += fmt.Sprintf("; cost is missing for %s", list(missing))
	}
	return title
}

// missingOf is a program's completeness over the period and what it lacks, with the number of months.
func (v *view) missingOf(id string) (complete Cell, missing string) {
	expected, lacking := 0, map[string]int{}
	for _, r := range v.marts.costs {
		if r.ProgramID != id || unassigned(id) {
			continue
		}
		expected += len(splitList(r.ExpectedCategories))
		for _, c := range splitList(r.MissingCategories) {
			lacking[c]++
		}
	}
	if expected == 0 {
		return unknown(), ""
	}
	var names []string
	gone := 0
	for c, months := range lacking {
		gone += months
		names = append(names, fmt.Sprintf("%s (%s)", c, plural(months, "month")))
	}
	sort.Strings(names)
	share := float64(expected-gone) / float64(expected)
	if len(names) == 0 {
		names = []string{"none"}
	}
	return Cell{Text: percent(share), Value: plain(share)}, strings.Join(names, ", ")
}

// categoryTable says what the money was spent on. A category nobody entered is not 0.
func (v *view) categoryTable() Table {
	t := Table{ID: "categories", Caption: "Cost by category, " + v.period.Label, Columns: append(words("category"), columns(v.currency, "cost")...)}
	t.Columns = append(t.Columns, Column{Name: "share", Numeric: true}, Column{Name: "missing for"})
	for _, c := range categories {
		amount := sumKnown(v.marts.costs, c.amount)
		var lacking []string
		for _, r := range v.marts.costs {
			for _, missing := range splitList(r.MissingCategories) {
				if missing == c.name && !unassigned(r.ProgramID) {
					lacking = append(lacking, v.name(r.ProgramID))
				}
			}
		}
		lacking = distinct(lacking, func(s string) string { return s })
		cost, share := money(amount), dash()
		nothing := amount == nil || *amount == 0
		switch {
		case nothing && len(lacking) > 0:
			cost = unknown()
		case nothing && !v.expects(c.name):
			cost = dash()
		case !nothing && v.now.allCost > 0:
			part := float64(*amount) / float64(v.now.allCost)
			share = Cell{Text: percent(part), Value: plain(part)}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(c.name), cost, share, text(strings.Join(lacking, ", "))}})
	}
	t.Note = "— : nothing entered and nothing expected. not known: expected and not entered."
	return t
}

// expects says whether any program should have a category.
func (v *view) expects(category string) bool {
	for _, r := range v.marts.costs {
		if !unassigned(r.ProgramID) && slices.Contains(splitList(r.ExpectedCategories), category) {
			return true
		}
	}
	return false
}
