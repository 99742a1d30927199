package warehouse

import (
	"context"
	"time"
)

// CreditInterval is what one rule credits to a program over all orders, and how far that would move with other people.
type CreditInterval struct {
	Model, ProgramID                       string
	People                                 int64
	NetRevenue, NetRevenueLo, NetRevenueHi *Money // bounds are nil where too few people are credited
	Margin, MarginLo, MarginHi             *Money
	Level                                  float64
}

// CreditIntervals reads mart credit_intervals_by_model_program.
func (s *Snapshot) CreditIntervals(ctx context.Context) ([]CreditInterval, error) {
	return readMart[CreditInterval](ctx, s, "credit_intervals_by_model_program", "model, program_id, people, net_revenue, net_revenue_lo, net_revenue_hi, margin, margin_lo, margin_hi, level", "model, program_id")
}

// PilotMethod is what one method says of an arm of a pilot of places, in its registered metric over all units and days.
type PilotMethod struct {
	Pilot, ProgramID, Arm, Metric, Method string
	IsDeciding                            bool
	UnitsTreated, UnitsControl            int64
	PreDays, PostDays                     int64
	Total, TotalLo, TotalHi, P            *float64
	ChecksPassed                          bool
	Warnings                              string
}

// PilotMethods reads mart pilot_estimates_by_method.
func (s *Snapshot) PilotMethods(ctx context.Context) ([]PilotMethod, error) {
	return readMart[PilotMethod](ctx, s, "pilot_estimates_by_method", "pilot, program_id, arm, metric, method, is_deciding, units_treated, units_control, pre_days, post_days, "+
		"total, total_lo, total_hi, p, checks_passed, warnings", "pilot, arm, is_deciding desc, method")
}

// Launch is what a program changed in its first twelve weeks in a place, as a quasi-experiment.
type Launch struct {
	ProgramID, Place, Unit                          string
	LaunchedOn, EndsBefore                          time.Time
	Donors, PreWeeks, People                        int64 // People bought there in these weeks; an order that names nobody counts as one
	IncrementalMargin, IncrementalLo, IncrementalHi *Money
	AttributedMargin                                *Money
	Q, Relative, PreError, PlaceboP                 *float64
	Grade                                           string // B or D
	State                                           string // valid, invalid, immature, running
	Warnings                                        string
}

// launchesWithPeople is mart launch_results with the people of its places.
const launchesWithPeople = `(
	select launch_results.*, (
		select count(distinct coalesce(cast(customer_id as varchar), source || chr(9) || order_id))
		from fct_orders
		where (place = lower(market) or place = lower(market) || '/' || lower(region)) and order_date >= launched_on and order_date < ends_before
	) as people
	from launch_results
)`

// Launches reads mart launch_results.
func (s *Snapshot) Launches(ctx context.Context) ([]Launch, error) {
	return readMart[Launch](ctx, s, launchesWithPeople, "program_id, place, unit, launched_on, ends_before, donors, pre_weeks, people, incremental_margin, incremental_lo, incremental_hi, "+
		"attributed_margin, q, relative, pre_error, placebo_p, grade, state, warnings", "program_id, launched_on, place")
}
