package main

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"tieback/ingest/event"
)

var (
	stages       = []string{"feasibility", "strategy", "pilot", "scale", "integrate"}
	offsetResets = []string{"fail", "earliest", "latest"}
	mechanisms   = []string{"plain", "scram-sha-256", "scram-sha-512"}
)

// The largest values that the columns behind the settings hold, and sense allows.
const (
	mostBudget   = "99999999999999"
	mostHurdle   = "1000"
	mostLookback = 730
	mostOrder    = 4
	mostDays     = 3650
)

// faults lists what is wrong with the values of the settings; what is wrong with their form is found in reading.
func (s *settings) faults() faultList {
	var faults faultList
	add := faults.add
	if s.ReportingCurrency != "" && !slices.Contains(currencies, s.ReportingCurrency) {
		add("reporting_currency %q must be a currency of ISO 4217, three capital letters such as USD%s", s.ReportingCurrency, didYouMean(s.ReportingCurrency, currencies))
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		add("time_zone %q is not a time zone such as America/Chicago", s.TimeZone)
	}
	if s.FiscalYearStarts < 1 || s.FiscalYearStarts > 12 {
		add("fiscal_year_starts %d must be a month, 1 to 12", s.FiscalYearStarts)
	}
	if s.HomeMarket != "" && !slices.Contains(countries, s.HomeMarket) {
		add("home_market %q must be a country of ISO 3166-1, two capital letters such as US%s", s.HomeMarket, map[bool]string{true: "; the United Kingdom is GB"}[s.HomeMarket == "UK"])
	}
	if s.LookbackDays < 1 || s.LookbackDays > mostLookback {
		add("lookback_days %d must lie between 1 and %d", s.LookbackDays, mostLookback)
	}
	for name, days := range map[string]*int{"maturity_days": s.MaturityDays, "suppress_below": s.SuppressBelow} {
		if days != nil && (*days < 0 || *days > mostDays) {
			add("%s %d must lie between 0 and %d", name, *days, mostDays)
		}
	}
	if !slices.Contains(creditModels, s.CreditModel) {
		add("credit_model %q must be one of %s", s.CreditModel, strings.Join(creditModels, ", "))
	}
	if s.MarkovOrder != nil && (*s.MarkovOrder < 1 || *s.MarkovOrder > mostOrder) {
		add("markov_order %d must lie between 1 and %d", *s.MarkovOrder, mostOrder)
	}
	if !slices.Contains(offsetResets, s.OnOffsetReset) {
		add("on_offset_reset %q must be fail, earliest or latest", s.OnOffsetReset)
	}
	faults.ratio("margin_rate", "margin_rate", s.MarginRate, "1")
	faults.ratio("identity_min_confidence", "identity_min_confidence", s.IdentityMinConfidence, "1")
	faults = append(faults, s.securityFaults()...)
	faults = append(faults, s.SchemaRegistry.faults()...)
	faults = append(faults, s.programFaults()...)
	faults = append(faults, s.tillFaults()...)
	faults = append(faults, s.Run.faults()...)
	return append(faults, s.topicFaults()...)
}

var decimal = regexp.MustCompile(`^\+?[0-9]*\.?[0-9]+([eE][-+]?[0-9]{1,2})?$`)

// ratio checks a decimal of at least 0 and at most most. name is what the message calls it.
func (l *faultList) ratio(setting, name, value, most string) {
	if value == "" {
		return
	}
	r, ok := new(big.Rat).SetString(value)
	limit, _ := new(big.Rat).SetString(most)
	if !ok || !decimal.MatchString(value) || r.Sign() < 0 || r.Cmp(limit) > 0 {
		l.at(setting, "%s %q must be a decimal of at least 0 and at most %s", name, value, most)
	}
}

func (s *settings) securityFaults() faultList {
	var faults faultList
	if s.Security.SASL != "" && !slices.Contains(mechanisms, s.Security.SASL) {
		faults.at("kafka_security.sasl", "kafka_security: sasl %q must be plain, scram-sha-256 or scram-sha-512", s.Security.SASL)
	}
	if (s.Security.CertFile == "") != (s.Security.KeyFile == "") {
		faults.at("kafka_security", "kafka_security: cert_file and key_file belong together")
	}
	return faults
}

func (s *settings) programFaults() faultList {
	var faults faultList
	seen := make(map[string]bool)
	for i, p := range s.Programs {
		at := func(field string) string { return fmt.Sprintf("programs[%d].%s", i, field) }
		switch {
		case p.ID == "":
			faults.at(at("id"), "programs: entry %d needs an id that no other has", i+1)
		case seen[p.ID]:
			faults.at(at("id"), "programs: entry %d needs an id that no other has: %s stands before", i+1, p.ID)
		}
		seen[p.ID] = true
		name := "programs: " + p.ID + ": "
		faults.ratio(at("seed_budget"), name+"seed_budget", p.SeedBudget, mostBudget)
		faults.ratio(at("hurdle"), name+"hurdle", p.Hurdle, mostHurdle)
		faults.ratio(at("reinvest"), name+"reinvest", p.Reinvest, "1")
		if p.Stage != "" && !slices.Contains(stages, p.Stage) {
			faults.at(at("stage"), "%sstage %q must be feasibility, strategy, pilot, scale or integrate", name, p.Stage)
		}
		for j, m := range p.Match {
			if m == (ruleSetting{}) {
				faults.at(at(fmt.Sprintf("match[%d]", j)), "programs: %s: a match rule is empty and would take everything", p.ID)
			}
		}
	}
	return faults
}

func (s *settings) topicFaults() faultList {
	var faults faultList
	seen := make(map[string]bool)
	for i, t := range s.Topics {
		at := fmt.Sprintf("topics[%d]", i)
		switch {
		case t.Name == "":
			faults.at(at, "topics: an entry names no topic")
		case seen[t.Name]:
			faults.at(at, "topics: %s stands twice; one entry says how a topic is read", t.Name)
		}
		seen[t.Name] = true
		if t.Type != "" && event.Lookup(t.Type) == nil {
			faults.at(at, "topics: %s: type %q is not in the contract (docs/events.md)%s", t.Name, t.Type, didYouMean(t.Type, eventTypes()))
		}
	}
	return faults
}

// eventTypes are the names of all types of the contract.
func eventTypes() []string {
	var names []string
	for _, t := range event.Types {
		names = append(names, t.Name)
	}
	return names
}
