package evidence

import (
	"context"
	"sort"
	"time"

	"tieback/warehouse"
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

// proof is what speaks for a program: its pilot, its launches, both or neither. earlier are its other valid pilots, which speak for the
// months they measured themselves and for those that the pilot does not reach; the one to be preferred is the last.
type proof struct {
	pilot    *effect
	earlier  []*effect
	launches *launched
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
    union
    select launch_results.program_id, cast(date_trunc('month', int_days_listed.date_day) as date)
    from launch_results
    inner join int_days_listed
        on int_days_listed.date_day >= launch_results.launched_on
        and int_days_listed.date_day < launch_results.ends_before
    where launch_results.grade = 'B'
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

// returnReads are what every model over program months reads.
var returnReads = []string{"cost_by_program_month", "credit_by_model_program_month", "pilot_results", "launch_results", "int_launch_credits_matched", "int_launches_found", "fct_pilot_units", "int_pilot_credits_summed", "int_pilot_credits_matched", "stg_pilots", "stg_settings", "dim_program", "int_clock_read", "int_days_listed"}

// readProgramMonths reads all program months and, for each program, what speaks for it.
func readProgramMonths(ctx context.Context, in *warehouse.Reader) ([]programMonth, map[string]proof, error) {
	proofs := make(map[string]proof)
	if err := readEffects(ctx, in, proofs); err != nil {
		return nil, nil, err
	}
	if err := readLaunched(ctx, in, proofs); err != nil {
		return nil, nil, err
	}
	var months []programMonth
	err := in.Each(ctx, programMonthQuery, func(v []any) error {
		m := programMonth{program: text(v[0]), month: day(v[1]), cost: number(v[2]), completeness: number(v[3]), hurdle: number(v[4]), seed: number(v[5]), reinvest: number(v[6]),
			currency: text(v[7]), attributedMargin: number(v[8]), attributedRevenue: number(v[9]), mature: yes(v[10])}
		if e := proofs[m.program].pilot; e != nil {
			m.treatedMargin, m.treatedRevenue = e.treated[m.month][0], e.treated[m.month][1]
		}
		months = append(months, m)
		return nil
	})
	return months, proofs, err
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
