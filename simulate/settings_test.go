package simulate_test

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"github.com/goccy/go-yaml"

	"tieback/simulate"
)

// The settings hold the keys of the product and no other, and know every
// program and own account of the events.
func TestSettings(t *testing.T) {
	c, err := simulate.NewCompany(simulate.Options{Events: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Company           string            `yaml:"company"`
		ReportingCurrency string            `yaml:"reporting_currency"`
		TimeZone          string            `yaml:"time_zone"`
		FiscalYearStarts  int               `yaml:"fiscal_year_starts"`
		HomeMarket        string            `yaml:"home_market"`
		MarginRate        string            `yaml:"margin_rate"`
		LookbackDays      int               `yaml:"lookback_days"`
		CreditModel       string            `yaml:"credit_model"`
		SuppressBelow     int               `yaml:"suppress_below"`
		Aliases           map[string]string `yaml:"aliases"`
		OwnAccounts       []struct {
			Platform, Person string
		} `yaml:"own_accounts"`
		Programs []struct {
			ID, Name, Stage string
			SeedBudget      string              `yaml:"seed_budget"`
			ExpectedCosts   []string            `yaml:"expected_costs"`
			Match           []map[string]string `yaml:"match"`
			Hurdle          string
			Reinvest        string
		} `yaml:"programs"`
	}
	text := c.SettingsYAML()
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&s); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	_, truth := play(t, simulate.Options{Events: 10_000}, func([]byte) bool { return false })
	for i, p := range s.Programs {
		if p.ID != truth.Programs[i].Program || p.Hurdle != truth.Programs[i].Hurdle {
			t.Errorf("program %d is %s, truth has %s", i, p.ID, truth.Programs[i].Program)
		}
		if b, err := strconv.ParseFloat(p.SeedBudget, 64); err != nil || b <= 0 || len(p.Match) < 3 || len(p.ExpectedCosts) == 0 {
			t.Errorf("%s: seed budget %q, %d rules", p.ID, p.SeedBudget, len(p.Match))
		}
	}
	if len(s.Programs) != len(truth.Programs) || len(s.OwnAccounts) < 5 || s.MarginRate != "0.40" {
		t.Errorf("%d programs, %d own accounts", len(s.Programs), len(s.OwnAccounts))
	}
	if !slices.Equal(text, c.SettingsYAML()) {
		t.Error("the settings change")
	}
}
