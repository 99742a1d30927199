package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieback/metrics"
	"tieback/metrics/lift"
)

// liftMethods are the choices of --method.
var liftMethods = []string{"did", "tbr", "gbr", "sc", "sdid", "bsts"}

// studyLift is one run of study lift.
type studyLift struct {
	input, delimiter, method                      string
	unitCol, timeCol, outcomeCol, costCol         string
	treated                                       []string
	treatedCol, treatedValue                      string
	preStart, start, end                          string
	demean                                        bool
	covariates                                    []string
	level                                         float64
	plot                                          string
	valueGiven, covariatesGiven, treatedListGiven bool
}

func (a *app) studyLiftCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lift --input FILE --method METHOD --unit-col U --time-col T --outcome-col Y --treated A,B --start D --end D",
		Short: "What treated regions, venues or markets gained: did, tbr, gbr, sc, sdid or bsts",
		Long: `What treated units gained over what they would have had, by a quasi-experiment fixed beforehand (grade B where valid).

The file has a row a unit and period; times are dates (2026-03-31) or integers, and --start and --end are both part of the
treatment. Everything earlier, from --pre-start on, is compared with.

  did    difference in differences; by unit with 10 units a side, else every control is tried as if treated
  tbr    time-based regression of the treated total on the control total (Kerman, Wang and Vaver 2017)
  gbr    geo-based regression over units, weighted by 1/sales² (Vaver and Koehler 2011)
  sc     synthetic control on outcomes (Abadie, Diamond and Hainmueller 2010); --demean matches movement, not level
  sdid   synthetic difference in differences (Arkhangelsky et al. 2021)
  bsts   structural time series (Brodersen et al. 2015); its covariates are the untreated units, or the columns of --x-cols: then
         the file may be one series without units

average is per treated unit and period, cumulative the sum. did (with fewer units), sc and sdid find p and interval by
applying the same analysis to controls: no interval at 90 % with fewer than 9 of them. A failed check makes the result not
valid: the number is printed, with the warning and the threshold.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	s := &studyLift{}
	flags := cmd.Flags()
	flags.StringVar(&s.input, "input", "", "CSV `file`, or -")
	flags.StringVar(&s.delimiter, "delimiter", ",", "one character, or tab")
	flags.StringVar(&s.method, "method", "", fmt.Sprintf("one of %v", liftMethods))
	flags.StringVar(&s.unitCol, "unit-col", "", "`column` of the unit")
	flags.StringVar(&s.timeCol, "time-col", "", "`column` of the period: dates or integers")
	flags.StringVar(&s.outcomeCol, "outcome-col", "", "`column` of the outcome")
	flags.StringSliceVar(&s.treated, "treated", nil, "treated `units`, separated by commas")
	flags.StringVar(&s.treatedCol, "treated-col", "", "`column` that marks treated units, instead of --treated")
	flags.StringVar(&s.treatedValue, "treated-value", "1", "what --treated-col holds for them")
	flags.StringVar(&s.costCol, "cost-col", "", "`column` of the cost, for iroas")
	flags.StringVar(&s.preStart, "pre-start", "", "first `period` that is compared with (default the first of the file)")
	flags.StringVar(&s.start, "start", "", "first `period` of the treatment")
	flags.StringVar(&s.end, "end", "", "last `period` of the treatment")
	flags.BoolVar(&s.demean, "demean", false, "sc: subtract each unit's own pre-period mean")
	flags.StringSliceVar(&s.covariates, "x-cols", nil, "bsts: `columns` of covariates")
	flags.Float64Var(&s.level, "level", metrics.DefaultLevel, "two-sided level of the intervals")
	flags.StringVar(&s.plot, "plot", "", "SVG `file` to draw observed and counterfactual to")
	format := formatFlag(cmd, "table", "csv", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		s.treatedListGiven, s.valueGiven, s.covariatesGiven = flags.Changed("treated"), flags.Changed("treated-value"), flags.Changed("x-cols")
		if err := s.check(); err != nil {
			return err
		}
		in, err := a.readSheet(s.input, s.delimiter)
		if err != nil {
			return err
		}
		found, err := s.run(in)
		if err != nil {
			return err
		}
		if s.plot != "" {
			if err := found.draw(s.plot, s.outcomeCol); err != nil {
				return err
			}
		}
		return found.result().write(a.out, *format)
	}
	return cmd
}

// check finds misuse before a file is opened.
func (s *studyLift) check() error {
	alone := s.method == "bsts" && len(s.covariates) > 0 && s.unitCol == "" // one series with its covariates: no units
	for _, one := range []struct{ flag, value string }{
		{"--input", s.input}, {"--method", s.method}, {"--unit-col", s.unitCol}, {"--time-col", s.timeCol},
		{"--outcome-col", s.outcomeCol}, {"--start", s.start}, {"--end", s.end},
	} {
		if one.value == "" && !(alone && one.flag == "--unit-col") {
			return usagef("study lift needs --input, --method, --unit-col, --time-col, --outcome-col, --start and --end; %s is missing", one.flag)
		}
	}
	switch {
	case !slices.Contains(liftMethods, s.method):
		return usagef("--method %s is none of %v", s.method, liftMethods)
	case alone && (s.treatedListGiven || s.treatedCol != ""):
		return usagef("without --unit-col all rows are the treated series: leave --treated and --treated-col out")
	case !alone && s.treatedListGiven == (s.treatedCol != ""):
		return usagef("name the treated units: either --treated A,B or --treated-col C with --treated-value V")
	case s.valueGiven && s.treatedCol == "":
		return usagef("--treated-value says what --treated-col holds: name that column")
	case s.demean && s.method != "sc":
		return usagef("--demean belongs to --method sc; %s does without", s.method)
	case s.covariatesGiven && s.method != "bsts":
		return usagef("--x-cols belongs to --method bsts; %s compares with the untreated units of the file", s.method)
	case !(s.level > 0 && s.level < 1):
		return usagef("--level %g is not between 0 and 1: .9 is 90 %%", s.level)
	}
	return nil
}

// run estimates by the method asked for. This is the place of all methods: each gives one liftFound.
func (s *studyLift) run(in *sheet) (*liftFound, error) {
	if s.method == "bsts" {
		return s.structural(in)
	}
	panel, err := s.panel(in)
	if err != nil {
		return nil, err
	}
	var r *lift.Result
	switch s.method {
	case "did":
		r, err = lift.DiD(panel, s.level)
	case "tbr":
		r, err = lift.TBR(panel, s.level)
	case "gbr":
		r, err = lift.GBR(panel, s.level)
	case "sc":
		r, err = lift.SC(panel, s.demean, s.level)
	case "sdid":
		r, err = lift.SDID(panel, s.level)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	return liftFoundIn(panel, r), nil
}

// panel reads the sheet's rows into a panel of units by periods.
func (s *studyLift) panel(in *sheet) (*lift.Panel, error) {
	rows, err := s.observations(in)
	if err != nil {
		return nil, err
	}
	window, err := s.window(in, rows)
	if err != nil {
		return nil, err
	}
	panel, err := lift.NewPanel(rows, window, s.costCol != "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	for _, name := range s.treated {
		if !slices.ContainsFunc(panel.Treated, func(one lift.Series) bool { return one.Unit == strings.TrimSpace(name) }) {
			return nil, fmt.Errorf("%s: treated unit %q has no row between --pre-start and --end", in.path, name)
		}
	}
	return panel, nil
}
