package report

import (
	"math"
	"slices"
	"sort"

	"tieback/warehouse"
)

// A forestRow is one return with its interval and hurdle.
type forestRow struct {
	label, value string
	roi          estimate
	hurdle       float64
	heading      string
}

// Ends outside these, or outside half as much again as the largest estimate, are drawn at the edge, with an arrow; the table has them.
const forestLo, forestHi = -2, 4

// forest draws returns on one scale, with break-even and each row's hurdle marked.
func forest(id, title, desc string, rows []forestRow) Chart {
	s := scale{lo: 0, hi: 0, from: .02, to: .98}
	edgeLo, edgeHi := float64(forestLo), float64(forestHi)
	for _, r := range rows {
		if r.roi.known() {
			edgeLo, edgeHi = min(edgeLo, 1.5*r.roi.value), max(edgeHi, 1.5*r.roi.value)
		}
	}
	for _, r := range rows {
		for _, x := range []float64{r.roi.value, r.roi.lo, r.roi.hi, r.hurdle} {
			if !math.IsNaN(x) {
				s.lo, s.hi = min(s.lo, max(x, edgeLo)), max(s.hi, min(x, edgeHi))
			}
		}
	}
	if s.lo == s.hi {
		s.lo, s.hi = -1, 1
	}
	pad := .04 * (s.hi - s.lo)
	s.lo, s.hi = s.lo-pad, s.hi+pad
	c := &canvas{id: id, height: 4}
	for _, r := range rows {
		if r.heading != "" {
			c.height += 22
			c.text(0, c.height-5, "strong", r.heading)
		}
		y := c.height
		c.height += 38
		c.text(0, y+13, "", short(r.label, 28))
		c.line(s.at(0), y+16, s.at(0), y+36, "axis")
		if !r.roi.known() {
			c.text(1, y+13, "end quiet", r.value)
			continue
		}
		c.text(1, y+13, "end", r.value)
		c.mark(s, r, y+25)
	}
	c.line(s.from, c.height, s.to, c.height, "axis")
	for _, t := range s.ticks(5) {
		c.line(s.at(t), c.height, s.at(t), c.height+4, "axis")
		class := "middle small"
		if s.at(t) < .06 {
			class = "small"
		} else if s.at(t) > .94 {
			class = "end small"
		}
		c.text(s.at(t), c.height+17, class, signed(t, 2))
	}
	c.height += 22
	return c.chart(title, desc)
}

// mark draws one interval, its estimate and its hurdle; an end beyond the scale points there.
func (c *canvas) mark(s scale, r forestRow, y float64) {
	c.whisker(s, r.roi.lo, r.roi.hi, y)
	if r.roi.lo < s.lo {
		c.text(s.at(s.lo), y+5, "", "◂")
	}
	if r.roi.hi > s.hi {
		c.text(s.at(s.hi), y+5, "end", "▸")
	}
	if r.roi.value >= s.lo && r.roi.value <= s.hi {
		c.dot(s.at(r.roi.value), y, 5, "solid")
	}
	c.line(s.at(r.hurdle), y-8, s.at(r.hurdle), y+8, "hurdle")
}

const forestKey = "● return   ├─┤ 90 % interval   ┆ hurdle   │ break-even"

const forestLegend = "A dot is the return, the line through it the 90 % interval, the dashed mark the hurdle, the long vertical line break-even. An arrow points to an end beyond the scale. "

// programFigure shows every program's return, and those of which nothing is known.
func (v *view) programFigure() Figure {
	t := Table{ID: "programs", Caption: "Return by program, " + v.period.Label, Columns: append(words("program"), columns(v.currency, "cost", "incremental margin")...)}
	t.Columns = append(t.Columns, Column{Name: "return", Numeric: true}, Column{Name: "above its hurdle", Numeric: true}, Column{Name: "hurdle", Numeric: true},
		Column{Name: "grade"}, Column{Name: "evidence"})
	var rows []forestRow
	for _, p := range byReturn(v.now.programs) {
		if p.allCost == 0 && !p.tested {
			continue
		}
		hurdle := v.hurdle(p.id)
		row := forestRow{label: v.name(p.id), value: p.state, roi: estimate{math.NaN(), math.NaN(), math.NaN()}, hurdle: hurdle}
		cost := p.allCost
		cells := []Cell{text(row.label), money(&cost), unknown(), unknown(), unknown(), v.hurdleCell(p.id), dash()}
		if p.state == immature {
			cells[2], cells[3], cells[4] = tooYoung(), tooYoung(), tooYoung()
		}
		if p.tested {
			row.roi = of(p.roi.Interval)
			cells[2], cells[3], cells[6] = interval(of(p.margin), estimate.amounts), interval(row.roi, estimate.returns), text(p.grade)
			cells[4] = number(&p.roi.PAboveHurdle, percent)
			row.value = notKnown
			if row.roi.known() {
				row.value = cells[3].Text + " (" + cells[3].Range + ")"
			}
		}
		t.Rows = append(t.Rows, Row{Cells: append(cells, v.evidenceOf(p))})
		rows = append(rows, row)
	}
	t.Note = "Cost is that of the whole period; a return covers the months with evidence. “Above its hurdle” is what a flat prior says."
	if !slices.ContainsFunc(rows, func(r forestRow) bool { return r.roi.known() }) {
		return Figure{Table: t}
	}
	return Figure{Table: t, Key: forestKey, Charts: []Chart{forest("chart-programs", "Return by program", forestLegend+"Programs without evidence have no mark. The table below has the numbers.", rows)}}
}

// byReturn orders programs from the best return to the worst, then those without one by cost.
func byReturn(programs []program) []program {
	sorted := append([]program(nil), programs...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.tested != b.tested {
			return a.tested
		}
		if a.tested {
			return a.roi.Estimate > b.roi.Estimate
		}
		return a.allCost > b.allCost
	})
	return sorted
}

// hurdleCell tells a hurdle of 0 from none set.
func (v *view) hurdleCell(id string) Cell {
	if p, ok := v.programs[id]; ok && p.Hurdle != nil && !unassigned(id) {
		return number(p.Hurdle, func(x float64) string { return grouped(x, 2) })
	}
	if unassigned(id) {
		return dash()
	}
	return Cell{Text: "break-even", Value: "0"}
}

func tooYoung() Cell { return Cell{Text: immature, State: immature} }

// evidenceOf says for how many of the period's months a program has evidence.
func (v *view) evidenceOf(p program) Cell {
	switch {
	case !p.tested && p.state == immature:
		return tooYoung()
	case !p.tested:
		return unknown()
	}
	return text(plural(p.months, "month") + " of " + count(float64(v.period.length())))
}

// forest shows the registered metric of every pilot, sorted by decision.
func (v *view) forest(results []warehouse.PilotResult) []Chart {
	var rows []forestRow
	last := "\x00"
	arms := map[string]int{}
	for _, r := range results {
		if r.IsDecisive {
			arms[r.Pilot]++
		}
	}
	for _, r := range results {
		if !r.IsDecisive || v.tooFew(r) {
			continue
		}
		label := r.Pilot
		if arms[r.Pilot] > 1 {
			label = r.Arm + ", " + r.Pilot
		}
		row := forestRow{label: label, roi: floats(r.ROI, r.ROILo, r.ROIHi), hurdle: v.hurdle(r.ProgramID), value: "return not known"}
		if r.Hurdle != nil {
			row.hurdle = *r.Hurdle
		}
		if row.roi.known() {
			value, lo, hi := row.roi.returns()
			row.value = value + " (" + lo + " … " + hi + ")"
		}
		decision := r.Decision
		if decision == "" {
			decision = "no decision: " + r.State
			if r.State == "valid" {
				decision = "no decision of its own"
			}
		}
		if decision != last {
			row.heading, last = decision, decision
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return []Chart{forest("chart-pilots", "Returns of pilots by decision", forestLegend+"Pilots are grouped by decision and sorted by return. The table below has the numbers.", rows)}
}
