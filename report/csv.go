package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// CSV writes every figure of the page, one a line: where it stands, what it is, its value and interval, its unit, and its state
// where there is no value. Values are plain numbers; text says what the page prints.
func (p *Page) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	write := func(cells ...string) {
		for i, c := range cells {
			cells[i] = guard(c)
		}
		_ = out.Write(cells) // the writer keeps the error for the end
	}
	write("section", "table", "row", "label", "figure", "value", "lo", "hi", "unit", "state", "text")
	for i, f := range p.Status {
		write("status", "status", strconv.Itoa(i+1), f.Label, f.Label, "", "", "", "", "", f.Value)
	}
	for i, s := range p.Answer.Headline {
		write("answer", "headline", strconv.Itoa(i+1), "", "", "", "", "", "", "", s)
	}
	for i, n := range p.Answer.Numbers {
		e := n.Value
		write("answer", "numbers", strconv.Itoa(i+1), n.Name, n.Name, plain(e.value), plain(e.lo), plain(e.hi), n.Unit, "", "")
	}
	for i, d := range p.Answer.Decide {
		write("answer", "decide", strconv.Itoa(i+1), d.Program, d.Action, "", "", "", "", "", d.Reason)
	}
	table := func(section string, t Table) {
		if t.OfMethods {
			return
		}
		for i, r := range t.Rows {
			for j, c := range r.Cells[1:] {
				column := t.Columns[j+1]
				unit := column.Unit
				if c.Value == "" {
					unit = ""
				}
				write(section, t.ID, strconv.Itoa(i+1), r.Cells[0].Text, column.Name, c.Value, c.Lo, c.Hi, unit, c.State, c.Text)
			}
		}
	}
	table("answer", p.Answer.Figure.Table)
	for _, s := range p.Sections {
		for _, f := range s.Figures {
			table(s.ID, f.Table)
		}
		for i, item := range s.Items {
			write(s.ID, "items", strconv.Itoa(i+1), "", "", "", "", "", "", "", item)
		}
	}
	for i, warning := range p.Warnings {
		write("warnings", "warnings", strconv.Itoa(i+1), "", "", "", "", "", "", "", warning)
	}
	out.Flush()
	return out.Error()
}

// guard keeps a spreadsheet from reading text as a formula. Plain numbers pass.
func guard(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil && strings.Trim(cell, "+-0123456789.") == "" {
		return cell
	}
	return "'" + cell
}
