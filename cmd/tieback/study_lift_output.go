package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"tieback/metrics/lift"
	"tieback/report"
)

// A liftFound is what a method of study lift found: the JSON's figures, and the series for the chart.
type liftFound struct {
	Method       string            `json:"method"`
	Valid        bool              `json:"valid"`
	Treated      []string          `json:"treated"`
	PeriodsPre   int               `json:"periods_pre"`
	PeriodsPost  int               `json:"periods_post"`
	Average      number            `json:"average"`
	AverageLo    number            `json:"average_lo"`
	AverageHi    number            `json:"average_hi"`
	Cumulative   number            `json:"cumulative"`
	CumulativeLo number            `json:"cumulative_lo"`
	CumulativeHi number            `json:"cumulative_hi"`
	Relative     number            `json:"relative"`
	P            number            `json:"p"`
	Level        number            `json:"level"`
	PreRMSE      number            `json:"pre_rmse"`
	L2           number            `json:"l2"`
	ScaledL2     number            `json:"scaled_l2"`
	IROAS        number            `json:"iroas"`
	IROASLo      number            `json:"iroas_lo"`
	IROASHi      number            `json:"iroas_hi"`
	Weights      map[string]number `json:"weights"`
	TimeWeights  map[string]number `json:"time_weights"`
	Warnings     []string          `json:"warnings"`

	// Beyond the contract.
	Checks   []liftCheck   `json:"checks"`
	Placebos []liftPlacebo `json:"placebos"`

	// For the chart: totals of the treated units per period, pre-periods first; counterfactual nil where the method has none.
	times                    []string
	observed, counterfactual []float64
	// The counterfactual's interval, nil where the method has none by period.
	counterfactualLo, counterfactualHi []float64
}

// A liftCheck is one condition of validity.
type liftCheck struct {
	Name      string `json:"name"`
	Value     number `json:"value"`
	Threshold string `json:"threshold"`
	Passed    bool   `json:"passed"`
}

// A liftPlacebo is an effect found where there was none.
type liftPlacebo struct {
	Units     []string `json:"units"`
	Average   number   `json:"average"`
	PreRMSE   number   `json:"pre_rmse"`
	Statistic number   `json:"statistic"`
}

// liftFoundIn is the result of a method of metrics/lift.
func liftFoundIn(p *lift.Panel, r *lift.Result) *liftFound {
	f := &liftFound{
		Method: r.Method, Valid: r.Valid, Treated: r.Treated, PeriodsPre: r.PrePeriods, PeriodsPost: r.PostPeriods,
		Average: number(r.Average), AverageLo: number(r.AverageLo), AverageHi: number(r.AverageHi),
		Cumulative: number(r.Cumulative), CumulativeLo: number(r.CumulativeLo), CumulativeHi: number(r.CumulativeHi),
		Relative: number(r.Relative), P: number(r.P), Level: number(r.Level),
		PreRMSE: number(r.PreRMSE), L2: number(r.L2), ScaledL2: number(r.ScaledL2),
		IROAS: number(r.IROAS), IROASLo: number(r.IROASLo), IROASHi: number(r.IROASHi),
		Weights: map[string]number{}, TimeWeights: map[string]number{}, Warnings: append([]string{}, r.Warnings...),
		Checks: []liftCheck{}, Placebos: []liftPlacebo{}, observed: r.Observed, counterfactual: r.Counterfactual,
	}
	for unit, w := range r.Weights {
		f.Weights[unit] = number(w)
	}
	for period, w := range r.TimeWeights {
		f.TimeWeights[period] = number(w)
	}
	for _, c := range r.Checks {
		f.Checks = append(f.Checks, liftCheck{c.Name, number(c.Value), c.Threshold, c.Passed})
	}
	for _, one := range r.Placebos {
		f.Placebos = append(f.Placebos, liftPlacebo{one.Units, number(one.Average), number(one.PreRMSE), number(one.Statistic)})
	}
	for _, t := range p.Times {
		f.times = append(f.times, t.Label)
	}
	return f
}

// draw writes the chart of observed and counterfactual.
func (f *liftFound) draw(path, outcome string) error {
	if f.counterfactual == nil {
		return errors.New("--plot: gbr compares units, not periods, so there is no series to draw")
	}
	svg, err := report.ImpactSVG(report.Impact{
		Title: fmt.Sprintf("%s of %s by %s", outcome, strings.Join(f.Treated, ", "), f.Method), Unit: outcome, Times: f.times,
		Observed: f.observed, Counterfactual: f.counterfactual, Lo: f.counterfactualLo, Hi: f.counterfactualHi, Post: f.PeriodsPre,
	})
	if err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	return os.WriteFile(path, svg, 0o644)
}

// result lays the figures out: one row a figure, with its ends where it has any. Validity and warnings are rows too: CSV has no notes.
func (f *liftFound) result() studyResult {
	r := studyResult{json: f, header: []string{"figure", "of", "value", "lo", "hi"}, notes: f.notes()}
	row := func(figure, of string, values ...number) {
		cells := []string{figure, of, "", "", ""}
		for i, v := range values {
			cells[2+i] = v.String()
		}
		r.rows = append(r.rows, cells)
	}
	row("average", "", f.Average, f.AverageLo, f.AverageHi)
	row("cumulative", "", f.Cumulative, f.CumulativeLo, f.CumulativeHi)
	row("relative", "", f.Relative)
	row("p", "", f.P)
	row("iroas", "", f.IROAS, f.IROASLo, f.IROASHi)
	row("pre_rmse", "", f.PreRMSE)
	row("l2", "", f.L2)
	row("scaled_l2", "", f.ScaledL2)
	for _, name := range largestFirst(f.Weights) {
		row("weight", name, f.Weights[name])
	}
	for _, name := range largestFirst(f.TimeWeights) {
		row("time_weight", name, f.TimeWeights[name])
	}
	for _, one := range f.Placebos {
		row("placebo", strings.Join(one.Units, " + "), one.Average)
	}
	row("level", "", f.Level)
	r.rows = append(r.rows, []string{"valid", "", strconv.FormatBool(f.Valid), "", ""}, []string{"warnings", "", strings.Join(f.Warnings, "; "), "", ""})
	return r
}

// notes say the result in prose: effect, validity with every check and its threshold, warnings.
func (f *liftFound) notes() []string {
	interval := "without an interval"
	if f.AverageLo.known() {
		interval = fmt.Sprintf("[%.4g, %.4g] at %g %%", float64(f.AverageLo), float64(f.AverageHi), 100*float64(f.Level))
	}
	notes := []string{
		fmt.Sprintf("%s: on average %.4g per treated unit and period, %s; %d treated, %d periods before and %d during the treatment.",
			f.Method, float64(f.Average), interval, len(f.Treated), f.PeriodsPre, f.PeriodsPost),
	}
	if f.Valid {
		notes = append(notes, "Valid: every check passed.")
	} else {
		notes = append(notes, "NOT VALID: a check failed. The number is no evidence.")
	}
	for _, c := range f.Checks {
		word := "passed"
		if !c.Passed {
			word = "FAILED"
		}
		value := "not known"
		if c.Value.known() {
			value = fmt.Sprintf("%.3g", float64(c.Value))
		}
		notes = append(notes, fmt.Sprintf("  %s  %s: %s, threshold: %s", word, c.Name, value, c.Threshold))
	}
	for _, warning := range f.Warnings {
		notes = append(notes, "Warning: "+warning)
	}
	return append(notes, "")
}

// largestFirst are the names of the weights above 0.
func largestFirst(weights map[string]number) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if weights[name] > 0 {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(weights[b], weights[a]) })
	return names
}
