package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// textWidth is where sentences are broken.
const textWidth = 110

// Text writes the page for a terminal or a mail; the first lines are the answer.
func (p *Page) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	facts := make([]string, 0, len(p.Status))
	for _, f := range p.Status[2:] { // period and as-of stand in the title
		facts = append(facts, f.Label+" "+f.Value)
	}
	fmt.Fprintf(out, "%s    as of %s\n", p.title(), p.AsOf)
	wrap(out, "", strings.Join(facts, " · "))
	fmt.Fprintln(out)
	p.Answer.text(out)
	for _, s := range p.Sections {
		fmt.Fprintf(out, "\n%s\n%s\n", s.Title, strings.Repeat("=", utf8.RuneCountInString(s.Title)))
		for _, paragraph := range s.Paragraphs {
			wrap(out, "", paragraph)
		}
		for _, f := range s.Figures {
			f.Table.text(out)
		}
		for _, item := range s.Items {
			wrap(out, "- ", item)
		}
	}
	if len(p.Warnings) > 0 {
		fmt.Fprint(out, "\nWarnings\n========\n")
		for _, warning := range p.Warnings {
			wrap(out, "- ", warning)
		}
	}
	return out.Flush()
}

// title is the first line of every format.
func (p *Page) title() string {
	if p.Company == "" {
		return "What social returned, " + p.Period.Label
	}
	return p.Company + " — what social returned, " + p.Period.Label
}

func (a Answer) text(out *bufio.Writer) {
	wrap(out, "  ", strings.Join(a.Headline, " "))
	fmt.Fprintln(out)
	for _, r := range a.Rows {
		for i, line := range r.Lines {
			label := ""
			if i == 0 {
				label = r.Label
			}
			wrap(out, fmt.Sprintf("  %-20s", label), line)
		}
	}
	if len(a.Decide) > 0 {
		fmt.Fprint(out, "\n  Decide\n")
		widest := 0
		for _, d := range a.Decide {
			widest = max(widest, utf8.RuneCountInString(d.Program))
		}
		for i, d := range a.Decide {
			pad := strings.Repeat(" ", widest-utf8.RuneCountInString(d.Program))
			wrap(out, fmt.Sprintf("  %-2d %s%s  %-8s ", i+1, d.Program, pad, d.Action), d.Reason)
		}
	}
	if len(a.Closing) > 0 {
		fmt.Fprintln(out)
		wrap(out, "  ", strings.Join(a.Closing, " "))
	}
	a.Figure.Table.text(out)
}

// wrap writes a paragraph whose later lines are indented as far as its prefix.
func wrap(out *bufio.Writer, prefix, paragraph string) {
	indent := utf8.RuneCountInString(prefix)
	out.WriteString(prefix)
	column, start := indent, true
	for _, word := range strings.Fields(paragraph) {
		n := utf8.RuneCountInString(word)
		if !start && column+1+n > textWidth {
			out.WriteString("\n" + strings.Repeat(" ", indent))
			column, start = indent, true
		}
		if !start {
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column, start = column+n, false
	}
	out.WriteByte('\n')
}

// text writes an aligned table; a long last column is broken as a paragraph.
func (t Table) text(out *bufio.Writer) {
	if len(t.Rows) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", t.Caption)
	if t.allWords() {
		t.list(out)
		return
	}
	lines := [][]string{make([]string, len(t.Columns))}
	for i, c := range t.Columns {
		lines[0][i] = c.heading()
	}
	for _, r := range t.Rows {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			if cells[i] = c.Text; c.Range != "" {
				cells[i] += " (" + c.Range + ")"
			}
		}
		lines = append(lines, cells)
	}
	widths := make([]int, len(t.Columns))
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, cells := range lines {
		line := " "
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.Columns[i].Numeric {
				line += " " + pad + cell + " "
			} else {
				line += " " + cell + pad + " "
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	if t.Note != "" {
		wrap(out, "  ", t.Note)
	}
}

// allWords says that no column holds numbers: such a table reads better as a list.
func (t Table) allWords() bool {
	return !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Numeric })
}

// list writes each row as a paragraph: head: cell; cell; cell.
func (t Table) list(out *bufio.Writer) {
	for _, r := range t.Rows {
		var parts []string
		for i, c := range r.Cells[1:] {
			if c.Text != "" {
				parts = append(parts, t.Columns[i+1].Name+" "+c.Text)
			}
		}
		wrap(out, "  - ", r.Cells[0].Text+": "+strings.Join(parts, "; "))
	}
}

// heading is a column's name with its unit.
func (c Column) heading() string {
	if c.Unit == "" {
		return c.Name
	}
	return c.Name + ", " + c.Unit
}
