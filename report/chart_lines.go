package report

import (
	"fmt"
	"html"
	"strings"
	"time"

	"tieback/warehouse"
)

// investedCharts draws, for each program, what it has cost so far against what it had earned the right to spend.
func (v *view) investedCharts(latest []warehouse.Invested) []Chart {
	var charts []Chart
	for i, program := range latest {
		if !hasLimit(program) {
			continue
		}
		var rows []warehouse.Invested
		for _, r := range v.all.invested {
			if r.ProgramID == program.ProgramID && r.Currency == program.Currency && r.MonthStart.Before(v.period.To) {
				rows = append(rows, r)
			}
		}
		if len(rows) > 1 {
			charts = append(charts, v.limitChart(fmt.Sprintf("chart-invested-%d", i+1), rows))
		}
	}
	return charts
}

// limitChart has its own scale: programs differ in size, and what matters is whether one line is above the other.
func (v *view) limitChart(id string, rows []warehouse.Invested) Chart {
	const top, height = 44, 96
	last := rows[len(rows)-1]
	peak := 0.0
	for _, r := range rows {
		for _, m := range []*warehouse.Money{r.CumulativeCost, r.EarnedLimit} {
			if m != nil {
				peak = max(peak, m.Float64())
			}
		}
	}
	c := &canvas{id: id, height: top + height + 22}
	name := v.name(last.ProgramID)
	c.text(0, 14, "strong", short(name, 40))
	say := func(m *warehouse.Money) string {
		if m == nil {
			return notKnown
		}
		return grouped(m.Float64(), 0)
	}
	fmt.Fprintf(c, `<line x1="0" y1="28" x2="18" y2="28" class="cost"/><text x="22" y="32" class="small">cost %s</text>`, say(last.CumulativeCost))
	fmt.Fprintf(c, `<svg x="50%%" y="0" width="50%%" height="40"><line x1="0" y1="28" x2="18" y2="28" class="limit"/><text x="22" y="32" class="small">limit %s</text></svg>`, say(last.EarnedLimit))
	fmt.Fprintf(c, `<svg x="0" y="%d" width="100%%" height="%d" viewBox="0 0 100 100" preserveAspectRatio="none">`, top, height)
	months := func(r warehouse.Invested) float64 { return monthsBetween(rows[0].MonthStart, r.MonthStart) }
	span := months(last)
	for i, r := range rows {
		if i > 0 && v.tooYoungMonth(r) {
			from, to := 100*months(rows[i-1])/span, 100*months(r)/span
			fmt.Fprintf(c, `<rect x="%.2f" y="0" width="%.2f" height="100" class="young"/>`, from, to-from)
		}
	}
	for _, l := range []struct {
		class  string
		amount func(warehouse.Invested) *warehouse.Money
	}{
		{"cost", func(r warehouse.Invested) *warehouse.Money { return r.CumulativeCost }},
		{"limit", func(r warehouse.Invested) *warehouse.Money { return r.EarnedLimit }},
	} {
		for _, points := range stretches(rows, l.amount, func(r warehouse.Invested, m float64) string {
			y := 100.0
			if peak > 0 {
				y = 100 - 98*m/peak
			}
			return fmt.Sprintf("%.2f,%.2f", 100*months(r)/span, y)
		}) {
			fmt.Fprintf(c, `<polyline points="%s" class="%s" vector-effect="non-scaling-stroke"/>`, html.EscapeString(points), l.class)
		}
	}
	c.WriteString("</svg>")
	c.line(0, top+height, 1, top+height, "axis")
	c.text(0, top+height+15, "small", rows[0].MonthStart.Format("2006-01"))
	c.text(1, top+height+15, "end small", last.MonthStart.Format("2006-01"))
	return c.chart(name+": cost so far and earned limit",
		fmt.Sprintf("Two lines by month in %s, from 0 to %s: solid is the cost so far, now %s; dashed is the limit that the seed budget and proven return have earned, now %s. "+
			"Shaded months are immature.", v.currency, grouped(peak, 0), say(last.CumulativeCost), say(last.EarnedLimit)))
}

// tooYoungMonth says that a month's return is not mature: it has cost and, so far, earned nothing.
func (v *view) tooYoungMonth(m warehouse.Invested) bool {
	for _, r := range v.all.returns {
		if r.ProgramID == m.ProgramID && r.MonthStart.Equal(m.MonthStart) && r.State == immature {
			return true
		}
	}
	return false
}

// stretches are the points of a line, broken where the amount is not known.
func stretches(rows []warehouse.Invested, amount func(warehouse.Invested) *warehouse.Money, point func(warehouse.Invested, float64) string) []string {
	var all, current []string
	for _, r := range rows {
		if m := amount(r); m != nil {
			current = append(current, point(r, m.Float64()))
			continue
		}
		if len(current) > 0 {
			all = append(all, strings.Join(current, " "))
		}
		current = nil
	}
	if len(current) > 0 {
		all = append(all, strings.Join(current, " "))
	}
	return all
}

func monthsBetween(from, to time.Time) float64 {
	return float64((to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month()))
}
