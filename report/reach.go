package report

import (
	"sort"

	"tieback/warehouse"
)

// reached is one line of what platforms count.
type reached struct {
	program, platform               string
	impressions, clicks, conversion *float64
	media                           *warehouse.Money
	someMedia                       bool // a month has media cost, though not all may
}

// sumCounts adds counts; nil if none is known.
func sumCounts(rows []warehouse.Reach, of func(warehouse.Reach) *float64) *float64 {
	var total *float64
	for _, r := range rows {
		if n := of(r); n != nil {
			if total == nil {
				total = new(float64)
			}
			*total += *n
		}
	}
	return total
}

// reachOf adds the months of one program on one platform. A month whose cost is not known leaves the whole cost not known.
func reachOf(rows []warehouse.Reach) reached {
	r := reached{program: rows[0].ProgramID, platform: rows[0].Platform}
	r.impressions = sumCounts(rows, func(r warehouse.Reach) *float64 { return r.Impressions })
	r.clicks = sumCounts(rows, func(r warehouse.Reach) *float64 { return r.Clicks })
	r.conversion = sumCounts(rows, func(r warehouse.Reach) *float64 { return r.ClaimedConversions })
	media := func(r warehouse.Reach) *warehouse.Money { return r.Media }
	r.media, r.someMedia = sum(rows, media), sumKnown(rows, media) != nil
	return r
}

// reachTable sets what platforms count of each program beside what was paid there. The ratio of the two is as good as their word.
func (v *view) reachTable() Table {
	t := Table{ID: "reach", Caption: "What platforms count, by program, " + v.period.Label + " (grade E: their own word)", Columns: words("program", "platform")}
	for _, name := range []string{"impressions", "share of impressions", "clicks", "conversions claimed"} {
		t.Columns = append(t.Columns, Column{Name: name, Numeric: true})
	}
	t.Columns = append(t.Columns, columns(v.currency, "media", "media for each conversion")...)
	var lines []reached
	byKey := map[string][]warehouse.Reach{}
	for _, r := range v.marts.reach {
		key := r.ProgramID + "\x00" + r.Platform
		byKey[key] = append(byKey[key], r)
	}
	for _, rows := range byKey {
		lines = append(lines, reachOf(rows))
	}
	sort.Slice(lines, func(i, j int) bool {
		a, b := lines[i], lines[j]
		if more, same := compareMoney(a.media, b.media); !same {
			return more
		}
		return a.program < b.program || a.program == b.program && a.platform < b.platform
	})
	all := sumCounts(v.marts.reach, func(r warehouse.Reach) *float64 { return r.Impressions })
	for _, r := range lines {
		t.Rows = append(t.Rows, Row{Cells: v.reachCells(r, all)})
	}
	t.Note = "Media is what was entered as cost, not what platforms claim to have been paid. — : nothing counted or claimed."
	return t
}

func (v *view) reachCells(r reached, impressions *float64) []Cell {
	counted := func(n *float64) Cell {
		if n == nil {
			return dash()
		}
		return number(n, count)
	}
	share, claimed, media, each := dash(), dash(), dash(), dash()
	if r.conversion != nil {
		claimed = number(r.conversion, measured) // platforms claim halves
	}
	if r.impressions != nil && *impressions > 0 {
		part := *r.impressions / *impressions
		share = Cell{Text: percent(part), Value: plain(part)}
	}
	if r.media == nil && r.someMedia {
		media, each = unknown(), unknown()
	}
	if r.media != nil {
		media = money(r.media)
		if r.conversion != nil && *r.conversion > 0 {
			cost := r.media.Float64() / *r.conversion
			each = number(&cost, func(x float64) string { return grouped(x, 2) })
		}
	}
	return []Cell{text(v.name(r.program)), text(r.platform), counted(r.impressions), share, counted(r.clicks), claimed, media, each}
}

// originTable says from where people came first, and how many of them ordered.
func (v *view) originTable() Table {
	t := Table{ID: "origins", Caption: "Visitors by where they came from first, " + v.period.Label, Columns: words("origin")}
	for _, name := range []string{"visitors", "who ordered", "share", "only before"} {
		t.Columns = append(t.Columns, Column{Name: name, Numeric: true})
	}
	type sums struct{ visitors, buyers, before int64 }
	byOrigin := map[string]*sums{}
	for _, r := range v.marts.origins {
		if byOrigin[r.Origin] == nil {
			byOrigin[r.Origin] = &sums{}
		}
		byOrigin[r.Origin].visitors += r.Visitors
		byOrigin[r.Origin].buyers += r.Buyers
		byOrigin[r.Origin].before += r.BuyersBefore
	}
	origins := distinct(v.marts.origins, func(r warehouse.Origin) string { return r.Origin })
	sort.SliceStable(origins, func(i, j int) bool { return byOrigin[origins[i]].visitors > byOrigin[origins[j]].visitors })
	for _, name := range origins {
		n := *byOrigin[name]
		visitors, buyers, before := float64(n.visitors), float64(n.buyers), float64(n.before)
		cells := []Cell{text(name), number(&visitors, count), number(&buyers, count), dash(), number(&before, count)}
		if n.before > 0 && n.before < v.suppressBelow {
			cells[4] = hidden()
		}
		switch {
		case n.visitors < v.suppressBelow:
			cells = []Cell{text(name), hidden(), hidden(), hidden(), hidden()}
		case n.buyers > 0 && n.buyers < v.suppressBelow:
			cells[2], cells[3], cells[4] = hidden(), hidden(), hidden()
		default:
			share := buyers / visitors
			cells[3] = Cell{Text: grouped(100*share, 2) + " %", Value: plain(share)}
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	t.Note = "People whose first visit that is known fell in the period, with their orders up to " + v.through() + "; who came late has had less time. " +
		"Only before: all orders lie before that visit, so an earlier one was not seen. An origin is where people were found, and says nothing of what brought the order."
	return t
}
