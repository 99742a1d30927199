// Package lift estimates what treated units gained over what they would have had untreated, from outcomes of units over periods.
package lift

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// An Observation is one unit in one period.
//
// Outcome and Cost are totals of the period in whatever unit the caller counts in; Cost stays 0 where none is known
// (NewPanel is told). Treated marks the unit: one marked row marks all rows of it.
type Observation struct {
	Unit    string
	Time    Time
	Outcome float64
	Cost    float64
	Treated bool
}

// A Time orders periods by At and names them by Label, which only sentences and weights show.
type Time struct {
	At    int64
	Label string
}

// A Window says which periods count: [PreStart, Start) before, [Start, End] during the treatment, both ends inclusive.
type Window struct{ PreStart, Start, End int64 }

// A Panel holds units by periods, the treated ones apart. Units are in the order of their names and periods in that of
// time, so the order of the rows never shows in a result.
type Panel struct {
	Treated, Controls []Series
	Times             []Time
	Pre               int // the first Pre periods lie before the treatment
	HasCost           bool
	Missing           int // cells without a row, held as NaN
}

// A Series is one unit: outcome and cost in each period of its panel.
type Series struct {
	Unit    string
	Outcome []float64
	Cost    []float64
}

// NewPanel arranges rows, in any order, as a panel. Rows outside the window are left out.
//
// An error says which row or which choice leaves nothing to compare: a value that is not finite, two rows of one unit in
// one period, a window without periods, no treated unit or no control.
func NewPanel(rows []Observation, window Window, hasCost bool) (*Panel, error) {
	if window.Start > window.End {
		return nil, errors.New("the treatment starts after it ends: exchange start and end")
	}
	if window.PreStart >= window.Start {
		return nil, errors.New("the pre-period starts no earlier than the treatment: nothing is left to compare with")
	}
	p := &Panel{HasCost: hasCost}
	treated := map[string]bool{}
	var units []string
	for _, row := range rows {
		if !finite(row.Outcome, row.Cost) {
			return nil, fmt.Errorf("unit %q at %s: outcome %g and cost %g must be numbers", row.Unit, row.Time.Label, row.Outcome, row.Cost)
		}
		if row.Treated {
			treated[row.Unit] = true
		}
		if row.Time.At < window.PreStart || row.Time.At > window.End {
			continue
		}
		units = append(units, row.Unit)
		p.Times = append(p.Times, row.Time)
	}
	slices.Sort(units)
	units = slices.Compact(units)
	slices.SortFunc(p.Times, func(a, b Time) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Label, b.Label))
	})
	p.Times = slices.CompactFunc(p.Times, func(a, b Time) bool { return a.At == b.At })
	p.Pre, _ = slices.BinarySearchFunc(p.Times, window.Start, func(t Time, at int64) int { return cmp.Compare(t.At, at) })
	switch {
	case len(p.Times) == 0:
		return nil, errors.New("no row lies between the start of the pre-period and the end of the treatment")
	case p.Pre == 0:
		return nil, errors.New("no row lies before the start of the treatment: there is no pre-period to compare with")
	case p.Pre == len(p.Times):
		return nil, errors.New("no row lies between the start and the end of the treatment")
	}
	return p, p.fill(rows, units, treated, window)
}

// fill puts the rows of the window into the cells of the panel.
func (p *Panel) fill(rows []Observation, units []string, treated map[string]bool, window Window) error {
	all := make([]Series, len(units))
	for u, name := range units {
		all[u] = Series{Unit: name, Outcome: slices.Repeat([]float64{math.NaN()}, len(p.Times)), Cost: make([]float64, len(p.Times))}
	}
	p.Missing = len(units) * len(p.Times)
	for _, row := range rows {
		if row.Time.At < window.PreStart || row.Time.At > window.End {
			continue
		}
		u, _ := slices.BinarySearch(units, row.Unit)
		t, _ := slices.BinarySearchFunc(p.Times, row.Time.At, func(t Time, at int64) int { return cmp.Compare(t.At, at) })
		if !math.IsNaN(all[u].Outcome[t]) {
			return fmt.Errorf("unit %q has two rows at %s: add them up, or leave one out", row.Unit, row.Time.Label)
		}
		all[u].Outcome[t], all[u].Cost[t] = row.Outcome, row.Cost
		p.Missing--
	}
	for _, series := range all {
		if treated[series.Unit] {
			p.Treated = append(p.Treated, series)
		} else {
			p.Controls = append(p.Controls, series)
		}
	}
	switch {
	case len(p.Treated) == 0:
		return errors.New("no unit is treated between the start of the pre-period and the end of the treatment")
	case len(p.Controls) == 0:
		return errors.New("every unit is treated: without an untreated one nothing says what would have happened otherwise")
	}
	return p.varies()
}

// varies refuses outcomes that cannot tell anything.
func (p *Panel) varies() error {
	first, same := math.NaN(), true
	var largest float64
	for _, series := range slices.Concat(p.Treated, p.Controls) {
		for t, y := range series.Outcome {
			if math.IsNaN(first) {
				first = y
			}
			same = same && (math.IsNaN(y) || y == first)
			largest = max(largest, math.Abs(y), math.Abs(series.Cost[t]))
		}
	}
	if same {
		return errors.New("the outcome is the same number everywhere: there is nothing to estimate from")
	}
	if largest > 1e100 {
		return fmt.Errorf("a value of %g is too large to calculate with: count in a larger unit", largest)
	}
	return nil
}

// complete refuses a panel with cells that no row fills, for methods that compare unit by unit.
func (p *Panel) complete() error {
	if p.Missing == 0 {
		return nil
	}
	for _, series := range slices.Concat(p.Treated, p.Controls) {
		if t := slices.IndexFunc(series.Outcome, math.IsNaN); t >= 0 {
			return fmt.Errorf("the panel is not balanced: %d of %d rows are missing, the first is unit %q at %s; add the rows (0 where nothing was sold) or leave the unit out",
				p.Missing, (len(p.Treated)+len(p.Controls))*len(p.Times), series.Unit, p.Times[t].Label)
		}
	}
	return nil
}

// post is the number of periods of the treatment.
func (p *Panel) post() int { return len(p.Times) - p.Pre }

// treatedNames are the names of the treated units.
func (p *Panel) treatedNames() []string {
	names := make([]string, len(p.Treated))
	for i, series := range p.Treated {
		names[i] = series.Unit
	}
	return names
}

// until is the panel of the pre-period alone with its last third declared a treatment that never was, in which a sound
// method finds nothing.
func (p *Panel) until() *Panel {
	cut := func(all []Series) []Series {
		short := make([]Series, len(all))
		for i, series := range all {
			short[i] = Series{Unit: series.Unit, Outcome: series.Outcome[:p.Pre], Cost: series.Cost[:p.Pre]}
		}
		return short
	}
	return &Panel{Treated: cut(p.Treated), Controls: cut(p.Controls), Times: p.Times[:p.Pre], Pre: p.Pre - p.Pre/3, Missing: p.Missing}
}

// outcomes are the rows of outcomes, not copied.
func outcomes(all []Series) [][]float64 {
	rows := make([][]float64, len(all))
	for i, series := range all {
		rows[i] = series.Outcome
	}
	return rows
}

// totals adds up units per period; a cell without a row adds nothing.
func totals(all []Series, of func(Series) []float64) []float64 {
	sums := make([]float64, len(of(all[0])))
	for _, series := range all {
		for t, v := range of(series) {
			if !math.IsNaN(v) {
				sums[t] += v
			}
		}
	}
	return sums
}

func outcomeOf(s Series) []float64 { return s.Outcome }
func costOf(s Series) []float64    { return s.Cost }

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
