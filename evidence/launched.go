package evidence

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// launched are the launches of one program that stand as evidence, and what they say together.
type launched struct {
	windows []window
	// runsIn has the places in which the program has begun, whether that could be read or not.
	runsIn []begun
	// margin, revenue are all windows together over the credit there: a factor for the rest of the program.
	margin, revenue measured
	endsBefore      time.Time // of the latest
}

// window is one launch: what its place earned in its weeks, and what the rule credited there by month.
type window struct {
	place                string
	startsOn, endsBefore time.Time
	margin, revenue      metrics.Interval
	credit               map[time.Time][2]float64
}

// begun is a place and the day on which the program began there.
type begun struct {
	place string
	on    time.Time
}

const begunQuery = `
select program_id, case when region = '' then market else market || '/' || region end as place, launched_on
from int_launches_found
where region <> '' or not names_regions
order by program_id, place`

const launchedQuery = `
select
    program_id, place, launched_on, ends_before, cast(incremental_margin as double), cast(incremental_lo as double), cast(incremental_hi as double),
    cast(incremental_revenue as double), cast(revenue_lo as double), cast(revenue_hi as double), level
from launch_results
where state = 'valid' and grade = 'B' and incremental_lo is not null and revenue_lo is not null
order by program_id, launched_on, place`

const windowCreditQuery = `
select program_id, case when region = '' then market else market || '/' || region end as place, month_start, cast(attributed_margin as double), cast(attributed_revenue as double)
from int_launch_credits_matched
order by program_id, place, month_start`

// readLaunched adds what launches say to the proofs.
func readLaunched(ctx context.Context, in *warehouse.Reader, proofs map[string]proof) error {
	credits := make(map[string]map[time.Time][2]float64)
	err := in.Each(ctx, windowCreditQuery, func(v []any) error {
		key := text(v[0]) + "|" + text(v[1])
		if credits[key] == nil {
			credits[key] = make(map[time.Time][2]float64)
		}
		credits[key][day(v[2])] = [2]float64{number(v[3]), number(v[4])}
		return nil
	})
	if err != nil {
		return err
	}
	err = in.Each(ctx, launchedQuery, func(v []any) error {
		p := proofs[text(v[0])]
		if p.launches == nil {
			p.launches = &launched{}
		}
		level := number(v[10])
		interval := func(i int) metrics.Interval {
			found := metrics.Interval{Estimate: number(v[i]), Lo: number(v[i+1]), Hi: number(v[i+2]), Level: level, SE: math.NaN()}
			return metrics.NewInterval(found.Estimate, normalSE(found), 0, level)
		}
		p.launches.add(window{place: text(v[1]), startsOn: day(v[2]), endsBefore: day(v[3]), margin: interval(4), revenue: interval(7), credit: credits[text(v[0])+"|"+text(v[1])]})
		proofs[text(v[0])] = p
		return nil
	})
	if err != nil {
		return err
	}
	return in.Each(ctx, begunQuery, func(v []any) error {
		if l := proofs[text(v[0])].launches; l != nil {
			l.runsIn = append(l.runsIn, begun{text(v[1]), day(v[2])})
		}
		return nil
	})
}

// elsewhere says whether the program ran in the month in a place that is none of the names nor a region of one.
func (l *launched) elsewhere(month time.Time, names []string) bool {
	for _, b := range l.runsIn {
		market, _, _ := strings.Cut(b.place, "/")
		if b.on.Before(addMonths(month, 1)) && !slices.Contains(names, b.place) && !slices.Contains(names, market) {
			return true
		}
	}
	return false
}

// add takes one more launch into the whole. Launches of a program have donors in common, so their errors are added up.
func (l *launched) add(w window) {
	l.windows = append(l.windows, w)
	if w.endsBefore.After(l.endsBefore) {
		l.endsBefore = w.endsBefore
	}
	var margin, revenue part
	var credit [2]float64
	for _, w := range l.windows {
		margin = part{amount: margin.amount + w.margin.Estimate, launchSE: margin.launchSE + w.margin.SE}
		revenue = part{amount: revenue.amount + w.revenue.Estimate, launchSE: revenue.launchSE + w.revenue.SE}
		for month := w.startsOn.AddDate(0, 0, 1-w.startsOn.Day()); month.Before(w.endsBefore); month = addMonths(month, 1) {
			credit[0] += w.credit[month][0]
			credit[1] += w.credit[month][1]
		}
	}
	l.margin = measurePlaces(metrics.NewInterval(margin.amount, margin.launchSE, 0, metrics.DefaultLevel), credit[0])
	l.revenue = measurePlaces(metrics.NewInterval(revenue.amount, revenue.launchSE, 0, metrics.DefaultLevel), credit[1])
}

// inWindows is what the launches' places earned in the month, what the rule credited there, and which places they are.
func (l *launched) inWindows(month time.Time) (margin, revenue part, credit [2]float64, names []string) {
	for _, w := range l.windows {
		share := overlap(month, w.startsOn, w.endsBefore)
		if share == 0 {
			continue
		}
		margin.amount += share * w.margin.Estimate
		margin.launchSE += share * w.margin.SE
		revenue.amount += share * w.revenue.Estimate
		revenue.launchSE += share * w.revenue.SE
		credit[0] += w.credit[month][0]
		credit[1] += w.credit[month][1]
		names = append(names, w.place)
	}
	return margin, revenue, credit, names
}

// carryLaunch is the launches' factor on credit elsewhere, grade C.
func (m *measured) carryLaunch(credit float64) part {
	return part{amount: m.factor.Estimate * credit, launchSE: m.factor.SE * credit, transportSE: transportSD * math.Abs(m.factor.Estimate*credit)}
}

func (p part) plus(q part) part {
	return part{p.amount + q.amount, p.pilotSE + q.pilotSE, p.transportSE + q.transportSE, p.launchSE + q.launchSE}
}

// earnedByLaunches says what a month earned where launches were read, and carries a factor to the rest of its credit: the pilot's
// where one speaks for the month, else that of the launches themselves. Without a factor a month whose credit lies partly elsewhere is
// not known, for its cost is that of the whole program.
func (m *programMonth) earnedByLaunches(p proof) monthEffect {
	l := p.launches
	unknown := func(why string) monthEffect { return monthEffect{state: "not known", method: why} }
	if math.IsNaN(m.attributedMargin) || math.IsNaN(m.attributedRevenue) {
		return unknown("the margin of credited orders is not known")
	}
	r := monthEffect{state: "known", grade: "B", method: "launch"}
	var credit [2]float64
	var names []string
	r.margin, r.revenue, credit, names = l.inWindows(m.month)
	r.own, r.launches = len(names) > 0, strings.Join(names, ", ")
	within := r.margin.amount
	outside := [2]float64{m.attributedMargin - credit[0], m.attributedRevenue - credit[1]}
	if math.Abs(outside[0]) < 1e-6 && math.Abs(outside[1]) < 1e-6 {
		if !r.own {
			return unknown("the launches say nothing about this month")
		}
		if credit[0] < 1e-6 && l.elsewhere(m.month, names) { // a rule that sees nothing where they were read tells nothing of other places
			return unknown("launches tell of a part of the program only, and no factor carries them to the rest")
		}
		r.coverage = 1
		return r
	}
	r.grade = "C"
	switch e := p.pilot; {
	case e != nil && !e.small && e.margin.factorErr == nil && e.revenue.factorErr == nil && speaksFor(e.endsBefore, m.month):
		r.pilot, r.df = e.pilot, e.margin.total.DF
		r.margin, r.revenue = r.margin.plus(e.margin.carry(0, outside[0])), r.revenue.plus(e.revenue.carry(0, outside[1]))
		r.method = "launch; elsewhere the pilot's incrementality factor × attributed margin"
	case l.margin.factorErr == nil && l.revenue.factorErr == nil && speaksFor(l.endsBefore, m.month):
		r.margin, r.revenue = r.margin.plus(l.margin.carryLaunch(outside[0])), r.revenue.plus(l.revenue.carryLaunch(outside[1]))
		r.method = "launch; elsewhere the launches' incrementality factor × attributed margin"
		if !r.own {
			r.method = "the launches' incrementality factor × attributed margin"
		}
	default:
		return unknown("launches tell of a part of the program only, and no factor carries them to the rest")
	}
	if r.launches == "" {
		r.launches = l.names()
	}
	if r.margin.amount != 0 {
		r.coverage = within / r.margin.amount
	}
	return r
}

// speaksFor says whether evidence that ended before a day speaks for a month.
func speaksFor(endsBefore, month time.Time) bool {
	apart := monthsBetween(endsBefore.AddDate(0, 0, -1), month)
	return apart <= lapseMonths && apart >= -lapseMonths
}

// names lists the places of all launches.
func (l *launched) names() string {
	var names []string
	for _, w := range l.windows {
		names = append(names, w.place)
	}
	return strings.Join(names, ", ")
}
