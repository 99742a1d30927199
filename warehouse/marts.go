package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"
)

// Money is an exact amount in ten-thousandths of a currency unit, as DECIMAL(18,4) holds it.
type Money int64

// Scan reads a decimal written out as text.
func (m *Money) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("an amount of money came as %T, not as text", src)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return fmt.Errorf("%q is not an amount of money", text)
	}
	r.Mul(r, big.NewRat(10_000, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return fmt.Errorf("%q does not fit a decimal(18,4)", text)
	}
	*m = Money(r.Num().Int64())
	return nil
}

// String writes all four places, without grouping.
func (m Money) String() string {
	sign, n := "", uint64(m)
	if m < 0 {
		sign, n = "-", uint64(-m)
	}
	return fmt.Sprintf("%s%d.%04d", sign, n/10_000, n%10_000)
}

// Float64 is for statistics; sums that must close are made of Money.
func (m Money) Float64() float64 { return float64(m) / 10_000 }

// readMart reads a whole mart. The columns stand in the order of T's fields and are cast
// to what the field holds; in a pointer null is nil, in a string it is empty.
func readMart[T any](ctx context.Context, s *Snapshot, mart, columns, order string) ([]T, error) {
	names := strings.Split(columns, ", ")
	row := reflect.TypeFor[T]()
	if row.NumField() != len(names) {
		return nil, fmt.Errorf("%s: %d columns for the %d fields of %s", mart, len(names), row.NumField(), row.Name())
	}
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = readable(name, row.Field(i).Type)
	}
	var all []T
	query := "select " + strings.Join(list, ", ") + " from " + mart + " order by " + order
	err := s.Each(ctx, query, func(rows *sql.Rows) error {
		var one T
		into, v := make([]any, len(names)), reflect.ValueOf(&one).Elem()
		for i := range into {
			into[i] = v.Field(i).Addr().Interface()
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", mart, err)
	}
	return all, nil
}

// readable is the column as an expression that a field of the type can scan.
func readable(column string, field reflect.Type) string {
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	switch field {
	case reflect.TypeFor[Money]():
		return "cast(cast(" + column + " as decimal(18, 4)) as varchar)"
	case reflect.TypeFor[time.Time]():
		return "cast(" + column + " as date)"
	}
	switch field.Kind() {
	case reflect.String:
		return "coalesce(cast(" + column + " as varchar), '')"
	case reflect.Float64:
		return "cast(" + column + " as double)"
	case reflect.Int64:
		return "cast(" + column + " as bigint)"
	}
	return column
}

// BuildInfo is one fact about the build: as_of, reporting_currency, suppress_below and so on.
type BuildInfo struct {
	Name, Value string
}

// BuildInfo reads mart build_info.
func (s *Snapshot) BuildInfo(ctx context.Context) ([]BuildInfo, error) {
	return readMart[BuildInfo](ctx, s, "build_info", "name, value", "name, value")
}

// ProgramPolicy is one program as the marts know it; Hurdle is the return asked of it, 0 = break-even.
type ProgramPolicy struct {
	ProgramID, Name, Stage string
	SeedBudget             *Money
	Hurdle, Reinvest       *float64
}

// ProgramPolicies reads mart dim_program.
func (s *Snapshot) ProgramPolicies(ctx context.Context) ([]ProgramPolicy, error) {
	return readMart[ProgramPolicy](ctx, s, "dim_program", "program_id, name, stage, seed_budget, hurdle, reinvest", "program_id")
}

// LedgerBridge is one month of one market: gross − discounts − adjustments = net revenue = attributed + unattributed.
// Where the books name no market there is a row of market "(all)" beside those of the markets, which repeats their orders.
// The fields named Reporting are in the reporting currency, the others in Currency.
type LedgerBridge struct {
	MonthStart                                 time.Time
	Market, Currency                           string
	Gross, Discounts, Adjustments, NetRevenue  Money
	Matched, Touched, Attributed, Unattributed *Money
	LedgerTotal, Residual                      *Money // nil: there are no books
	State                                      string // reconciled, open, not reconciled
	GrossReporting, DiscountsReporting         *Money
	AdjustmentsReporting, NetRevenueReporting  *Money
	MatchedReporting, TouchedReporting         *Money
	AttributedReporting, UnattributedReporting *Money
}

// LedgerBridge reads mart ledger_bridge_by_month.
func (s *Snapshot) LedgerBridge(ctx context.Context) ([]LedgerBridge, error) {
	return readMart[LedgerBridge](ctx, s, "ledger_bridge_by_month", "month_start, market, currency, gross, discounts, adjustments, net_revenue, "+
		"matched, touched, attributed, unattributed, ledger_total, residual, state, gross_reporting, discounts_reporting, adjustments_reporting, "+
		"net_revenue_reporting, matched_reporting, touched_reporting, attributed_reporting, unattributed_reporting", "month_start, currency, market")
}

// Credit is what one rule credits to a program in a month: grade D, no claim of cause.
type Credit struct {
	Model, ProgramID   string
	MonthStart         time.Time
	Currency           string
	Orders             *float64 // shares of orders, where a rule splits them
	NetRevenue, Margin *Money
	Grade              string
}

// Credits reads mart credit_by_model_program_month.
func (s *Snapshot) Credits(ctx context.Context) ([]Credit, error) {
	return readMart[Credit](ctx, s, "credit_by_model_program_month",
		"model, program_id, month_start, currency, orders, net_revenue, margin, grade", "model, program_id, month_start, currency")
}

// CreditedPeople counts whose orders a rule credits to a program in a span of months. An order that names nobody counts as one person.
type CreditedPeople struct {
	Model, ProgramID string
	People           int64
}

// CreditedPeople counts them in mart fct_credits, from one month on and before another: what months have in common is counted once.
func (s *Snapshot) CreditedPeople(ctx context.Context, from, before time.Time) ([]CreditedPeople, error) {
	counted := fmt.Sprintf("(select model, program_id, count(distinct coalesce(cast(customer_id as varchar), source || chr(9) || order_id)) as people from fct_credits "+
		"where month_start >= date '%s' and month_start < date '%s' group by model, program_id)", from.Format(time.DateOnly), before.Format(time.DateOnly))
	return readMart[CreditedPeople](ctx, s, counted, "model, program_id, people", "model, program_id")
}

// Cost is what a program cost in a month. A category of 0 may also be one that nobody entered: see MissingCategories.
type Cost struct {
	ProgramID                                        string
	MonthStart                                       time.Time
	Currency                                         string
	Spend                                            *Money // nil: a part has no exchange rate
	Media, Staff, Agency, Tools, Content, Incentives *Money
	Other                                            *Money
	ExpectedCategories, MissingCategories            string // separated by commas
	Completeness                                     *float64
}

// Costs reads mart cost_by_program_month.
func (s *Snapshot) Costs(ctx context.Context) ([]Cost, error) {
	return readMart[Cost](ctx, s, "cost_by_program_month", "program_id, month_start, currency, spend, spend_media, spend_staff, spend_agency, "+
		"spend_tools, spend_content, spend_incentives, spend_other, expected_categories, missing_categories, completeness",
		"program_id, month_start, currency")
}

// PilotResult is one arm and metric of a pilot; arm "(all)" is the joint row of several.
// Money is in the reporting currency; the effect in the metric's unit per assigned unit.
type PilotResult struct {
	Pilot, ProgramID, Arm, Metric     string
	IsDecisive                        bool // the registered metric
	UnitsTreated, UnitsControl        *int64
	MeanTreated, MeanControl          *float64
	Lift, SE, Lo, Hi, Level, T, DF, P *float64
	SampleRatioP                      *float64
	CupedLift, CupedSE, SeqLo, SeqHi  *float64
	IncrementalTotal, Cost            *float64
	ROI, ROILo, ROIHi                 *float64
	PAboveHurdle, Hurdle              *float64
	UnitsToSettle                     *float64
	Decision                          string // scale, stop, iterate or empty
	Grade                             string // A, B or D
	State                             string // valid, invalid, immature, running
	Warnings                          string
	Unit                              string // person, venue, region, market
	StartsOn, EndsBefore              time.Time
	Method                            string
}

// PilotResults reads mart pilot_results.
func (s *Snapshot) PilotResults(ctx context.Context) ([]PilotResult, error) {
	return readMart[PilotResult](ctx, s, "pilot_results", "pilot, program, arm, metric, is_decisive, units_treated, units_control, mean_treated, "+
		"mean_control, lift, se, lo, hi, level, t, df, p, srm_p, cuped_lift, cuped_se, seq_lo, seq_hi, incremental_total, cost, roi, roi_lo, roi_hi, "+
		"p_above_hurdle, hurdle, units_to_settle, decision, grade, state, warnings, unit, starts_on, ends_before, method", "pilot, metric, arm")
}

// ProgramReturn is what a program returned in a month. PilotSE, TransportSE and LaunchSE are the parts of
// the error of IncrementalMargin that all months of a pilot, and of a program, share.
type ProgramReturn struct {
	ProgramID                                             string
	MonthStart                                            time.Time
	Currency                                              string
	AttributedRevenue, AttributedMargin                   *Money
	IncrementalRevenue, IncrementalMargin                 *Money
	IncrementalLo, IncrementalHi                          *Money
	Grade                                                 string
	Coverage                                              *float64
	Cost                                                  *Money
	Completeness, ROI, ROILo, ROIHi, PAboveHurdle, Hurdle *float64
	State                                                 string // known, immature, not known
	Pilot                                                 string
	PilotSE, TransportSE, DF                              *float64
	Method, Warnings                                      string
	LaunchSE                                              *float64
	Launches                                              string // places, joined
}

// ProgramReturns reads mart return_by_program_month.
func (s *Snapshot) ProgramReturns(ctx context.Context) ([]ProgramReturn, error) {
	return readMart[ProgramReturn](ctx, s, "return_by_program_month", "program_id, month_start, currency, attributed_revenue, attributed_margin, "+
		"incremental_revenue, incremental_margin, incremental_lo, incremental_hi, grade, coverage, cost, completeness, roi, roi_lo, roi_hi, "+
		"p_above_hurdle, hurdle, state, pilot, pilot_se, transport_se, df, method, warnings, launch_se, launches", "program_id, month_start, currency, pilot")
}

// Claim sets a platform's own claim beside what a rule credits and what was caused, in revenue.
type Claim struct {
	Platform                     string
	MonthStart                   time.Time
	Currency                     string
	Claimed, Attributed          *Money
	Incremental                  *Money // nil: not known
	IncrementalLo, IncrementalHi *Money
}

// Claims reads mart claimed_attributed_incremental_by_platform_month.
func (s *Snapshot) Claims(ctx context.Context) ([]Claim, error) {
	return readMart[Claim](ctx, s, "claimed_attributed_incremental_by_platform_month",
		"platform, month_start, currency, claimed, attributed, incremental, incremental_lo, incremental_hi", "platform, month_start, currency")
}

// Invested sets what a program has cost so far against the limit its proven return has earned.
type Invested struct {
	ProgramID             string
	MonthStart            time.Time
	Currency              string
	SeedBudget            *Money
	Reinvest              *float64
	Cost, CumulativeCost  *Money
	CumulativeIncremental *Money
	CumulativeLo          *Money
	EarnedLimit, Headroom *Money
	LeadRatio             *float64
	AheadSince            *time.Time
	State                 string
}

// Invested reads mart invested_and_earned_by_program_month.
func (s *Snapshot) Invested(ctx context.Context) ([]Invested, error) {
	return readMart[Invested](ctx, s, "invested_and_earned_by_program_month", "program_id, month_start, currency, seed_budget, reinvest, cost, "+
		"cumulative_cost, cumulative_incremental, cumulative_lo, earned_limit, headroom, lead_ratio, ahead_since, state", "program_id, month_start, currency")
}

// KPI is one month of the whole company; the ratios are MER (revenue over spend), margin over cost, CAC, AOV and the repeat rate.
type KPI struct {
	MonthStart                                     time.Time
	Currency                                       string
	Orders                                         *int64
	NetRevenue, Margin, Spend                      *Money
	NewCustomers, Customers, RepeatCustomers       *int64
	MER, MarginEfficiency, CAC, AOV, RepeatRate    *float64
	PlannedNetRevenue, PlannedMargin, PlannedSpend *Money
}

// KPIs reads mart kpi_by_month.
func (s *Snapshot) KPIs(ctx context.Context) ([]KPI, error) {
	return readMart[KPI](ctx, s, "kpi_by_month", "month_start, currency, orders, net_revenue, margin, spend, new_customers, customers, repeat_customers, "+
		"mer, margin_efficiency, cac, aov, repeat_rate, planned_net_revenue, planned_margin, planned_spend", "month_start, currency")
}

// Quality is one count about the data: messages consumed per topic, dead letters per code, orders matched and so on.
type Quality struct {
	Measure, Subject string
	Value            *float64
	Note             string
}

// Qualities reads mart data_quality.
func (s *Snapshot) Qualities(ctx context.Context) ([]Quality, error) {
	return readMart[Quality](ctx, s, "data_quality", "measure, subject, value, note", "measure, subject, note")
}

// Answerable says whether a figure can be given, and what it still needs.
type Answerable struct {
	Place  int64 // in the list of figures, from 1
	Figure string
	State  string // known, assumed, not known, immature
	Needs  string
	Model  string // the mart that holds the figure; empty: none does
	People *int64
}

// Answerables reads mart answerable.
func (s *Snapshot) Answerables(ctx context.Context) ([]Answerable, error) {
	return readMart[Answerable](ctx, s, "answerable", "place, figure, state, needs, model, people", "place")
}

// CatalogEntry is the definition of one figure.
type CatalogEntry struct {
	Figure, Definition, Formula, Unit, Grade, Caveat, Model string
}

// Catalog reads mart catalog.
func (s *Snapshot) Catalog(ctx context.Context) ([]CatalogEntry, error) {
	return readMart[CatalogEntry](ctx, s, "catalog", "figure, definition, formula, unit, grade, caveat, model", "figure, model")
}
