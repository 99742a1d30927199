package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tieback/metrics/attribution"
)

// creditReport is the JSON of tieback study attribution.
type creditReport struct {
	Models      []string    `json:"models"`
	Order       int         `json:"order"`
	PConversion number      `json:"p_conversion"`
	Totals      pathTotals  `json:"totals"`
	Results     []creditRow `json:"results"`
	Grade       string      `json:"grade"`
	Warnings    []string    `json:"warnings"`
}

// pathTotals are what was credited, and how much stood on how many paths.
type pathTotals struct {
	Paths       int    `json:"paths"`
	Conversions number `json:"conversions"`
	Value       number `json:"value"`
	Nulls       number `json:"nulls"`
}

// creditRow is what a model gives a channel. Removal effects belong to markov alone.
type creditRow struct {
	Model              string `json:"model"`
	Channel            string `json:"channel"`
	Conversions        number `json:"conversions"`
	Value              number `json:"value"`
	RemovalEffect      number `json:"removal_effect"`
	RemovalEffectValue number `json:"removal_effect_value"`
}

func newCreditReport(s *attributionStudy, paths *attribution.Paths, models []string) *creditReport {
	total := paths.Total()
	out := &creditReport{Models: models, Order: s.order, PConversion: number(pConversion(total)), Grade: "D",
		Totals: pathTotals{paths.Len(), number(total.Conversions), notKnown, notKnown}}
	if s.columns.value != "" {
		out.Totals.Value = number(total.Value)
	}
	if s.columns.nulls != "" {
		out.Totals.Nulls = number(total.Nulls)
	}
	return out
}

func (out *creditReport) add(s *attributionStudy, channels []string, model string, credit attribution.Credit) {
	for i, channel := range channels {
		row := creditRow{model, channel, number(credit.Conversions[i]), notKnown, notKnown, notKnown}
		if s.columns.value != "" {
			row.Value = number(credit.Value[i])
		}
		if model == "markov" {
			row.RemovalEffect, row.RemovalEffectValue = number(s.effects.Effects.Conversions[i]), number(s.effects.Effects.Value[i])
		}
		out.Results = append(out.Results, row)
	}
}

func (out *creditReport) result(s *attributionStudy) studyResult {
	out.Warnings = append([]string{}, s.warnings...)
	r := studyResult{json: out, header: []string{"model", "channel", "conversions", "value", "removal_effect", "removal_effect_value"}}
	for _, row := range out.Results {
		r.rows = append(r.rows, []string{row.Model, row.Channel, row.Conversions.String(), row.Value.String(), row.RemovalEffect.String(), row.RemovalEffectValue.String()})
	}
	r.notes = append(r.notes, fmt.Sprintf("%d paths, %s conversions, probability of conversion %s. Credit is not cause (grade D).",
		out.Totals.Paths, out.Totals.Conversions, strconv.FormatFloat(float64(out.PConversion), 'g', 6, 64)))
	for _, warning := range out.Warnings {
		r.notes = append(r.notes, "warning: "+warning)
	}
	return r
}

// warn notes what a reader should know before using the numbers, and why some are missing.
func (s *attributionStudy) warn(paths *attribution.Paths, models []string) {
	add := func(format string, args ...any) { s.warnings = append(s.warnings, fmt.Sprintf(format, args...)) }
	total, untouched, markov := paths.Total(), paths.Untouched(), contains(models, "markov")
	switch {
	case paths.Len() == 1:
		add("there is only one path: credit follows from the rule alone, and nothing can be compared")
	case len(paths.Channels()) == 1:
		add("there is only one channel: every model gives it everything")
	}
	if untouched != (attribution.Totals{}) {
		add("paths without a touch hold %g conversions, a value of %g and %g nulls: nobody is credited with them, and they are in no total", untouched.Conversions, untouched.Value, untouched.Nulls)
	}
	if total.Conversions == 0 {
		add("no path converted: all credit is 0, and removal effects are not known")
	} else if silent := silentChannels(paths); len(silent) > 0 {
		names := strings.Join(silent[:min(5, len(silent))], ", ")
		if len(silent) > 5 {
			names += fmt.Sprintf(" and %d more", len(silent)-5)
		}
		add("on no path that converted: %s; their credit is 0", names)
	}
	if s.columns.value == "" {
		add("the file has no column of value: value is not known. Name it with --value-col")
	} else if total.Value == 0 && total.Conversions > 0 && markov {
		add("all value is 0: removal effects by value are not known")
	}
	if s.columns.nulls == "" && markov {
		add("the file has no column of paths that did not convert: every path counts as converting, so a removal effect is only how often a channel stands on them. Name it with --nulls-col")
	} else if total.Nulls == 0 && markov && total.Conversions > 0 {
		add("every path converted: a removal effect is only how often a channel stands on them")
	}
	if contains(models, "last-non-direct") && !slices.ContainsFunc(paths.Channels(), func(name string) bool { return attribution.IsDirect(name, s.direct) }) {
		add("no channel is called %q: last-non-direct is the same as last. Say what direct touches are called with --direct", s.direct)
	}
}

// silentChannels are those to which linear gives nothing: they stand on no path that converted.
func silentChannels(paths *attribution.Paths) []string {
	var names []string
	for i, share := range paths.Linear().Conversions {
		if share == 0 {
			names = append(names, paths.Channels()[i])
		}
	}
	return names
}
