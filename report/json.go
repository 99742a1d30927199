package report

import (
	"encoding/json"
	"io"
	"strings"
	"time"
)

type jsonPage struct {
	Company  string            `json:"company,omitempty"`
	Period   jsonPeriod        `json:"period"`
	AsOf     string            `json:"as_of"`
	Currency string            `json:"currency"`
	Status   map[string]string `json:"status"`
	Answer   jsonAnswer        `json:"answer"`
	Sections []jsonSection     `json:"sections"`
	Warnings []string          `json:"warnings"`
}

type jsonPeriod struct {
	Label string `json:"label"`
	From  string `json:"from"`
	To    string `json:"to"` // not in the period
}

type jsonAnswer struct {
	Headline []string     `json:"headline"`
	Figures  []jsonFigure `json:"figures"`
	Rows     []jsonRow    `json:"rows"`
	Decide   []jsonAdvice `json:"decide"`
	Closing  []string     `json:"closing"`
	Programs jsonTable    `json:"programs"`
}

type jsonFigure struct {
	Name  string      `json:"name"`
	Unit  string      `json:"unit"`
	Value json.Number `json:"value,omitempty"`
	Lo    json.Number `json:"lo,omitempty"` // absent: no bound, or no interval where level is absent too
	Hi    json.Number `json:"hi,omitempty"`
	Level float64     `json:"level,omitempty"`
}

type jsonRow struct {
	Label string   `json:"label"`
	Lines []string `json:"lines"`
}

type jsonAdvice struct {
	Program string `json:"program"`
	Action  string `json:"action"`
	Reason  string `json:"reason"`
}

type jsonSection struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Paragraphs []string    `json:"paragraphs"`
	Tables     []jsonTable `json:"tables"`
	Items      []string    `json:"items,omitempty"`
}

type jsonTable struct {
	ID      string                `json:"id"`
	Caption string                `json:"caption"`
	Columns []jsonColumn          `json:"columns"`
	Rows    []map[string]jsonCell `json:"rows"`
	Note    string                `json:"note,omitempty"`
}

type jsonColumn struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
}

type jsonCell struct {
	Text  string      `json:"text"`
	Value json.Number `json:"value,omitempty"`
	Lo    json.Number `json:"lo,omitempty"`
	Hi    json.Number `json:"hi,omitempty"`
	State string      `json:"state,omitempty"`
}

// JSON writes the page for machines. A value that is not known is absent and its state says why; no
// number is NaN or infinite. Amounts of the books keep their four places.
func (p *Page) JSON(w io.Writer) error {
	page := jsonPage{
		Company: p.Company, AsOf: p.AsOf, Currency: p.Currency, Status: map[string]string{}, Warnings: p.Warnings,
		Period: jsonPeriod{p.Period.Label, p.Period.From.Format(time.DateOnly), p.Period.To.Format(time.DateOnly)},
		Answer: jsonAnswer{Headline: p.Answer.Headline, Closing: p.Answer.Closing, Programs: tableJSON(p.Answer.Figure.Table)},
	}
	for _, f := range p.Status {
		page.Status[key(f.Label)] = f.Value
	}
	for _, n := range p.Answer.Numbers {
		page.Answer.Figures = append(page.Answer.Figures, jsonFigure{n.Name, n.Unit, json.Number(plain(n.Value.value)),
			json.Number(plain(n.Value.lo)), json.Number(plain(n.Value.hi)), n.Level})
	}
	for _, r := range p.Answer.Rows {
		page.Answer.Rows = append(page.Answer.Rows, jsonRow(r))
	}
	for _, d := range p.Answer.Decide {
		page.Answer.Decide = append(page.Answer.Decide, jsonAdvice(d))
	}
	for _, s := range p.Sections {
		section := jsonSection{ID: s.ID, Title: s.Title, Paragraphs: s.Paragraphs, Items: s.Items}
		for _, f := range s.Figures {
			if !f.Table.OfMethods {
				section.Tables = append(section.Tables, tableJSON(f.Table))
			}
		}
		page.Sections = append(page.Sections, section)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	return out.Encode(page)
}

func tableJSON(t Table) jsonTable {
	table := jsonTable{ID: t.ID, Caption: t.Caption, Note: t.Note, Rows: []map[string]jsonCell{}}
	for _, c := range t.Columns {
		table.Columns = append(table.Columns, jsonColumn{key(c.Name), c.Name, c.Unit})
	}
	for _, r := range t.Rows {
		row := map[string]jsonCell{}
		for i, c := range r.Cells {
			row[table.Columns[i].Key] = jsonCell{c.Text, json.Number(c.Value), json.Number(c.Lo), json.Number(c.Hi), c.State}
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// key is a name as machines write it: claimed_over_incremental.
func key(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_", ":", "").Replace(strings.ToLower(name))
}
