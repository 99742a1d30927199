package report

import (
	"fmt"
	"strconv"

	"tieback/warehouse"
)

// status is the strip above everything: what the reader must know before believing a number.
func (v *view) status() []Fact {
	return []Fact{
		{Label: "period", Value: v.period.Label},
		{Label: "as of", Value: v.asOf()},
		v.books(),
		v.completenessFact(),
		v.maturity(),
		v.evidenceFact(),
		v.setAside(),
		{Label: "definitions", Value: version(v.info["definition_version"])},
	}
}

func version(text string) string {
	if _, err := strconv.Atoi(text); err == nil {
		return "v" + text
	}
	if text == "" {
		return notKnown
	}
	return text
}

// books says whether the ledger closes, and by how much it does not. No ledger is never "0.00".
func (v *view) books() Fact {
	f := Fact{Label: "books"}
	states, currencies := map[string]int{}, []string{}
	residual := map[string]warehouse.Money{}
	for _, r := range v.ledger {
		states[r.State]++
		if r.Residual == nil {
			continue
		}
		if _, ok := residual[r.Currency]; !ok {
			currencies = append(currencies, r.Currency)
		}
		residual[r.Currency] += *r.Residual
	}
	sums := ""
	for _, c := range currencies {
		if sums == "" {
			sums = ", residual "
		} else {
			sums += " and "
		}
		if sums += exact(residual[c]) + " " + c; residual[c] == 0 && v.differing() > 0 {
			sums += " net"
		}
	}
	f.Attention = true
	switch {
	case len(v.ledger) == 0:
		f.Value = "not reconciled: no orders in the period"
	case states["not reconciled"] == len(v.ledger):
		f.Value = "not reconciled: no totals from the books"
	case states["not reconciled"] > 0:
		f.Value = fmt.Sprintf("not reconciled for %d of %d months and markets%s", states["not reconciled"], len(v.ledger), sums)
	case states["open"] > 0:
		f.Value = "not closed yet" + sums
	default:
		f.Value, f.Attention = "closed"+sums, v.differing() > 0
	}
	return f
}

// differing counts the months and markets in which orders and books differ.
func (v *view) differing() int {
	n := 0
	for _, r := range v.ledger {
		if r.Residual != nil && *r.Residual != 0 {
			n++
		}
	}
	return n
}

// completeness is the share of expected cost categories that have an entry; ok is false where none is expected.
func (v *view) completeness() (share float64, ok bool) {
	expected, missing := 0, 0
	for _, r := range v.marts.costs {
		if unassigned(r.ProgramID) { // what no program has, no program can lack
			continue
		}
		expected += len(splitList(r.ExpectedCategories))
		missing += len(splitList(r.MissingCategories))
	}
	if expected == 0 {
		return 0, false
	}
	return float64(expected-missing) / float64(expected), true
}

// completeEnough is the share of cost categories below which a return is an upper bound.
const completeEnough = .9

func (v *view) completenessFact() Fact {
	share, ok := v.completeness()
	if !ok {
		return Fact{Label: "costs", Value: "completeness not known", Attention: true}
	}
	if v.now.unrated > 0 {
		return Fact{Label: "costs", Value: percent(share) + " complete, some without an exchange rate", Attention: true}
	}
	return Fact{Label: "costs", Value: percent(share) + " complete", Attention: share < completeEnough}
}

// maturity says whether refunds of the period's orders are in.
func (v *view) maturity() Fact {
	f := Fact{Label: "refunds"}
	asOf, ok := v.moment("as_of")
	days, err := strconv.Atoi(v.info["maturity_days"])
	if err != nil || !ok {
		f.Value, f.Attention = "maturity not known", true
		return f
	}
	if at := v.period.To.AddDate(0, 0, days); at.After(asOf) {
		f.Value, f.Attention = "not mature before "+at.Format("2 January 2006"), true
		return f
	}
	f.Value = "mature"
	return f
}

func (v *view) evidenceFact() Fact {
	f := Fact{Label: "evidence", Attention: true}
	switch {
	case v.now.allCost <= 0:
		f.Value = "no cost known"
	case !v.now.tested:
		f.Value = "for none of the spending"
	default:
		f.Value, f.Attention = "for "+percent(v.now.share())+" of the spending", false
	}
	return f
}

// setAside counts dead letters and conflicts among all messages read.
func (v *view) setAside() Fact {
	f := Fact{Label: "set aside"}
	consumed, aside := v.total("consumed"), v.total("dead_letters")
	if consumed == nil {
		f.Value, f.Attention = notKnown, true
		return f
	}
	var n float64
	for _, part := range []*float64{aside, v.total("conflicts")} {
		if part != nil {
			n += *part
		}
	}
	f.Value = fmt.Sprintf("%s of %s messages", count(n), count(*consumed))
	f.Attention = n > .01**consumed
	return f
}

// total adds a data-quality measure over its subjects; nil where it was not measured.
func (m *marts) total(measure string) *float64 {
	var total *float64
	for _, q := range m.quality {
		if q.Measure == measure && q.Value != nil {
			if total == nil {
				total = new(float64)
			}
			*total += *q.Value
		}
	}
	return total
}
