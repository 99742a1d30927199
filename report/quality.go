package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"tieback/warehouse"
)

// reconciled are the measures of the equality that every topic must keep.
var reconciled = []string{"consumed", "written", "duplicates", "conflicts", "dead_letters", "left_out", "difference"}

// quality is the section on what the figures rest on.
func (v *view) quality() Section {
	s := Section{ID: "method", Title: v.qualityTitle()}
	s.Paragraphs = append(append(v.tills(), v.method()...), v.recovered())
	tables := []Table{v.reconciliation(), v.deadLetters(), v.marginBasis(), v.otherMeasures(), v.definitions()}
	for _, t := range append(tables, recovery()...) {
		if len(t.Rows) > 0 {
			s.Figures = append(s.Figures, Figure{Table: t})
		}
	}
	return s
}

func (v *view) qualityTitle() string {
	consumed := v.total("consumed")
	if consumed == nil {
		return "How many messages were read is not known"
	}
	if d := v.total("difference"); d != nil && *d != 0 {
		return fmt.Sprintf("%s of %s messages are not accounted for", count(*d), count(*consumed))
	}
	return fmt.Sprintf("All %s messages read are accounted for", count(*consumed))
}

// method says how the answer was computed, for those who ask.
func (v *view) method() []string {
	rule := "The rule for credit is " + quoteRule(v.info["credit_model"])
	if days := v.info["lookback_days"]; days != "" {
		rule += " with a lookback of " + days + " days"
	}
	zone := v.info["time_zone"]
	if zone == "" {
		zone = "UTC"
	}
	return []string{
		"The return of tested programs is their incremental margin less their full cost, over that cost, in the months with mature evidence of grade A to C. " +
			"Months that rest on one pilot share its error, which is therefore added up and not averaged out; so are the launches of a program, which are compared with the same places, and what a result may differ elsewhere, within a program. " +
			"Programs are independent otherwise. The hurdle is the mean of the programs' hurdles by cost. All intervals are 90 %, two-sided; the probability is what a flat prior says.",
		"Paid back is the day on which the incremental margin of the period so far had repaid the tested programs' cost of the whole period, margin spread evenly over its month. " +
			"What may still be spent adds the programs that are within their limit; one ahead of its limit takes nothing from another.",
		rule + ". Months are those of " + zone + ". Orders " + v.span() + ". Refunds count as final " +
			orNotKnown(v.info["maturity_days"]) + " days after the end of a month. Definitions " + version(v.info["definition_version"]) + ".",
		"not known: no valid evidence or no data. suppressed: too few people to print. immature: too young to say. 0.00: observed, and nothing. — : does not apply.",
	}
}

// span is from the day of the first order to that of the latest.
func (v *view) span() string {
	if from := v.history(); from != notKnown {
		return "from " + from + " up to " + v.through()
	}
	return "up to " + v.through()
}

// through is the day of the latest order.
func (v *view) through() string {
	at, ok := v.moment("data_through")
	if !ok {
		return notKnown
	}
	return at.Format("2 January 2006")
}

func orNotKnown(text string) string {
	if text == "" {
		return notKnown
	}
	return text
}

func (v *view) reconciliation() Table {
	t := Table{ID: "reconciliation", Caption: "Messages by topic: consumed = written + duplicates + conflicts + dead letters + left out", Columns: words("topic")}
	for _, m := range reconciled {
		t.Columns = append(t.Columns, Column{Name: strings.ReplaceAll(m, "_", " "), Numeric: true})
	}
	var rows []warehouse.Quality
	for _, q := range v.marts.quality {
		if slices.Contains(reconciled, q.Measure) {
			rows = append(rows, q)
		}
	}
	for _, topic := range distinct(rows, func(q warehouse.Quality) string { return q.Subject }) {
		row := Row{Cells: []Cell{text(topic)}}
		for _, measure := range reconciled {
			cell := dash()
			for _, q := range rows {
				if q.Subject == topic && q.Measure == measure {
					cell = number(q.Value, count)
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *view) deadLetters() Table {
	t := Table{ID: "dead-letters", Caption: "Messages set aside by reason", Columns: append(words("code"), Column{Name: "messages", Numeric: true})}
	for _, q := range v.marts.quality {
		if q.Measure == "dead_letter_code" {
			t.Rows = append(t.Rows, Row{Cells: []Cell{text(q.Subject), number(q.Value, count)}})
		}
	}
	return t
}

// marginBasis says for which share the cost of goods was known.
func (v *view) marginBasis() Table {
	t := Table{ID: "margin-basis", Caption: "What margins rest on", Columns: append(words("cost of goods"),
		Column{Name: "value", Numeric: true}, Column{Name: "share", Numeric: true}, Column{Name: "note"})}
	total := v.total("margin_basis")
	for _, q := range v.marts.quality {
		if q.Measure != "margin_basis" {
			continue
		}
		share := dash()
		if total != nil && *total > 0 && q.Value != nil {
			part := *q.Value / *total
			share = Cell{Text: percent(part), Value: plain(part)}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(q.Subject), number(q.Value, measured), share, text(q.Note)}})
	}
	return t
}

// measured writes a value that may be a count or a share.
func measured(x float64) string {
	if x == float64(int64(x)) {
		return count(x)
	}
	return significant(x, x, 3)
}

func (v *view) otherMeasures() Table {
	t := Table{ID: "measures", Caption: "Links, matches and other counts", Columns: append(words("measure", "subject"),
		Column{Name: "value", Numeric: true}, Column{Name: "note"})}
	if matched, total := v.total("orders_matched"), v.total("orders_total"); matched != nil && total != nil && *total > 0 {
		share := *matched / *total
		t.Rows = append(t.Rows, Row{Cells: []Cell{text("match rate"), text("orders matched to a person"), {Text: percent(share), Value: plain(share)}, text("")}})
	}
	for _, q := range v.marts.quality {
		if slices.Contains(reconciled, q.Measure) || q.Measure == "dead_letter_code" || q.Measure == "margin_basis" {
			continue
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(strings.ReplaceAll(q.Measure, "_", " ")), text(q.Subject), number(q.Value, measured), text(q.Note)}})
	}
	return t
}

func (v *view) definitions() Table {
	t := Table{ID: "catalog", Caption: "Definitions", Columns: words("figure", "definition", "formula", "unit", "grade", "caveat")}
	for _, c := range v.catalog {
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(c.Figure), text(c.Definition), text(c.Formula), text(c.Unit), text(c.Grade), text(c.Caveat)}})
	}
	return t
}

// warnings are all sentences that came with the figures of the period, each once.
func (v *view) warnings() []string {
	all := append([]string(nil), v.now.notes...)
	all = append(all, v.notes...)
	all = append(all, v.countedTwice()...)
	for _, r := range v.returns {
		for _, w := range splitWarnings(r.Warnings) {
			all = append(all, v.name(r.ProgramID)+": "+w)
		}
	}
	if v.now.tested {
		margin := sum(v.kpis, func(r warehouse.KPI) *warehouse.Money { return r.Margin })
		if margin != nil && v.now.margin.Estimate > margin.Float64() {
			all = append(all, "The incremental margin is larger than all margin in the books; at least one pilot's result does not hold here.")
		}
	}
	all = distinct(all, func(s string) string { return s })
	sort.Strings(all)
	return all
}
