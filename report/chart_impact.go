package report

import (
	"errors"
	"fmt"
	"html"
	"math"
	"strings"
	"unicode/utf8"
)

// An Impact is an outcome over time beside what it would have been: the series of a lift study.
//
// Times are the labels of the periods, oldest first; the other series have one value per period, in Unit. Observed may
// be NaN where the outcome is missing. Lo and Hi are the counterfactual's interval, both nil where a method gives none
// per period. Post is the index of the first period after the start, at least 1.
type Impact struct {
	Title, Unit              string
	Times                    []string
	Observed, Counterfactual []float64
	Lo, Hi                   []float64
	Post                     int
}

// The sheet of an impact chart, in pixels of its view box.
const (
	impactWidth   = 960
	impactRight   = 24
	impactOutcome = 84  // top of the panel of the outcome
	impactTall    = 250 // its height
	impactGap     = 384 // top of the panel of the gap
	impactLow     = 150 // its height
	impactHeight  = 566
)

// impactStyle repeats the page's colors: a file has no style sheet beside it, and many viewers know no variables.
const impactStyle = `text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1b2228}` +
	`.heading{font-size:17px;font-weight:600}.strong{font-weight:600}.small{font-size:12px;fill:#55616b}.end{text-anchor:end}.middle{text-anchor:middle}` +
	`.paper{fill:#fff}.post{fill:#f3f5f6}.grid{stroke:#dde2e6;stroke-width:1}.axis{stroke:#55616b;stroke-width:1}.start{stroke:#9c3412;stroke-width:1.5;stroke-dasharray:3 2}` +
	`.band{fill:#0b4f6c;fill-opacity:.16}.observed,.expected{fill:none;stroke-linejoin:round;stroke-linecap:round}` +
	`.observed{stroke:#1b2228;stroke-width:1.8}.expected{stroke:#0b4f6c;stroke-width:2;stroke-dasharray:6 4}.gap{fill:#1b2228}`

// ImpactSVG draws observed and counterfactual with its interval, and under them the gap observed − counterfactual with
// the same interval, the start marked in both: a file of its own, the same bytes for the same series.
func ImpactSVG(i Impact) ([]byte, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	gap, gapLo, gapHi := make([]float64, len(i.Times)), []float64(nil), []float64(nil)
	for t, observed := range i.Observed {
		gap[t] = observed - i.Counterfactual[t]
		if i.Lo != nil {
			gapLo, gapHi = append(gapLo, observed-i.Hi[t]), append(gapHi, observed-i.Lo[t])
		}
	}
	outcome := newImpactPanel(impactOutcome, impactTall, 20, i.Observed, i.Counterfactual, i.Lo, i.Hi)
	difference := newImpactPanel(impactGap, impactLow, 0, gap, gapLo, gapHi, []float64{0})
	left := 16 + 7*float64(max(outcome.widest(), difference.widest()))
	c := &canvas{height: impactHeight}
	x := func(t float64) float64 { return left + (impactWidth-impactRight-left)*(t+.5)/float64(len(i.Times)) }
	c.impactHead(i)
	for _, p := range []*impactPanel{outcome, difference} {
		p.c, p.x, p.left, p.post = c, x, left, float64(i.Post)-.5
		p.frame()
	}
	c.text(left/impactWidth, impactOutcome-8, "strong", short(i.Unit, 80))
	c.text(left/impactWidth, impactGap-8, "strong", "observed − counterfactual")
	outcome.band(i.Lo, i.Hi)
	outcome.line(i.Counterfactual, "expected")
	outcome.line(i.Observed, "observed")
	difference.band(gapLo, gapHi)
	c.line(left/impactWidth, difference.y(0), 1-impactRight/float64(impactWidth), difference.y(0), "axis")
	difference.line(gap, "observed")
	c.impactTimes(i, x)
	desc := fmt.Sprintf("Two panels over %d periods from %s to %s, the start at %s marked. Above, in %s: the observed outcome, solid, and the counterfactual, dashed%s. "+
		"Below: observed minus counterfactual, around 0.", len(i.Times), i.Times[0], i.Times[len(i.Times)-1], i.Times[i.Post], i.Unit, i.shaded())
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="t d"><title id="t">%[3]s</title><desc id="d">%[4]s</desc><style>%[5]s</style><rect width="100%%" height="100%%" class="paper"/>`,
		impactWidth, impactHeight, html.EscapeString(i.Title), html.EscapeString(desc), impactStyle)
	b.WriteString(c.String())
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

// check says what cannot be drawn.
func (i Impact) check() error {
	n := len(i.Times)
	switch {
	case n < 2:
		return errors.New("a chart over time needs at least two periods")
	case len(i.Observed) != n || len(i.Counterfactual) != n:
		return fmt.Errorf("%d times, %d observed values and %d counterfactual ones: give one of each per period", n, len(i.Observed), len(i.Counterfactual))
	case (i.Lo != nil || i.Hi != nil) && (len(i.Lo) != n || len(i.Hi) != n):
		return fmt.Errorf("%d times, %d lower and %d upper ends: give one of each per period, or none", n, len(i.Lo), len(i.Hi))
	case i.Post < 1 || i.Post >= n:
		return fmt.Errorf("the start at period %d of %d leaves nothing before or after it", i.Post+1, n)
	}
	for t := range n {
		if math.IsInf(i.Observed[t], 0) || !finite(i.Counterfactual[t]) {
			return fmt.Errorf("period %s has no number to draw", i.Times[t])
		}
		if i.Lo != nil && !(finite(i.Lo[t]) && finite(i.Hi[t])) {
			return fmt.Errorf("the interval of period %s has no end to draw", i.Times[t])
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (i Impact) shaded() string {
	if i.Lo == nil {
		return ""
	}
	return " with its interval shaded"
}

// impactHead is the title and the key.
func (c *canvas) impactHead(i Impact) {
	c.text(16./impactWidth, 26, "heading", short(i.Title, 100))
	mark := func(x float64, class, name string) {
		c.line(x/impactWidth, 47, (x+28)/impactWidth, 47, class)
		c.text((x+34)/impactWidth, 51, "", name)
	}
	mark(16, "observed", "observed")
	mark(130, "expected", "counterfactual")
	if i.Lo != nil {
		c.rect(280./impactWidth, 308./impactWidth, 41, 12, "band")
		c.text(314./impactWidth, 51, "", "its interval")
	}
}

// impactTimes labels the start and as many periods as fit under the panels.
func (c *canvas) impactTimes(i Impact, x func(float64) float64) {
	widest := 1
	for _, label := range i.Times {
		widest = max(widest, utf8.RuneCountInString(short(label, 20)))
	}
	room := 7*float64(widest) + 14
	every := max(1, int(math.Ceil(room*float64(len(i.Times))/(x(float64(len(i.Times)))-x(0)))))
	const under = impactGap + impactLow
	for t := 0; t < len(i.Times); t += every {
		at, label := x(float64(t)), short(i.Times[t], 20)
		if at+7*float64(utf8.RuneCountInString(label)) < impactWidth { // the last one must not leave the sheet
			c.line(at/impactWidth, under, at/impactWidth, under+4, "axis")
			c.text((at-2)/impactWidth, under+18, "small", label)
		}
	}
	at, class := x(float64(i.Post)-.5), "small"
	label := "start: " + short(i.Times[i.Post], 20)
	shift := 6.
	if at+7*float64(utf8.RuneCountInString(label)) > impactWidth-impactRight {
		class, shift = "end small", -6
	}
	c.text((at+shift)/impactWidth, impactOutcome+14, class, label)
}

// An impactPanel is one of the two coordinate systems.
type impactPanel struct {
	c           *canvas
	x           func(period float64) float64 // pixels
	vertical    scale
	steps       []float64
	places      int
	left, post  float64 // pixels; period between the last before and the first after the start
	top, height float64
}

// newImpactPanel takes the range of every number that it will show, some air, and headroom pixels for a label.
func newImpactPanel(top, height, headroom float64, series ...[]float64) *impactPanel {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, values := range series {
		for _, v := range values {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	// A series that does not vary, or a gap that is only rounding, gets a range around it.
	if air := .06 * (hi - lo); air > 1e-9*max(math.Abs(lo), math.Abs(hi)) {
		lo, hi = lo-air, hi+air
	} else {
		air = max(.05*math.Abs(hi), 1)
		lo, hi = lo-air, hi+air
	}
	p := &impactPanel{vertical: scale{lo: lo, hi: hi, from: top + height, to: top + headroom}, top: top, height: height}
	p.steps = p.vertical.ticks(int(height / 32))
	if len(p.steps) > 1 {
		p.places = max(0, -int(math.Floor(math.Log10(p.steps[1]-p.steps[0])+1e-9)))
	}
	return p
}

func (p *impactPanel) y(v float64) float64 { return p.vertical.at(v) }

// label writes a step; numbers too long to read are written with a power of ten.
func (p *impactPanel) label(v float64) string {
	if size := max(math.Abs(p.vertical.lo), math.Abs(p.vertical.hi)); size >= 1e10 || p.places > 5 {
		if math.Abs(v) < 1e-9*size {
			return "0"
		}
		return strings.ReplaceAll(fmt.Sprintf("%.4g", v), "-", minus)
	}
	return grouped(v, p.places)
}

// widest is the length of the longest label.
func (p *impactPanel) widest() int {
	longest := 1
	for _, v := range p.steps {
		longest = max(longest, utf8.RuneCountInString(p.label(v)))
	}
	return longest
}

// frame draws what lies behind the lines: the time after the start, the steps, the mark of the start.
func (p *impactPanel) frame() {
	const right = 1 - impactRight/float64(impactWidth)
	start := p.x(p.post) / impactWidth
	p.c.rect(start, right, p.top, p.height, "post")
	for _, v := range p.steps {
		p.c.line(p.left/impactWidth, p.y(v), right, p.y(v), "grid")
		p.c.text((p.left-8)/impactWidth, math.Round(p.y(v))+4, "end small", p.label(v))
	}
	p.c.line(p.left/impactWidth, p.top+p.height, right, p.top+p.height, "axis")
	p.c.line(start, p.top, start, p.top+p.height, "start")
}

// line draws a series, broken where it is missing; a lone period is a dot.
func (p *impactPanel) line(values []float64, class string) {
	for from := 0; from < len(values); from++ {
		to := from
		var points []string
		for ; to < len(values) && !math.IsNaN(values[to]); to++ {
			points = append(points, fmt.Sprintf("%.1f,%.1f", p.x(float64(to)), p.y(values[to])))
		}
		switch len(points) {
		case 0:
		case 1:
			p.c.dot(p.x(float64(from))/impactWidth, p.y(values[from]), 1.8, "gap")
		default:
			fmt.Fprintf(p.c, `<polyline points="%s" class="%s"/>`, strings.Join(points, " "), class)
		}
		from = to
	}
}

// band fills between lo and hi, broken where they are missing.
func (p *impactPanel) band(lo, hi []float64) {
	for from := 0; from < len(lo); from++ {
		to := from
		var there, back []string
		for ; to < len(lo) && !math.IsNaN(lo[to]) && !math.IsNaN(hi[to]); to++ {
			there = append(there, fmt.Sprintf("%.1f,%.1f", p.x(float64(to)), p.y(hi[to])))
			back = append(back, fmt.Sprintf("%.1f,%.1f", p.x(float64(to)), p.y(lo[to])))
		}
		if len(there) > 1 {
			for i := len(back) - 1; i >= 0; i-- {
				there = append(there, back[i])
			}
			fmt.Fprintf(p.c, `<polygon points="%s" class="band"/>`, strings.Join(there, " "))
		}
		from = to
	}
}
