package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	_ "time/tzdata" // time zones on machines that have none installed

	"tieback/ingest"
	"tieback/transform"
	"tieback/warehouse"
)

// settings is tieback.yaml. Flags override it; a key it does not know is an error.
type settings struct {
	Company               string            `yaml:"company"`
	ReportingCurrency     string            `yaml:"reporting_currency"`
	TimeZone              string            `yaml:"time_zone"`
	FiscalYearStarts      int               `yaml:"fiscal_year_starts"`
	HomeMarket            string            `yaml:"home_market"`
	MarginRate            string            `yaml:"margin_rate"`
	LookbackDays          int               `yaml:"lookback_days"`
	CreditModel           string            `yaml:"credit_model"`
	MarkovOrder           *int              `yaml:"markov_order"`
	MaturityDays          *int              `yaml:"maturity_days"`
	SuppressBelow         *int              `yaml:"suppress_below"`
	IdentityMinConfidence string            `yaml:"identity_min_confidence"`
	ExpectedCosts         []string          `yaml:"expected_costs"`
	Warehouse             string            `yaml:"warehouse"`
	Brokers               []string          `yaml:"brokers"`
	Topics                []topicSettings   `yaml:"topics"`
	Group                 string            `yaml:"group"`
	OnOffsetReset         string            `yaml:"on_offset_reset"`
	MemoryLimit           string            `yaml:"memory_limit"`
	Aliases               map[string]string `yaml:"aliases"`
	OwnAccounts           []ownAccount      `yaml:"own_accounts"`
	Tills                 []tillSettings    `yaml:"tills"`
	Programs              []programSettings `yaml:"programs"`
	KeyFile               string            `yaml:"key_file"`
	Security              securitySettings  `yaml:"kafka_security"`
	SchemaRegistry        registrySettings  `yaml:"schema_registry"`

	Run runSettings `yaml:",inline"`
}

// securitySettings are for brokers that ask who is there; write secrets as ${VARIABLE}.
type securitySettings struct {
	TLS      bool   `yaml:"tls"`
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	SASL     string `yaml:"sasl"`
	User     string `yaml:"user"`
	Password string `yaml:"password"`
}

func (s securitySettings) forIngest() ingest.Security {
	return ingest.Security{TLS: s.TLS, CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile, Mechanism: s.SASL, User: s.User, Password: s.Password}
}

type ownAccount struct {
	Platform string `yaml:"platform"`
	Person   string `yaml:"person"`
}

type programSettings struct {
	ID            string        `yaml:"id"`
	Name          string        `yaml:"name"`
	Stage         string        `yaml:"stage"`
	SeedBudget    string        `yaml:"seed_budget"`
	Hurdle        string        `yaml:"hurdle"`
	Reinvest      string        `yaml:"reinvest"`
	ExpectedCosts []string      `yaml:"expected_costs"`
	Match         []ruleSetting `yaml:"match"`
}

type ruleSetting struct {
	Platform    string `yaml:"platform"`
	Campaign    string `yaml:"campaign"`
	UTMSource   string `yaml:"utm_source"`
	UTMCampaign string `yaml:"utm_campaign"`
	Coupon      string `yaml:"coupon"`
	Venue       string `yaml:"venue"`
	CostCenter  string `yaml:"cost_center"`
}

const (
	defaultSettingsFile = "tieback.yaml"
	defaultWarehouse    = "data/tieback.duckdb"
	defaultBroker       = "localhost:9092"
)

var creditModels = []string{"first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley", "markov"}

// settings reads the settings file, applies flags and defaults, and reports every fault at once.
func (a *app) settings() (*settings, error) {
	s, r, err := a.checkedSettings()
	if err != nil {
		return nil, err
	}
	if faults := r.faults.errors(); len(faults) > 0 {
		return nil, usageError{faults}
	}
	return s, nil
}

// checkedSettings reads the settings file with all its faults. Without a file everything is default.
func (a *app) checkedSettings() (*settings, *settingsReader, error) {
	// Zero is no default for these: a file that says 0 is told so.
	s := &settings{LookbackDays: 30, FiscalYearStarts: 1}
	name := a.settingsFile
	if name == "" {
		name = defaultSettingsFile
	}
	text, err := os.ReadFile(name)
	if err != nil && (a.settingsFile != "" || !errors.Is(err, os.ErrNotExist)) {
		return nil, nil, fmt.Errorf("read the settings: %w", err)
	}
	r := readSettings(text, os.LookupEnv, s)
	a.concealed = r.hideWords
	s.applyDefaults()
	if a.warehouse != "" {
		s.Warehouse = a.warehouse
	}
	if a.brokers != "" {
		s.Brokers = strings.Split(a.brokers, ",")
	}
	r.judge(name, append(s.faults(), s.warnings()...))
	return s, r, nil
}

func (s *settings) applyDefaults() {
	setDefault(&s.TimeZone, "UTC")
	setDefault(&s.CreditModel, "last_non_direct")
	setDefault(&s.Warehouse, defaultWarehouse)
	setDefault(&s.OnOffsetReset, "fail")
	setDefault(&s.Group, "tieback")
	setDefault(&s.IdentityMinConfidence, "0.8")
	if s.SuppressBelow == nil {
		ten := 10
		s.SuppressBelow = &ten
	}
	if s.ExpectedCosts == nil {
		s.ExpectedCosts = []string{"media", "staff", "content", "tools"}
	}
	s.Run.applyDefaults()
	if len(s.Brokers) == 0 {
		s.Brokers = []string{defaultBroker}
	}
	if len(s.Topics) == 0 {
		for _, name := range []string{"tieback.social", "tieback.sales", "tieback.business", "tieback.people"} {
			s.Topics = append(s.Topics, topicSettings{Name: name})
		}
	}
}

func setDefault(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// forBuild turns the settings into what the models read. secret may be nil where no own account is named.
func (s *settings) forBuild(currency string, secret *transform.Secret) warehouse.Settings {
	out := warehouse.Settings{Tills: s.allTills(), Values: map[string]string{
		"reporting_currency": currency, "time_zone": s.TimeZone, "fiscal_year_starts": strconv.Itoa(s.FiscalYearStarts),
		"lookback_days": strconv.Itoa(s.LookbackDays), "credit_model": s.CreditModel, "suppress_below": strconv.Itoa(*s.SuppressBelow),
		"identity_min_confidence": s.IdentityMinConfidence, "expected_costs": strings.Join(s.ExpectedCosts, ","),
	}}
	for name, value := range map[string]string{"home_market": s.HomeMarket, "margin_rate": s.MarginRate, "company": s.Company} {
		if value != "" {
			out.Values[name] = value
		}
	}
	if s.MarkovOrder != nil {
		out.Values["markov_order"] = strconv.Itoa(*s.MarkovOrder)
	}
	if s.MaturityDays != nil {
		out.Values["maturity_days"] = strconv.Itoa(*s.MaturityDays)
	}
	for _, p := range s.Programs {
		program := warehouse.Program{ID: p.ID, Name: p.Name, Stage: p.Stage, SeedBudget: p.SeedBudget, Hurdle: p.Hurdle, Reinvest: p.Reinvest, ExpectedCosts: p.ExpectedCosts}
		if program.Name == "" {
			program.Name = p.ID
		}
		for _, m := range p.Match {
			program.Rules = append(program.Rules, warehouse.Rule(m))
		}
		out.Programs = append(out.Programs, program)
	}
	if secret != nil {
		for _, o := range s.OwnAccounts {
			platform := strings.ToLower(strings.TrimSpace(o.Platform))
			if alias, ok := s.Aliases[platform]; ok {
				platform = alias
			}
			out.OwnAccounts = append(out.OwnAccounts, warehouse.OwnAccount{Platform: platform, PersonToken: secret.TokenText(platform, o.Person)})
		}
	}
	return out
}
