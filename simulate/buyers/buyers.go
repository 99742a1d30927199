// Package buyers invents customers who come back until they stay away, and says what each is truly expected to bring.
package buyers

import (
	"math"
	"math/rand/v2"
)

// A Buyer is the history of one customer, in weeks from the first purchase.
type Buyer struct {
	Age     float64   // from the first purchase to the end of the observation
	Times   []float64 // of the later purchases, rising
	Amounts []float64 // margin of each of them
	born    float64   // week of the calendar of the first purchase
}

// Mean is the mean amount of the later purchases; 0 without any.
func (b *Buyer) Mean() float64 {
	if len(b.Amounts) == 0 {
		return 0
	}
	sum := 0.
	for _, a := range b.Amounts {
		sum += a
	}
	return sum / float64(len(b.Amounts))
}

// last is when the buyer was last seen.
func (b *Buyer) last() float64 {
	if len(b.Times) == 0 {
		return 0
	}
	return b.Times[len(b.Times)-1]
}

// A World is customers with a way to say what one of them is expected to bring in the year to come, given its history and
// everything there is to know of the world except what the customer is like: purchases of a month count at its end,
// discounted by a tenth a year.
type World struct {
	Buyers   []Buyer
	Expected func(b *Buyer) float64
}

const (
	months     = 12
	monthWeeks = 365.25 / 84
)

// discount is what money at the end of a month, from 1, is worth now.
func discount(month int) float64 { return math.Pow(1.1, -float64(month)/12) }

// age is followed for 20 to 78 weeks.
func age(r *rand.Rand) float64 { return 20 + math.Floor(58*7*r.Float64())/7 }
