package report

import "tieback/warehouse"

// customerTable is who bought in each month, and what a new customer cost.
func (v *view) customerTable() Table {
	t := Table{ID: "customers", Caption: "Customers by month, " + v.period.Label, Columns: words("month")}
	for _, name := range []string{"customers", "new", "who came back"} {
		t.Columns = append(t.Columns, Column{Name: name, Numeric: true})
	}
	t.Columns = append(t.Columns, columns(v.currency, "cost for each new")...)
	for _, r := range v.kpis {
		if r.Customers == nil || *r.Customers == 0 {
			continue
		}
		t.Rows = append(t.Rows, Row{Cells: append([]Cell{text(r.MonthStart.Format("2006-01"))}, v.customerCells(r)...)})
	}
	t.Note = "New: without an earlier order in the data, whose history begins on " + v.history() + "; who bought only before it looks new. " +
		"A customer can be new and come back in one month. Cost for each new divides all cost of social by all new customers and says nothing of cause."
	return t
}

// customerCells hides both parts where one is of too few people, so that neither follows from the whole.
func (v *view) customerCells(r warehouse.KPI) []Cell {
	few := func(n *int64) bool { return n != nil && *n > 0 && *n < v.suppressBelow }
	whole := func(n *int64) Cell {
		if n == nil {
			return unknown()
		}
		value := float64(*n)
		return number(&value, count)
	}
	switch {
	case few(r.Customers):
		return []Cell{hidden(), hidden(), hidden(), hidden()}
	case few(r.NewCustomers) || few(r.RepeatCustomers):
		return []Cell{whole(r.Customers), hidden(), hidden(), hidden()}
	}
	cost := number(r.CAC, func(x float64) string { return grouped(x, 2) })
	if r.NewCustomers != nil && *r.NewCustomers == 0 {
		cost = dash()
	}
	return []Cell{whole(r.Customers), whole(r.NewCustomers), whole(r.RepeatCustomers), cost}
}

// history is the day from which orders are known.
func (v *view) history() string {
	at, ok := v.moment("history_from")
	if !ok {
		return notKnown
	}
	return at.Format("2 January 2006")
}
