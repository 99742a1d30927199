package evidence

import (
	"context"
	"math"
	"sort"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// How far a pilot's result reaches beyond itself.
const (
	// lapseMonths is how long before and after its end a pilot speaks for its program.
	lapseMonths = 12
	// transportSD is the standard deviation, relative to the factor, that is added where a factor is carried
	// from the pilot's units and days to others. A setting of judgment, stated in docs/metrics.md.
	transportSD = 0.20
	// minimumEffective is how many effective units (the square of the sum of the outcomes over the sum of their squares) each
	// arm needs before its result is carried to anybody else: with fewer, one buyer decides.
	minimumEffective = 10
	// clearCredit is how many standard errors from 0 the credit of the treated units must lie to serve as a denominator.
	clearCredit = 3
)

// programMonth is one month of one program.
type programMonth struct {
	program                                    string
	month                                      time.Time
	cost, completeness, hurdle, seed, reinvest float64
	currency                                   string
	attributedMargin, attributedRevenue        float64
	mature                                     bool
	// treatedMargin, treatedRevenue are the credits of the pilot's treated units in its days.
	treatedMargin, treatedRevenue float64
}

// effect is the pilot that speaks for a program.
type effect struct {
	pilot                string
	startsOn, endsBefore time.Time
	cost                 float64
	margin, revenue      measured
	// small says that too few units carry the outcome to speak for others.
	small bool
}

// measured is what a pilot found in one metric, beside what the credit rule gave its treated units.
type measured struct {
	total metrics.Interval // over all treated units
	// attributed is their credit; factor is total over attributed, with the error of both.
	attributed float64
	factor     metrics.Interval
	factorErr  error
}

// monthEffect is what a month earned, as parts that add up over months.
type monthEffect struct {
	state, grade, method string
	pilot                string
	margin, revenue      part
	df, coverage         float64
	warnings             []string
}

// part is an amount with its error: pilotSE is shared by all months of one pilot, transportSE is what carrying
// its factor to others adds. Each adds up over months; the two are independent.
type part struct{ amount, pilotSE, transportSE float64 }

const programMonthQuery = `
with months as (
    select program_id, month_start from cost_by_program_month
    union
    select program_id, month_start from credit_by_model_program_month where model = (select credit_model from stg_settings)
    union
    select stg_pilots.program, cast(date_trunc('month', int_days_listed.date_day) as date)
    from stg_pilots
    inner join int_days_listed
        on int_days_listed.date_day >= stg_pilots.starts_on
        and int_days_listed.date_day < stg_pilots.ends_before
)
select
    months.program_id, months.month_start, cast(coalesce(costs.spend, case when costs.program_id is null then 0 end) as double), cast(coalesce(costs.completeness, case when coalesce(dim_program.expected_costs, '') = '' then 1 else 0 end) as double),
    cast(dim_program.hurdle as double), cast(dim_program.seed_budget as double), cast(dim_program.reinvest as double), dim_program.currency,
    cast(coalesce(credits.margin, case when credits.program_id is null then 0 end) as double), cast(coalesce(credits.net_revenue, case when credits.program_id is null then 0 end) as double),
    cast(months.month_start + interval '1' month as timestamp) + to_days(int_clock_read.maturity_days) <= int_clock_read.as_of
from months
inner join dim_program on months.program_id = dim_program.program_id
cross join int_clock_read
left join cost_by_program_month as costs on months.program_id = costs.program_id and months.month_start = costs.month_start
left join credit_by_model_program_month as credits
    on months.program_id = credits.program_id and months.month_start = credits.month_start and credits.model = (select credit_model from stg_settings)
order by months.program_id, months.month_start`

// effectQuery lists valid pilots with their totals, the latest of each program last.
const effectQuery = `
with arms as (
    select pilot, arm, cast(sum(outcome_margin) as double) * cast(sum(outcome_margin) as double) / nullif(cast(sum(cast(outcome_margin as decimal(38, 4)) * outcome_margin) as double), 0) as units
    from fct_pilot_units
    where not excluded
    group by pilot, arm
),
effective as (
    select pilot, min(coalesce(units, 0)) as units from arms group by pilot
)
select
    margins.program, margins.pilot, stg_pilots.starts_on, stg_pilots.ends_before,
    margins.lift * margins.units_treated, margins.se * margins.units_treated, margins.df, margins.level, cast(margins.cost as double),
    revenues.lift * revenues.units_treated, revenues.se * revenues.units_treated,
    credits.units, cast(credits.margin as varchar), cast(credits.margin_squares as varchar), cast(credits.margin_products as varchar), cast(credits.outcome_margin as varchar),
    cast(credits.revenue as varchar), cast(credits.revenue_squares as varchar), cast(credits.revenue_products as varchar), cast(credits.outcome_revenue as varchar),
    effective.units
from pilot_results as margins
inner join int_pilot_credits_summed as credits on margins.pilot = credits.pilot
inner join effective on margins.pilot = effective.pilot
inner join stg_pilots on margins.pilot = stg_pilots.pilot
inner join pilot_results as revenues on margins.pilot = revenues.pilot and margins.arm = revenues.arm and revenues.metric = 'revenue'
where margins.metric = 'margin' and margins.state = 'valid' and margins.grade = 'A' and revenues.grade = 'A' and margins.lift is not null
    and (margins.arm = '(all)' or (select count(distinct arm) from pilot_results as others where others.pilot = margins.pilot) = 1)
order by margins.program, stg_pilots.ends_before, margins.pilot`

const treatedQuery = `
select pilot, month_start, cast(sum(attributed_margin) as double), cast(sum(attributed_revenue) as double)
from int_pilot_credits_matched
group by pilot, month_start
order by pilot, month_start`

// returnReads are what every model over program months reads.
var returnReads = []string{"cost_by_program_month", "credit_by_model_program_month", "pilot_results", "fct_pilot_units", "int_pilot_credits_summed", "int_pilot_credits_matched", "stg_pilots", "stg_settings", "dim_program", "int_clock_read", "int_days_listed"}

// readProgramMonths reads all program months and, for each program, the pilot that speaks for it.
func readProgramMonths(ctx context.Context, in *warehouse.Reader) ([]programMonth, map[string]*effect, error) {
	effects := make(map[string]*effect)
	err := in.Each(ctx, effectQuery, func(v []any) error {
		e := &effect{pilot: text(v[1]), startsOn: day(v[2]), endsBefore: day(v[3]), cost: number(v[8]), small: number(v[20]) < minimumEffective}
		df, level := number(v[6]), number(v[7])
		if math.IsNaN(df) {
			df = 0
		}
		e.margin = measure(metrics.NewInterval(number(v[4]), number(v[5]), df, level), number(v[11]), v[12:16])
		e.revenue = measure(metrics.NewInterval(number(v[9]), number(v[10]), df, level), number(v[11]), v[16:20])
		effects[text(v[0])] = e
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	treated := make(map[string]map[time.Time][2]float64)
	err = in.Each(ctx, treatedQuery, func(v []any) error {
		name := text(v[0])
		if treated[name] == nil {
			treated[name] = make(map[time.Time][2]float64)
		}
		treated[name][day(v[1])] = [2]float64{number(v[2]), number(v[3])}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	var months []programMonth
	err = in.Each(ctx, programMonthQuery, func(v []any) error {
		m := programMonth{program: text(v[0]), month: day(v[1]), cost: number(v[2]), completeness: number(v[3]), hurdle: number(v[4]), seed: number(v[5]), reinvest: number(v[6]),
			currency: text(v[7]), attributedMargin: number(v[8]), attributedRevenue: number(v[9]), mature: yes(v[10])}
		if e := effects[m.program]; e != nil {
			parts := treated[e.pilot][m.month]
			m.treatedMargin, m.treatedRevenue = parts[0], parts[1]
		}
		months = append(months, m)
		return nil
	})
	return months, effects, err
}

// measure divides a pilot's total by the credit of its treated units. sums are the credit, its squares, its products with
// the outcome, and the outcome, over n treated units.
func measure(total metrics.Interval, n float64, sums []any) measured {
	credit, squares, products, outcome := number(sums[0]), number(sums[1]), number(sums[2]), number(sums[3])
	variance := (squares - credit*credit/n) / (n - 1)
	covariance := (products - credit*outcome/n) / (n - 1)
	m := measured{total: total, attributed: credit}
	// A total over n units has n times the variance of one; control units have no credit, so only the treated covary.
	creditSE := math.Sqrt(math.Max(variance, 0) * n)
	if credit < clearCredit*creditSE {
		m.factorErr = metrics.ErrNothingAttributed
		return m
	}
	m.factor, m.factorErr = metrics.IncrementalityFactor(total, credit, creditSE, covariance*n, 0)
	return m
}

// factorSE is the factor's standard error; an interval that is not symmetric counts with its longer side.
func (m *measured) factorSE() float64 {
	longer := math.Max(m.factor.Hi-m.factor.Estimate, m.factor.Estimate-m.factor.Lo)
	unit := metrics.NewInterval(0, 1, m.total.DF, m.factor.Level)
	return longer / unit.Hi
}

// carry is what the pilot's own share of the month earned, plus its factor on the month's other credit.
func (m *measured) carry(inside, outsideCredit float64) part {
	p := part{amount: inside * m.total.Estimate, pilotSE: inside * m.total.SE}
	if outsideCredit != 0 {
		p.amount += m.factor.Estimate * outsideCredit
		p.pilotSE += m.factorSE() * outsideCredit
		p.transportSE = transportSD * math.Abs(m.factor.Estimate*outsideCredit)
	}
	return p
}

// scale is the pilot's total times its share of the month and times the money spent beyond it.
func (m *measured) scale(inside, outside float64) part {
	return part{(inside + outside) * m.total.Estimate, (inside + outside) * m.total.SE, transportSD * math.Abs(outside*m.total.Estimate)}
}

// earned says what a month of a program earned by the pilot that speaks for it.
//
// The pilot's own units earned what it measured, in the months in which they were credited. Other credit of the program
// counts times the incrementality factor, the pilot's total over the credit of its treated units. Where the rule credited
// the treated units with nothing, or with no more than its own error, the pilot's total goes by days, and beyond the pilot's own cost each unit of cost
// earned what it earned in the pilot.
func (m *programMonth) earned(e *effect) monthEffect {
	if e == nil {
		return monthEffect{state: "not known", method: "no valid pilot"}
	}
	end := e.endsBefore.AddDate(0, 0, -1)
	if apart := monthsBetween(end, m.month); apart > lapseMonths || apart < -lapseMonths {
		return monthEffect{state: "not known", method: "the pilot lies more than 12 months away", pilot: e.pilot}
	}
	r := monthEffect{state: "known", grade: "A", pilot: e.pilot, df: e.margin.total.DF}
	days := overlap(m.month, e.startsOn, e.endsBefore)
	if math.IsNaN(m.attributedMargin) || math.IsNaN(m.attributedRevenue) {
		return monthEffect{state: "not known", method: "the margin of credited orders is not known", pilot: e.pilot}
	}
	if e.small {
		return monthEffect{state: "not known", method: "the pilot is too small to speak for anybody else: a few buyers decide it", pilot: e.pilot}
	}
	byCost := e.margin.factorErr != nil || e.revenue.factorErr != nil
	if byCost && math.IsNaN(m.cost) {
		return monthEffect{state: "not known", method: "the cost of the month is not known", pilot: e.pilot}
	}
	if byCost {
		m.earnedByCost(e, days, &r)
	} else {
		r.method = "incrementality factor × attributed margin"
		inside := m.treatedMargin / e.margin.attributed
		outside := m.attributedMargin - m.treatedMargin
		r.margin = e.margin.carry(inside, outside)
		r.revenue = e.revenue.carry(m.treatedRevenue/e.revenue.attributed, m.attributedRevenue-m.treatedRevenue)
		if outside != 0 {
			r.grade = "C"
		}
		if r.margin.amount != 0 {
			r.coverage = inside * e.margin.total.Estimate / r.margin.amount
		}
		r.warnings = append(r.warnings, e.margin.factor.Warnings...)
	}
	if r.coverage == 0 && r.margin.amount == 0 && r.margin.pilotSE == 0 {
		return monthEffect{state: "not known", method: "the pilot says nothing about this month", pilot: e.pilot}
	}
	if !m.mature {
		r.state = "immature"
	}
	if m.completeness < 0.9 {
		r.warnings = append(r.warnings, "costs are incomplete: the return is an upper bound")
	}
	return r
}

// earnedByCost stands in where the credit rule sees nothing of the pilot.
func (m *programMonth) earnedByCost(e *effect, days float64, r *monthEffect) {
	r.method = "pilot total by days; beyond it margin per unit of pilot cost"
	outside := 0.0
	if e.cost > 0 {
		// Costs to the cent may differ from units × cost per unit by rounding.
		if outside = m.cost/e.cost - days; outside < 1e-6 {
			outside = 0
		}
	}
	r.margin, r.revenue = e.margin.scale(days, outside), e.revenue.scale(days, outside)
	if outside > 0 {
		r.grade = "C"
	}
	if days+outside > 0 {
		r.coverage = days / (days + outside)
	}
}

func monthsBetween(a, b time.Time) int {
	return (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
}

// overlap is the share of the days [from, to) that lie in the month.
func overlap(month, from, to time.Time) float64 {
	start, end := month, addMonths(month, 1)
	if from.After(start) {
		start = from
	}
	if to.Before(end) {
		end = to
	}
	if !end.After(start) {
		return 0
	}
	return end.Sub(start).Hours() / to.Sub(from).Hours()
}

func returns() warehouse.Model {
	return warehouse.Model{
		Name: "return_by_program_month", Layer: warehouse.Marts,
		Sentence: "what each program earned in each month that it would not have earned otherwise, and on what evidence.",
		Grain:    []string{"program_id", "month_start"}, Reads: returnReads,
		Units: "reporting currency; months in the reporting time zone; intervals two-sided 90 %",
		Columns: []warehouse.Column{
			{Name: "program_id", Type: "varchar"}, {Name: "month_start", Type: "date"}, {Name: "currency", Type: "varchar"},
			{Name: "attributed_revenue", Type: "decimal(18, 4)"}, {Name: "attributed_margin", Type: "decimal(18, 4)"},
			{Name: "incremental_revenue", Type: "decimal(18, 4)"}, {Name: "incremental_margin", Type: "decimal(18, 4)"},
			{Name: "incremental_lo", Type: "decimal(18, 4)"}, {Name: "incremental_hi", Type: "decimal(18, 4)"},
			{Name: "grade", Type: "varchar"}, {Name: "coverage", Type: "double"}, {Name: "cost", Type: "decimal(18, 4)"}, {Name: "completeness", Type: "double"},
			{Name: "roi", Type: "double"}, {Name: "roi_lo", Type: "double"}, {Name: "roi_hi", Type: "double"}, {Name: "p_above_hurdle", Type: "double"}, {Name: "hurdle", Type: "double"},
			{Name: "state", Type: "varchar"}, {Name: "pilot", Type: "varchar"}, {Name: "pilot_se", Type: "double"}, {Name: "transport_se", Type: "double"},
			{Name: "df", Type: "double"}, {Name: "method", Type: "varchar"}, {Name: "warnings", Type: "varchar"},
		},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			months, effects, err := readProgramMonths(ctx, in)
			if err != nil {
				return err
			}
			for i := range months {
				if err := months[i].emitReturn(effects[months[i].program], emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// emitReturn writes one row. Nothing is incremental without evidence: the columns are null then.
func (m *programMonth) emitReturn(e *effect, emit func(...any) error) error {
	r := m.earned(e)
	nan := math.NaN()
	incremental := metrics.Interval{Estimate: nan, Lo: nan, Hi: nan}
	roi := metrics.ProgramReturn{Interval: incremental, PAboveHurdle: nan}
	revenue, pilotSE, transportSE, df := nan, nan, nan, nan
	var grade, pilot any
	if r.state != "not known" {
		incremental = r.margin.interval(r.df)
		revenue, pilotSE, transportSE, df = r.revenue.amount, r.margin.pilotSE, r.margin.transportSE, r.df
		grade = r.grade
		if got, err := metrics.ReturnOn(incremental, m.cost, m.hurdle); err == nil {
			roi = got
		} else {
			r.warnings = append(r.warnings, err.Error())
		}
	}
	if r.pilot != "" {
		pilot = r.pilot
	}
	return emit(m.program, m.month, m.currency, money(m.attributedRevenue), money(m.attributedMargin), money(revenue), money(incremental.Estimate), money(incremental.Lo), money(incremental.Hi),
		grade, known(r.coverage), money(m.cost), known(m.completeness), known(roi.Estimate), known(roi.Lo), known(roi.Hi), known(roi.PAboveHurdle), known(m.hurdle),
		r.state, pilot, known(pilotSE), known(transportSE), known(df), r.method, joinWarnings(r.warnings))
}

// interval is the amount with both errors.
func (p part) interval(df float64) metrics.Interval {
	return metrics.NewInterval(p.amount, math.Hypot(p.pilotSE, p.transportSE), df, metrics.DefaultLevel)
}

// byProgram groups months by program, in order.
func byProgram(months []programMonth) [][]programMonth {
	var groups [][]programMonth
	sort.SliceStable(months, func(i, j int) bool { return months[i].program < months[j].program })
	for i, m := range months {
		if i == 0 || months[i-1].program != m.program {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], m)
	}
	return groups
}
