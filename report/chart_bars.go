package report

import (
	"math"

	"tieback/warehouse"
)

// A bar is one line of a bar chart: label to the left, value to the right, box and whisker between.
type bar struct {
	label, value string
	from, to     float64
	lo, hi       float64 // whisker; NaN for none
	class        string  // solid, light, hatched, outline or loss
	heading      string  // a line of its own above
}

func plainBar(label string, value *warehouse.Money, class string) bar {
	b := bar{label: label, value: notKnown, from: math.NaN(), to: math.NaN(), lo: math.NaN(), hi: math.NaN(), class: class}
	if value != nil {
		b.from, b.to, b.value = 0, value.Float64(), grouped(value.Float64(), 0)
	}
	return b
}

// bars draws lines on one scale that begins at 0, or below it where values do.
func bars(id, title, desc string, all []bar) Chart {
	s := scale{from: .30, to: .76}
	for _, b := range all {
		for _, x := range []float64{b.from, b.to, b.lo, b.hi} {
			if !math.IsNaN(x) && !math.IsInf(x, 0) {
				s.lo, s.hi = min(s.lo, x), max(s.hi, x)
			}
		}
	}
	c := &canvas{id: id, height: 8}
	for _, b := range all {
		if b.heading != "" {
			c.height += 20
			c.text(0, c.height-4, "strong", b.heading)
		}
		y := c.height
		c.height += 24
		c.text(.285, y+15, "end", short(b.label, 17))
		state := "end"
		if math.IsNaN(b.to) {
			state = "end quiet"
		} else {
			c.rect(s.at(b.from), s.at(b.to), y+4, 14, b.class)
		}
		if b.class != "outline" || !math.IsNaN(b.to) {
			c.whisker(s, b.lo, b.hi, y+11)
		}
		c.text(1, y+15, state, b.value)
		c.line(s.at(0), y, s.at(0), y+24, "axis")
	}
	c.height += 4
	return c.chart(title, desc)
}

// whisker draws an interval as a line with ends; an end outside the scale has none.
func (c *canvas) whisker(s scale, lo, hi, y float64) {
	if math.IsNaN(lo) || math.IsNaN(hi) {
		return
	}
	c.line(s.at(lo), y, s.at(hi), y, "halo") // it may lie on a dark bar
	c.line(s.at(lo), y, s.at(hi), y, "whisker")
	for _, x := range []float64{lo, hi} {
		if x >= s.lo && x <= s.hi {
			c.line(s.at(x), y-5, s.at(x), y+5, "whisker")
		}
	}
}

// mostBars is how many platforms are drawn, unless more of them make claims.
const mostBars = 5

func (v *view) claimsChart(platforms []platformClaims) []Chart {
	if len(platforms) == 0 {
		return nil
	}
	var all []bar
	for i, p := range platforms {
		if p.claimed == nil && i >= mostBars { // the table has them
			continue
		}
		first := plainBar("claimed", p.claimed, "outline")
		first.heading = p.name
		if p.claimed == nil {
			first.value = "—"
		}
		cause := plainBar("incremental", nil, "solid")
		if p.incremental.known() {
			cause.value, _, _ = p.incremental.amounts()
			cause.from, cause.to, cause.lo, cause.hi = 0, p.incremental.value, p.incremental.lo, p.incremental.hi
		}
		all = append(all, first, plainBar("attributed", p.attributed, "light"), cause)
	}
	return []Chart{bars("chart-claims", "Claimed, attributed and incremental revenue by platform",
		"One group of three bars for each platform on one scale, in "+v.currency+": claimed in outline, attributed in gray, incremental in dark with its 90 % interval. "+
			"Where incremental revenue is not known there is no bar. The table below has the numbers.", all)}
}

// waterfall goes from gross revenue down to what is attributed and caused, in the reporting currency.
func (v *view) waterfall() []Chart {
	l, ok := v.reportingBridge()
	if !ok {
		return nil
	}
	step := func(label string, from, to warehouse.Money, class string) bar {
		b := plainBar(label, &to, class)
		// The difference of what is printed, so that the column adds up by eye.
		b.from, b.value = from.Float64(), grouped(math.Round(to.Float64())-math.Round(from.Float64()), 0)
		return b
	}
	gross, afterDiscounts := l.gross, l.gross-l.discounts
	all := []bar{plainBar("gross", &gross, "solid"), step("discounts", gross, afterDiscounts, "loss"),
		step("adjustments", afterDiscounts, l.net, "loss"), plainBar("net revenue", &l.net, "solid")}
	if l.unattributed != nil && l.attributed != nil {
		all = append(all, step("unattributed", l.net, l.net-*l.unattributed, "hatched"), plainBar("attributed", l.attributed, "light"))
	}
	caused := sum(v.returns, func(r warehouse.ProgramReturn) *warehouse.Money {
		if !usable(r) {
			return new(warehouse.Money)
		}
		return r.IncrementalRevenue
	})
	if v.now.tested && caused != nil {
		b := plainBar("incremental", caused, "solid")
		b.value = about(caused.Float64())
		b.heading = "known to be caused by tested programs"
		all = append(all, b)
	}
	if l.matched != nil || l.touched != nil {
		matched := plainBar("matched", l.matched, "outline")
		matched.heading = "of net revenue, from people who are"
		all = append(all, matched, plainBar("touched", l.touched, "outline"))
	}
	return []Chart{bars("chart-bridge", "From gross revenue to attributed revenue",
		"A waterfall in "+v.currency+" over all months, markets and currencies: gross, less discounts and adjustments, is net revenue; less what is unattributed it is attributed revenue. "+
			"Revenue from people who are matched or touched stands below in outline. The table below has the months.", all)}
}

func (v *view) costChart(programs []program) []Chart {
	var all []bar
	for _, p := range programs {
		if p.allCost == 0 && p.cost == 0 {
			continue
		}
		tested := plainBar("with evidence", &p.cost, "solid")
		tested.heading = v.name(p.id)
		unproven := max(p.allCost-p.cost, 0)
		all = append(all, tested, plainBar("unproven", &unproven, "hatched"))
	}
	if len(all) == 0 {
		return nil
	}
	return []Chart{bars("chart-costs", "Cost by program, with evidence and without",
		"Two bars for each program in "+v.currency+": solid is cost of months with evidence, hatched is cost without. The table below has the numbers.", all)}
}
