package evidence

import (
	"context"
	"errors"
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
	pilot                               string
	startsOn, endsBefore                time.Time
	margin, revenue                     metrics.Interval // totals over all treated units
	cost                                float64
	attributedMargin, attributedRevenue float64
}

// monthEffect is what a month earned, as parts that add up over months.
type monthEffect struct {
	state, grade, method string
	pilot                string
	margin, revenue      float64
	// pilotSE is the part of the error that all months of a pilot share, transportSE the part that carrying the factor adds; both add over months.
	pilotSE, transportSE               float64
	pilotRevenueSE, transportRevenueSE float64
	df, coverage                       float64
	coefficient, outside               float64 // of the pilot's total, and of its transport error
	warnings                           []string
}

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
    months.program_id, months.month_start, cast(coalesce(costs.spend, case when costs.program_id is null then 0 end) as double), cast(coalesce(costs.completeness, 1) as double),
    cast(dim_program.hurdle as double), cast(dim_program.seed_budget as double), cast(dim_program.reinvest as double), dim_program.currency,
    cast(coalesce(credits.margin, 0) as double), cast(coalesce(credits.net_revenue, 0) as double),
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
select
    margins.program_id, margins.pilot, stg_pilots.starts_on, stg_pilots.ends_before,
    margins.lift * margins.units_treated, margins.se * margins.units_treated, margins.df, margins.level, cast(margins.cost as double),
    revenues.lift * revenues.units_treated, revenues.se * revenues.units_treated,
    (select cast(coalesce(sum(attributed_margin), 0) as double) from int_pilot_credits_summed as credits where credits.pilot = margins.pilot),
    (select cast(coalesce(sum(attributed_revenue), 0) as double) from int_pilot_credits_summed as credits where credits.pilot = margins.pilot),
    margins.units_treated
from pilot_results as margins
inner join stg_pilots on margins.pilot = stg_pilots.pilot
inner join pilot_results as revenues on margins.pilot = revenues.pilot and margins.arm = revenues.arm and revenues.metric = 'revenue'
where margins.metric = 'margin' and margins.state = 'valid' and margins.lift is not null
    and (margins.arm = '(all)' or (select count(distinct arm) from pilot_results as others where others.pilot = margins.pilot) = 1)
order by margins.program_id, stg_pilots.ends_before, margins.pilot`

const treatedQuery = `
select pilot, month_start, cast(attributed_margin as double), cast(attributed_revenue as double)
from int_pilot_credits_summed
order by pilot, month_start`

// returnReads are what every model over program months reads.
var returnReads = []string{"cost_by_program_month", "credit_by_model_program_month", "pilot_results", "int_pilot_credits_summed", "stg_pilots", "stg_settings", "dim_program", "int_clock_read", "int_days_listed"}

// readProgramMonths reads all program months and, for each program, the pilot that speaks for it.
func readProgramMonths(ctx context.Context, in *warehouse.Reader) ([]programMonth, map[string]*effect, error) {
	effects := make(map[string]*effect)
	err := in.Each(ctx, effectQuery, func(v []any) error {
		e := &effect{pilot: text(v[1]), startsOn: day(v[2]), endsBefore: day(v[3]), cost: number(v[8]), attributedMargin: number(v[11]), attributedRevenue: number(v[12])}
		df, level := number(v[6]), number(v[7])
		if math.IsNaN(df) {
			df = 0
		}
		e.margin = metrics.NewInterval(number(v[4]), number(v[5]), df, level)
		e.revenue = metrics.NewInterval(number(v[9]), number(v[10]), df, level)
		e.margin.Units = int(number(v[13]))
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

// earned says what a month of a program earned by the pilot that speaks for it.
//
// Where the credit rule gave the treated units something, the pilot's total over that credit is the
// incrementality factor, and the month earned factor × its credit. Where it gave them nothing, the month earned the
// pilot's total in proportion to the pilot's days, and beyond the pilot's own cost the pilot's return on each unit of cost.
func (m *programMonth) earned(e *effect) monthEffect {
	if e == nil {
		return monthEffect{state: "not known", method: "no valid pilot"}
	}
	last := time.Date(e.endsBefore.AddDate(0, 0, -1).Year(), e.endsBefore.AddDate(0, 0, -1).Month(), 1, 0, 0, 0, 0, time.UTC)
	apart := monthsBetween(last, m.month)
	if apart > lapseMonths || apart < -lapseMonths {
		return monthEffect{state: "not known", method: "the pilot lies more than 12 months away", pilot: e.pilot}
	}
	r := monthEffect{state: "known", grade: "A", pilot: e.pilot, df: e.margin.DF}
	var inside, insideRevenue, outsideRevenue float64
	factor, err := metrics.IncrementalityFactor(e.margin, e.attributedMargin, 0, 0, transportSD)
	switch {
	case errors.Is(err, metrics.ErrNothingAttributed) || e.attributedRevenue <= 0:
		r.method = "pilot total by days; beyond it margin per unit of pilot cost"
		inside = overlap(m.month, e.startsOn, e.endsBefore)
		if e.cost > 0 {
			// Costs to the cent may differ from units × cost per unit by rounding.
			if r.outside = m.cost/e.cost - inside; math.Abs(r.outside) < 1e-6 {
				r.outside = 0
			}
			r.outside = math.Max(r.outside, 0)
		}
		insideRevenue, outsideRevenue = inside, r.outside
	case err != nil:
		return monthEffect{state: "not known", method: err.Error(), pilot: e.pilot}
	default:
		r.method = "incrementality factor × attributed margin"
		if factor.Units > 0 && len(factor.Warnings) > 0 {
			r.warnings = append(r.warnings, factor.Warnings...)
		}
		inside = m.treatedMargin / e.attributedMargin
		r.outside = (m.attributedMargin - m.treatedMargin) / e.attributedMargin
		insideRevenue = m.treatedRevenue / e.attributedRevenue
		outsideRevenue = (m.attributedRevenue - m.treatedRevenue) / e.attributedRevenue
	}
	r.coefficient = inside + r.outside
	r.margin = r.coefficient * e.margin.Estimate
	r.pilotSE = r.coefficient * e.margin.SE
	r.transportSE = r.outside * transportSD * math.Abs(e.margin.Estimate)
	r.revenue = (insideRevenue + outsideRevenue) * e.revenue.Estimate
	r.pilotRevenueSE = (insideRevenue + outsideRevenue) * e.revenue.SE
	r.transportRevenueSE = outsideRevenue * transportSD * math.Abs(e.revenue.Estimate)
	if r.outside != 0 {
		r.grade = "C"
	}
	if r.coefficient != 0 {
		r.coverage = inside / r.coefficient
	}
	if !m.mature {
		r.state = "immature"
	}
	if m.completeness < 0.9 {
		r.warnings = append(r.warnings, "costs are incomplete: the return is an upper bound")
	}
	return r
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
		incremental = metrics.NewInterval(r.margin, math.Hypot(r.pilotSE, r.transportSE), r.df, metrics.DefaultLevel)
		revenue, pilotSE, transportSE, df = r.revenue, r.pilotSE, r.transportSE, r.df
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
