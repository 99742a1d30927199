package clv

// HoldoutRow compares what customers of one calibration frequency bought later with what was predicted of them.
//
// Actual and Predicted are repeat purchases over all Customers of the row. Purchases is x; in the last row, where OrMore is set, x or more.
type HoldoutRow struct {
	Purchases int
	OrMore    bool
	Customers int
	Actual    float64
	Predicted float64
}

// HoldoutTable answers: does the process predict purchases it has not seen? weeks is the length of the holdout; later[i] and
// customers[i] belong to one customer. Customers with lastRow repeat purchases or more share the last row; rows
// without customers are left out.
//
// Good agreement over the rows is what makes predictions by customer worth reading; agreement of the total alone is
// not. Source: the conditional expectations of Fader, Hardie and Lee (2005), figure 3.
func HoldoutTable(p Process, customers []Customer, later []int, weeks float64, lastRow int) ([]HoldoutRow, error) {
	groups, of, err := Grouped(customers)
	if err != nil {
		return nil, err
	}
	predicted := make([]float64, len(groups))
	for i, g := range groups {
		predicted[i] = p.ExpectedPurchases(weeks, g.Customer)
	}
	all := make([]HoldoutRow, lastRow+1)
	for i, c := range customers {
		row := &all[min(c.Purchases, lastRow)]
		row.Customers++
		row.Actual += float64(later[i])
		row.Predicted += predicted[of[i]]
	}
	var rows []HoldoutRow
	for x, row := range all {
		if row.Customers > 0 {
			row.Purchases, row.OrMore = x, x == lastRow
			rows = append(rows, row)
		}
	}
	return rows, nil
}
