package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// A Chart is an inline SVG. Horizontal positions are percent, vertical ones pixels, so that it
// fills a phone, a screen or a page without its letters growing or shrinking.
type Chart struct {
	Title, Desc string
	SVG         string
}

// canvas collects the marks of one chart.
type canvas struct {
	strings.Builder
	id     string // unique on the page
	height float64
}

// chart closes a canvas. The marks are decoration to a reader who cannot see them: title and table say it all.
func (c *canvas) chart(title, desc string) Chart {
	svg := fmt.Sprintf(`<svg class="chart" role="img" aria-labelledby="%[1]s-t %[1]s-d" width="100%%" height="%.0[2]f">`+
		`<title id="%[1]s-t">%[3]s</title><desc id="%[1]s-d">%[4]s</desc>`+
		`<defs><pattern id="%[1]s-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`+
		`<rect width="6" height="6" class="paper"/><line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>`,
		c.id, c.height, html.EscapeString(title), html.EscapeString(desc))
	return Chart{Title: title, Desc: desc, SVG: svg + c.String() + "</svg>"}
}

// at is a position between 0 and 1 as an attribute.
func at(x float64) string { return fmt.Sprintf("%.2f%%", 100*x) }

func (c *canvas) text(x, y float64, class, s string) {
	fmt.Fprintf(c, `<text x="%s" y="%.0f" class="%s">%s</text>`, at(x), y, class, html.EscapeString(s))
}

// rect draws a box from x0 to x1, in whichever order.
func (c *canvas) rect(x0, x1, y, height float64, class string) {
	fill := ""
	if strings.Contains(class, "hatched") {
		fill = fmt.Sprintf(` fill="url(#%s-h)"`, c.id)
	}
	fmt.Fprintf(c, `<rect x="%s" y="%.1f" width="%s" height="%.1f" class="%s"%s/>`, at(min(x0, x1)), y, at(math.Abs(x1-x0)), height, class, fill)
}

func (c *canvas) line(x0, y0, x1, y1 float64, class string) {
	fmt.Fprintf(c, `<line x1="%s" y1="%.1f" x2="%s" y2="%.1f" class="%s"/>`, at(x0), y0, at(x1), y1, class)
}

func (c *canvas) dot(x, y, radius float64, class string) {
	fmt.Fprintf(c, `<circle cx="%s" cy="%.1f" r="%.1f" class="%s"/>`, at(x), y, radius, class)
}

// short cuts a label for a chart; the table under it has the whole.
func short(label string, letters int) string {
	runes := []rune(label)
	if len(runes) <= letters {
		return label
	}
	return strings.TrimSpace(string(runes[:letters-1])) + "…"
}

// scale maps values onto a stretch of the width.
type scale struct {
	lo, hi   float64 // values
	from, to float64 // of the width
}

func (s scale) at(v float64) float64 {
	if s.hi == s.lo {
		return s.from
	}
	return s.from + (s.to-s.from)*(min(max(v, s.lo), s.hi)-s.lo)/(s.hi-s.lo)
}

// ticks are round values inside the scale, at most n steps.
func (s scale) ticks(n int) []float64 {
	raw := (s.hi - s.lo) / float64(n)
	if !(raw > 0) {
		return nil
	}
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * unit; step >= raw {
			break
		}
	}
	var all []float64
	for i := math.Ceil(s.lo / step); i*step <= s.hi+step*1e-9; i++ {
		all = append(all, i*step)
	}
	return all
}
