package report

import (
	"fmt"
	"time"

	"tieback/warehouse"
)

// A bridgeLine is the bridge of one month and currency over its markets, or of several months.
type bridgeLine struct {
	gross, discounts, adjustments, net warehouse.Money
	matched, touched                   *warehouse.Money
	attributed, unattributed           *warehouse.Money
	books, residual                    *warehouse.Money // nil: at least one market has no books
	state                              string
}

func bridgeOf(rows []warehouse.LedgerBridge) bridgeLine {
	type row = warehouse.LedgerBridge
	var l bridgeLine
	l.state = "reconciled"
	for _, r := range rows {
		l.gross += r.Gross
		l.discounts += r.Discounts
		l.adjustments += r.Adjustments
		l.net += r.NetRevenue
		if r.State == "not reconciled" || r.State == "open" && l.state == "reconciled" {
			l.state = r.State
		}
	}
	l.matched = sum(rows, func(r row) *warehouse.Money { return r.Matched })
	l.touched = sum(rows, func(r row) *warehouse.Money { return r.Touched })
	l.attributed = sum(rows, func(r row) *warehouse.Money { return r.Attributed })
	l.unattributed = sum(rows, func(r row) *warehouse.Money { return r.Unattributed })
	l.books = sum(rows, func(r row) *warehouse.Money { return r.LedgerTotal })
	l.residual = sum(rows, func(r row) *warehouse.Money { return r.Residual })
	return l
}

// faults says where a bridge does not add up in itself, whatever the books say.
func (l bridgeLine) faults(where string) []string {
	var faults []string
	if l.gross-l.discounts-l.adjustments != l.net {
		faults = append(faults, where+": gross less discounts and adjustments is not net revenue.")
	}
	if l.attributed != nil && l.unattributed != nil && *l.attributed+*l.unattributed != l.net {
		faults = append(faults, where+": attributed and unattributed do not add up to net revenue.")
	}
	return faults
}

func (l bridgeLine) row(first, currency string, total bool) Row {
	residual := booked(l.residual)
	state := l.state
	switch {
	case l.residual == nil:
		residual.Text = "not reconciled"
	case *l.residual != 0:
		state = "differs"
	}
	own := func(m warehouse.Money) Cell { return booked(&m) }
	return Row{Total: total, Cells: []Cell{text(first), text(currency), own(l.gross), own(l.discounts), own(l.adjustments), own(l.net),
		booked(l.attributed), booked(l.unattributed), booked(l.books), residual, text(state)}}
}

// bridge is the section that ties the report to the books.
func (v *view) bridge() Section {
	s := Section{ID: "bridge", Title: v.bridgeTitle()}
	s.Paragraphs = []string{"Net revenue is gross less discounts and adjustments, and is all of it either attributed or unattributed. " +
		"The residual is net revenue less the total that the books report. Amounts are in their own currency."}
	t := Table{ID: "bridge", Caption: "Ledger bridge by month and currency, " + v.period.Label, Columns: append(words("month", "currency"),
		columns("", "gross", "discounts", "adjustments", "net revenue", "attributed", "unattributed", "books", "residual")...)}
	t.Columns = append(t.Columns, words("state")...)
	for _, currency := range distinct(v.ledger, func(r warehouse.LedgerBridge) string { return r.Currency }) {
		var own []warehouse.LedgerBridge
		for _, r := range v.ledger {
			if r.Currency == currency {
				own = append(own, r)
			}
		}
		months := 0
		for month := v.period.From; month.Before(v.period.To); month = month.AddDate(0, 1, 0) {
			rows := during(own, Period{From: month, To: month.AddDate(0, 1, 0)}, func(r warehouse.LedgerBridge) time.Time { return r.MonthStart })
			if len(rows) == 0 {
				continue
			}
			months++
			line := bridgeOf(rows)
			v.notes = append(v.notes, line.faults(month.Format("January 2006")+", "+currency)...)
			t.Rows = append(t.Rows, line.row(month.Format("2006-01"), currency, false))
		}
		if months > 1 {
			t.Rows = append(t.Rows, bridgeOf(own).row("together", currency, true))
		}
	}
	s.Figures = []Figure{{Charts: v.waterfall(), Table: t}}
	return s
}

func (v *view) bridgeTitle() string {
	switch l := bridgeOf(v.ledger); {
	case len(v.ledger) == 0:
		return "There are no orders in the period, so there is nothing to tie to the books"
	case l.state == "not reconciled" && sumKnown(v.ledger, func(r warehouse.LedgerBridge) *warehouse.Money { return r.Residual }) == nil:
		return "No totals from the books were given, so nothing is reconciled"
	case l.state == "not reconciled":
		return "For part of the period no totals from the books were given, so it is not reconciled"
	case v.differing() > 0:
		return fmt.Sprintf("The books and the orders differ in %d of %d months and markets", v.differing(), len(v.ledger))
	case l.state == "open":
		return "The books are not closed yet; so far they hold every order"
	}
	return "Every order is in the books: the bridge closes with nothing left over"
}

// reportingBridge is the whole period in the reporting currency; ok is false where a rate is missing.
func (v *view) reportingBridge() (l bridgeLine, ok bool) {
	type pick = func(warehouse.LedgerBridge) (converted, own *warehouse.Money)
	add := func(p pick) *warehouse.Money {
		return sum(v.ledger, func(r warehouse.LedgerBridge) *warehouse.Money {
			converted, own := p(r)
			return v.reporting(r, converted, own)
		})
	}
	gross := add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.GrossReporting, &r.Gross })
	discounts := add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.DiscountsReporting, &r.Discounts })
	adjustments := add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.AdjustmentsReporting, &r.Adjustments })
	net := v.ledgerRevenue()
	if gross == nil || discounts == nil || adjustments == nil || net == nil {
		return l, false
	}
	l.gross, l.discounts, l.adjustments, l.net = *gross, *discounts, *adjustments, *net
	l.matched = add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.MatchedReporting, r.Matched })
	l.touched = add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.TouchedReporting, r.Touched })
	l.attributed = add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.AttributedReporting, r.Attributed })
	l.unattributed = add(func(r warehouse.LedgerBridge) (_, _ *warehouse.Money) { return r.UnattributedReporting, r.Unattributed })
	return l, true
}
