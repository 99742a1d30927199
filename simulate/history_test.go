package simulate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tieback/simulate"
)

// play streams a company and keeps the lines that keep says are wanted.
func play(t testing.TB, o simulate.Options, keep func(line []byte) bool) ([][]byte, *simulate.Truth) {
	t.Helper()
	c, err := simulate.NewCompany(o)
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	truth, err := c.Stream(context.Background(), func(_ string, line []byte) error {
		if keep(line) {
			lines = append(lines, bytes.Clone(line))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, truth
}

func all([]byte) bool { return true }

func is(types ...string) func([]byte) bool {
	return func(line []byte) bool {
		for _, s := range types {
			if bytes.Contains(line, []byte(`"type":"`+s+`"`)) {
				return true
			}
		}
		return false
	}
}

// fact is an event as the tests read it, by the rules of the contract and
// without any code of the simulation.
type fact struct {
	ID, Source, Type, Time string
	Revision               int
	OrderID                string `json:"order_id"`
	AdjustmentID           string `json:"adjustment_id"`
	Customer               string
	Currency, Market       string
	Coupon, Kind           string
	Gross, Discount        string
	Amount                 json.RawMessage
	CostOfGoods            string `json:"cost_of_goods"`
	VariableCost           string `json:"variable_cost"`
	SKU                    string
	Quantity               int64
	Date, Rate             string
	StartsOn               string `json:"starts_on"`
	NetRevenue             string `json:"net_revenue"`
	Closed                 bool
	Pilot, Arm, Unit       string
	UnitID                 string `json:"unit_id"`
}

// facts decodes lines, leaves out the malformed, and keeps the first of each
// (source, id).
func facts(t testing.TB, lines [][]byte) []fact {
	t.Helper()
	seen := map[string]bool{}
	var fs []fact
	for _, line := range lines {
		var f fact
		if bytes.Contains(line, []byte(`"source":"import"`)) {
			continue
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if key := f.Source + " " + f.ID; !seen[key] {
			seen[key] = true
			fs = append(fs, f)
		}
	}
	return fs
}

// cents reads a decimal of at most two places; empty is zero.
func cents(t testing.TB, s string) int64 {
	t.Helper()
	s = strings.Trim(s, `"`)
	if s == "" {
		return 0
	}
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 {
		t.Fatalf("%q has more than two places", s)
	}
	n := int64(0)
	negative := strings.HasPrefix(whole, "-")
	for _, r := range strings.TrimPrefix(whole, "-") + (part + "00")[:2] {
		if r < '0' || r > '9' {
			t.Fatalf("%q is not a decimal", s)
		}
		n = n*10 + int64(r-'0')
	}
	if negative {
		return -n
	}
	return n
}

// current keeps the highest revision of each order, in order of arrival.
func current(fs []fact) map[string]fact {
	orders := map[string]fact{}
	for _, f := range fs {
		if f.Type != "sale.order" {
			continue
		}
		key := f.Source + " " + f.OrderID
		if old, ok := orders[key]; !ok || f.Revision > old.Revision {
			orders[key] = f
		}
	}
	return orders
}
