// Package simulate is an invented company whose true returns are known: demo data and the yardstick for tests.
package simulate

import (
	"context"
	"fmt"
)

// Options choose a company.
type Options struct {
	// Seed decides everything that is drawn: the same seed and size give the
	// same bytes.
	Seed uint64
	// Events is roughly how many events are wanted, from 10,000 to 100,000,000;
	// zero means 300,000.
	Events int
}

// Company is the retailer Harbor & Pine over the eighteen months from January
// 2025 to June 2026, reporting in the time zone America/Chicago.
type Company struct {
	given uint64 // the seed asked for
	seed  seed
	size  size
	cal   *calendar
}

// size is what follows from the number of events wanted.
type size struct {
	events             int
	customers          uint64
	founders           uint64 // customers from the first day on; only they are units of pilots
	ordersPerHour      float64
	visitsPerHour      float64
	engagementsPerHour float64
	postsPerHour       float64 // per platform
	counterHours       int
	counterMetrics     int
}

// NewCompany sizes a company so that its history is about the wanted number of
// events.
func NewCompany(o Options) (*Company, error) {
	if o.Events == 0 {
		o.Events = 300_000
	}
	if o.Events < 10_000 || o.Events > 100_000_000 {
		return nil, fmt.Errorf("simulate: %d events wanted, can make 10,000 to 100,000,000", o.Events)
	}
	c := &Company{given: o.Seed, seed: seed(mix(o.Seed + weyl)), cal: newCalendar()}
	c.size = sizeFor(o.Events, c.cal.hours)
	return c, nil
}

// world is one run of a company's history.
type world struct {
	seed     seed
	size     size
	cal      *calendar
	founder  permutation // of the founders, for pilots
	regional permutation
	pilots   []*pilot
	outbox   outbox
	line     line

	launch   [programCount][marketCount]int // first day; dayCount: not launched
	adWeight [regionCount]float64
	shock    [regionCount]float64 // today's factor on demand
	drift    struct {
		all    float64
		market [marketCount]float64
		region [regionCount]float64
	}
	attention float64                // today's factor on engagement
	reach     [platformCount]float64 // share of engagement a platform has kept
	rates     [(dayCount + afterDays + 6) / 7]float64
	campaigns [programCount][]string
	counters  [platformCount][len(metrics)]float64

	gains       [programCount][monthCount]gain
	ledger      [monthCount][marketCount]int64 // hundredths of the market's currency
	sold        [monthCount + 1][marketCount]int64
	before      [regionCount]float64 // margin before the region pilot
	credited    [monthCount][platformCount]float64
	converted   [monthCount][platformCount]int64
	corrections []costItem

	ids                              [typeCount]uint64
	counts                           [typeCount]int64
	sent                             int64
	arrivals                         uint64
	duplicates, conflicts, malformed int64
}

func (c *Company) newWorld() *world {
	w := &world{seed: c.seed, size: c.size, cal: c.cal}
	w.founder = newPermutation(c.seed, int(c.size.founders))
	w.regional = newPermutation(c.seed, regionCount)
	w.pilots = newPilots(c.cal, c.size.founders)
	w.regionPilot().costPerUnit = int64(programs[paid].cost * float64(c.size.customers) / regionCount * 4.5 * 100)
	w.regionPilot().minimumEffect = string(appendCents(nil, w.regionPilot().costPerUnit*3/2))
	w.line.cal = c.cal
	w.outbox.start = c.cal.start
	w.attention = 1
	for i := range w.reach {
		w.reach[i] = 1
	}
	for i := range w.adWeight {
		w.adWeight[i] = 1
	}
	for i := range programs {
		for _, q := range quarterNames {
			w.campaigns[i] = append(w.campaigns[i], programs[i].campaign+q)
		}
	}
	w.drawRates()
	w.launches()
	return w
}

// Stream plays the history and hands over every event in the order of arrival:
// one flat JSON object without a line break, valid only during the call. It
// stops at the first error of emit or of the context. What it returns is known
// only at the end.
func (c *Company) Stream(ctx context.Context, emit func(topic string, line []byte) error) (*Truth, error) {
	w := c.newWorld()
	for h := range leadHours {
		w.ordersAt(h)
	}
	for h := range c.cal.hours {
		if h%24 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if h+leadHours < c.cal.hours {
			w.ordersAt(h + leadHours)
		}
		w.hour(h)
		if err := w.outbox.send(emit); err != nil {
			return nil, err
		}
	}
	for range len(w.outbox.ahead) { // what happened in time and arrives afterward
		if err := w.outbox.send(emit); err != nil {
			return nil, err
		}
	}
	t := w.result()
	t.Seed = c.given
	return t, nil
}

// hour plays everything but orders.
func (w *world) hour(h int) {
	if day := int(w.cal.day[h]); h == w.cal.firstHour[day] {
		w.wake(day)
		for _, p := range w.pilots {
			if day == p.registered {
				w.register(p, h+9)
			}
		}
	}
	w.keepBooks(h)
	w.introduce(h)
	w.publish(h)
	w.engage(h)
	w.reachOut(h)
	w.browse(h)
	w.count(h)
	w.erasures(h)
	w.breakSome(h)
	for _, p := range w.pilots {
		w.assign(p, h)
	}
}

// wake sets the day's attention and reach; attention has nothing to do with
// demand.
func (w *world) wake(day int) {
	d := w.seed.at(drawShock, uint64(day), 1)
	w.attention = 1 + .9*(w.attention-1) + .05*d.normal()
	w.attention = min(max(w.attention, .6), 1.5)
	for _, s := range shocks {
		if w.cal.dayOf(s.date) != day {
			continue
		}
		w.reach[s.platform] *= s.effect
		l, t := &w.line, moment{w.cal.firstHour[day] + 8, 0}
		l.open(platformShock, "press", "shock-", w.id(platformShock), t)
		l.text("platform", platforms[s.platform].name)
		l.text("kind", s.kind)
		l.text("note", s.note)
		l.close()
		w.put(platformShock, t)
	}
}

// id numbers the events of a type.
func (w *world) id(kind eventType) uint64 {
	w.ids[kind]++
	return w.ids[kind]
}
