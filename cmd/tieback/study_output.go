package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// number is a figure of a study's JSON: what is not finite is written as null, never as NaN or an infinity.
// Whoever fills one with such a value adds a warning that says why.
type number float64

// notKnown is the number that is written as null.
var notKnown = number(math.NaN())

func (n number) known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes the shortest decimal that reads back as the same value, or null.
func (n number) MarshalJSON() ([]byte, error) {
	if !n.known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// String is for tables and CSV: empty where the number is not known.
func (n number) String() string {
	if !n.known() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// A studyResult is what a study prints: one JSON value, and the same figures as rows under a header.
// notes are sentences for people, above the table only; warnings belong to them.
type studyResult struct {
	json   any
	header []string
	rows   [][]string
	notes  []string
}

// write prints the result in a format of formatFlag: table, csv or json.
func (r studyResult) write(w io.Writer, format string) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r.json)
	case "csv":
		out := csv.NewWriter(w)
		_ = out.Write(r.header) // the error stays until Flush
		_ = out.WriteAll(r.rows)
		return out.Error()
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, note := range r.notes {
		if _, err := io.WriteString(w, note+"\n"); err != nil {
			return err
		}
	}
	for _, row := range append([][]string{r.header}, r.rows...) {
		_, _ = io.WriteString(out, strings.Join(row, "\t")+"\n") // the error stays until Flush
	}
	return out.Flush()
}
