package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tieback/metrics"
)

// studyPower is the chance with which a pilot's minimum detectable effect would be found.
const studyPower = .8

// studyPilot is one run of study pilot.
type studyPilot struct {
	armCol, control, allocation, outcomeCol, covariateCol string
	value, cost, hurdle, level                            float64
	planned                                               int
	priced                                                bool // value and cost are given

	names []string // arms, the control first, then by name
	sums  []metrics.Sums
}

func (a *app) studyPilotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pilot --input FILE --arm-col C --control NAME --outcome COL",
		Short: "What a randomized pilot found: lift, CUPED, always-valid interval, return and decision",
		Long: `What a randomized pilot found, from a file with one row for each assigned unit, those without any outcome included.

Each arm is compared with the control by intention to treat (Welch), and with --covariate, known before the assignment, by CUPED.
With --value-per-unit, the margin of one unit of outcome, and --cost-per-unit, the cost of one assigned unit, the return is
(M·lift − C)/C and the decision scale, stop or iterate against --hurdle. With k treated arms each decides at level 1 − (1 − level)/k.
mde is the effect that would be found with a chance of 80 %. seq_lo and seq_hi hold however often one looks; their plan is
--planned-units in both arms, by default as many as there are.

Where the sizes of the arms do not fit --allocation (default: equal; p below .001) the result is not valid: every number is
kept, the decision is withheld.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	s := &studyPilot{}
	flags := cmd.Flags()
	input := flags.String("input", "", "CSV `file`, or -")
	delimiter := flags.String("delimiter", ",", "one character, or tab")
	flags.StringVar(&s.armCol, "arm-col", "", "`column` of the arm")
	flags.StringVar(&s.control, "control", "", "`name` of the control arm")
	flags.StringVar(&s.allocation, "allocation", "", "planned shares, `arm=share,…`")
	flags.StringVar(&s.outcomeCol, "outcome", "", "`column` of the outcome")
	flags.StringVar(&s.covariateCol, "covariate", "", "`column` known before the assignment")
	flags.Float64Var(&s.value, "value-per-unit", 0, "margin of one unit of outcome")
	flags.Float64Var(&s.cost, "cost-per-unit", 0, "cost of one assigned unit")
	flags.Float64Var(&s.hurdle, "hurdle", 0, "return asked for; 0 is break-even")
	flags.Float64Var(&s.level, "level", metrics.DefaultLevel, "two-sided level of the intervals")
	flags.IntVar(&s.planned, "planned-units", 0, "units planned for an arm and its control together")
	format := formatFlag(cmd, "table", "csv", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		value, cost := flags.Changed("value-per-unit"), flags.Changed("cost-per-unit")
		s.priced = value && cost
		if err := s.check(*input, value != cost); err != nil {
			return err
		}
		in, err := a.readSheet(*input, *delimiter)
		if err != nil {
			return err
		}
		if err := s.read(in); err != nil {
			return err
		}
		result, err := s.run()
		if err != nil {
			return fmt.Errorf("%s: %w", in.path, err)
		}
		return result.write(a.out, *format)
	}
	return cmd
}

func (s *studyPilot) check(input string, half bool) error {
	for _, one := range []struct{ flag, value string }{{"--input", input}, {"--arm-col", s.armCol}, {"--control", s.control}, {"--outcome", s.outcomeCol}} {
		if one.value == "" {
			return usagef("study pilot needs --input, --arm-col, --control and --outcome; %s is missing", one.flag)
		}
	}
	switch {
	case half:
		return usagef("--value-per-unit and --cost-per-unit belong together")
	case !(s.level > 0 && s.level < 1):
		return usagef("--level %g must lie between 0 and 1, such as .9", s.level)
	case !isFinite(s.value) || s.value < 0 || !isFinite(s.cost) || s.cost < 0 || !isFinite(s.hurdle):
		return usagef("--value-per-unit %g, --cost-per-unit %g and --hurdle %g must be numbers, the first two not below 0", s.value, s.cost, s.hurdle)
	case s.planned < 0 || s.planned == 1:
		return usagef("--planned-units %d must be at least 2", s.planned)
	}
	return nil
}

func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// read sums the rows up by arm.
func (s *studyPilot) read(in *sheet) error {
	arms, err := in.text("--arm-col", s.armCol)
	if err != nil {
		return err
	}
	outcomes, err := in.numbers("--outcome", s.outcomeCol)
	if err != nil {
		return err
	}
	var covariates []float64
	if s.covariateCol != "" {
		if covariates, err = in.numbers("--covariate", s.covariateCol); err != nil {
			return err
		}
	}
	y, x := make(map[string][]float64), make(map[string][]float64)
	for i, arm := range arms {
		if arm == "" {
			return fmt.Errorf("%s line %d: column %q is empty, an arm is needed", in.path, in.lines[i], s.armCol)
		}
		if y[arm] == nil {
			s.names = append(s.names, arm)
		}
		y[arm] = append(y[arm], outcomes[i])
		if covariates != nil {
			x[arm] = append(x[arm], covariates[i])
		}
	}
	slices.Sort(s.names)
	at := slices.Index(s.names, s.control)
	if at < 0 {
		return fmt.Errorf("%s: no row has the control %q (--control) in column %q; its arms are %s", in.path, s.control, s.armCol, strings.Join(s.names, ", "))
	}
	if len(s.names) == 1 {
		return fmt.Errorf("%s: every row is in arm %q: there is nothing to compare with", in.path, s.control)
	}
	s.names = append([]string{s.control}, slices.Delete(s.names, at, at+1)...)
	for _, name := range s.names {
		s.sums = append(s.sums, metrics.SumsOf(y[name], x[name]))
	}
	return nil
}

// sampleRatio compares the arms' sizes with the allocation; an arm that was planned and has no row counts with 0.
func (s *studyPilot) sampleRatio() (metrics.SampleRatio, error) {
	names, counts := slices.Clone(s.names), make([]int, len(s.names))
	for i, sum := range s.sums {
		counts[i] = sum.N
	}
	if s.allocation == "" {
		return metrics.CheckSampleRatio(counts, nil)
	}
	planned, shares, err := parseShares("--allocation", s.allocation)
	if err != nil {
		return metrics.SampleRatio{}, err
	}
	weights := make([]float64, len(names))
	for i, name := range planned {
		at := slices.Index(names, name)
		if at < 0 {
			at = len(names)
			names, counts, weights = append(names, name), append(counts, 0), append(weights, 0)
		}
		weights[at] = shares[i]
	}
	for i, weight := range weights {
		if weight == 0 {
			return metrics.SampleRatio{}, usagef("--allocation gives no share to arm %q", names[i])
		}
	}
	return metrics.CheckSampleRatio(counts, weights)
}

// parseShares reads arm=share,…; shares are in any unit.
func parseShares(flag, text string) (names []string, shares []float64, err error) {
	for _, part := range strings.Split(text, ",") {
		at := strings.LastIndex(part, "=")
		if at < 0 {
			return nil, nil, usagef("%s: %q is not arm=share, as in control=.5,treated=.5", flag, part)
		}
		name := strings.TrimSpace(part[:at])
		share, err := strconv.ParseFloat(strings.TrimSpace(part[at+1:]), 64)
		if err != nil || !(share > 0) || math.IsInf(share, 0) || name == "" || slices.Contains(names, name) {
			return nil, nil, usagef("%s: %q must name an arm once, with a share above 0", flag, part)
		}
		names, shares = append(names, name), append(shares, share)
	}
	return names, shares, nil
}

func (s *studyPilot) run() (studyResult, error) {
	ratio, err := s.sampleRatio()
	if err != nil {
		return studyResult{}, err
	}
	out := pilotJSON{SRMP: number(ratio.P), Level: number(s.level), Valid: !ratio.Failed}
	var reasons []error
	for i := 1; i < len(s.names); i++ {
		arm, err := s.compare(s.names[i], s.sums[i], !ratio.Failed)
		if err != nil {
			reasons = append(reasons, fmt.Errorf("arm %s: %w", s.names[i], err))
		}
		if ratio.Failed {
			arm.Warnings = append(arm.Warnings, fmt.Sprintf("the arms are not of the planned sizes (p = %.2g): something went wrong with the assignment, and the decision is withheld", ratio.P))
		}
		arm.Warnings = append(arm.Warnings, ratio.Warnings...)
		out.Results = append(out.Results, arm)
	}
	if len(reasons) == len(out.Results) {
		return studyResult{}, errors.Join(reasons...)
	}
	return out.result(), nil
}

// compare sets one arm against the control. An error says that nothing could be computed; the row then holds the sizes and the reason.
func (s *studyPilot) compare(name string, treated metrics.Sums, sound bool) (pilotArmJSON, error) {
	row, control := newPilotArm(name), s.sums[0]
	row.UnitsTreated, row.UnitsControl = treated.N, control.N
	d, err := metrics.Welch(treated, control, s.level)
	if err != nil {
		row.warn("not computed: %v", err)
		return row, err
	}
	row.MeanTreated, row.MeanControl = number(d.MeanTreated), number(d.MeanControl)
	row.Lift, row.SE, row.Lo, row.Hi = number(d.Estimate), number(d.SE), number(d.Lo), number(d.Hi)
	row.T, row.DF, row.P = number(d.T), number(d.DF), number(d.P)
	row.MDE = number(metrics.MinimumDetectableEffect(d.SE, s.level, studyPower))
	row.Warnings = append(row.Warnings, d.Warnings...)
	s.adjust(&row, treated)
	s.sequential(&row, treated)
	s.price(&row, d.Interval, treated, sound)
	return row, nil
}

func (s *studyPilot) adjust(row *pilotArmJSON, treated metrics.Sums) {
	if s.covariateCol == "" {
		row.warn("no CUPED: --covariate names no column")
		return
	}
	d, _, err := metrics.CUPED(treated, s.sums[0], s.level)
	if err != nil {
		row.warn("no CUPED: %v", err)
		return
	}
	row.CUPEDLift, row.CUPEDSE, row.CUPEDLo, row.CUPEDHi = number(d.Estimate), number(d.SE), number(d.Lo), number(d.Hi)
}

func (s *studyPilot) sequential(row *pilotArmJSON, treated metrics.Sums) {
	planned := s.planned
	if planned == 0 {
		planned = treated.N + s.sums[0].N
	}
	interval, err := metrics.AlwaysValid(treated, s.sums[0], s.level, planned)
	if err != nil {
		row.warn("no always-valid interval: %v", err)
		return
	}
	row.SeqLo, row.SeqHi = number(interval.Lo), number(interval.Hi)
	row.Warnings = append(row.Warnings, interval.Warnings...)
}

// price turns the lift into a return and, where the pilot is sound, a decision.
func (s *studyPilot) price(row *pilotArmJSON, lift metrics.Interval, treated metrics.Sums, sound bool) {
	if !s.priced {
		row.warn("no return: give --value-per-unit and --cost-per-unit")
		return
	}
	roi, err := metrics.ReturnOfPilot(lift, s.value, s.cost, s.hurdle)
	if err != nil {
		row.warn("no return: %v", err)
		return
	}
	row.ROI, row.ROILo, row.ROIHi, row.PAboveHurdle = number(roi.Estimate), number(roi.Lo), number(roi.Hi), number(roi.PAboveHurdle)
	row.UnitsToSettle = number(metrics.UnitsToSettle(roi.Interval, s.hurdle, s.value, metrics.PooledSD(treated, s.sums[0]), s.cost))
	if !row.UnitsToSettle.known() {
		row.warn("the return lies exactly on the hurdle: no number of units would settle it")
	}
	arms := len(s.names) - 1
	deciding, err := roi.AtLevel(metrics.BonferroniLevel(s.level, arms))
	if err != nil {
		row.warn("no decision: %v", err)
		return
	}
	if arms > 1 {
		row.warn("one of %d arms: it decides at the level %.4g", arms, deciding.Level)
	}
	if sound {
		decision := string(metrics.Decide(deciding, s.hurdle))
		row.Decision = &decision
	}
}
