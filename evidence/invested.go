package evidence

import (
	"context"
	"math"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// investedAndEarned compares what each program has cost so far with what it may have cost.
func investedAndEarned() warehouse.Model {
	columns := []warehouse.Column{{Name: "program_id", Type: "varchar"}, {Name: "month_start", Type: "date"}, {Name: "currency", Type: "varchar"}, {Name: "seed_budget", Type: "decimal(18, 4)"}, {Name: "reinvest", Type: "double"}}
	for _, name := range []string{"cost", "cumulative_cost", "cumulative_incremental", "cumulative_lo", "earned_limit", "headroom"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "decimal(18, 4)"})
	}
	columns = append(columns, warehouse.Column{Name: "lead_ratio", Type: "double"}, warehouse.Column{Name: "ahead_since", Type: "date"}, warehouse.Column{Name: "state", Type: "varchar"})
	return warehouse.Model{
		Name: "invested_and_earned_by_program_month", Layer: warehouse.Marts,
		Sentence: "what each program has cost so far, what it has earned for certain, and how much more it may spend.",
		Grain:    []string{"program_id", "month_start"}, Reads: returnReads, Columns: columns, Version: 1,
		Units: "reporting currency; cumulative from the program's first month; lower bounds two-sided 90 %",
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			months, proofs, err := readProgramMonths(ctx, in)
			if err != nil {
				return err
			}
			for _, group := range byProgram(months) {
				if err := emitInvested(group, proofs[group[0].program], emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// emitInvested writes the months of one program. Bounds of sums come from what the months share: one draw of each error. Months that are
// immature, without evidence or without any cost entry add no return.
func emitInvested(months []programMonth, p proof, emit func(...any) error) error {
	sums := make([]metrics.Month, len(months))
	anything := false
	for i := range months {
		r := months[i].earned(p)
		// A month without any cost entry looks free: what it earned must not raise what may be spent.
		if r.state != "known" || months[i].completeness == 0 || math.IsNaN(r.margin.amount) {
			continue
		}
		anything = true
		sums[i] = r.sum(&months[i], r.margin)
	}
	bounds := make([]metrics.Interval, len(months))
	if anything {
		var err error
		if bounds, err = metrics.SumOfMonths(sums, metrics.DefaultLevel); err != nil {
			return err
		}
	}
	state := "known"
	seed := months[0].seed
	if math.IsNaN(seed) {
		seed, state = 0, "no seed budget is set"
	}
	if !anything {
		state = "nothing is proven yet"
	}
	cost := 0.0
	leads := make([]float64, len(months))
	for i, m := range months {
		cost += m.cost
		earned := metrics.EarnedHeadroom(seed, m.reinvest, cost, bounds[i].Lo)
		leads[i] = earned.LeadRatio
		var since any
		if at := metrics.AheadSince(leads[:i+1]); at >= 0 {
			since = months[at].month
		}
		if err := emit(m.program, m.month, m.currency, money(months[0].seed), known(m.reinvest), money(m.cost), money(cost),
			cumulative(anything, bounds[i].Estimate), cumulative(anything, bounds[i].Lo), money(earned.Limit), money(earned.Headroom), known(earned.LeadRatio), since, state); err != nil {
			return err
		}
	}
	return nil
}

func cumulative(anything bool, f float64) any {
	if !anything {
		return nil
	}
	return money(f)
}

// claimedAttributedIncremental sets the three side by side, in revenue.
//
// A program's incremental revenue of a month goes to platforms in the proportion of its credited revenue there.
func claimedAttributedIncremental() warehouse.Model {
	return warehouse.Model{
		Name: "claimed_attributed_incremental_by_platform_month", Layer: warehouse.Marts,
		Sentence: "what each platform claims, what the credit rule gives it, and what pilots and launches say it caused.", Version: 1,
		Grain: []string{"platform", "month_start"}, Reads: append([]string{"fct_claims", "fct_credits"}, returnReads...),
		Units: "revenue in the reporting currency; months in the reporting time zone; intervals two-sided 90 %",
		Columns: []warehouse.Column{{Name: "platform", Type: "varchar"}, {Name: "month_start", Type: "date"}, {Name: "currency", Type: "varchar"},
			{Name: "claimed", Type: "decimal(18, 4)"}, {Name: "attributed", Type: "decimal(18, 4)"}, {Name: "incremental", Type: "decimal(18, 4)"},
			{Name: "incremental_lo", Type: "decimal(18, 4)"}, {Name: "incremental_hi", Type: "decimal(18, 4)"}},
		Rows: emitClaims,
	}
}

const platformQuery = `
with claimed as (
    select fct_claims.platform, cast(date_trunc('month', int_days_listed.date_day) as date) as month_start,
        case when count(*) = count(fct_claims.claimed_reporting) then cast(sum(cast(cast(fct_claims.claimed_reporting as double) / date_diff('day', fct_claims.starts_on, fct_claims.ends_before) as decimal(38, 8))) as double) end as claimed
    from fct_claims
    inner join int_days_listed on int_days_listed.date_day >= fct_claims.starts_on and int_days_listed.date_day < fct_claims.ends_before
    group by 1, 2
),
credited as (
    select platform, month_start, program_id, cast(sum(net_revenue) as double) as attributed
    from fct_credits
    where model = (select credit_model from stg_settings)
    group by 1, 2, 3
)
select coalesce(credited.platform, claimed.platform), coalesce(credited.month_start, claimed.month_start), credited.program_id, credited.attributed, round(claimed.claimed, 4), stg_settings.reporting_currency
from credited
full outer join claimed on credited.platform = claimed.platform and credited.month_start = claimed.month_start
cross join stg_settings
order by 1, 2, 3`

// platformMonth collects one row.
type platformMonth struct {
	platform, currency  string
	month               time.Time
	claimed, attributed float64
	parts               []metrics.Month
}

func emitClaims(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
	months, proofs, err := readProgramMonths(ctx, in)
	if err != nil {
		return err
	}
	index := make(map[string]*programMonth)
	for i := range months {
		index[months[i].program+months[i].month.Format("|2006-01-02")] = &months[i]
	}
	var row platformMonth
	flush := func() error {
		if row.platform == "" {
			return nil
		}
		incremental := unknownInterval
		if len(row.parts) > 0 {
			sums, err := metrics.SumOfMonths(row.parts, metrics.DefaultLevel)
			if err != nil {
				return err
			}
			incremental = sums[len(sums)-1]
		}
		return emit(row.platform, row.month, row.currency, money(row.claimed), money(row.attributed), money(incremental.Estimate), money(incremental.Lo), money(incremental.Hi))
	}
	err = in.Each(ctx, platformQuery, func(v []any) error {
		if text(v[0]) != row.platform || !day(v[1]).Equal(row.month) {
			if err := flush(); err != nil {
				return err
			}
			row = platformMonth{platform: text(v[0]), month: day(v[1]), claimed: number(v[4]), currency: text(v[5])}
		}
		if v[2] == nil {
			return nil
		}
		attributed := number(v[3])
		row.attributed += attributed
		m := index[text(v[2])+row.month.Format("|2006-01-02")]
		if m == nil || m.attributedRevenue == 0 || math.IsNaN(m.attributedRevenue) {
			return nil
		}
		if r := m.earned(proofs[m.program]); r.state == "known" {
			share := attributed / m.attributedRevenue
			row.parts = append(row.parts, r.sum(m, part{share * r.revenue.amount, share * r.revenue.pilotSE, share * r.revenue.transportSE, share * r.revenue.launchSE}))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
