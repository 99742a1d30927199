package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Page is all tables, with what it takes to make them again.
type Page struct {
	Seed        uint64  `json:"seed"`
	Development uint64  `json:"development_seed"` // of the worlds that methods and worlds were worked on with
	Worlds      int     `json:"worlds"`
	Rows        []Tally `json:"rows"`
}

// JSON is what the report reads. Its numbers have six digits.
func (p *Page) JSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ReadPage reads what JSON wrote.
func ReadPage(text []byte) (*Page, error) {
	var p Page
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("the tables of truth cannot be read: %w", err)
	}
	return &p, nil
}

// Markdown is docs/truth.md. Give it a page that was read, so that it says what the file says.
func (p *Page) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, grouped(p.Worlds), p.Seed, p.Development)
	notes := &notes{}
	b.WriteString("\n## Within the assumptions\n\n")
	p.table(&b, notes, func(t *Tally) bool { return !t.Hurdle && !t.Misspecified })
	b.WriteString("\n## Beyond them\n\n" + beyond + "\n")
	p.table(&b, notes, func(t *Tally) bool { return !t.Hurdle && t.Misspecified })
	b.WriteString("\n## Looking often where the true return is the hurdle\n\n" + often + "\n")
	p.looks(&b, notes)
	b.WriteString("\n## Why\n\n")
	for i, note := range notes.all {
		fmt.Fprintf(&b, "%d. %s\n", i+1, note)
	}
	return b.String()
}

// table has one line a row.
func (p *Page) table(b *strings.Builder, notes *notes, in func(*Tally) bool) {
	b.WriteString("| method, unit | worlds | answers | mean truth | bias | of the truth | held the truth | where checks passed | width, mean | width, median | right | wrong | undecided | withheld |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range p.Rows {
		t := &p.Rows[i]
		if !in(t) {
			continue
		}
		held := "—"
		if t.Claim != Rule {
			held = share(t.Covered) + " ± " + points(t.CoveredSE)
			if !t.OnTarget() {
				held = "**" + held + "**"
			}
		}
		fmt.Fprintf(b, "| %s, %s%s | %s | %s | %s | %s ± %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", t.Method, t.Unit, notes.mark(t), t.World,
			grouped(t.Answered), digits(t.Truth), digits(t.Bias), digits(t.BiasSE), share(t.Relative), held, share(t.CoveredPassed),
			digits(t.MeanWidth), digits(t.MedianWidth), share(t.Right), share(t.Wrong), share(t.Undecided), share(t.Withheld))
	}
}

// looks has the share of worlds in which a decision was ever made although the return was exactly the hurdle.
func (p *Page) looks(b *strings.Builder, notes *notes) {
	b.WriteString("| method | worlds | pilots | ever scale | ever stop |\n|---|---|--:|--:|--:|\n")
	for i := range p.Rows {
		t := &p.Rows[i]
		if !t.Hurdle {
			continue
		}
		cell := func(n Number) string {
			miss := Number(math.Sqrt(float64(n) * (1 - float64(n)) / float64(t.Findings)))
			text := share(n) + " ± " + points(miss)
			if n-2*miss > .05 {
				return "**" + text + "**"
			}
			return text
		}
		fmt.Fprintf(b, "| %s%s | %s | %s | %s | %s |\n", t.Method, notes.mark(t), t.World, grouped(t.Findings), cell(t.Scale), cell(t.Stop))
	}
}

// notes numbers sentences in the order in which they are first needed.
type notes struct{ all []string }

// mark refers to a row's notes.
func (n *notes) mark(t *Tally) string {
	var marks []string
	add := func(note string) {
		at := slices.Index(n.all, note)
		if at < 0 {
			at, n.all = len(n.all), append(n.all, note)
		}
		marks = append(marks, fmt.Sprintf("%d", at+1))
	}
	if t.Note != "" {
		add(t.Note)
	}
	if !t.OnTarget() && t.Near() {
		add(noteNear)
	}
	if len(marks) == 0 {
		return ""
	}
	return " (" + strings.Join(marks, ", ") + ")"
}

// share is a part of a hundred, a dash where it is not known.
func share(n Number) string {
	if math.IsNaN(float64(n)) {
		return "—"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n))
}

// points are parts of a hundred without their sign.
func points(n Number) string { return strings.TrimSuffix(share(n), " %") }

// digits are the first three that count.
func digits(n Number) string {
	f := float64(n)
	switch {
	case math.IsNaN(f):
		return "—"
	case math.Abs(f) >= 1000:
		text := grouped(int(math.Round(math.Abs(f))))
		if f < 0 {
			return "-" + text
		}
		return text
	}
	return fmt.Sprintf("%.3g", f)
}

// grouped writes a count with commas.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

const head = `# Truth

<!-- Made by "make truth" from the rows that the report's page on method shows. Do not edit. -->

How often each method is right, in invented worlds whose truth is known: a world is played twice with the same random numbers, with a program
and without it, and the difference is what the method should find. Intervals are meant to hold it in 90 of 100 worlds. ` + "`make truth`" + ` plays
%[1]s worlds of each kind with seed %[2]d and writes this page and the rows of the report; the same seed gives the same bytes on any number of
processors. Methods and worlds were worked on with seed %[3]d; seed %[2]d was kept for these tables. ` + "`go test ./truth`" + ` plays fewer on every change.

* **Bias** is the mean of estimate − truth with its Monte Carlo error, and over the mean size of the truth.
* **Held the truth** is the share of intervals that held it, ± one Monte Carlo error; an interval that is looked at often must hold it at every look. Exact
  intervals should lie between 88 and 92 %%, conservative ones (the confidence sequence and the earned headroom) at 88 %% or more. What does not is bold, and
  every such row says why. Where checks passed: the same among the results that the product would give their grade.
* **Decisions**: programs return −60 %%, 20 %%, 80 %% or 200 %%, world by world, and should return 20 %%. *Right* scales above that or stops below;
  *wrong* does the reverse, or either where the return is exactly 20 %%; *undecided* asks for more; *withheld* failed a check or gave no answer. In a quarter of the worlds
  undecided is the only answer that is not wrong.
* Credit rules have no interval, so none is judged: they are grade D whatever this page says.
`

const beyond = `The same methods where their assumptions fail. No constant was chosen by what a method needs.

* **Few buyers, heavy tails**: three in four people buy nothing, some baskets are dozens of times as large as most; fans are reached more easily and buy more; demand has a season and
  shocks that last; the treatment changes how often people buy, pulls purchases forward and raises refunds. *Repels*: it lowers how often they buy. *Spillover*: three tenths of it reach the
  friend of a treated person. *Some, many lost*: a tenth, or half, of the treated who bought nothing are missing from the records.
* **Program weaker than its pilot**: the same people; in other months the program does 5 to 27 % less than its pilot did.
* **Rough sales**: regions' sales multiply and differ in size, season and in how they follow the market; their own shocks last, some weeks are wild; the program acts in proportion to sales, takes three
  weeks to work and brings part of later sales forward. *Begun where they had fallen*: in the regions whose last four weeks were the weakest; a tenth of what it does reaches a neighbor.
* **Leaving by the calendar**: a third of the customers soon leaves, whether they bought or not; demand has a season, those who buy often have larger baskets, one basket in a hundred is huge.
* **The invented company** of ` + "`tieback simulate`" + `, about 60,000 events: seven programs at once, fans who buy and engage more, coupons aimed at buyers, heavy tails, seasons, shocks, launches where
  sales are weakest, pull-forward, refunds that programs raise, friends, links that depend on engagement, some of them wrong, a pilot whose arms have the wrong sizes, programs that lose and one
  exactly at its hurdle. Costs of its pilots are set so that they return what the list above says; credit is compared with the true margin of each program and decides at its true cost and hurdle.
`

const often = `Every pilot here returns exactly what is asked for, so any decision is wrong. By the product's rule neither may come up in more than 5 % of
pilots, however often one looks; what exceeds that by more than two Monte Carlo errors is bold. Rows marked *not done* show why the rule is needed.
`
