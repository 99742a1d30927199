package main

import (
	"fmt"
	"math"
	"strconv"

	"tieback/metrics/bsts"
	"tieback/metrics/lift"
)

// liftSeed is the seed of the structural series' draws: the same file gives the same figures.
const liftSeed = 1

// structural estimates by a structural time series. Its covariates are the untreated units, or the columns of --x-cols.
func (s *studyLift) structural(in *sheet) (*liftFound, error) {
	read := s.panel
	if len(s.covariates) > 0 {
		read = s.panelOfColumns
	}
	panel, err := read(in)
	if err != nil {
		return nil, err
	}
	y := make([]float64, len(panel.Times))
	for _, unit := range panel.Treated {
		for t, v := range unit.Outcome {
			y[t] += v // NaN where one has no row: the total is missing
		}
	}
	x, names := make([][]float64, len(panel.Controls)), make([]string, len(panel.Controls))
	for i, control := range panel.Controls {
		x[i], names[i] = control.Outcome, control.Unit
	}
	options := bsts.Options{Level: s.level, Seed: liftSeed, Names: names, TreatedUnits: len(panel.Treated)}
	r, err := bsts.Estimate(y, x, panel.Pre, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	f := structuralFound(panel, y, r)
	f.spacing(panel.Times)
	f.placeboInTime(y, x, panel.Pre, options)
	f.sameUnderBothPriors(r)
	f.returnOn(panel)
	return f, nil
}

// structuralFound lays out what the series says. p is two-sided as with the other methods: twice the smaller tail, so that an
// interval without 0 and a small p say the same.
func structuralFound(panel *lift.Panel, y []float64, r bsts.Result) *liftFound {
	f := &liftFound{
		Method: "bsts", Valid: true, PeriodsPre: panel.Pre, PeriodsPost: len(panel.Times) - panel.Pre,
		Average: number(r.Average), AverageLo: number(r.AverageLo), AverageHi: number(r.AverageHi),
		Cumulative: number(r.Cumulative), CumulativeLo: number(r.CumulativeLo), CumulativeHi: number(r.CumulativeHi),
		Relative: notKnown, P: number(min(1, 2*r.P)), Level: number(r.Level), PreRMSE: number(r.PreRMSE / float64(len(panel.Treated))),
		IROAS: notKnown, IROASLo: notKnown, IROASHi: notKnown,
		Weights: map[string]number{}, TimeWeights: map[string]number{}, Warnings: append([]string{}, r.Warnings...),
		Checks: []liftCheck{}, Placebos: []liftPlacebo{},
		observed: y, counterfactual: r.Counterfactual, counterfactualLo: r.CounterfactualLo, counterfactualHi: r.CounterfactualHi,
	}
	if r.Relative != nil {
		f.Relative = number(*r.Relative)
	} else {
		f.Warnings = append(f.Warnings, "relative is not known: the counterfactual's sum cannot be told from 0")
	}
	var squares float64
	for t := range panel.Pre {
		if math.IsNaN(y[t]) {
			continue
		}
		squares += (y[t] - r.Counterfactual[t]) * (y[t] - r.Counterfactual[t])
	}
	f.L2, f.ScaledL2 = number(math.Sqrt(squares)), notKnown
	f.Warnings = append(f.Warnings, "scaled_l2 is not known: a structural series has no equal weights to compare its fit with")
	for _, one := range panel.Treated {
		f.Treated = append(f.Treated, one.Unit)
	}
	for i, control := range panel.Controls {
		f.Weights[control.Unit] = number(r.Weights[i])
	}
	for _, t := range panel.Times {
		f.times = append(f.times, t.Label)
	}
	return f
}

// check records a condition of validity.
func (f *liftFound) check(name string, value float64, threshold string, passed bool, failure string) {
	f.Checks = append(f.Checks, liftCheck{name, number(value), threshold, passed})
	if !passed {
		f.Valid = false
		f.Warnings = append(f.Warnings, failure)
	}
}

// spacing warns of periods that lie unequally far apart: the level is taken to move as much from each to the next.
func (f *liftFound) spacing(times []lift.Time) {
	least, most := int64(math.MaxInt64), int64(0)
	for i := 1; i < len(times); i++ {
		step := times[i].At - times[i-1].At
		least, most = min(least, step), max(most, step)
	}
	if most > least && !(least >= 28 && most <= 31) { // months differ by themselves
		f.Warnings = append(f.Warnings, fmt.Sprintf("periods lie %d to %d apart: some are missing, and the series takes them for neighbors", least, most))
	}
}

// placeboInTime takes the last third of the pre-period for a treatment: an effect there is one that nothing caused.
func (f *liftFound) placeboInTime(y []float64, x [][]float64, pre int, options bsts.Options) {
	const name = "in-time placebo p"
	start := pre - pre/3
	until := make([][]float64, len(x))
	for i := range x {
		until[i] = x[i][:pre]
	}
	options.OneRun = true
	for _, v := range y[start:pre] {
		if math.IsNaN(v) {
			f.check(name, math.NaN(), "> .05", false, "the in-time placebo cannot be computed: an outcome of the last third of the pre-period is missing")
			return
		}
	}
	r, err := bsts.Estimate(y[:pre], until, start, options)
	if err != nil {
		f.check(name, math.NaN(), "> .05", false, "the in-time placebo cannot be computed: "+err.Error())
		return
	}
	p := min(1, 2*r.P)
	f.check(name, p, "> .05", p > .05, fmt.Sprintf("an effect shows in the last third of the pre-period, where nothing was done (p %.3g): the covariates do not carry the outcome", p))
}

// sameUnderBothPriors holds the conclusion against that of the other prior of the level.
func (f *liftFound) sameUnderBothPriors(r bsts.Result) {
	if r.Sensitivity == nil {
		return
	}
	same := !r.Sensitivity.Changes
	value := 0.
	if same {
		value = 1
	}
	f.check("same conclusion with level sd "+strconv.FormatFloat(r.Sensitivity.LevelSD, 'g', 3, 64), value, "1", same,
		"the interval changes sides of 0 with another prior of the level: the conclusion rests on the prior")
}

// returnOn divides by the cost, where it is that of the treated units during the treatment alone.
func (f *liftFound) returnOn(panel *lift.Panel) {
	if !panel.HasCost {
		return
	}
	var cost, other float64
	for _, unit := range panel.Controls {
		for _, c := range unit.Cost {
			other += math.Abs(c)
		}
	}
	for _, unit := range panel.Treated {
		for t, c := range unit.Cost {
			if t < panel.Pre {
				other += math.Abs(c)
			} else {
				cost += c
			}
		}
	}
	if other > 0 || cost <= 0 {
		f.Warnings = append(f.Warnings, "iroas is not known: bsts needs a cost that only treated units have, and only during the treatment; take tbr for others")
		return
	}
	share := number(1 / cost)
	f.IROAS, f.IROASLo, f.IROASHi = f.Cumulative*share, f.CumulativeLo*share, f.CumulativeHi*share
}

// panelOfColumns reads one treated series with its covariates beside it: each column of --x-cols becomes a control.
func (s *studyLift) panelOfColumns(in *sheet) (*lift.Panel, error) {
	_, times, err := s.times(in)
	if err != nil {
		return nil, err
	}
	outcomes, err := in.numbers("--outcome-col", s.outcomeCol)
	if err != nil {
		return nil, err
	}
	units := make([]string, len(outcomes))
	marks := make([]bool, len(outcomes))
	for i := range units {
		units[i], marks[i] = s.outcomeCol, true
	}
	if s.unitCol != "" {
		if units, err = in.text("--unit-col", s.unitCol); err != nil {
			return nil, err
		}
		if marks, err = s.marks(in, units); err != nil {
			return nil, err
		}
	}
	costs := make([]float64, len(outcomes))
	if s.costCol != "" {
		if costs, err = in.numbers("--cost-col", s.costCol); err != nil {
			return nil, err
		}
	}
	var rows []lift.Observation
	treated := ""
	for i, unit := range units {
		if !marks[i] {
			continue
		}
		if treated != "" && treated != unit {
			return nil, fmt.Errorf("%s: %q and %q are treated, and --x-cols are covariates of one series: add the units up, or leave --x-cols out", in.path, treated, unit)
		}
		treated = unit
		rows = append(rows, lift.Observation{Unit: "the treated series", Time: times[i], Outcome: outcomes[i], Cost: costs[i], Treated: true})
	}
	for _, column := range s.covariates {
		values, err := in.numbers("--x-cols", column)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if marks[i] {
				rows = append(rows, lift.Observation{Unit: column, Time: times[i], Outcome: v})
			}
		}
	}
	window, err := s.window(in, rows)
	if err != nil {
		return nil, err
	}
	panel, err := lift.NewPanel(rows, window, s.costCol != "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	panel.Treated[0].Unit = treated
	return panel, nil
}
