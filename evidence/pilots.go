package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// allArms is the row that joins several treated arms against their one control.
const allArms = "(all)"

// pilot is one pilot with the sums of its arms.
type pilot struct {
	name, program, unit, control, metric, assignment, analysis, allocation string
	startsOn, endsBefore                                                   time.Time
	hurdle, costPerUnit                                                    float64
	planned                                                                int
	inTime                                                                 bool
	asOf                                                                   time.Time
	maturityDays                                                           int
	excluded, assignedLate                                                 int
	// unknown counts, by metric, orders of which it is not known.
	unknown map[string]int
	arms    []arm
	places  *places  // nil for persons
	checked []string // checks of the registered metric that failed
}

// arm has the sums of each metric: margin, revenue, orders.
type arm struct {
	name string
	sums map[string]metrics.Sums
}

var pilotMetrics = []string{"margin", "revenue", "orders"}

func pilotResults() warehouse.Model {
	columns := []warehouse.Column{{Name: "pilot", Type: "varchar"}, {Name: "program", Type: "varchar"}, {Name: "arm", Type: "varchar"}, {Name: "metric", Type: "varchar"},
		{Name: "is_decisive", Type: "boolean"}, {Name: "units_treated", Type: "bigint"}, {Name: "units_control", Type: "bigint"}}
	for _, name := range []string{"mean_treated", "mean_control", "lift", "se", "lo", "hi", "level", "t", "df", "p", "srm_p", "cuped_lift", "cuped_se", "seq_lo", "seq_hi"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "double"})
	}
	columns = append(columns, warehouse.Column{Name: "incremental_total", Type: "decimal(18, 4)"}, warehouse.Column{Name: "cost", Type: "decimal(18, 4)"})
	for _, name := range []string{"roi", "roi_lo", "roi_hi", "p_above_hurdle", "hurdle", "units_to_settle"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "double"})
	}
	for _, name := range []string{"decision", "grade", "state", "warnings"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "varchar"})
	}
	columns = append(columns, warehouse.Column{Name: "unit", Type: "varchar"}, warehouse.Column{Name: "starts_on", Type: "date"}, warehouse.Column{Name: "ends_before", Type: "date"},
		warehouse.Column{Name: "method", Type: "varchar"}, warehouse.Column{Name: "pre_days", Type: "bigint"})
	return warehouse.Model{
		Name: "pilot_results", Layer: warehouse.Marts,
		Sentence: "what each pilot found, by intention to treat, for each arm and metric.",
		Grain:    []string{"pilot", "arm", "metric"},
		Reads:    pilotReads, Version: 1,
		Units:   "reporting currency a unit; intervals two-sided at level",
		Columns: columns,
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			pilots, err := readPilots(ctx, in)
			if err != nil {
				return err
			}
			for _, p := range pilots {
				if err := p.emit(emit); err != nil {
					return fmt.Errorf("pilot %s: %w", p.name, err)
				}
			}
			return nil
		},
	}
}

// pilotReads are what every model over pilots reads.
var pilotReads = []string{"fct_pilot_units", "int_pilot_windows_set", "int_pilot_orders_matched", "stg_pilots", "dim_program", "int_clock_read", "int_fx_rates_filled"}

const pilotQuery = `
select
    stg_pilots.pilot, stg_pilots.program, stg_pilots.unit, stg_pilots.control, stg_pilots.metric, stg_pilots.assignment, stg_pilots.analysis,
    stg_pilots.allocation, stg_pilots.starts_on, stg_pilots.ends_before,
    cast(coalesce(stg_pilots.hurdle, dim_program.hurdle) as double),
    cast(stg_pilots.cost_per_unit * case when stg_pilots.currency is null then 1 else rates.rate end as double),
    stg_pilots.planned_units, stg_pilots.registered_in_time, int_clock_read.as_of, int_clock_read.maturity_days
from stg_pilots
cross join int_clock_read
left join dim_program on stg_pilots.program = dim_program.program_id
left join int_fx_rates_filled as rates on stg_pilots.currency = rates.currency and stg_pilots.starts_on = rates.date_day
order by stg_pilots.pilot`

const armQuery = `
select
    pilot, arm, count(*) filter (where not excluded), count(*) filter (where excluded), cast(sum(unknown_margins) as bigint),
    cast(sum(outcome_margin) filter (where not excluded) as varchar), cast(sum(cast(outcome_margin as decimal(38, 4)) * outcome_margin) filter (where not excluded) as varchar),
    cast(sum(cast(outcome_margin as decimal(38, 4)) * covariate) filter (where not excluded) as varchar),
    cast(sum(outcome_revenue) filter (where not excluded) as varchar), cast(sum(cast(outcome_revenue as decimal(38, 4)) * outcome_revenue) filter (where not excluded) as varchar),
    cast(sum(cast(outcome_revenue as decimal(38, 4)) * covariate) filter (where not excluded) as varchar),
    cast(sum(outcome_orders) filter (where not excluded) as varchar), cast(sum(cast(outcome_orders as decimal(38, 4)) * outcome_orders) filter (where not excluded) as varchar),
    cast(sum(cast(outcome_orders as decimal(38, 4)) * covariate) filter (where not excluded) as varchar),
    cast(sum(covariate) filter (where not excluded) as varchar), cast(sum(cast(covariate as decimal(38, 4)) * covariate) filter (where not excluded) as varchar),
    count(covariate) filter (where not excluded), cast(sum(unknown_revenues) as bigint),
    count(*) filter (where not excluded and assigned_at >= cast(windows.ends_before as timestamp))
from fct_pilot_units
inner join int_pilot_windows_set as windows using (pilot)
group by pilot, arm
order by pilot, arm`

func readPilots(ctx context.Context, in *warehouse.Reader) ([]*pilot, error) {
	var list []*pilot
	byName := make(map[string]*pilot)
	err := in.Each(ctx, pilotQuery, func(v []any) error {
		p := &pilot{name: text(v[0]), program: text(v[1]), unit: text(v[2]), control: text(v[3]), metric: text(v[4]), assignment: text(v[5]), analysis: text(v[6]),
			allocation: text(v[7]), startsOn: day(v[8]), endsBefore: day(v[9]), hurdle: number(v[10]), costPerUnit: number(v[11]),
			inTime: yes(v[13]), unknown: make(map[string]int), asOf: day(v[14]), maturityDays: int(number(v[15]))}
		if math.IsNaN(p.hurdle) {
			p.hurdle = 0
		}
		if n := number(v[12]); !math.IsNaN(n) {
			p.planned = int(n)
		}
		list = append(list, p)
		byName[p.name] = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = in.Each(ctx, armQuery, func(v []any) error {
		p := byName[text(v[0])]
		n := int(number(v[2]))
		p.excluded += int(number(v[3]))
		p.assignedLate += int(number(v[18]))
		p.unknown["margin"] += int(number(v[4]))
		p.unknown["revenue"] += int(number(v[17]))
		a := arm{name: text(v[1]), sums: make(map[string]metrics.Sums)}
		for i, metric := range pilotMetrics {
			s := metrics.Sums{N: n, Y: orZero(v[5+3*i]), YY: orZero(v[6+3*i])}
			if int(number(v[16])) == n { // a covariate that some units lack cannot be used
				s.XY, s.X, s.XX = orZero(v[7+3*i]), orZero(v[14]), orZero(v[15])
			}
			a.sums[metric] = s
		}
		p.arms = append(p.arms, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, readPlaces(ctx, in, byName)
}

func orZero(v any) float64 {
	if f := number(v); !math.IsNaN(f) {
		return f
	}
	return 0
}

// state says whether the pilot may decide.
//
// Failed checks make a finished pilot invalid; before that its state tells how far it is, and sound is false.
func (p *pilot) state(ratio metrics.SampleRatio, ratioErr error) (state string, sound bool, warnings []string) {
	var notes []string
	switch {
	case p.places != nil:
		warnings, notes = p.places.faults(p.unit)
		warnings = append(warnings, p.checked...)
		if p.quasi() {
			notes = append(notes, "units were not assigned at random: a quasi-experiment, grade B at best")
		}
	case p.quasi():
		warnings = append(warnings, "units were not assigned at random")
	}
	if !p.inTime {
		warnings = append(warnings, "it was registered after its start")
	}
	if n := p.assignedLate; n > 0 {
		units := "1 unit was"
		if n > 1 {
			units = fmt.Sprintf("%d units were", n)
		}
		warnings = append(warnings, units+" assigned after it had ended (time of pilot.assigned: when a unit was assigned, not when the list was sent)")
	}
	if ratioErr != nil && !p.quasi() {
		warnings = append(warnings, "the sizes of the arms cannot be checked: "+ratioErr.Error())
	}
	if ratio.Failed {
		warnings = append(warnings, "the arms are not of the planned sizes (p below .001): something went wrong with the assignment")
	}
	if n := p.unknown[p.metric]; n > 0 {
		warnings = append(warnings, fmt.Sprintf("the %s of %d orders is not known", p.metric, n))
	}
	sound = len(warnings) == 0
	warnings = append(warnings, notes...)
	if p.excluded > 0 {
		warnings = append(warnings, fmt.Sprintf("%d units stated in two arms are excluded", p.excluded))
	}
	switch {
	case p.asOf.Before(p.endsBefore):
		return "running", sound, warnings
	case p.asOf.Before(p.endsBefore.AddDate(0, 0, p.maturityDays)):
		return "immature", sound, warnings
	case !sound:
		return "invalid", sound, warnings
	}
	return "valid", sound, warnings
}

// split separates control from treated arms.
func (p *pilot) split() (control *arm, treated []arm) {
	for i := range p.arms {
		if p.arms[i].name == p.control {
			control = &p.arms[i]
			continue
		}
		treated = append(treated, p.arms[i])
	}
	return control, treated
}

// sampleRatio compares the sizes of the arms with the allocation. An arm that was planned and has nobody counts with 0.
// Units that nobody drew were planned in no proportion.
func (p *pilot) sampleRatio() (metrics.SampleRatio, error) {
	if p.quasi() && p.places != nil {
		return metrics.SampleRatio{P: math.NaN()}, nil
	}
	shares, err := parseAllocation(p.allocation)
	if err != nil {
		return metrics.SampleRatio{P: math.NaN()}, err
	}
	sizes := make(map[string]int)
	for name := range shares {
		sizes[name] = 0
	}
	for _, a := range p.arms {
		sizes[a.name] = a.sums["margin"].N
	}
	names := make([]string, 0, len(sizes))
	for name := range sizes {
		names = append(names, name)
	}
	sort.Strings(names)
	var counts []int
	var planned []float64
	for _, name := range names {
		counts = append(counts, sizes[name])
		if shares != nil {
			planned = append(planned, shares[name])
		}
	}
	return metrics.CheckSampleRatio(counts, planned)
}

// parseAllocation reads arm to share; a share may be a number or a text that is one. Nothing is an equal allocation.
func parseAllocation(allocation string) (map[string]float64, error) {
	if allocation == "" {
		return nil, nil
	}
	var written map[string]any
	if err := json.Unmarshal([]byte(allocation), &written); err != nil {
		return nil, fmt.Errorf("allocation is not an object of arm to share: %w", err)
	}
	shares := make(map[string]float64, len(written))
	for name, v := range written {
		share := number(v)
		if math.IsNaN(share) || share < 0 {
			return nil, fmt.Errorf("the share of arm %s in the allocation is no number", name)
		}
		shares[name] = share
	}
	return shares, nil
}

// marginPerOutcome is what one unit of a metric is worth in margin: 1 for margin, else the pilot's own mean.
func (p *pilot) marginPerOutcome(metric string) float64 {
	if metric == "margin" {
		return 1
	}
	var margin, outcome float64
	for _, a := range p.arms {
		margin += a.sums["margin"].Y
		outcome += a.sums[metric].Y
	}
	if outcome == 0 {
		return math.NaN()
	}
	return margin / outcome
}

// emit writes the rows of a pilot. What cannot be computed is null with a warning, never an error.
func (p *pilot) emit(emit func(...any) error) error {
	control, treated := p.split()
	ratio, ratioErr := p.sampleRatio()
	if ratioErr != nil {
		ratio.P = math.NaN()
	}
	if control == nil || len(treated) == 0 {
		_, _, warnings := p.state(ratio, ratioErr)
		row := pilotRow{arm: allArms, metric: p.metric, cuped: unknownInterval, sequential: unknownInterval, deciding: unknownInterval, settle: math.NaN(), cost: math.NaN(),
			roi: metrics.PilotReturn{Interval: unknownInterval, PAboveHurdle: math.NaN()}, difference: metrics.Difference{Interval: unknownInterval, MeanTreated: math.NaN(), MeanControl: math.NaN(), T: math.NaN(), P: math.NaN()},
			warnings: []string{fmt.Sprintf("nothing to compare: nobody is assigned to control %q, or to any other arm", p.control)}}
		return row.emit(emit, p, pilotVerdict{ratio: ratio, state: "invalid", warnings: warnings})
	}
	sort.Slice(treated, func(i, j int) bool { return treated[i].name < treated[j].name })
	rows := p.rows(treated, control)
	for _, row := range rows {
		if p.places != nil && row.metric == p.metric && !row.valid {
			p.checked = append(p.checked, fmt.Sprintf("%s: the %s of the registered metric cannot stand as evidence", row.arm, orWord(row.method, "comparison")))
		}
	}
	verdict := pilotVerdict{ratio: ratio}
	verdict.state, verdict.sound, verdict.warnings = p.state(ratio, ratioErr)
	for i := range rows {
		if err := rows[i].emit(emit, p, verdict); err != nil {
			return err
		}
	}
	return nil
}

// rows are all comparisons of a pilot: each treated arm in each metric, and several together.
func (p *pilot) rows(treated []arm, control *arm) []pilotRow {
	var rows []pilotRow
	for _, metric := range pilotMetrics {
		for i := range treated {
			if p.places != nil {
				rows = append(rows, p.comparePlaces(treated[i].name, metric, treated[i:i+1], len(treated)))
				continue
			}
			rows = append(rows, p.compare(metric, &treated[i], control, len(treated)))
		}
		switch {
		case len(treated) == 1:
		case p.places != nil:
			rows = append(rows, p.comparePlaces(allArms, metric, treated, 1))
		default:
			rows = append(rows, p.compareAll(metric, treated, control))
		}
	}
	return rows
}

func orWord(word, instead string) string {
	if word == "" {
		return instead
	}
	return word
}
