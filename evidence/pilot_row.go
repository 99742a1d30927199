package evidence

import (
	"fmt"
	"math"

	"tieback/metrics"
)

// pilotRow is one arm of a pilot in one metric.
type pilotRow struct {
	arm, metric  string
	difference   metrics.Difference
	cuped        metrics.Interval
	sequential   metrics.Interval
	roi          metrics.PilotReturn
	deciding     metrics.Interval // the return's interval that may decide
	mayDecide    bool
	cost, settle float64
	method       string // of places; persons' stands in the difference
	preDays      int
	valid        bool // places: the method's own checks passed
	warnings     []string
}

var unknownInterval = metrics.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), SE: math.NaN()}

// compare sets one arm against control.
func (p *pilot) compare(metric string, treated, control *arm, arms int) pilotRow {
	t, c := treated.sums[metric], control.sums[metric]
	row := pilotRow{arm: treated.name, metric: metric, cuped: unknownInterval, sequential: unknownInterval, deciding: unknownInterval,
		roi: metrics.PilotReturn{Interval: unknownInterval, PAboveHurdle: math.NaN()}, settle: math.NaN(), cost: p.costPerUnit * float64(t.N)}
	var err error
	if row.difference, err = metrics.Welch(t, c, metrics.DefaultLevel); err != nil {
		row.warnings = append(row.warnings, err.Error())
		row.difference.Interval = unknownInterval
		row.difference.NTreated, row.difference.NControl = t.N, c.N
		return row
	}
	if t.XX > 0 {
		if adjusted, _, err := metrics.CUPED(t, c, metrics.DefaultLevel); err == nil {
			row.cuped = adjusted.Interval
		}
	}
	worth := p.marginPerOutcome(metric)
	level := metrics.BonferroniLevel(metrics.DefaultLevel, arms)
	if p.analysis == "sequential" {
		planned := p.planned
		if planned == 0 {
			planned = t.N + c.N
		}
		if row.sequential, err = metrics.AlwaysValid(t, c, level, planned); err != nil {
			row.sequential = unknownInterval
			row.warnings = append(row.warnings, err.Error())
		}
		row.mayDecide = metrics.EnoughToLook(t, c)
	}
	if row.roi, err = metrics.ReturnOfPilot(row.difference.Interval, worth, p.costPerUnit, p.hurdle); err != nil || math.IsNaN(worth) || math.IsNaN(p.costPerUnit) {
		row.roi = metrics.PilotReturn{Interval: unknownInterval, PAboveHurdle: math.NaN()}
		row.warnings = append(row.warnings, "no return: the cost of a unit or its worth is not known")
		return row
	}
	row.settle = metrics.UnitsToSettle(row.roi.Interval, p.hurdle, worth, metrics.PooledSD(t, c), p.costPerUnit)
	row.deciding = row.roi.Interval
	if strict, err := row.roi.AtLevel(level); err == nil {
		row.deciding = strict
	}
	if p.analysis == "sequential" {
		row.deciding.Lo = (worth*row.sequential.Lo - p.costPerUnit) / p.costPerUnit
		row.deciding.Hi = (worth*row.sequential.Hi - p.costPerUnit) / p.costPerUnit
	}
	return row
}

// compareAll sets all treated arms together against the control they share.
func (p *pilot) compareAll(metric string, treated []arm, control *arm) pilotRow {
	row := pilotRow{arm: allArms, metric: metric, cuped: unknownInterval, sequential: unknownInterval, deciding: unknownInterval, settle: math.NaN(),
		roi: metrics.PilotReturn{Interval: unknownInterval, PAboveHurdle: math.NaN()}}
	var arms []metrics.Arm
	n, sum := 0, 0.0
	for _, a := range treated {
		s := a.sums[metric]
		arms = append(arms, metrics.Arm{Name: a.name, Sums: s, CostPerUnit: 1})
		n += s.N
		sum += s.Y
		row.cost += p.costPerUnit * float64(s.N)
	}
	// At a cost of 1 a unit the return is the mean lift less one: that is the joint lift with its interval.
	joint, err := metrics.ReturnOfArms(arms, control.sums[metric], 1, 0, metrics.DefaultLevel)
	if err != nil {
		row.warnings = append(row.warnings, err.Error())
		row.difference.Interval = unknownInterval
		return row
	}
	lift := joint.Interval
	lift.Estimate, lift.Lo, lift.Hi = lift.Estimate+1, lift.Lo+1, lift.Hi+1
	row.difference = metrics.Difference{Interval: lift, T: lift.Estimate / lift.SE, P: math.NaN(),
		MeanTreated: sum / float64(n), MeanControl: control.sums[metric].MeanY(), NTreated: n, NControl: control.sums[metric].N}
	for i := range arms {
		arms[i].CostPerUnit = p.costPerUnit
	}
	worth := p.marginPerOutcome(metric)
	if roi, err := metrics.ReturnOfArms(arms, control.sums[metric], worth, p.hurdle, metrics.DefaultLevel); err == nil && !math.IsNaN(worth) && !math.IsNaN(p.costPerUnit) {
		row.roi = roi
	}
	return row
}

// pilotVerdict is what holds for all rows of a pilot.
type pilotVerdict struct {
	ratio    metrics.SampleRatio
	state    string
	sound    bool
	warnings []string
}

// decide never stops a pilot that still runs: all of its cost is counted, and only a part of its margin has come. In simulated
// pilots that return exactly their hurdle (docs/truth.md) nearly all were stopped after a few looks without this.
func (v pilotVerdict) decide(roi metrics.Interval, hurdle float64) metrics.Decision {
	d := metrics.Decide(roi, hurdle)
	if d == metrics.Stop && v.state == "running" {
		return metrics.Iterate
	}
	return d
}

// emit writes the row in the order of the columns.
func (r *pilotRow) emit(emit func(...any) error, p *pilot, v pilotVerdict) error {
	decisive := r.metric == p.metric
	grade := "D"
	if n := p.unknown[r.metric]; n > 0 && !decisive {
		r.warnings = append(r.warnings, fmt.Sprintf("the %s of %d orders is not known, they count with nothing", r.metric, n))
	} else if v.state == "valid" {
		grade = r.grade(p)
	}
	var decision any
	ready := v.state == "valid"
	if p.analysis == "sequential" {
		ready = v.sound && r.mayDecide
	}
	if decisive && ready && r.arm != allArms && !math.IsNaN(r.deciding.Lo) {
		decision = string(v.decide(r.deciding, p.hurdle))
	}
	d := r.difference
	var method, pre any
	if m := orWord(r.method, d.Method); m != "" {
		method = m
	}
	if p.places != nil {
		pre = r.preDays
	}
	total := d.Estimate * float64(d.NTreated)
	return emit(p.name, p.program, r.arm, r.metric, decisive, d.NTreated, d.NControl,
		known(d.MeanTreated), known(d.MeanControl), known(d.Estimate), known(d.SE), known(d.Lo), known(d.Hi), known(d.Level), known(d.T), known(d.DF), known(d.P), known(v.ratio.P),
		known(r.cuped.Estimate), known(r.cuped.SE), known(r.sequential.Lo), known(r.sequential.Hi),
		money(total), money(r.cost),
		known(r.roi.Estimate), known(r.roi.Lo), known(r.roi.Hi), known(r.roi.PAboveHurdle), known(p.hurdle), known(r.settle),
		decision, grade, v.state, joinWarnings(append(append([]string{}, v.warnings...), append(r.warnings, r.difference.Warnings...)...)),
		p.unit, p.startsOn, p.endsBefore, method, pre)
}

// grade is that of a row of a valid pilot: the checks of a quasi-experiment are those of each metric.
func (r *pilotRow) grade(p *pilot) string {
	switch {
	case p.places != nil && !r.valid:
		return "D"
	case p.quasi():
		return "B"
	}
	return "A"
}
