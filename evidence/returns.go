package evidence

import (
	"context"
	"math"

	"tieback/metrics"
	"tieback/warehouse"
)

// monthEffect is what a month earned, as parts that add up over months.
type monthEffect struct {
	state, grade, method string
	pilot, launches      string
	own                  bool // the pilot's own units earned in the month
	margin, revenue      part
	df, coverage         float64
	warnings             []string
}

// part is an amount with its error: pilotSE is shared by all months of one pilot, transportSE is what carrying
// a factor to others adds, launchSE is shared by all launches of a program. Each adds up over months; they are independent.
type part struct{ amount, pilotSE, transportSE, launchSE float64 }

// earned says what a month of a program earned, by the best evidence there is for it: a pilot in the months in which its own units
// were credited; else launches in the places and weeks in which they were read, also where they cover all of a month that a pilot
// had to be carried to; else credit times a factor, of a pilot before one of launches. A month carries the grade of the weakest
// evidence in it.
func (m *programMonth) earned(p proof) monthEffect {
	r := m.earnedByPilots(p)
	if p.launches != nil {
		// Nothing by launches leaves what the pilot says, or why it says nothing.
		if l := m.earnedByLaunches(p); l.state == "known" && (r.state != "known" || l.own && !r.own || l.grade < r.grade) {
			r = l
		}
	}
	if r.state == "not known" {
		return r
	}
	if !m.mature {
		r.state = "immature"
	}
	if m.completeness < 0.9 {
		r.warnings = append(r.warnings, "costs are incomplete: the return is an upper bound")
	}
	return r
}

// sum is the month's part as metrics adds months up.
func (r *monthEffect) sum(m *programMonth, p part) metrics.Month {
	return metrics.Month{Program: m.program, Pilot: r.pilot, Margin: p.amount, PilotSE: p.pilotSE, PilotDF: r.df, TransportSE: p.transportSE, LaunchSE: p.launchSE}
}

func returns() warehouse.Model {
	return warehouse.Model{
		Name: "return_by_program_month", Layer: warehouse.Marts,
		Sentence: "what each program earned in each month that it would not have earned otherwise, and on what evidence.",
		Grain:    []string{"program_id", "month_start"}, Reads: returnReads, Version: 1,
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
			{Name: "launch_se", Type: "double"}, {Name: "launches", Type: "varchar"},
		},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			months, proofs, err := readProgramMonths(ctx, in)
			if err != nil {
				return err
			}
			for i := range months {
				if err := months[i].emitReturn(proofs[months[i].program], emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// emitReturn writes one row. Nothing is incremental without evidence: the columns are null then.
func (m *programMonth) emitReturn(p proof, emit func(...any) error) error {
	r := m.earned(p)
	nan := math.NaN()
	incremental := metrics.Interval{Estimate: nan, Lo: nan, Hi: nan}
	roi := metrics.ProgramReturn{Interval: incremental, PAboveHurdle: nan}
	revenue, pilotSE, transportSE, launchSE, df := nan, nan, nan, nan, nan
	var grade, pilot, launches any
	if r.state != "not known" {
		sums, err := metrics.SumOfMonths([]metrics.Month{r.sum(m, r.margin)}, metrics.DefaultLevel)
		if err != nil {
			return err
		}
		incremental = sums[0]
		revenue, pilotSE, transportSE, launchSE, df = r.revenue.amount, r.margin.pilotSE, r.margin.transportSE, r.margin.launchSE, r.df
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
	if r.launches != "" {
		launches = r.launches
	}
	return emit(m.program, m.month, m.currency, money(m.attributedRevenue), money(m.attributedMargin), money(revenue), money(incremental.Estimate), money(incremental.Lo), money(incremental.Hi),
		grade, known(r.coverage), money(m.cost), known(m.completeness), known(roi.Estimate), known(roi.Lo), known(roi.Hi), known(roi.PAboveHurdle), known(m.hurdle),
		r.state, pilot, known(pilotSE), known(transportSE), known(df), r.method, joinWarnings(r.warnings), known(launchSE), launches)
}
