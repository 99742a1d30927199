// Package clv answers what a customer will still buy and earn: purchase processes with drop-out, spending per purchase, and their product over a horizon.
package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Customer is what a purchase process needs to know of one, in any one unit of
// time (weeks here and in the literature).
//
// Purchases is x, the repeat purchases: distinct days with a purchase after the
// first. Last is t_x, from the first purchase to the last one, 0 where x is 0.
// Age is T, from the first purchase to the end of the observation. 0 ≤ t_x ≤ T.
type Customer struct {
	Purchases int
	Last      float64
	Age       float64
}

// A Group is customers with one and the same history; they share likelihood and
// predictions.
type Group struct {
	Customer
	Count int
}

// Grouped puts identical customers together. groups are sorted by purchases, age
// and last purchase, so they do not depend on the order of customers; of[i] is the
// place of customers[i] in groups.
//
// A history that cannot be (negative or not a number, a last purchase after the
// end, a last purchase above 0 without a repeat purchase or at 0 with one) is an
// error.
func Grouped(customers []Customer) (groups []Group, of []int, err error) {
	index := make(map[Customer]int)
	of = make([]int, len(customers))
	for i, c := range customers {
		if err := c.check(); err != nil {
			return nil, nil, fmt.Errorf("customer %d: %w", i, err)
		}
		at, seen := index[c]
		if !seen {
			at = len(groups)
			index[c] = at
			groups = append(groups, Group{Customer: c})
		}
		groups[at].Count++
		of[i] = at
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return compare(groups[i].Customer, groups[j].Customer) })
	sorted, place := make([]Group, len(groups)), make([]int, len(groups))
	for to, from := range order {
		sorted[to], place[from] = groups[from], to
	}
	for i := range of {
		of[i] = place[of[i]]
	}
	return sorted, of, nil
}

func compare(a, b Customer) int {
	return cmp.Or(cmp.Compare(a.Purchases, b.Purchases), cmp.Compare(a.Age, b.Age), cmp.Compare(a.Last, b.Last))
}

func (c Customer) check() error {
	switch {
	case math.IsNaN(c.Last) || math.IsNaN(c.Age) || math.IsInf(c.Age, 0) || c.Last < 0 || c.Purchases < 0:
		return fmt.Errorf("%d purchases, the last at %g of %g: none of these may be negative or not a number", c.Purchases, c.Last, c.Age)
	case c.Last > c.Age:
		return fmt.Errorf("the last purchase, at %g, lies after the end, at %g", c.Last, c.Age)
	case (c.Purchases == 0) != (c.Last == 0):
		return fmt.Errorf("%d repeat purchases and the last one at %g contradict each other", c.Purchases, c.Last)
	}
	return nil
}

// totals are the sums that starting values are made of.
type totals struct{ customers, repeaters, purchases, age float64 }

func totalsOf(groups []Group) totals {
	var t totals
	for _, g := range groups {
		n := float64(g.Count)
		t.customers += n
		t.purchases += n * float64(g.Purchases)
		t.age += n * g.Age
		if g.Purchases > 0 {
			t.repeaters += n
		}
	}
	return t
}
