package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"tieback/metrics"
	"tieback/warehouse"
)

// pilotPlan is one run of pilot plan.
type pilotPlan struct {
	metric                                  string
	value, cost, hurdle, halfWidth, ret, sd float64
	level, power                            float64
	weeks                                   []int
}

func (a *app) pilotPlanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan --cost-per-unit C",
		Short: "How many customers, what cost and how many weeks a pilot needs, and what it could find",
		Long: `How many customers, what cost and how many weeks a pilot of two equal arms needs, and what it could find.

For each length of --weeks the newest snapshot says how the customers' margin (or --metric revenue, orders) varied over the last
such span: everybody who had ordered before it counts, those without an order in it with 0. From that follow

  mde               effect per customer found with the chance --power, if everybody there takes part
  mde_roi           the same as a return, (M·mde − C)/C
  units_half_width  customers an arm to know the return to ± --half-width: 2·(z·M·sd/(w·C))²
  units_power       customers an arm to find, with the chance --power, that the return is above --hurdle when it truly is --return
  cost              units_half_width times C: one arm is treated
  weeks_needed      the span, and before it as long as new customers take to come at the present pace; empty if they never suffice

M, --value-per-unit, is the margin of one unit of the metric: 1 for margin, else by default what the snapshot's orders show.
With --sd no snapshot is read: the deviation is taken as given.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	p := &pilotPlan{}
	flags := cmd.Flags()
	flags.StringVar(&p.metric, "metric", "margin", "margin, revenue or orders")
	flags.Float64Var(&p.value, "value-per-unit", 0, "margin of one unit of the metric")
	flags.Float64Var(&p.cost, "cost-per-unit", 0, "marginal cost of one treated customer")
	flags.Float64Var(&p.hurdle, "hurdle", 0, "return asked for; 0 is break-even")
	flags.Float64Var(&p.ret, "return", 0, "return that the program is thought to have")
	flags.Float64Var(&p.halfWidth, "half-width", .25, "half-width of the return's interval; .25 is 25 points")
	flags.Float64Var(&p.level, "level", metrics.DefaultLevel, "two-sided level")
	flags.Float64Var(&p.power, "power", studyPower, "chance of finding what is there")
	flags.Float64Var(&p.sd, "sd", 0, "standard deviation between customers, instead of the snapshot's")
	flags.IntSliceVar(&p.weeks, "weeks", []int{4, 8, 13, 26}, "lengths of the pilot")
	format := formatFlag(cmd, "table", "csv", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !flags.Changed("value-per-unit") {
			p.value = math.NaN()
		}
		if !flags.Changed("return") {
			p.ret = math.NaN()
		}
		if err := p.check(flags.Changed("sd")); err != nil {
			return err
		}
		spans := []planSpan{{SD: number(p.sd), Mean: notKnown}}
		if !flags.Changed("sd") {
			var err error
			if spans, err = a.planSpans(cmd.Context(), p); err != nil {
				return err
			}
		}
		return p.result(spans).write(a.out, *format)
	}
	return cmd
}

func (p *pilotPlan) check(given bool) error {
	switch {
	case !contains([]string{"margin", "revenue", "orders"}, p.metric):
		return usagef("--metric %q must be margin, revenue or orders", p.metric)
	case !(p.cost > 0) || !isFinite(p.cost):
		return usagef("--cost-per-unit %g: give the cost of one treated customer, above 0", p.cost)
	case !(p.level > 0 && p.level < 1) || !(p.power > 0 && p.power < 1):
		return usagef("--level %g and --power %g must lie between 0 and 1", p.level, p.power)
	case !(p.halfWidth > 0) || !isFinite(p.halfWidth) || !isFinite(p.hurdle):
		return usagef("--half-width %g must be above 0 and --hurdle %g a number", p.halfWidth, p.hurdle)
	case given && (!(p.sd > 0) || !isFinite(p.sd)):
		return usagef("--sd %g must be above 0", p.sd)
	case !math.IsNaN(p.value) && (!(p.value > 0) || !isFinite(p.value)):
		return usagef("--value-per-unit %g must be above 0", p.value)
	case math.IsInf(p.ret, 0) || p.ret <= p.hurdle:
		return usagef("--return %g must lie above --hurdle %g: that is what the pilot is to find", p.ret, p.hurdle)
	}
	if math.IsNaN(p.value) && p.metric == "margin" {
		p.value = 1
	}
	if math.IsNaN(p.value) && given {
		return usagef("--sd needs --value-per-unit, the margin of one unit of %s", p.metric)
	}
	slices.Sort(p.weeks)
	p.weeks = slices.Compact(p.weeks)
	if len(p.weeks) == 0 || p.weeks[0] < 1 || p.weeks[len(p.weeks)-1] > 260 {
		return usagef("--weeks must be whole numbers from 1 to 260")
	}
	return nil
}

// planSpan is one length of a pilot: how the outcome varied over it, and what a pilot of it needs and finds.
type planSpan struct {
	Weeks      int    `json:"weeks"`
	Customers  int    `json:"customers"`
	NewPerWeek number `json:"new_customers_per_week"`
	Mean       number `json:"mean"`
	SD         number `json:"sd"`
	// Unknown counts the span's orders of which the metric is not known; they count with nothing.
	Unknown        int    `json:"unknown_orders"`
	MDE            number `json:"mde"`
	MDEROI         number `json:"mde_roi"`
	UnitsHalfWidth number `json:"units_half_width"`
	UnitsPower     number `json:"units_power"`
	Cost           number `json:"cost"`
	WeeksNeeded    number `json:"weeks_needed"`
}

// planJSON is the result of pilot plan.
type planJSON struct {
	Metric       string     `json:"metric"`
	Level        number     `json:"level"`
	Power        number     `json:"power"`
	ValuePerUnit number     `json:"value_per_unit"`
	CostPerUnit  number     `json:"cost_per_unit"`
	Hurdle       number     `json:"hurdle"`
	Return       number     `json:"return"`
	HalfWidth    number     `json:"half_width"`
	Spans        []planSpan `json:"spans"`
	Warnings     []string   `json:"warnings"`
}

// planQuery sums up the metric over the days before the data ends. The span ends with the day before the last, which may be incomplete.
const planQuery = `
with clock as (select max(order_date) as ends_before from fct_orders),
span as (select ends_before, ends_before - %[1]d as starts_on from clock),
people as (
    select dim_customer.customer_id, dim_customer.first_order_date
    from dim_customer
    cross join span
    where dim_customer.first_order_date < span.ends_before
),
bought as (
    select fct_orders.customer_id, sum(%[2]s) as outcome, count(*) - count(%[2]s) as unknown
    from fct_orders
    cross join span
    where fct_orders.order_date >= span.starts_on and fct_orders.order_date < span.ends_before
    group by fct_orders.customer_id
)
select
    count(*) filter (where people.first_order_date < span.starts_on),
    count(*) filter (where people.first_order_date >= span.starts_on),
    coalesce(avg(cast(coalesce(bought.outcome, 0) as double)) filter (where people.first_order_date < span.starts_on), 0),
    stddev_samp(cast(coalesce(bought.outcome, 0) as double)) filter (where people.first_order_date < span.starts_on),
    cast(coalesce(sum(bought.unknown) filter (where people.first_order_date < span.starts_on), 0) as bigint)
from people
cross join span
left join bought on people.customer_id = bought.customer_id`

// planSpans reads how the metric varied, from the newest snapshot, and what a unit of it is worth where no flag says so.
func (a *app) planSpans(ctx context.Context, p *pilotPlan) (spans []planSpan, err error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	snapshot, err := warehouse.OpenSnapshot(ctx, s.Warehouse)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	column := map[string]string{"margin": "fct_orders.margin_reporting", "revenue": "fct_orders.net_revenue_reporting", "orders": "1"}[p.metric]
	for _, weeks := range p.weeks {
		span := planSpan{Weeks: weeks}
		var newcomers int
		var mean, sd sql.NullFloat64
		err := snapshot.Each(ctx, fmt.Sprintf(planQuery, 7*weeks, column), func(rows *sql.Rows) error {
			return rows.Scan(&span.Customers, &newcomers, &mean, &sd, &span.Unknown)
		})
		if err != nil {
			return nil, err
		}
		span.Mean, span.SD, span.NewPerWeek = number(mean.Float64), notKnown, number(float64(newcomers)/float64(weeks))
		if sd.Valid {
			span.SD = number(sd.Float64)
		}
		spans = append(spans, span)
	}
	if spans[0].Customers == 0 {
		return nil, fmt.Errorf("nobody ordered before the last %d weeks of the snapshot: give shorter --weeks, or --sd", spans[0].Weeks)
	}
	if math.IsNaN(p.value) {
		p.value, err = worthOf(ctx, snapshot, p.metric)
	}
	return spans, err
}

// worthOf is the margin of one unit of revenue or of one order, over all orders whose margin is known.
func worthOf(ctx context.Context, snapshot *warehouse.Snapshot, metric string) (float64, error) {
	below := map[string]string{"revenue": "sum(cast(net_revenue_reporting as double))", "orders": "count(*)"}[metric]
	var worth sql.NullFloat64
	err := snapshot.Each(ctx, "select sum(cast(margin_reporting as double)) / nullif("+below+", 0) from fct_orders where margin_reporting is not null", func(rows *sql.Rows) error {
		return rows.Scan(&worth)
	})
	if err != nil {
		return 0, err
	}
	if !(worth.Float64 > 0) {
		return 0, errors.New("the snapshot does not say what a unit is worth: no order's margin is known, or all together lost; give --value-per-unit")
	}
	return worth.Float64, nil
}

func (p *pilotPlan) result(spans []planSpan) studyResult {
	out := planJSON{Metric: p.metric, Level: number(p.level), Power: number(p.power), ValuePerUnit: number(p.value), CostPerUnit: number(p.cost),
		Hurdle: number(p.hurdle), Return: number(p.ret), HalfWidth: number(p.halfWidth), Warnings: []string{}}
	for i := range spans {
		out.Spans = append(out.Spans, p.fill(spans[i]))
		out.Warnings = append(out.Warnings, p.warnings(out.Spans[i])...)
	}
	r := studyResult{json: out, header: []string{"weeks", "customers", "mean", "sd", "mde", "mde_roi", "units_half_width", "units_power", "cost", "weeks_needed"}}
	r.notes = []string{fmt.Sprintf("%s: M %s, C %s, hurdle %s, level %s, power %s, half-width %s; units an arm, two arms",
		p.metric, out.ValuePerUnit, out.CostPerUnit, out.Hurdle, out.Level, out.Power, out.HalfWidth)}
	for _, w := range out.Warnings {
		r.notes = append(r.notes, "warning: "+w)
	}
	r.notes = append(r.notes, "")
	for _, s := range out.Spans {
		weeks, customers := strconv.Itoa(s.Weeks), strconv.Itoa(s.Customers)
		if s.Weeks == 0 {
			weeks, customers = "", ""
		}
		row := []string{weeks, customers}
		for _, n := range []number{s.Mean, s.SD, s.MDE, s.MDEROI} {
			row = append(row, n.String())
		}
		for _, n := range []number{s.UnitsHalfWidth, s.UnitsPower, s.Cost, s.WeeksNeeded} {
			row = append(row, wholeText(n))
		}
		r.rows = append(r.rows, row)
	}
	return r
}

// wholeText writes a count of any size, or money to the cent, without an exponent.
func wholeText(n number) string {
	if !n.known() {
		return ""
	}
	return strconv.FormatFloat(math.Round(float64(n)*100)/100, 'f', -1, 64)
}

// fill computes what a pilot over the span needs and finds.
func (p *pilotPlan) fill(s planSpan) planSpan {
	sd := float64(s.SD)
	s.UnitsHalfWidth = number(metrics.UnitsForHalfWidth(p.level, p.value, sd, p.halfWidth, p.cost))
	// The return is M·lift/C − 1: a gap in return is gap·C/M in the metric.
	s.UnitsPower = number(metrics.UnitsForEffect(p.level, p.power, sd, (p.ret-p.hurdle)*p.cost/p.value))
	s.Cost = number(float64(s.UnitsHalfWidth) * p.cost)
	s.MDE, s.MDEROI, s.WeeksNeeded = notKnown, notKnown, notKnown
	if s.Weeks == 0 {
		s.NewPerWeek = notKnown
		return s
	}
	if s.Customers >= 2 {
		s.MDE = number(metrics.MinimumDetectableEffect(sd*math.Sqrt(2/(float64(s.Customers)/2)), p.level, p.power))
		s.MDEROI = number((p.value*float64(s.MDE) - p.cost) / p.cost)
	}
	missing := math.Max(0, 2*float64(s.UnitsHalfWidth)-float64(s.Customers))
	if missing == 0 {
		s.WeeksNeeded = number(s.Weeks)
	} else if s.NewPerWeek > 0 {
		s.WeeksNeeded = number(float64(s.Weeks) + math.Ceil(missing/float64(s.NewPerWeek)))
	}
	return s
}

func (p *pilotPlan) warnings(s planSpan) []string {
	var list []string
	if s.Unknown > 0 {
		list = append(list, fmt.Sprintf("%d weeks: the %s of %d orders is not known, they count with nothing", s.Weeks, p.metric, s.Unknown))
	}
	switch {
	case !s.SD.known():
		list = append(list, fmt.Sprintf("%d weeks: fewer than two customers had ordered before, so nothing can be planned", s.Weeks))
	case s.SD == 0:
		list = append(list, fmt.Sprintf("%d weeks: the %s did not vary", s.Weeks, p.metric))
	case s.Weeks > 0 && 2*s.UnitsHalfWidth > number(s.Customers):
		list = append(list, fmt.Sprintf("%d weeks: both arms need %s customers and %d are there; the return cannot be known to ± %g at this size", s.Weeks, wholeText(2*s.UnitsHalfWidth), s.Customers, p.halfWidth))
	}
	return list
}
