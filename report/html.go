package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"css":     func() template.CSS { return template.CSS(pageCSS) },
	"svg":     func(c Chart) template.HTML { return template.HTML(c.SVG) }, // the canvas escapes every text
	"heading": Column.heading,
	"inc":     func(i int) int { return i + 1 },
	"class":   cellClass,
	"tie":     tie,
	"wide":    func(t Table) bool { return len(t.Columns) > 8 },
}).Parse(pageHTML))

// ties are the places where a line must not break: before a unit and within an interval.
var ties = strings.NewReplacer(" %", "\u00a0%", " … ", "\u00a0…\u00a0", "(90 %: ", "(90\u00a0%:\u00a0", " × ", "\u00a0×\u00a0", " USD", "\u00a0USD", " EUR", "\u00a0EUR")

func tie(s string) string { return ties.Replace(s) }

// cellClass says how a cell is printed.
func cellClass(c Cell, column Column) string {
	class := ""
	if column.Numeric {
		class = "number"
	}
	if c.State != "" {
		class += " missing"
	}
	if c.State == immature {
		class += " young"
	}
	return class
}

// HTML writes one self-contained page: no script, nothing loaded from anywhere.
func (p *Page) HTML(w io.Writer) error {
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, map[string]any{"Page": p, "Title": p.title()}); err != nil {
		return err
	}
	_, err := page.WriteTo(w)
	return err
}
