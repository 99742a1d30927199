package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones on machines that have none installed

	"github.com/goccy/go-yaml"

	"tieback/ingest"
	"tieback/ingest/event"
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

// load reads the settings file, applies flags and defaults, and reports every fault at once.
func (a *app) settings() (*settings, error) {
	// Zero is no default for these: a file that says 0 is told so.
	s := &settings{LookbackDays: 30, FiscalYearStarts: 1}
	name := a.settingsFile
	if name == "" {
		name = defaultSettingsFile
	}
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist) && a.settingsFile == "":
	case err != nil:
		return nil, fmt.Errorf("read the settings: %w", err)
	default:
		expanded, err := expandVariables(text, os.LookupEnv)
		if err != nil {
			return nil, usagef("%s: %w", name, err)
		}
		if err := yaml.NewDecoder(bytes.NewReader(expanded), yaml.Strict()).Decode(s); err != nil && len(bytes.TrimSpace(expanded)) > 0 {
			return nil, usagef("%s: %s", name, yaml.FormatError(err, false, false)) // without the lines around it: they may hold secrets
		}
	}
	s.applyDefaults()
	if a.warehouse != "" {
		s.Warehouse = a.warehouse
	}
	if a.brokers != "" {
		s.Brokers = strings.Split(a.brokers, ",")
	}
	if faults := s.faults(); len(faults) > 0 {
		return nil, usagef("%s: %s", name, strings.Join(faults, "\n  "))
	}
	return s, nil
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandVariables replaces ${NAME} by the environment's value; a name that is not set is an error.
func expandVariables(text []byte, lookup func(string) (string, bool)) ([]byte, error) {
	var missing []string
	out := variable.ReplaceAllFunc(text, func(match []byte) []byte {
		name := string(match[2 : len(match)-1])
		value, ok := lookup(name)
		if !ok {
			missing = append(missing, name)
		}
		return []byte(value)
	})
	if len(missing) > 0 {
		return nil, fmt.Errorf("the environment does not set %s", strings.Join(missing, ", "))
	}
	return out, nil
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

// faults lists what is wrong with the settings.
func (s *settings) faults() []string {
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if s.ReportingCurrency != "" && !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(s.ReportingCurrency) {
		add("reporting_currency %q must be three capital letters such as USD", s.ReportingCurrency)
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		add("time_zone %q is not a time zone such as America/Chicago", s.TimeZone)
	}
	if s.FiscalYearStarts < 1 || s.FiscalYearStarts > 12 {
		add("fiscal_year_starts %d must be a month, 1 to 12", s.FiscalYearStarts)
	}
	if s.LookbackDays < 1 || s.LookbackDays > 730 {
		add("lookback_days %d must lie between 1 and 730", s.LookbackDays)
	}
	if !contains(creditModels, s.CreditModel) {
		add("credit_model %q must be one of %s", s.CreditModel, strings.Join(creditModels, ", "))
	}
	if s.MarkovOrder != nil && (*s.MarkovOrder < 1 || *s.MarkovOrder > 4) {
		add("markov_order %d must lie between 1 and 4", *s.MarkovOrder)
	}
	if !contains([]string{"fail", "earliest", "latest"}, s.OnOffsetReset) {
		add("on_offset_reset %q must be fail, earliest or latest", s.OnOffsetReset)
	}
	if !contains([]string{"", "plain", "scram-sha-256", "scram-sha-512"}, s.Security.SASL) {
		add("kafka_security: sasl %q must be plain, scram-sha-256 or scram-sha-512", s.Security.SASL)
	}
	if (s.Security.CertFile == "") != (s.Security.KeyFile == "") {
		add("kafka_security: cert_file and key_file belong together")
	}
	faults = append(faults, s.SchemaRegistry.faults()...)
	checkRatio := func(name, value string, most string) {
		r, ok := new(big.Rat).SetString(value)
		if value != "" && (!ok || r.Sign() < 0 || most != "" && r.Cmp(ratio(most)) > 0) {
			add("%s %q must be a decimal of at least 0%s", name, value, map[bool]string{true: " and at most " + most}[most != ""])
		}
	}
	checkRatio("margin_rate", s.MarginRate, "1")
	checkRatio("identity_min_confidence", s.IdentityMinConfidence, "1")
	seen := make(map[string]bool)
	for i, p := range s.Programs {
		if p.ID == "" || seen[p.ID] {
			add("programs: entry %d needs an id that no other has", i+1)
		}
		seen[p.ID] = true
		checkRatio("programs: "+p.ID+": seed_budget", p.SeedBudget, "")
		checkRatio("programs: "+p.ID+": hurdle", p.Hurdle, "")
		checkRatio("programs: "+p.ID+": reinvest", p.Reinvest, "1")
		if p.Stage != "" && !contains([]string{"feasibility", "strategy", "pilot", "scale", "integrate"}, p.Stage) {
			add("programs: %s: stage %q must be feasibility, strategy, pilot, scale or integrate", p.ID, p.Stage)
		}
		for _, m := range p.Match {
			if m == (ruleSetting{}) {
				add("programs: %s: a match rule is empty and would take everything", p.ID)
			}
		}
	}
	faults = append(faults, s.Run.faults()...)
	for _, t := range s.Topics {
		if t.Name == "" {
			add("topics: an entry names no topic")
		}
		if t.Type != "" && event.Lookup(t.Type) == nil {
			add("topics: %s: type %q is not in the contract (docs/events.md)", t.Name, t.Type)
		}
	}
	return faults
}

func ratio(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
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
	out := warehouse.Settings{Values: map[string]string{
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
