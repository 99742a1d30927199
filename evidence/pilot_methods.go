package evidence

import (
	"context"
	"math"
	"strings"

	"tieback/metrics"
	"tieback/metrics/lift"
	"tieback/warehouse"
)

// methodRow is what one method says of one arm of a pilot of places, over all its units and days.
type methodRow struct {
	method                  string
	total, lo, hi           float64
	level, se, df, p        float64
	relative, preError      float64
	scaledL2, placeboP      float64
	iroas, iroasLo, iroasHi float64
	passed                  bool
	warnings                []string
}

// pilotEstimatesByMethod sets the methods for places side by side. The one that decides is fixed by decision 16, whatever
// the others say; how far they agree tells how much hangs on it.
func pilotEstimatesByMethod() warehouse.Model {
	columns := []warehouse.Column{{Name: "pilot", Type: "varchar"}, {Name: "program_id", Type: "varchar"}, {Name: "arm", Type: "varchar"}, {Name: "metric", Type: "varchar"}, {Name: "method", Type: "varchar"},
		{Name: "is_deciding", Type: "boolean"}, {Name: "units_treated", Type: "bigint"}, {Name: "units_control", Type: "bigint"}, {Name: "pre_days", Type: "bigint"}, {Name: "post_days", Type: "bigint"}}
	for _, name := range []string{"total", "total_lo", "total_hi", "level", "se", "df", "p", "relative", "pre_error", "scaled_l2", "placebo_p", "iroas", "iroas_lo", "iroas_hi"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "double"})
	}
	columns = append(columns, warehouse.Column{Name: "checks_passed", Type: "boolean"}, warehouse.Column{Name: "warnings", Type: "varchar"})
	return warehouse.Model{
		Name: "pilot_estimates_by_method", Layer: warehouse.Marts,
		Sentence: "what every method says of a pilot of venues, regions or markets in its registered metric; only the deciding one counts.",
		Grain:    []string{"pilot", "arm", "method"}, Reads: pilotReads, Columns: columns,
		Units: "the registered metric over all treated units and days, margin and revenue in the reporting currency; intervals two-sided at level",
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			pilots, err := readPilots(ctx, in)
			if err != nil {
				return err
			}
			for _, p := range pilots {
				if err := p.emitMethods(emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (p *pilot) emitMethods(emit func(...any) error) error {
	control, treated := p.split()
	if p.places == nil || control == nil {
		return nil
	}
	for _, a := range treated {
		arms := map[string]bool{a.name: true}
		own, err := p.places.estimate(p, p.metric, arms, metrics.DefaultLevel)
		rows := p.byMethod(arms)
		if !p.quasi() {
			rows = append([]methodRow{ownRow(own, err)}, rows...)
		}
		for i, r := range rows {
			deciding := i == 0
			if p.quasi() {
				deciding = r.method == "sdid"
			}
			if err := emit(p.name, p.program, a.name, p.metric, r.method, deciding, own.sums[1].N, own.sums[0].N, p.places.pre(), p.places.length()-p.places.pre(),
				known(r.total), known(r.lo), known(r.hi), known(r.level), known(r.se), known(r.df), known(r.p), known(r.relative), known(r.preError), known(r.scaledL2), known(r.placeboP),
				known(r.iroas), known(r.iroasLo), known(r.iroasHi), r.passed, joinWarnings(r.warnings)); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknownMethod has every figure unknown.
func unknownMethod(method, why string) methodRow {
	nan := math.NaN()
	r := methodRow{method: method, total: nan, lo: nan, hi: nan, level: metrics.DefaultLevel, se: nan, df: nan, p: nan, relative: nan, preError: nan, scaledL2: nan, placeboP: nan, iroas: nan, iroasLo: nan, iroasHi: nan}
	if why != "" {
		r.warnings = []string{why}
	}
	return r
}

// ownRow is the comparison of randomized places, which has no fit and no placebo.
func ownRow(e placeEstimate, err error) methodRow {
	if err != nil {
		return unknownMethod("comparison of totals", err.Error())
	}
	n := float64(e.sums[1].N)
	r := unknownMethod(e.Method, "")
	r.total, r.lo, r.hi, r.se, r.df, r.p = e.Estimate*n, e.Lo*n, e.Hi*n, e.SE*n, e.DF, e.P
	if without := e.sums[1].Y - r.total; without > 0 {
		r.relative = r.total / without
	}
	r.passed, r.warnings = true, e.Warnings
	return r
}

// byMethod runs the methods of metrics/lift on the arm's days. Synthetic control is that of movement, not of level.
func (p *pilot) byMethod(arms map[string]bool) []methodRow {
	panel, err := p.places.panel(p.metric, arms, p.control, p.costPerUnit)
	var rows []methodRow
	for _, m := range []struct {
		name string
		run  func(*lift.Panel, float64) (*lift.Result, error)
	}{{"did", lift.DiD}, {"gbr", lift.GBR}, {"sc", func(p *lift.Panel, level float64) (*lift.Result, error) { return lift.SC(p, true, level) }}, {"sdid", lift.SDID}, {"tbr", lift.TBR}} {
		if err != nil {
			rows = append(rows, unknownMethod(m.name, err.Error()))
			continue
		}
		found, failed := m.run(panel, metrics.DefaultLevel)
		if failed != nil {
			rows = append(rows, unknownMethod(m.name, failed.Error()))
			continue
		}
		rows = append(rows, rowOf(found))
	}
	return rows
}

// rowOf takes from a result what the mart keeps.
func rowOf(r *lift.Result) methodRow {
	row := unknownMethod(r.Method, "")
	row.total, row.lo, row.hi, row.level, row.se, row.df, row.p = r.Cumulative, r.CumulativeLo, r.CumulativeHi, r.Level, r.SE, r.DF, r.P
	row.relative, row.scaledL2, row.iroas, row.iroasLo, row.iroasHi = r.Relative, r.ScaledL2, r.IROAS, r.IROASLo, r.IROASHi
	row.preError, row.placeboP = checkValue(r, "pre-period error"), checkValue(r, "p of a treatment that never was")
	row.passed, row.warnings = r.Valid, r.Warnings
	return row
}

// checkValue is what a check found, by the start of its name; NaN where it was not made.
func checkValue(r *lift.Result, name string) float64 {
	for _, c := range r.Checks {
		if strings.HasPrefix(c.Name, name) {
			return c.Value
		}
	}
	return math.NaN()
}
