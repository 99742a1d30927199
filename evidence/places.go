package evidence

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"tieback/metrics"
	"tieback/metrics/lift"
	"tieback/warehouse"
)

// fewestPlaces is how many places each arm needs for a comparison by standard errors; below it the assignment itself is the
// only thing that can be relied on. The same number as for clusters in metrics/lift, for the same reason.
const fewestPlaces = 10

// unnamedShare is the share of orders without a place from which a pilot of places says so.
const unnamedShare = 0.05

// places are the units of a pilot of venues, regions or markets, day by day.
type places struct {
	preStartsOn     time.Time // zero: no orders before the start
	startsOn, until time.Time // until: the end, or how far the data reach
	units           []place   // in the order of names, without those excluded
	byName          map[string]int
	orders, unnamed int
}

// place is one unit. Outcomes, by metric, have one entry a day from preStartsOn (or startsOn) on.
type place struct {
	name, arm, stratum string
	covariate          float64
	severalMarkets     bool
	ordered            bool
	outcome            map[string][]float64
}

const placeUnitQuery = `
select
    fct_pilot_units.pilot, fct_pilot_units.unit_id, fct_pilot_units.arm, fct_pilot_units.stratum, cast(fct_pilot_units.covariate as double), fct_pilot_units.in_several_markets,
    windows.pre_starts_on, windows.orders, windows.orders_without_unit
from fct_pilot_units
inner join int_pilot_windows_set as windows on fct_pilot_units.pilot = windows.pilot
where windows.unit <> 'person' and not fct_pilot_units.excluded
order by fct_pilot_units.pilot, fct_pilot_units.unit_id`

const placeDayQuery = `
select
    days.pilot, days.unit_id, days.date_day, cast(days.margin as double), cast(days.revenue as double), cast(days.orders as double)
from int_pilot_orders_matched as days
inner join int_pilot_windows_set as windows on days.pilot = windows.pilot
where windows.unit <> 'person'
order by days.pilot, days.unit_id, days.date_day`

// readPlaces gives each pilot of places its units day by day.
func readPlaces(ctx context.Context, in *warehouse.Reader, byName map[string]*pilot) error {
	err := in.Each(ctx, placeUnitQuery, func(v []any) error {
		p := byName[text(v[0])]
		if p.places == nil {
			p.places = newPlaces(p, day(v[6]))
			p.places.orders, p.places.unnamed = int(number(v[7])), int(number(v[8]))
		}
		p.places.add(place{name: text(v[1]), arm: text(v[2]), stratum: text(v[3]), covariate: number(v[4]), severalMarkets: yes(v[5])})
		return nil
	})
	if err != nil {
		return err
	}
	return in.Each(ctx, placeDayQuery, func(v []any) error {
		p := byName[text(v[0])]
		if p.places == nil {
			return nil
		}
		at, ok := p.places.byName[text(v[1])]
		if !ok { // excluded
			return nil
		}
		unit := &p.places.units[at]
		unit.ordered = true
		if n := p.places.day(day(v[2])); n < p.places.length() {
			for i, metric := range pilotMetrics {
				unit.outcome[metric][n] = orZero(v[3+i])
			}
		}
		return nil
	})
}

func newPlaces(p *pilot, preStartsOn time.Time) *places {
	until := p.endsBefore
	if today := p.asOf.Truncate(24 * time.Hour); today.Before(until) {
		until = today
	}
	if until.Before(p.startsOn) {
		until = p.startsOn
	}
	return &places{preStartsOn: preStartsOn, startsOn: p.startsOn, until: until, byName: make(map[string]int)}
}

func (l *places) add(unit place) {
	unit.outcome = make(map[string][]float64)
	for _, metric := range pilotMetrics {
		unit.outcome[metric] = make([]float64, l.length())
	}
	l.byName[unit.name] = len(l.units)
	l.units = append(l.units, unit)
}

// first is the first day there is, pre is how many of them lie before the start.
func (l *places) first() time.Time {
	if l.preStartsOn.IsZero() {
		return l.startsOn
	}
	return l.preStartsOn
}

func (l *places) day(at time.Time) int { return int(at.Sub(l.first()).Hours() / 24) }
func (l *places) pre() int             { return l.day(l.startsOn) }
func (l *places) length() int          { return l.day(l.until) }

// faults are what makes a comparison of these places no evidence, or what a reader must know; the first list fails the pilot.
func (l *places) faults(unit string) (faults, notes []string) {
	var silent, several []string
	for _, u := range l.units {
		if !u.ordered {
			silent = append(silent, u.name)
		}
		if u.severalMarkets {
			several = append(several, u.name)
		}
	}
	if len(silent) > 0 {
		faults = append(faults, fmt.Sprintf("no order of the pilot's days or of those before it names the %s %s: check how it is written, and that it was assigned as a %s", unit, strings.Join(silent, ", "), unit))
	}
	if len(several) > 0 {
		faults = append(faults, fmt.Sprintf("the region %s lies in several markets, whose orders it adds up: name regions apart", strings.Join(several, ", ")))
	}
	if l.orders > 0 && float64(l.unnamed) > unnamedShare*float64(l.orders) {
		notes = append(notes, fmt.Sprintf("%d of %d orders in the pilot's days name no %s and count for nobody", l.unnamed, l.orders, unit))
	}
	if l.pre() == 0 {
		notes = append(notes, "there are no orders before the pilot, so places are compared as they are")
	}
	return faults, notes
}

// trial sets the units of some arms against control: outcomes of the pilot's days, and the same before it as covariate.
// Without days before it the covariate stated with the assignments stands in, where all units have one.
func (l *places) trial(metric string, arms map[string]bool, control string) metrics.Trial {
	var t metrics.Trial
	stated, strata := true, false
	for _, u := range l.units {
		if !arms[u.arm] && u.arm != control {
			continue
		}
		before, during := 0.0, 0.0
		for i, v := range u.outcome[metric] {
			if i < l.pre() {
				before += v
			} else {
				during += v
			}
		}
		if l.pre() == 0 {
			before = u.covariate
		}
		stated = stated && !math.IsNaN(before)
		strata = strata || u.stratum != ""
		t.Y, t.X, t.Treated, t.Stratum = append(t.Y, during), append(t.X, before), append(t.Treated, u.arm != control), append(t.Stratum, u.stratum)
	}
	if !stated {
		t.X = nil
	}
	if !strata {
		t.Stratum = nil
	}
	return t
}

// panel is the same day by day, for the methods of metrics/lift; cost, per treated unit, is spread over the pilot's days.
func (l *places) panel(metric string, arms map[string]bool, control string, cost float64) (*lift.Panel, error) {
	var rows []lift.Observation
	days := l.length() - l.pre()
	for _, u := range l.units {
		if !arms[u.arm] && u.arm != control {
			continue
		}
		for i, v := range u.outcome[metric] {
			row := lift.Observation{Unit: u.name, Time: lift.Time{At: int64(i), Label: l.first().AddDate(0, 0, i).Format(time.DateOnly)}, Outcome: v, Treated: u.arm != control}
			if row.Treated && i >= l.pre() && !math.IsNaN(cost) {
				row.Cost = cost / float64(days)
			}
			rows = append(rows, row)
		}
	}
	return lift.NewPanel(rows, lift.Window{PreStart: 0, Start: int64(l.pre()), End: int64(l.length() - 1)}, !math.IsNaN(cost) && cost != 0)
}

// placeEstimate is what the fixed method says of some arms against control.
type placeEstimate struct {
	metrics.Difference
	strict metrics.Interval // at the level that k arms together ask for
	cuped  metrics.Interval
	sums   [2]metrics.Sums // control, treated
	valid  bool            // the method's own checks passed
	notes  []string
}

// estimate applies the method that is fixed before any outcome is seen, by how units were assigned and how many there are:
//
//	random, at least 10 places an arm   CUPED on the places' totals, the same before the pilot as covariate; Welch without one
//	random, fewer                       permutation of the assignment, with the same covariate
//	not random                          synthetic difference in differences by day
//
// A failed check of the last leaves its number and takes its validity.
func (l *places) estimate(p *pilot, metric string, arms map[string]bool, strictLevel float64) (placeEstimate, error) {
	t := l.trial(metric, arms, p.control)
	e := placeEstimate{cuped: unknownInterval, valid: true}
	var y, x [2][]float64
	for i, treated := range t.Treated {
		side := 0
		if treated {
			side = 1
		}
		y[side] = append(y[side], t.Y[i])
		if t.X != nil {
			x[side] = append(x[side], t.X[i])
		}
	}
	e.sums = [2]metrics.Sums{metrics.SumsOf(y[0], x[0]), metrics.SumsOf(y[1], x[1])}
	if l.length() == l.pre() {
		return e, errors.New("no day of the pilot is over yet")
	}
	if t.X != nil {
		if adjusted, _, err := metrics.CUPED(e.sums[1], e.sums[0], metrics.DefaultLevel); err == nil {
			e.cuped = adjusted.Interval
		}
	}
	var err error
	switch {
	case p.quasi():
		err = l.synthetic(p, metric, arms, strictLevel, &e)
	case min(e.sums[0].N, e.sums[1].N) < fewestPlaces:
		err = e.atBothLevels(strictLevel, func(level float64) (metrics.Difference, error) { return metrics.Permutation(t, level) })
	case math.IsNaN(e.cuped.Estimate):
		err = e.atBothLevels(strictLevel, func(level float64) (metrics.Difference, error) { return metrics.Welch(e.sums[1], e.sums[0], level) })
	default:
		err = e.atBothLevels(strictLevel, func(level float64) (metrics.Difference, error) {
			d, _, err := metrics.CUPED(e.sums[1], e.sums[0], level)
			return d, err
		})
	}
	return e, err
}

func (e *placeEstimate) atBothLevels(strictLevel float64, compare func(level float64) (metrics.Difference, error)) error {
	var err error
	if e.Difference, err = compare(metrics.DefaultLevel); err != nil {
		return err
	}
	strict, err := compare(strictLevel)
	e.strict = strict.Interval
	return err
}

// synthetic is the estimate for places that nobody drew. Its effect per unit and day becomes one per unit.
func (l *places) synthetic(p *pilot, metric string, arms map[string]bool, strictLevel float64, e *placeEstimate) error {
	panel, err := l.panel(metric, arms, p.control, p.costPerUnit)
	if err != nil {
		return err
	}
	return e.atBothLevels(strictLevel, func(level float64) (metrics.Difference, error) {
		r, err := lift.SDID(panel, level)
		if err != nil {
			return metrics.Difference{}, err
		}
		n := float64(len(r.Treated))
		d := metrics.Difference{NTreated: e.sums[1].N, NControl: e.sums[0].N, MeanTreated: e.sums[1].MeanY(), MeanControl: e.sums[0].MeanY(), T: math.NaN(), P: r.P}
		d.Interval = metrics.Interval{Estimate: r.Cumulative / n, Lo: r.CumulativeLo / n, Hi: r.CumulativeHi / n, Level: level, SE: math.NaN(), DF: math.NaN(), Method: r.Method, Units: e.sums[0].N + e.sums[1].N}
		if level == metrics.DefaultLevel {
			e.valid, e.notes = r.Valid, r.Warnings
			if fault := placeboFault(r); fault != "" {
				e.valid, e.notes = false, append(e.notes, fault)
			}
		}
		return d, nil
	})
}
