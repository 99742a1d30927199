// Package attribution splits conversions and their value among the channels on the paths that led to them: credit, never cause.
package attribution

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Totals are what became of the people who went one path.
//
// Conversions and Nulls count those who did and did not convert; both may be
// fractions, as weights are. Value is the sum over the conversions, in any one
// unit of money.
type Totals struct {
	Conversions float64
	Value       float64
	Nulls       float64
}

// largest is the largest amount a row may have: sums of such rows stay finite.
const largest = 1e100

func (t Totals) check() error {
	for _, part := range []struct {
		name   string
		amount float64
	}{{"conversions", t.Conversions}, {"value", t.Value}, {"nulls", t.Nulls}} {
		switch {
		case math.IsNaN(part.amount) || math.IsInf(part.amount, 0):
			return fmt.Errorf("%s: %g is not a number", part.name, part.amount)
		case part.amount < 0:
			return fmt.Errorf("%s: %g is below 0 and cannot be credited; leave refunds out, or subtract them from the path they belong to", part.name, part.amount)
		case part.amount > largest:
			return fmt.Errorf("%s: %g is more than anything that is counted", part.name, part.amount)
		}
	}
	if t.Conversions == 0 && t.Value > 0 {
		return fmt.Errorf("a value of %g comes with no conversion: value is what conversions brought", t.Value)
	}
	return nil
}

func (t *Totals) add(other Totals) {
	t.Conversions += other.Conversions
	t.Value += other.Value
	t.Nulls += other.Nulls
}

// Paths is the input of every model: rows of touches with what became of them.
//
// Rows with the same touches need not be merged. The zero value is empty and
// ready. Paths that are complete may be read by several goroutines.
type Paths struct {
	names     []string // by order of first appearance
	index     map[string]int32
	tokens    []int32 // the touches of all rows, one row after another
	ages      []float64
	rows      []row
	total     Totals
	untouched Totals
}

// row is one path: its touches end where end says, and begin where the last row's end.
type row struct {
	end int
	Totals
}

// Add adds a row: the channels in the order of their touches, and what became of it.
//
// ages[i] is how many days before the conversion touch i happened; give it for
// every row, or nil for every row if time decay is not wanted. A row without any
// touch can be credited to nobody: it is counted in Untouched and takes no part
// in any model. What is negative or not finite, an empty name, or a value
// without a conversion is an error, and the row is not added.
func (p *Paths) Add(channels []string, t Totals, ages []float64) error {
	if err := t.check(); err != nil {
		return err
	}
	if ages != nil && len(ages) != len(channels) {
		return fmt.Errorf("%d touches have %d ages: each touch needs one", len(channels), len(ages))
	}
	if slices.Contains(channels, "") {
		return errors.New("a channel has no name")
	}
	for _, age := range ages {
		if math.IsNaN(age) || math.IsInf(age, 0) || age < 0 {
			return fmt.Errorf("the age %g is not a number of days before the conversion, 0 or more", age)
		}
	}
	if len(channels) == 0 {
		p.untouched.add(t)
		return nil
	}
	if len(p.rows) > 0 && (ages != nil) != (p.ages != nil) {
		return errors.New("some rows have ages and some have none: give them for all or for none")
	}
	if p.index == nil {
		p.index = make(map[string]int32)
	}
	for _, name := range channels {
		id, ok := p.index[name]
		if !ok {
			id = int32(len(p.names))
			p.index[name] = id
			p.names = append(p.names, name)
		}
		p.tokens = append(p.tokens, id)
	}
	p.ages = append(p.ages, ages...)
	p.rows = append(p.rows, row{len(p.tokens), t})
	p.total.add(t)
	return nil
}

// Channels are all names in alphabetical order: element i of every result is about Channels()[i].
func (p *Paths) Channels() []string { return slices.Sorted(slices.Values(p.names)) }

// Len is the number of rows with touches.
func (p *Paths) Len() int { return len(p.rows) }

// Total sums the rows with touches: what every model hands out in full.
func (p *Paths) Total() Totals { return p.total }

// Untouched sums the rows without touches, which no model credits.
func (p *Paths) Untouched() Totals { return p.untouched }

// touches are the tokens of row i.
func (p *Paths) touches(i int) (begin, end int) {
	if i > 0 {
		begin = p.rows[i-1].end
	}
	return begin, p.rows[i].end
}

// places maps a token to the place of its channel in Channels.
func (p *Paths) places() []int32 {
	places := make([]int32, len(p.names))
	for place, name := range p.Channels() {
		places[p.index[name]] = int32(place)
	}
	return places
}
