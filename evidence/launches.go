package evidence

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tieback/metrics"
	"tieback/metrics/lift"
	"tieback/warehouse"
)

// What is fixed about reading a launch, before any of its outcomes is seen.
const (
	// postWeeks is how many weeks from the launch day on are read, once, when all of them are over.
	postWeeks = 12
	// mostPreWeeks, fewestPreWeeks bound the weeks before it. A program seen sooner is taken as running before the orders begin.
	mostPreWeeks, fewestPreWeeks = 52, 12
	// fewestDonors is how many places without the program a 90 % interval by placebos needs.
	fewestDonors = 9
	// apartDays is how long before a launch nothing else may have begun in the same place.
	apartDays = 28
	// placeboLevel is the p a treatment that never was must stay above; with few donors, above the smallest there can be.
	placeboLevel = .05
)

// launch is the beginning of a program in a market, or in a region of one.
type launch struct {
	program, market, region, seenBy string
	launchedOn                      time.Time
	namesRegions                    bool
	donors                          []string
	margin, revenue                 *lift.Result
	q                               float64
	credit                          map[time.Time][2]float64 // margin, revenue by month
	state                           string
	faults, notes                   []string
}

func (l *launch) place() string         { return placeName(l.market, l.region) }
func (l *launch) endsBefore() time.Time { return l.launchedOn.AddDate(0, 0, 7*postWeeks) }

func (l *launch) grade() string {
	if l.state == "valid" {
		return "B"
	}
	return "D"
}

// launchResults reads the launches of programs as quasi-experiments.
func launchResults() warehouse.Model {
	columns := []warehouse.Column{{Name: "program_id", Type: "varchar"}, {Name: "place", Type: "varchar"}, {Name: "unit", Type: "varchar"}, {Name: "launched_on", Type: "date"}, {Name: "ends_before", Type: "date"},
		{Name: "seen_by", Type: "varchar"}, {Name: "method", Type: "varchar"}, {Name: "donors", Type: "bigint"}, {Name: "pre_weeks", Type: "bigint"}, {Name: "orders", Type: "bigint"}, {Name: "currency", Type: "varchar"}}
	for _, name := range []string{"incremental_margin", "incremental_lo", "incremental_hi", "incremental_revenue", "revenue_lo", "revenue_hi", "attributed_margin", "attributed_revenue"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "decimal(18, 4)"})
	}
	for _, name := range []string{"level", "p", "q", "relative", "pre_error", "scaled_l2", "placebo_p"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "double"})
	}
	columns = append(columns, warehouse.Column{Name: "grade", Type: "varchar"}, warehouse.Column{Name: "state", Type: "varchar"}, warehouse.Column{Name: "warnings", Type: "varchar"})
	return warehouse.Model{
		Name: "launch_results", Layer: warehouse.Marts,
		Sentence: "what each program changed in the first twelve weeks in a place where it began while other places were without it.",
		Grain:    []string{"program_id", "place"}, Reads: []string{"int_launches_found", "int_launch_credits_matched", "int_place_days_summed", "int_clock_read", "stg_settings"}, Columns: columns,
		Units: "reporting currency over the place's first twelve weeks; intervals two-sided at level",
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			launches, sold, err := readLaunches(ctx, in)
			if err != nil {
				return err
			}
			currency := ""
			if err := in.Each(ctx, "select reporting_currency from stg_settings", func(v []any) error { currency = text(v[0]); return nil }); err != nil {
				return err
			}
			for _, l := range launches {
				if err := l.emit(emit, sold, currency); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

const launchQuery = `
select
    int_launches_found.program_id, int_launches_found.market, int_launches_found.region, int_launches_found.seen_by, int_launches_found.launched_on, int_launches_found.names_regions,
    int_clock_read.as_of, int_clock_read.maturity_days
from int_launches_found
cross join int_clock_read
order by int_launches_found.program_id, int_launches_found.market, int_launches_found.region`

const launchCreditQuery = `
select program_id, market, region, month_start, cast(attributed_margin as double), cast(attributed_revenue as double)
from int_launch_credits_matched
order by program_id, market, region, month_start`

// readLaunches finds the launches that can be read, estimates those whose weeks are over, and adjusts their p for all that were read.
func readLaunches(ctx context.Context, in *warehouse.Reader) ([]*launch, *sales, error) {
	sold, err := readSales(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	var all []*launch
	byKey := make(map[[3]string]*launch)
	var asOf time.Time
	maturity := 0
	err = in.Each(ctx, launchQuery, func(v []any) error {
		l := &launch{program: text(v[0]), market: text(v[1]), region: text(v[2]), seenBy: text(v[3]), launchedOn: day(v[4]), namesRegions: yes(v[5]), q: math.NaN(), credit: make(map[time.Time][2]float64)}
		asOf, maturity = day(v[6]), int(number(v[7]))
		all = append(all, l)
		byKey[[3]string{l.program, l.market, l.region}] = l
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = in.Each(ctx, launchCreditQuery, func(v []any) error {
		byKey[[3]string{text(v[0]), text(v[1]), text(v[2])}].credit[day(v[3])] = [2]float64{number(v[4]), number(v[5])}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if limit := sold.last.Add(dayLength); limit.Before(asOf) { // after the last order nothing is known, whatever the clock says
		asOf = limit
	}
	read := readable(all, sold)
	for _, l := range read {
		l.read(sold, asOf, maturity)
	}
	adjust(read)
	return read, sold, nil
}

// readable are the launches with a time before them, at the level at which they can be compared: a region where its market has
// enough regions without the program yet, else the market. A place has the same program begin once.
func readable(all []*launch, sold *sales) []*launch {
	var read []*launch
	for _, l := range all {
		if sold.days[l.place()] == nil || sold.weeksBefore(l.launchedOn) < fewestPreWeeks {
			continue
		}
		l.donors = donorsOf(l, all, sold)
		for _, other := range all {
			if other.place() == l.place() && other.program != l.program && !other.launchedOn.Before(l.launchedOn.AddDate(0, 0, -apartDays)) && other.launchedOn.Before(l.endsBefore()) {
				l.faults = append(l.faults, fmt.Sprintf("%s began in the same place on %s: their effects cannot be told apart", other.program, other.launchedOn.Format(time.DateOnly)))
			}
		}
		read = append(read, l)
	}
	byRegion := make(map[[2]string]bool)
	for _, l := range read {
		if l.region != "" && l.namesRegions && len(l.donors) >= fewestDonors {
			byRegion[[2]string{l.program, l.market}] = true
		}
	}
	return slices.DeleteFunc(read, func(l *launch) bool { return (l.region != "") != byRegion[[2]string{l.program, l.market}] })
}

// donorsOf are the places that had not got the program by the end of the launch's weeks and sold regularly before it: other
// markets, or for a region the regions of its market, which share its season and its currency.
func donorsOf(l *launch, all []*launch, sold *sales) []string {
	has := make(map[string]bool)
	for _, other := range all {
		if other.program == l.program && other.launchedOn.Before(l.endsBefore()) {
			has[other.place()] = true
		}
	}
	within := ""
	if l.region != "" {
		within = l.market
	}
	return slices.DeleteFunc(sold.placesOf(within), func(name string) bool { return has[name] || !sold.regular(name, l.launchedOn) })
}

// read estimates a launch whose weeks are over by synthetic difference in differences: one method, for every launch, by weeks.
func (l *launch) read(sold *sales, asOf time.Time, maturity int) {
	if asOf.Before(l.endsBefore()) {
		l.state = "running"
		return
	}
	l.state = "valid"
	if len(l.donors) == 0 {
		l.state = "invalid"
		l.faults = append(l.faults, "every place that sold regularly had the program by then, so nothing says what would have happened without it")
		return
	}
	var errs []string
	for _, m := range []struct {
		of   func(*placeDays) []float64
		into **lift.Result
	}{{func(d *placeDays) []float64 { return d.margin }, &l.margin}, {func(d *placeDays) []float64 { return d.revenue }, &l.revenue}} {
		panel, err := sold.panel(l, m.of)
		if err == nil {
			*m.into, err = lift.SDID(panel, metrics.DefaultLevel)
		}
		if err != nil && !slices.Contains(errs, err.Error()) {
			errs = append(errs, err.Error())
		}
	}
	l.faults = append(l.faults, errs...)
	if n := sold.unknownIn(l); n > 0 {
		l.faults = append(l.faults, fmt.Sprintf("the margin of %d orders in the compared weeks is not known", n))
	}
	if l.margin != nil {
		l.notes = slices.DeleteFunc(slices.Clone(l.margin.Warnings), func(w string) bool { return strings.HasPrefix(w, "iroas") })
		if fault := placeboFault(l.margin); fault != "" {
			l.faults = append(l.faults, fault)
		}
	}
	switch {
	case asOf.Before(l.endsBefore().AddDate(0, 0, maturity)):
		l.state = "immature"
	case len(l.faults) > 0 || !l.margin.Valid || !l.revenue.Valid:
		l.state = "invalid"
	}
}

// placeboFault says where a treatment that never was looked more extreme on the treated place than on any other, which
// with fewer than 19 donors no threshold of .05 can see.
func placeboFault(r *lift.Result) string {
	p := checkValue(r, "p of a treatment that never was")
	if smallest := 1 / float64(1+len(r.Placebos)); p <= smallest && p > placeboLevel {
		return fmt.Sprintf("before the start the place already moved more than every one it is compared with (p %.3g, the smallest there can be)", p)
	}
	return ""
}

// adjust sets q over every launch that was read, whatever its checks say.
func adjust(read []*launch) {
	var p []float64
	var of []*launch
	for _, l := range read {
		if l.margin != nil && (l.state == "valid" || l.state == "invalid") {
			p, of = append(p, l.margin.P), append(of, l)
		}
	}
	for i, q := range metrics.BenjaminiHochberg(p) {
		of[i].q = q
	}
}

// emit writes the row of a launch. Checks that failed come first among the warnings.
func (l *launch) emit(emit func(...any) error, sold *sales, currency string) error {
	unit := "market"
	if l.region != "" {
		unit = "region"
	}
	nan := math.NaN()
	m := &lift.Result{Cumulative: nan, CumulativeLo: nan, CumulativeHi: nan, Level: metrics.DefaultLevel, P: nan, Relative: nan, ScaledL2: nan}
	r := m
	if l.margin != nil {
		m = l.margin
	}
	if l.revenue != nil {
		r = l.revenue
	}
	var credit [2]float64
	for _, month := range slices.SortedFunc(maps.Keys(l.credit), time.Time.Compare) {
		credit[0] += l.credit[month][0]
		credit[1] += l.credit[month][1]
	}
	if l.state == "running" {
		l.notes = append(l.notes, fmt.Sprintf("it is read once, when its %d weeks are over", postWeeks))
	}
	return emit(l.program, l.place(), unit, l.launchedOn, l.endsBefore(), l.seenBy, "sdid", len(l.donors), sold.weeksBefore(l.launchedOn), sold.ordersIn(l), currency,
		money(m.Cumulative), money(m.CumulativeLo), money(m.CumulativeHi), money(r.Cumulative), money(r.CumulativeLo), money(r.CumulativeHi), money(credit[0]), money(credit[1]),
		known(m.Level), known(m.P), known(l.q), known(m.Relative), known(checkValue(m, "pre-period error")), known(m.ScaledL2), known(checkValue(m, "p of a treatment that never was")),
		l.grade(), l.state, joinWarnings(append(append([]string{}, l.faults...), l.notes...)))
}
