package evidence

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieback/metrics/clv"
)

// cdnowBuyers are the sample's orders up to 30 September 1997, their dollars taken as margin.
func cdnowBuyers(t *testing.T) *buyers {
	t.Helper()
	file, err := os.Open("../../shared/data/cdnow/btyd_cdnowElog.csv")
	if err != nil {
		t.Skip("the data set lies beside the repository: ", err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	b := &buyers{}
	for _, record := range records[1:] {
		date, err := time.Parse("20060102", record[2])
		if err != nil {
			t.Fatal(err)
		}
		if date.After(time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)) {
			continue
		}
		b.add(t, record[1], int(date.Unix()/86400), record[4])
	}
	return b
}

func (b *buyers) add(t *testing.T, id string, day int, amount string) {
	t.Helper()
	margin, err := strconv.ParseFloat(amount, 64)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.ids) == 0 || b.ids[len(b.ids)-1] != id {
		b.ids, b.unknown = append(b.ids, id), append(b.unknown, false)
	}
	b.end = max(b.end, day)
	b.purchases = append(b.purchases, clv.Purchase{Customer: len(b.ids) - 1, Day: day, Amount: margin})
}

func rowsOf(t *testing.T, b *buyers) [][]any {
	t.Helper()
	var rows [][]any
	if err := b.emit(func(values ...any) error { rows = append(rows, slices.Clone(values)); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

// The first six customers by lifetimes 0.11.3: its BG/NBD and Gamma-Gamma at tolerance 1e-8, its expectations by months of 365.25/84 weeks,
// discounted by 1.1^(1/12).
func TestExpectedMarginOfCDNOW(t *testing.T) {
	rows := rowsOf(t, cdnowBuyers(t))
	if len(rows) != 2357 {
		t.Fatalf("%d rows, want 2357", len(rows))
	}
	total := 0.
	for _, row := range rows {
		total += number(row[1])
	}
	nearCents(t, "all", total, 72403.344, 1)
	for i, want := range []float64{36.733732, 4.700353, 8.453173, 8.453173, 8.453173, 287.084785} {
		value, lo, hi := number(rows[i][1]), number(rows[i][2]), number(rows[i][3])
		nearCents(t, "customer "+rows[i][0].(string), value, want, .01)
		if !(lo < value && value < hi) || rows[i][4] != "D" || rows[i][6] != nil {
			t.Errorf("%v", rows[i])
		}
	}
}

func nearCents(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(got > want-within && got < want+within) {
		t.Errorf("%s = %v, want %v within %v", what, got, want, within)
	}
}

// What cannot be said is null with the reason, for one customer or for all.
func TestExpectedMarginNotKnown(t *testing.T) {
	b := cdnowBuyers(t)
	b.unknown[0] = true
	rows := rowsOf(t, b)
	if rows[0][1] != nil || rows[0][6] != "the margin of an order is not known" || rows[1][1] == nil {
		t.Errorf("%v %v", rows[0], rows[1])
	}
	for i := range b.unknown {
		b.unknown[i] = i%3 == 0
	}
	if rows = rowsOf(t, b); rows[1][1] != nil || !strings.Contains(rows[1][6].(string), "more than 5 %") {
		t.Errorf("%v", rows[1])
	}
	alike := &buyers{}
	for i := range 60 {
		for day := range 3 {
			alike.add(t, strconv.Itoa(i), 10*day, "5")
		}
	}
	if rows = rowsOf(t, alike); rows[0][1] != nil || !strings.Contains(rows[0][6].(string), "did not converge") {
		t.Errorf("%v", rows[0])
	}
	few := &buyers{}
	few.add(t, "a", 1, "5")
	few.add(t, "a", 9, "5")
	if rows = rowsOf(t, few); rows[0][1] != nil || !strings.Contains(rows[0][6].(string), "fewer than 50") {
		t.Errorf("%v", rows[0])
	}
	if rows = rowsOf(t, &buyers{}); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}
