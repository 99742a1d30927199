package clv

import (
	"cmp"
	"slices"
)

// A Purchase is one order in an event log. Customer is the place of its customer, from 0; Day counts
// days from any origin; Amount is money.
type Purchase struct {
	Customer int
	Day      int
	Amount   float64
}

// A History is what an event log says of one customer at the end of the calibration, in weeks.
//
// Mean is the mean amount of a repeat day (the first day is left out), 0 where there is none. Later counts the
// days with a purchase in the holdout. Known is false for who bought for the first time after the
// calibration, or never; nothing else is set then.
type History struct {
	Customer
	Mean  float64
	Later int
	Known bool
}

// daysAWeek turns days into the weeks of the literature, exactly.
const daysAWeek = 7

// Histories sums up an event log: purchases of one day are one purchase of their sum; x counts the later days up
// to calibrationEnd (included), t_x = (last day − first day)/7, T = (calibrationEnd − first day)/7. The result has
// one entry for each of the customers. Purchases are put in order by customer and day.
//
// Source: Fader and Hardie (2008), "Excel-style RFM summaries" as used for CDNOW, whose published summary it gives.
func Histories(purchases []Purchase, customers, calibrationEnd int) []History {
	slices.SortStableFunc(purchases, func(a, b Purchase) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Day, b.Day))
	})
	list := make([]History, customers)
	for i := 0; i < len(purchases); {
		from := i
		for i < len(purchases) && purchases[i].Customer == purchases[from].Customer {
			i++
		}
		list[purchases[from].Customer] = historyOf(purchases[from:i], calibrationEnd)
	}
	return list
}

// historyOf sums up the purchases of one customer, in the order of their days.
func historyOf(purchases []Purchase, calibrationEnd int) History {
	first := purchases[0].Day
	if first > calibrationEnd {
		return History{}
	}
	h := History{Known: true}
	h.Age = float64(calibrationEnd-first) / daysAWeek
	last, total := first, 0.
	for _, p := range purchases {
		if p.Day == first {
			continue
		}
		fresh := p.Day != last
		last = p.Day
		if p.Day > calibrationEnd {
			if fresh {
				h.Later++
			}
			continue
		}
		total += p.Amount
		if fresh {
			h.Purchases++
			h.Last = float64(p.Day-first) / daysAWeek
		}
	}
	if h.Purchases > 0 {
		h.Mean = total / float64(h.Purchases)
	}
	return h
}
