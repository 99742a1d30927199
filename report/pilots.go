package report

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"tieback/warehouse"
)

// pilots is the section of all pilots that began before the period ended: what they found holds until it lapses.
func (v *view) pilots() Section {
	s := Section{ID: "pilots", Title: v.pilotsTitle()}
	rows := v.sortedPilots()
	s.Paragraphs = []string{"A pilot decides on the metric it registered beforehand, once, when it is mature: scale when even the lower bound of its return is above the hurdle, " +
		"stop when even the upper bound is below it, else iterate. Effects are per assigned unit, whether or not it was reached."}
	t := Table{ID: "pilots", Caption: "Pilots, all metrics; the registered one is marked *", Columns: words("pilot", "program", "arm", "metric", "compared")}
	t.Columns = append(t.Columns, Column{Name: "effect per unit", Numeric: true}, Column{Name: "units treated", Numeric: true}, Column{Name: "units control", Numeric: true},
		Column{Name: "sample ratio p", Numeric: true}, Column{Name: "return", Numeric: true}, Column{Name: "grade"}, Column{Name: "decision"})
	for _, r := range rows {
		t.Rows = append(t.Rows, Row{Cells: v.pilotCells(r)})
		for _, w := range splitWarnings(r.Warnings) {
			if item := fmt.Sprintf("%s, %s: %s", r.Pilot, r.Arm, w); !slices.Contains(s.Items, item) { // metrics share what is wrong with the arms
				s.Items = append(s.Items, item)
			}
		}
	}
	t.Note = fmt.Sprintf("Intervals are 90 %% unless a pilot registered another level. An arm of fewer than %d people is suppressed.", v.suppressBelow)
	s.Figures = []Figure{{Charts: v.forest(rows), Key: forestKey, Table: t}, {Table: v.methodTable()}, {Table: v.launchTable()}}
	if line := v.launchLine(); line != "" {
		s.Paragraphs = append(s.Paragraphs, line)
	}
	s.Items = append(s.Items, v.launchItems()...)
	return s
}

// comparedBy says what was compared and how: people, Welch.
func comparedBy(r warehouse.PilotResult) string {
	unit := map[string]string{"person": "people", "venue": "venues", "region": "regions", "market": "markets"}[r.Unit]
	if unit == "" {
		unit = r.Unit
	}
	if r.Method == "" {
		return unit
	}
	return unit + ", " + methodName(r.Method)
}

func splitWarnings(text string) []string {
	var all []string
	for _, w := range strings.Split(text, "; ") {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}

func (v *view) pilotCells(r warehouse.PilotResult) []Cell {
	metric := r.Metric
	if r.IsDecisive {
		metric += " *"
	}
	cells := []Cell{text(r.Pilot), text(v.name(r.ProgramID)), text(r.Arm), text(metric), text(comparedBy(r))}
	if v.tooFew(r) {
		return append(cells, hidden(), hidden(), hidden(), hidden(), hidden(), dash(), dash())
	}
	effect := floats(r.Lift, r.Lo, r.Hi)
	written := interval(effect, func(e estimate) (string, string, string) {
		scale := e.halfWidth()
		write := func(x float64) string { return significant(x, scale, 3) }
		return write(e.value), bound(e.lo, write), bound(e.hi, write)
	})
	units := func(n *int64) Cell {
		if n == nil {
			return unknown()
		}
		return Cell{Text: count(float64(*n)), Value: fmt.Sprint(*n)}
	}
	roi := interval(floats(r.ROI, r.ROILo, r.ROIHi), estimate.returns)
	if !r.IsDecisive && r.ROI == nil { // orders have no return
		roi = dash()
	}
	decision := text(r.Decision)
	if r.Decision == "" {
		decision = text(r.State)
		if r.State == "valid" {
			decision = dash()
		}
	}
	grade := text(r.Grade)
	if r.Grade == "" {
		grade = dash()
	}
	return append(cells, written, units(r.UnitsTreated), units(r.UnitsControl), number(r.SampleRatioP, pValue),
		roi, grade, decision)
}

// sortedPilots orders results by decision, then by return from best to worst; registered metrics first.
func (v *view) sortedPilots() []warehouse.PilotResult {
	rank := func(r warehouse.PilotResult) int {
		if !r.IsDecisive {
			return 9
		}
		return slices.Index([]string{"scale", "iterate", "stop", ""}, r.Decision)
	}
	rows := append([]warehouse.PilotResult(nil), v.marts.pilots...)
	sort.SliceStable(rows, func(i, j int) bool {
		if a, b := rank(rows[i]), rank(rows[j]); a != b {
			return a < b
		}
		if !rows[i].IsDecisive {
			return false
		}
		a, b := floats(rows[i].ROI, nil, nil).value, floats(rows[j].ROI, nil, nil).value
		return a > b || !math.IsNaN(a) && math.IsNaN(b)
	})
	return rows
}

// pilotsTitle counts pilots by what they came to.
func (v *view) pilotsTitle() string {
	came := map[string]int{}
	names := distinct(v.marts.pilots, func(r warehouse.PilotResult) string { return r.Pilot })
	if len(names) == 0 {
		return "No program has been piloted"
	}
	for _, name := range names {
		came[v.outcome(name)]++
	}
	var parts []string
	for _, o := range []struct{ outcome, words string }{{"scale", "to scale"}, {"iterate", "to iterate"}, {"stop", "to stop"},
		{byArm, "decided differently by arm"}, {"valid", "without a decision"}, {"invalid", "invalid"}, {immature, immature}, {"running", "running"}, {suppressed, suppressed}} {
		if n := came[o.outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.words))
		}
	}
	return plural(len(names), "pilot") + ": " + list(parts)
}

// byArm is the outcome of a pilot whose arms have different decisions.
const byArm = "by arm"

// outcome is a pilot's decision, by its joint row, else by its arms; without any, its state.
func (v *view) outcome(pilot string) string {
	decision, state := "", suppressed
	for _, r := range v.marts.pilots {
		if r.Pilot != pilot || !r.IsDecisive || v.tooFew(r) {
			continue
		}
		if state != "valid" {
			state = r.State
		}
		switch {
		case r.State != "valid" || r.Decision == "" || r.Decision == decision:
		case r.Arm == "(all)":
			return r.Decision
		case decision == "":
			decision = r.Decision
		default:
			decision = byArm
		}
	}
	if decision != "" {
		return decision
	}
	return state
}
