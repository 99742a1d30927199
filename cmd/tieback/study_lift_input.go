package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieback/metrics/lift"
)

// A calendar says how a file writes its periods: as integers, or as dates by the day.
type calendar struct{ dates bool }

func (c calendar) String() string {
	if c.dates {
		return "a date such as 2026-03-31"
	}
	return "an integer"
}

// at is the place of a period on the line of all: the integer, or days since 1970.
func (c calendar) at(text string) (int64, bool) {
	if c.dates {
		day, err := time.Parse(time.DateOnly, text)
		return day.Unix() / 86400, err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// times reads the column of periods; its first cell decides between dates and integers.
func (s *studyLift) times(in *sheet) (calendar, []lift.Time, error) {
	cells, err := in.text("--time-col", s.timeCol)
	if err != nil {
		return calendar{}, nil, err
	}
	c := calendar{}
	if _, integer := c.at(cells[0]); !integer {
		c.dates = true
	}
	times := make([]lift.Time, len(cells))
	for i, cell := range cells {
		at, ok := c.at(cell)
		if !ok && i == 0 {
			return c, nil, fmt.Errorf("%s line %d: column %q is %q, neither a date such as 2026-03-31 nor an integer", in.path, in.lines[i], s.timeCol, cell)
		}
		if !ok {
			return c, nil, fmt.Errorf("%s line %d: column %q is %q, not %s as in line %d", in.path, in.lines[i], s.timeCol, cell, c, in.lines[0])
		}
		times[i] = lift.Time{At: at, Label: cell}
	}
	return c, times, nil
}

// observations are all rows of the sheet.
func (s *studyLift) observations(in *sheet) ([]lift.Observation, error) {
	_, times, err := s.times(in)
	if err != nil {
		return nil, err
	}
	units, err := in.text("--unit-col", s.unitCol)
	if err != nil {
		return nil, err
	}
	outcomes, err := in.numbers("--outcome-col", s.outcomeCol)
	if err != nil {
		return nil, err
	}
	costs := make([]float64, len(outcomes))
	if s.costCol != "" {
		if costs, err = in.numbers("--cost-col", s.costCol); err != nil {
			return nil, err
		}
	}
	treated, err := s.marks(in, units)
	if err != nil {
		return nil, err
	}
	rows := make([]lift.Observation, len(units))
	for i, unit := range units {
		if unit == "" {
			return nil, fmt.Errorf("%s line %d: column %q is empty, a unit is needed", in.path, in.lines[i], s.unitCol)
		}
		rows[i] = lift.Observation{Unit: unit, Time: times[i], Outcome: outcomes[i], Cost: costs[i], Treated: treated[i]}
	}
	return rows, nil
}

// marks says of each row whether it names a treated unit. A name or value that the file does not have is an error.
func (s *studyLift) marks(in *sheet, units []string) ([]bool, error) {
	flag, of, wanted := "--treated", units, s.treated
	if s.treatedCol != "" {
		cells, err := in.text("--treated-col", s.treatedCol)
		if err != nil {
			return nil, err
		}
		flag, of, wanted = "--treated-value", cells, []string{s.treatedValue}
	}
	marks := make([]bool, len(of))
	for _, want := range wanted {
		want = strings.TrimSpace(want)
		found := false
		for i, cell := range of {
			if cell == want {
				marks[i], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("%s: no row has %q (%s); the file has %s", in.path, want, flag, several(of))
		}
	}
	return marks, nil
}

// several lists the different cells of a column, the first few of them.
func several(cells []string) string {
	const most = 10
	names := slices.Clone(cells)
	slices.Sort(names)
	names = slices.Compact(names)
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// window reads the periods of the flags as the file writes its own.
func (s *studyLift) window(in *sheet, rows []lift.Observation) (lift.Window, error) {
	c, _, err := s.times(in)
	if err != nil {
		return lift.Window{}, err
	}
	w := lift.Window{PreStart: rows[0].Time.At}
	for _, row := range rows {
		w.PreStart = min(w.PreStart, row.Time.At)
	}
	for _, one := range []struct {
		flag, text string
		to         *int64
	}{{"--pre-start", s.preStart, &w.PreStart}, {"--start", s.start, &w.Start}, {"--end", s.end, &w.End}} {
		if one.text == "" {
			continue // only --pre-start has a default
		}
		at, ok := c.at(one.text)
		if !ok {
			return w, usagef("%s %s: the periods of %s are written as %s", one.flag, one.text, in.path, c)
		}
		*one.to = at
	}
	if s.preStart == "" && w.PreStart >= w.Start && w.Start <= w.End {
		return w, fmt.Errorf("%s: no row lies before --start %s: there is no pre-period to compare with", in.path, s.start)
	}
	return w, nil
}
