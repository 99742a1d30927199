package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tieback/metrics/attribution"
)

// creditRules are the models of the study, in the order of its help.
var creditRules = []string{"first", "last", "last-non-direct", "linear", "position", "time-decay", "markov", "shapley"}

// attributionStudy is one run of tieback study attribution.
type attributionStudy struct {
	models  string
	order   int
	direct  string
	columns struct{ path, conversions, value, nulls, ages string }

	warnings []string
	effects  attribution.Markov
}

func (a *app) studyAttributionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attribution --input FILE",
		Short: "Credit conversions to the channels of the paths that led to them, by several models side by side",
		Long: `Credit conversions and their value to the channels on the paths that led to them. Credit is not cause (grade D).

The file has a row a path: its touches, the first one first, separated by ">"; how many people who went it converted, what
their conversions were worth in all, and how many did not convert. Columns are found by the names path, conversions (or
total_conversions), value (total_conversion_value) and nulls (total_null), or named by flags. Without value only
conversions are credited; without nulls every path counts as converting.

  first, last       all to one touch
  last-non-direct   the last touch that is not direct; the last one where all are. Upper and lower case and parentheses do not matter
  linear            equal shares to each occurrence
  position          40 % to the first and the last touch each, 20 % to those between; two touches half each
  time-decay        halves every 7 days of age, fractions counted; needs --ages-col, in each row as many ages as touches
  markov            in proportion to what an absorbing Markov chain of --order touches loses without the channel, solved exactly
  shapley           equal shares to each distinct channel

Blanks around a touch and touches without a name are left out. A path without any touch is credited to nobody, and counted in the warnings.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	s := &attributionStudy{}
	flags := cmd.Flags()
	input := flags.String("input", "", "CSV `file` with a row a path; - is standard input")
	delimiter := flags.String("delimiter", "", "what separates columns, one character or tab (default the one that the header uses most: comma, semicolon, tab or bar)")
	flags.StringVar(&s.models, "models", "", "models, separated by commas (default all; time-decay only with --ages-col)")
	flags.IntVar(&s.order, "order", 1, "how many touches a state of markov remembers")
	flags.StringVar(&s.direct, "direct", "direct", "what direct touches are called")
	flags.StringVar(&s.columns.path, "path-col", "", "`column` of the path")
	flags.StringVar(&s.columns.conversions, "conversions-col", "", "`column` of the conversions")
	flags.StringVar(&s.columns.value, "value-col", "", "`column` of the conversions' value in all")
	flags.StringVar(&s.columns.nulls, "nulls-col", "", "`column` of how many did not convert")
	flags.StringVar(&s.columns.ages, "ages-col", "", "`column` of each touch's days before the conversion, separated by > as the path is")
	format := formatFlag(cmd, "table", "csv", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		models, err := s.chosen()
		if err != nil {
			return err
		}
		if *input == "" {
			return usagef("name the file of paths: --input FILE")
		}
		if *delimiter == "" {
			if *delimiter, err = a.headerDelimiter(*input); err != nil {
				return err
			}
		}
		table, err := a.readSheet(*input, *delimiter)
		if err != nil {
			return err
		}
		result, err := s.run(table, models)
		if err != nil {
			return err
		}
		return result.write(a.out, *format)
	}
	return cmd
}

// chosen lists the models asked for; names may be written as the settings write them, last_non_direct.
func (s *attributionStudy) chosen() ([]string, error) {
	if s.order < 1 {
		return nil, usagef("--order %d: a state of the chain remembers at least 1 touch", s.order)
	}
	if s.models == "" {
		models := slices.Clone(creditRules)
		if s.columns.ages == "" {
			models = slices.DeleteFunc(models, func(name string) bool { return name == "time-decay" })
		}
		return models, nil
	}
	var models []string
	for name := range strings.SplitSeq(s.models, ",") {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
		if !contains(creditRules, name) {
			return nil, usagef("--models: %q is none of %s", name, strings.Join(creditRules, ", "))
		}
		if name == "time-decay" && s.columns.ages == "" {
			return nil, usagef("time-decay needs the age of each touch: name its column with --ages-col, days before the conversion separated by > as the path is")
		}
		if !contains(models, name) {
			models = append(models, name)
		}
	}
	return models, nil
}

// headerDelimiter is the character that the first line uses most of those that separate columns; a comma where it uses none.
func (a *app) headerDelimiter(path string) (string, error) {
	var in *bufio.Reader
	if path == "-" {
		in = bufio.NewReaderSize(a.in, 1<<16)
		a.in = in // what is peeked at is read again
	} else {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }() // it was only read
		in = bufio.NewReaderSize(file, 1<<16)
	}
	begin, err := in.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	header, _, _ := strings.Cut(string(begin), "\n")
	best := ","
	for _, candidate := range []string{";", "\t", "|"} {
		if strings.Count(header, candidate) > strings.Count(header, best) {
			best = candidate
		}
	}
	return best, nil
}

// pathColumn finds a column: the one the flag names, else the first known name that the file has. Optional columns may be missing.
func pathColumn(table *sheet, flag, named string, optional bool, known ...string) (string, error) {
	if named != "" {
		return named, nil
	}
	for _, name := range known {
		if table.has(name) {
			return name, nil
		}
	}
	if optional {
		return "", nil
	}
	return "", fmt.Errorf("%s has none of the columns %s; name the right one with %s. Its columns are %s. With another delimiter, say --delimiter ';' or --delimiter tab",
		table.path, strings.Join(known, ", "), flag, strings.Join(table.names, ", "))
}

// read turns the rows of the file into paths.
func (s *attributionStudy) read(table *sheet) (*attribution.Paths, error) {
	var err error
	find := func(into *string, flag string, optional bool, known ...string) {
		if err == nil {
			*into, err = pathColumn(table, flag, *into, optional, known...)
		}
	}
	find(&s.columns.path, "--path-col", false, "path")
	find(&s.columns.conversions, "--conversions-col", false, "conversions", "total_conversions")
	find(&s.columns.value, "--value-col", true, "value", "total_conversion_value", "conversion_value")
	find(&s.columns.nulls, "--nulls-col", true, "nulls", "total_null", "null")
	if err != nil {
		return nil, err
	}
	tracks, err := table.text("--path-col", s.columns.path)
	if err != nil {
		return nil, err
	}
	var ages []string
	if s.columns.ages != "" {
		if ages, err = table.text("--ages-col", s.columns.ages); err != nil {
			return nil, err
		}
	}
	numbers := func(flag, name string) []float64 {
		if name == "" || err != nil {
			return make([]float64, table.rows())
		}
		var values []float64
		values, err = table.numbers(flag, name)
		return values
	}
	conversions := numbers("--conversions-col", s.columns.conversions)
	value := numbers("--value-col", s.columns.value)
	nulls := numbers("--nulls-col", s.columns.nulls)
	if err != nil {
		return nil, err
	}
	paths := &attribution.Paths{}
	for i, track := range tracks {
		var days []float64
		if ages != nil {
			if days, err = daysOf(ages[i]); err != nil {
				return nil, fmt.Errorf("%s line %d: column %q: %w", table.path, table.lines[i], s.columns.ages, err)
			}
		}
		if err := paths.Add(touchesOf(track), attribution.Totals{Conversions: conversions[i], Value: value[i], Nulls: nulls[i]}, days); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", table.path, table.lines[i], err)
		}
	}
	return paths, nil
}

// touchesOf splits a path or its ages; what is blank is left out.
func touchesOf(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ">") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func daysOf(text string) ([]float64, error) {
	parts := touchesOf(text)
	days := make([]float64, len(parts))
	for i, part := range parts {
		var err error
		if days[i], err = strconv.ParseFloat(part, 64); err != nil {
			return nil, fmt.Errorf("%q is not a number of days", part)
		}
	}
	return days, nil
}

// credit runs one model.
func (s *attributionStudy) credit(paths *attribution.Paths, model string) (attribution.Credit, error) {
	switch model {
	case "first":
		return paths.First(), nil
	case "last":
		return paths.Last(), nil
	case "last-non-direct":
		return paths.LastNonDirect(s.direct), nil
	case "linear":
		return paths.Linear(), nil
	case "position":
		return paths.Position(), nil
	case "time-decay":
		return paths.TimeDecay()
	case "shapley":
		return paths.Shapley(), nil
	}
	var err error
	s.effects, err = paths.Markov(s.order)
	return s.effects.Credit, err
}

// run credits the paths by each model.
func (s *attributionStudy) run(table *sheet, models []string) (studyResult, error) {
	paths, err := s.read(table)
	if err != nil {
		return studyResult{}, err
	}
	if paths.Len() == 0 {
		return studyResult{}, fmt.Errorf("%s: no row of column %q has a touch: there is no channel to credit", table.path, s.columns.path)
	}
	out := newCreditReport(s, paths, models)
	for _, model := range models {
		credit, err := s.credit(paths, model)
		if err != nil {
			return studyResult{}, fmt.Errorf("%s: %s: %w", table.path, model, err)
		}
		if err := s.check(paths, model, credit); err != nil {
			s.warnings = append(s.warnings, err.Error())
		}
		out.add(s, paths.Channels(), model, credit)
	}
	s.warn(paths, models)
	return out.result(s), nil
}

// check holds a model to what all of them promise.
func (s *attributionStudy) check(paths *attribution.Paths, model string, credit attribution.Credit) error {
	total := paths.Total()
	for _, c := range []struct {
		of    string
		parts []float64
		want  float64
	}{{"conversions", credit.Conversions, total.Conversions}, {"value", credit.Value, total.Value}} {
		sum := 0.0
		for _, part := range c.parts {
			sum += part
		}
		if !(math.Abs(sum-c.want) <= 1e-9*c.want) {
			return fmt.Errorf("check failed: %s hands out %g %s of %g", model, sum, c.of, c.want)
		}
	}
	if want := pConversion(total); model == "markov" && !(math.Abs(s.effects.PConversion-want) <= 1e-9) {
		return fmt.Errorf("check failed: the chain converts with probability %g, the paths with %g", s.effects.PConversion, want)
	}
	return nil
}

// pConversion is the share of people who converted; 0 of nobody.
func pConversion(t attribution.Totals) float64 {
	if t.Conversions == 0 {
		return 0
	}
	return t.Conversions / (t.Conversions + t.Nulls)
}
