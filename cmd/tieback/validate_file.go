package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tieback/ingest/event"
)

// costCategories are the categories that the contract names; others are as good, but a slip looks like one of these.
var costCategories = []string{"media", "staff", "agency", "tools", "content", "incentives", "space", "training", "compliance", "overhead"}

// fileCheck reads business files and collects what must fit together across them.
type fileCheck struct {
	typ, timeFrom string
	settings      *settings
	rows          int

	books    []bookPeriod
	entries  map[string]string // of a cost entry, where it stood first
	policies map[string]string // of a program, where its policy stood first
	named    []namedProgram
}

// bookPeriod is a row of the books, at its place.
type bookPeriod struct {
	from, to         int64 // days
	currency, market string
	file             string
	line             int
}

// namedProgram is a program that a row names.
type namedProgram struct {
	program, file string
	line          int
}

func (c *fileCheck) misuse() error {
	if c.typ != "" && event.Lookup(c.typ) == nil {
		return usagef("--type %s is not in the contract (docs/events.md)%s", c.typ, didYouMean(c.typ, eventTypes()))
	}
	return nil
}

// attributes are the columns that every type may have beside its fields.
var attributes = []string{"id", "source", "type", "time", "revision", "recordedtime"}

// rowsOf are the rows of one file under its header.
type rowsOf struct {
	file   string
	header []string
	faults faultList
}

func (r *rowsOf) at(line int, column, severity, format string, args ...any) {
	r.faults = append(r.faults, fault{File: r.file, Line: line, Setting: column, Severity: severity, Message: fmt.Sprintf(format, args...)})
}

// read checks one file. An error means that the file cannot be read at all.
func (c *fileCheck) read(name string) (faultList, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := &rowsOf{file: name}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !isBusinessFile(name, text) {
		r.at(0, "", severityError, "validate reads the settings and CSV files of costs, books or programs; tieback preview looks at files of events, --settings names other settings")
		return r.faults, nil
	}
	if !utf8.Valid(text) {
		r.at(0, "", severityError, "the file is not UTF-8; save it as UTF-8")
		return r.faults, nil
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord = delimiterIn(text), -1
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			r.at(broken.StartLine, "", severityError, "%s", broken.Err)
			break // where a quote is open the rest has no rows
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		if r.header == nil {
			if !c.head(r, line, cells) {
				return r.faults, nil
			}
			continue
		}
		c.rows++
		c.row(r, line, cells)
	}
	if r.header == nil {
		r.at(0, "", severityError, "the file is empty; its first line must name the columns")
	}
	return r.faults, nil
}

// isBusinessFile says whether a file can be CSV: by its name, and because it does not begin as JSON.
func isBusinessFile(name string, text []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case "", ".csv", ".tsv", ".psv", ".txt":
		head := bytes.TrimSpace(text[:min(len(text), 1024)])
		return len(head) == 0 || head[0] != '{' && head[0] != '['
	}
	return false
}

// delimiterIn is what parts the cells: that of comma, semicolon, tab and bar which the header holds most.
func delimiterIn(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return slices.MaxFunc([]rune{'|', '\t', ';', ','}, func(a, b rune) int {
		return cmp.Compare(bytes.Count(line, []byte(string(a))), bytes.Count(line, []byte(string(b))))
	})
}

// head checks the header; without it no row can be read.
func (c *fileCheck) head(r *rowsOf, line int, cells []string) bool {
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
		if cells[i] != "" && slices.Contains(cells[:i], cells[i]) {
			r.at(line, cells[i], severityError, "two columns are called %s", cells[i])
		}
	}
	r.header = cells
	if !slices.Contains(cells, "type") && c.typ == "" {
		r.at(line, "type", severityError, "there is no column type; say with --type what the rows are, such as cost.entry")
	}
	if !slices.Contains(cells, "time") && c.timeFrom == "" {
		r.at(line, "time", severityError, "there is no column time; say with --time-from which column says when it happened")
	}
	if c.timeFrom != "" && !slices.Contains(cells, c.timeFrom) {
		r.at(line, c.timeFrom, severityError, "--time-from %s is no column%s", c.timeFrom, didYouMean(c.timeFrom, cells))
	}
	return len(r.faults) == 0
}

// row checks one row: as an event of the contract, and for what must fit to other rows and the settings.
func (c *fileCheck) row(r *rowsOf, line int, cells []string) {
	if len(cells) != len(r.header) {
		r.at(line, "", severityError, "the row has %d cells, the header has %d", len(cells), len(r.header))
		return
	}
	values := make(map[string]string)
	for i, cell := range cells {
		if cell = strings.TrimSpace(cell); cell != "" {
			values[r.header[i]] = cell
		}
	}
	if values["type"] == "" && c.typ != "" {
		values["type"] = c.typ
	}
	if values["time"] == "" && c.timeFrom != "" && values[c.timeFrom] != "" {
		values["time"] = values[c.timeFrom]
	}
	t := event.Lookup(values["type"])
	if t == nil {
		r.at(line, "type", severityError, "type %q is not in the contract (docs/events.md)%s", values["type"], didYouMean(values["type"], eventTypes()))
		return
	}
	row := c.decode(r, line, t, values)
	c.columns(r, line, t, values)
	c.words(r, line, values)
	c.collect(r, line, t, row, values)
}

// columns finds cells in columns that the row's type does not have.
func (c *fileCheck) columns(r *rowsOf, line int, t *event.Type, values map[string]string) {
	known := slices.Clone(attributes)
	for _, f := range t.Fields {
		known = append(known, f.Name)
	}
	for _, column := range r.header {
		if values[column] != "" && !slices.Contains(known, column) {
			r.at(line, column, severityWarning, "%s has no field %s, the cell is left out%s", t.Name, column, didYouMean(column, known))
		}
	}
}

// decode reads the row as ingest does, again without each cell that is at fault, so that all of them are found. Cells that
// were taken out are gone from the row it returns.
func (c *fileCheck) decode(r *rowsOf, line int, t *event.Type, values map[string]string) *event.Row {
	for _, f := range t.Fields {
		if f.Required && values[f.Name] == "" {
			r.at(line, f.Name, severityError, "%s is required in %s", f.Name, t.Name)
		}
	}
	// A row without an id has a hash of itself as its id.
	text := map[string]string{"id": "row"}
	for name, value := range values {
		text[name] = value
	}
	zone, err := time.LoadLocation(c.settings.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	for _, name := range []string{"time", "revision", "recordedtime"} {
		if day, err := time.ParseInLocation(time.DateOnly, text[name], zone); err == nil {
			text[name] = day.Format(time.RFC3339)
		}
	}
	decoder := &event.Decoder{Aliases: c.settings.Aliases}
	row := &event.Row{}
	for range len(text) + 1 {
		value, err := json.Marshal(text)
		if err != nil {
			return nil
		}
		// Whatever the clock of this machine says, a plan for next year is no fault: known last of all.
		fault := event.AsInvalid(decoder.Decode(&event.Message{Value: value, Timestamp: time.Date(2199, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()}, row))
		if fault == nil {
			return row
		}
		if fault.Code == event.MissingField && text[fault.Field] == "" {
			if fault.Field == "time" && values["time"] == "" {
				r.at(line, "time", severityError, "time is required")
			}
			return nil
		}
		r.at(line, fault.Field, severityError, "%s (%q)", fault.Reason, text[fault.Field])
		if text[fault.Field] == "" {
			return nil
		}
		delete(text, fault.Field)
	}
	return nil
}

// words looks at codes and categories that are valid words and probably slips.
func (c *fileCheck) words(r *rowsOf, line int, values map[string]string) {
	for _, column := range []string{"currency", "base", "quote"} {
		if code := strings.ToUpper(values[column]); len(code) == 3 && !slices.Contains(currencies, code) {
			r.at(line, column, severityWarning, "%s %s is no currency of ISO 4217%s", column, code, didYouMean(code, currencies))
		}
	}
	if market := strings.ToUpper(values["market"]); market != "" && !slices.Contains(countries, market) {
		r.at(line, "market", severityWarning, "market %s is no country of ISO 3166-1", values["market"])
	}
	category := strings.ToLower(values["category"])
	if category == "" || slices.Contains(costCategories, category) {
		return
	}
	if near := nearest(category, costCategories); near != "" {
		r.at(line, "category", severityWarning, "category %s is none of the usual ones; did you mean %s?", category, near)
	}
}
