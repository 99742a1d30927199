package report

import (
	"fmt"

	"tieback/warehouse"
)

// invested is the section on spending ahead of what has been earned.
func (v *view) invested() Section {
	s := Section{ID: "invested", Title: v.investedTitle()}
	s.Paragraphs = []string{"The earned limit is the seed budget and the reinvested share of what the lower bound of all incremental margin so far has earned. " +
		"A lead ratio above 1 means that more was spent than has been earned; luck unlocks no money, because only the lower bound counts."}
	rows := v.latestInvested()
	t := Table{ID: "invested", Caption: "Invested and earned by program", Columns: append(words("program"),
		columns(v.currency, "seed budget", "cost so far", "incremental so far", "lower bound", "earned limit", "headroom")...)}
	if len(rows) > 0 {
		t.Caption += ", to the end of " + rows[0].MonthStart.Format("January 2006")
	}
	t.Columns = append(t.Columns, Column{Name: "lead ratio", Numeric: true}, Column{Name: "ahead since"}, Column{Name: "evidence"})
	for _, r := range rows {
		if unassigned(r.ProgramID) && !hasLimit(r) {
			continue
		}
		since := dash()
		if r.AheadSince != nil {
			since = text(r.AheadSince.Format("2006-01"))
		}
		soFar := monies(r.CumulativeIncremental, r.CumulativeLo, nil)
		gained, low := unknown(), unknown()
		if soFar.known() {
			value, lo, _ := estimate{soFar.value, soFar.lo, 2*soFar.value - soFar.lo}.amounts()
			gained = Cell{Text: value, Value: plain(soFar.value)}
			if r.CumulativeLo != nil {
				low = Cell{Text: lo, Value: plain(soFar.lo)}
			}
		}
		seed := money(r.SeedBudget)
		if r.SeedBudget == nil {
			seed = dash()
		}
		limit, headroom, lead := earned(r.EarnedLimit), earned(r.Headroom), number(r.LeadRatio, func(x float64) string { return grouped(x, 2) })
		if !hasLimit(r) {
			limit, headroom, lead, since = unknown(), unknown(), unknown(), dash()
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(v.name(r.ProgramID)), seed, money(r.CumulativeCost), gained, low,
			limit, headroom, lead, since, text(r.State)}})
	}
	t.Note = "Without a seed budget and a proven return there is no limit. Incremental so far is rounded as its interval allows; limits follow from it and are rounded to whole units."
	s.Figures = []Figure{{Charts: v.investedCharts(rows), Key: "── cost so far   ╌╌ earned limit   each panel from 0 to its own top; shaded months are immature", Table: t}}
	return s
}

// earned is an amount that rests on an estimate: whole units, the cents would pretend.
func earned(m *warehouse.Money) Cell {
	if m == nil {
		return unknown()
	}
	return Cell{Text: grouped(m.Float64(), 0), Value: m.String()}
}

func (v *view) investedTitle() string {
	rows := v.latestInvested()
	if len(rows) == 0 {
		return "No program has a seed budget or a proven return, so no spending limit exists"
	}
	var ahead []string
	with := 0
	for _, r := range rows {
		if hasLimit(r) {
			with++
		}
		if hasLimit(r) && *r.Headroom < 0 {
			ahead = append(ahead, v.name(r.ProgramID))
		}
	}
	total, limited := v.headroom()
	switch {
	case !limited:
		return "How much may still be spent is not known"
	case len(ahead) == 0:
		return fmt.Sprintf("No program is ahead of what it has earned; %s may still be spent", v.amount(total.Float64()))
	case len(ahead) > 3:
		return fmt.Sprintf("%d of %d programs with a limit have spent ahead of what they have earned", len(ahead), with)
	case len(ahead) == 1:
		return ahead[0] + " has spent ahead of what it has earned"
	}
	return list(ahead) + " have spent ahead of what they have earned"
}
