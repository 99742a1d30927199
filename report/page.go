// Package report puts one period's answer on a page: HTML, text, CSV, JSON.
package report

import (
	"context"
	"errors"
	"math"
	"slices"

	"tieback/warehouse"
)

// A Page is everything one report says; its methods write it in each format, always the same bytes.
type Page struct {
	Company  string
	Period   Period
	Currency string
	AsOf     string // UTC, as in build_info
	Status   []Fact
	Answer   Answer
	Sections []Section
	Warnings []string
}

// A Fact is one entry of the status strip.
type Fact struct {
	Label, Value string
	Attention    bool // the reader should not pass over it
}

// A Section answers one question; its title is a sentence with what was found.
type Section struct {
	ID, Title  string
	Paragraphs []string
	Figures    []Figure
	Items      []string // a list at the end: warnings, missing things
}

// A Figure is a table and the charts, if any, that show the same numbers.
type Figure struct {
	Charts []Chart
	Key    string // what the marks of the charts mean
	Table  Table
}

// A Table has one header row; the first column heads its rows.
type Table struct {
	ID, Caption string
	Columns     []Column
	Rows        []Row
	Note        string
	// OfMethods says that the table is the same in every report: it is about methods and not about the company, and stays out of CSV and JSON.
	OfMethods bool
}

// A Column has a name for people and, from it, a key for machines.
type Column struct {
	Name    string
	Unit    string // currency code, %, or empty
	Numeric bool
}

// A Row is one line of a table; Total marks a sum of those above.
type Row struct {
	Cells []Cell
	Total bool
}

// A Cell is a value as people read it, and as machines do.
type Cell struct {
	Text  string
	Value string // a plain number; empty where Text is not one
	State string // empty: observed; else not known, suppressed, immature or none
	// Range is the interval as people read it, Lo and Hi its ends as plain numbers, empty where there is no bound.
	Range, Lo, Hi string
}

// What a cell says where it has no number. A zero is a number.
const (
	notKnown   = "not known"
	suppressed = "suppressed"
	immature   = "immature"
	none       = "none" // does not apply; printed as a dash
)

func text(s string) Cell { return Cell{Text: s} }

func unknown() Cell { return Cell{Text: notKnown, State: notKnown} }

func hidden() Cell { return Cell{Text: suppressed, State: suppressed} }

func dash() Cell { return Cell{Text: "—", State: none} }

// money is an amount to the cent: converted ones have more places, which only machines get.
func money(m *warehouse.Money) Cell {
	if m == nil {
		return unknown()
	}
	return Cell{Text: cents(*m), Value: m.String()}
}

// booked is an amount of the books, which must add up by eye, to the last place.
func booked(m *warehouse.Money) Cell {
	if m == nil {
		return unknown()
	}
	return Cell{Text: exact(*m), Value: m.String()}
}

// number is a float written by write; nil is not known.
func number(v *float64, write func(float64) string) Cell {
	if v == nil || plain(*v) == "" {
		return unknown()
	}
	return Cell{Text: write(*v), Value: plain(*v)}
}

// interval is an estimate as amounts or returns writes it, with its range.
func interval(e estimate, write func(estimate) (string, string, string)) Cell {
	if !e.known() {
		return unknown()
	}
	value, lo, hi := write(e)
	c := Cell{Text: value, Value: plain(e.value), Lo: plain(e.lo), Hi: plain(e.hi)}
	if !math.IsNaN(e.lo) && !math.IsNaN(e.hi) {
		c.Range = lo + " … " + hi
	}
	return c
}

// floats makes an estimate of nullable numbers; no value is not a number.
func floats(value, lo, hi *float64) estimate {
	or := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	return estimate{or(value), or(lo), or(hi)}
}

// monies does the same with amounts.
func monies(value, lo, hi *warehouse.Money) estimate {
	or := func(m *warehouse.Money) float64 {
		if m == nil {
			return math.NaN()
		}
		return m.Float64()
	}
	return estimate{or(value), or(lo), or(hi)}
}

func columns(currency string, names ...string) []Column {
	all := make([]Column, len(names))
	for i, name := range names {
		all[i] = Column{Name: name, Unit: currency, Numeric: true}
	}
	return all
}

func words(names ...string) []Column {
	all := make([]Column, len(names))
	for i, name := range names {
		all[i] = Column{Name: name}
	}
	return all
}

// Read makes the page of a period out of the snapshot's marts. It asks no clock: how
// recent the data are is what the snapshot says.
func Read(ctx context.Context, s *warehouse.Snapshot, period Period) (*Page, error) {
	if !period.From.Before(period.To) {
		return nil, errors.New("the period has no months; ParsePeriod makes one")
	}
	m, err := readMarts(ctx, s, period)
	if err != nil {
		return nil, err
	}
	if err := m.checkPeriod(period); err != nil {
		return nil, err
	}
	// A later pilot was not known when the period ended, and has no place in its report.
	m.pilots = slices.DeleteFunc(m.pilots, func(r warehouse.PilotResult) bool { return !r.StartsOn.Before(period.To) })
	m.launches = slices.DeleteFunc(m.launches, func(r warehouse.Launch) bool { return !r.LaunchedOn.Before(period.To) })
	v := newView(m, period)
	page := &Page{Company: m.info["company"], Period: period, Currency: m.currency, AsOf: m.asOf()}
	page.Status = v.status()
	page.Answer = v.answer()
	page.Sections = []Section{
		v.claims(), v.bridge(), v.costs(), v.invested(), v.pilots(), v.quality(), v.answers(),
	}
	for i := range page.Sections {
		page.Sections[i].Title = sentence(page.Sections[i].Title)
	}
	page.Warnings = v.warnings()
	return page, nil
}
