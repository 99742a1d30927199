package evidence

import (
	"context"
	"math"
	"slices"
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

// effect is the pilot that speaks for a program.
type effect struct {
	pilot, grade         string
	startsOn, endsBefore time.Time
	cost                 float64
	margin, revenue      measured
	// treated is the credit of its treated units in its days, margin and revenue by month.
	treated map[time.Time][2]float64
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

// effectQuery lists valid pilots with their totals, the one that speaks for its program last: grade A before B, then the latest.
// An interval without a standard error, by permutation or placebos, counts as that of the normal error with its longer side.
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
    margins.lift * margins.units_treated, coalesce(margins.se, greatest(margins.hi - margins.lift, margins.lift - margins.lo) / 1.6448536269514722) * margins.units_treated, margins.df, margins.level, cast(margins.cost as double),
    revenues.lift * revenues.units_treated, coalesce(revenues.se, greatest(revenues.hi - revenues.lift, revenues.lift - revenues.lo) / 1.6448536269514722) * revenues.units_treated,
    credits.units, cast(credits.margin as varchar), cast(credits.margin_squares as varchar), cast(credits.margin_products as varchar), cast(credits.outcome_margin as varchar),
    cast(credits.revenue as varchar), cast(credits.revenue_squares as varchar), cast(credits.revenue_products as varchar), cast(credits.outcome_revenue as varchar),
    effective.units, margins.unit, margins.grade
from pilot_results as margins
inner join int_pilot_credits_summed as credits on margins.pilot = credits.pilot
inner join effective on margins.pilot = effective.pilot
inner join stg_pilots on margins.pilot = stg_pilots.pilot
inner join pilot_results as revenues on margins.pilot = revenues.pilot and margins.arm = revenues.arm and revenues.metric = 'revenue'
where margins.metric = 'margin' and margins.state = 'valid' and margins.grade in ('A', 'B') and revenues.grade = margins.grade and margins.lo is not null and revenues.lo is not null
    and (margins.arm = '(all)' or (select count(distinct arm) from pilot_results as others where others.pilot = margins.pilot) = 1)
order by margins.program, margins.grade desc, stg_pilots.ends_before, margins.pilot`

const treatedQuery = `
select pilot, month_start, cast(sum(attributed_margin) as double), cast(sum(attributed_revenue) as double)
from int_pilot_credits_matched
group by pilot, month_start
order by pilot, month_start`

// readEffects sets the pilots of each program.
func readEffects(ctx context.Context, in *warehouse.Reader, proofs map[string]proof) error {
	effects := make(map[string]*effect)
	err := in.Each(ctx, effectQuery, func(v []any) error {
		places := text(v[21]) != "person"
		// Few places hold many people each: that nobody decides alone is what their own method sees to.
		e := &effect{pilot: text(v[1]), grade: text(v[22]), startsOn: day(v[2]), endsBefore: day(v[3]), cost: number(v[8]), small: number(v[20]) < minimumEffective && !places}
		df, level := number(v[6]), number(v[7])
		if math.IsNaN(df) {
			df = 0
		}
		margin, revenue := metrics.NewInterval(number(v[4]), number(v[5]), df, level), metrics.NewInterval(number(v[9]), number(v[10]), df, level)
		if places {
			e.margin, e.revenue = measurePlaces(margin, number(v[12])), measurePlaces(revenue, number(v[16]))
		} else {
			e.margin, e.revenue = measure(margin, number(v[11]), v[12:16]), measure(revenue, number(v[11]), v[16:20])
		}
		e.treated = make(map[time.Time][2]float64)
		effects[e.pilot] = e
		p := proofs[text(v[0])]
		if p.pilot != nil {
			p.earlier = append(p.earlier, p.pilot)
		}
		p.pilot = e
		proofs[text(v[0])] = p
		return nil
	})
	if err != nil {
		return err
	}
	return in.Each(ctx, treatedQuery, func(v []any) error {
		if e := effects[text(v[0])]; e != nil {
			e.treated[day(v[1])] = [2]float64{number(v[2]), number(v[3])}
		}
		return nil
	})
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

// measurePlaces divides the total of places by their credit. The places are all there are, not drawn from more, and how unlike they are is
// not an error of what was credited to them: the credit is taken as known.
func measurePlaces(total metrics.Interval, credit float64) measured {
	m := measured{total: total, attributed: credit}
	m.factor, m.factorErr = metrics.IncrementalityFactor(total, credit, 0, 0, 0)
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
	return part{(inside + outside) * m.total.Estimate, (inside + outside) * m.total.SE, transportSD * math.Abs(outside*m.total.Estimate), 0}
}

// earnedByPilots says what a month earned by the pilot that speaks for the program. Another one speaks where it measured the month itself
// and that gives a better grade, and where the pilot lies too far away.
func (m *programMonth) earnedByPilots(p proof) monthEffect {
	r := m.earnedByPilot(p.pilot)
	for _, e := range slices.Backward(p.earlier) {
		other := *m
		other.treatedMargin, other.treatedRevenue = e.treated[m.month][0], e.treated[m.month][1]
		found := other.earnedByPilot(e)
		better := r.state == "not known" || found.grade < r.grade
		if found.state == "known" && better && (found.own || !speaksFor(p.pilot.endsBefore, m.month)) {
			r = found
		}
	}
	return r
}

// earnedByPilot says what a month of a program earned by one of its pilots.
//
// The pilot's own units earned what it measured, in the months in which they were credited. Other credit of the program
// counts times the incrementality factor, the pilot's total over the credit of its treated units. Where the rule credited
// the treated units with nothing, or with no more than its own error, the pilot's total goes by days, and beyond the pilot's own cost each unit of cost
// earned what it earned in the pilot.
func (m *programMonth) earnedByPilot(e *effect) monthEffect {
	if e == nil {
		return monthEffect{state: "not known", method: "no valid pilot"}
	}
	end := e.endsBefore.AddDate(0, 0, -1)
	if apart := monthsBetween(end, m.month); apart > lapseMonths || apart < -lapseMonths {
		return monthEffect{state: "not known", method: "the pilot lies more than 12 months away", pilot: e.pilot}
	}
	r := monthEffect{state: "known", grade: e.grade, pilot: e.pilot, df: e.margin.total.DF}
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
	r.own = r.coverage != 0
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
