package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write docs/schema/tieback.settings.json anew")

func TestSettingsSchemaIsCurrent(t *testing.T) {
	want, err := settingsSchema()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "docs", "schema", "tieback.settings.json")
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s is not what the settings are; run: go test ./cmd/tieback -run Schema -update\n%s", name, d)
	}
}

func TestEveryKeyHasOneSentence(t *testing.T) {
	sentences, err := settingSentences()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, key := range settingKeys() {
		known[key.path] = true
		if !strings.HasSuffix(sentences[key.path], ".") {
			t.Errorf("%s has no sentence in settings.txt", key.path)
		}
	}
	for key := range sentences {
		if !known[key] {
			t.Errorf("settings.txt speaks of %s, which is no key", key)
		}
	}
	for path := range settingLimits() {
		if !known[path] {
			t.Errorf("%s has a limit in the schema and is no key", path)
		}
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := settingsSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("tieback.settings.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("tieback.settings.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// bySchema says whether the schema takes a text. JSON in between makes of YAML what editors make of it.
func bySchema(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return schema.Validate(value)
}

// byReader says whether commands take a text.
func byReader(text string) faultList {
	s := &settings{LookbackDays: 30, FiscalYearStarts: 1}
	r := readSettings([]byte(text), os.LookupEnv, s)
	s.applyDefaults()
	return append(r.faults, r.place(s.faults())...).errors()
}

// accepted and refused are settings on which the schema and the reader must agree. What compares keys or knows more than a
// pattern is the reader's alone: see TestOnlyTheReaderKnows.
var accepted = []string{
	"company: Harbor", "company: 12", "company: true", "company:", "reporting_currency: USD", "reporting_currency:", "time_zone: UTC",
	"fiscal_year_starts: 1", "fiscal_year_starts: 12", "fiscal_year_starts: 12.0", "home_market: GB", "margin_rate: 0", "margin_rate: 1", "margin_rate: 0.40", `margin_rate: "0.40"`,
	`margin_rate: "1.0"`, `margin_rate: .5`, "lookback_days: 1", "lookback_days: 730", "credit_model: linear", "credit_model:", "maturity_days: 0", "suppress_below: 10",
	"identity_min_confidence: 0.5", "expected_costs: [media]", "expected_costs: []", "expected_costs:", "warehouse: w.duckdb", "brokers: [a:1, b:2]", "topics: [{name: a}]", "topics: [a, {topic: b, map: shopify-orders}]", "markov_order: 2", "schema_registry: {url: \"http://r:8081\"}",
	"topics: [{name: a, source: s, type: sale.order}]", "group: g", "on_offset_reset: earliest", "memory_limit: 2GB", "aliases: {twitter: x}", "aliases: {}",
	"own_accounts: [{platform: x, person: 7}]", "programs: [{id: a}]", "programs: [{id: a, name: A, stage: pilot, seed_budget: 50.25, hurdle: 0.2, reinvest: 1, expected_costs: [media], match: [{coupon: X*}]}]",
	"programs: []", "tills: []", "tills: [{channel: web, source: shop}, {source: shop}, {channel: \"*\", source: pos}]", "key_file: k", "kafka_security: {tls: true, sasl: plain, user: u, password: p}", "kafka_security: {cert_file: a, key_file: b}", "http: localhost:1",
	"drain_deadline: 1m30s", "drain_deadline: 1.5h", "go_memory_limit: 512MiB", "dead_letters: {max_count: 5, max_share: 0.05, min_messages: 10, window: 10m}", "dead_letters: {max_share: 1}",
	"snapshots: {keep: 3, keep_days: 7}", "backups: {keep: 1}",
}

var refused = []string{
	"company: [a]", "company: {a: b}", "companny: a", "Company: a", "reporting_currency: usd", "reporting_currency: USDD", "reporting_currency: 1", "time_zone: [UTC]",
	"fiscal_year_starts: 0", "fiscal_year_starts: 13", `fiscal_year_starts: "1"`, "fiscal_year_starts: 1.5", "fiscal_year_starts: January", "home_market: UK", "home_market: us",
	"margin_rate: 1.1", "margin_rate: -0.1", "margin_rate: 40 %", "margin_rate: 2/5", "margin_rate: true", "margin_rate: [0.4]", "lookback_days: 731", "lookback_days: -1", "lookback_days: true",
	"credit_model: best", "maturity_days: -1", "suppress_below: -1", "suppress_below: ten", "identity_min_confidence: 80", "expected_costs: media", "expected_costs: {media: 1}", "brokers: a:1",
	"topics: [{source: s}]", "topics: [{name: a, type: sale.ordr}]", "topics: {name: a}", "topics: [{name: a, key: b}]", "topics: [[a]]", "topics: [{name: a, topic: b}]", "topics: [{topic: a, mpa: b}]", "on_offset_reset: newest", "aliases: [a]", "aliases: {a: [b]}",
	"programs: {id: a}", "programs: [{name: A}]", "programs: [{id: a, stage: done}]", "programs: [{id: a, seed_budget: -1}]", "programs: [{id: a, hurdle: high}]", "programs: [{id: a, reinvest: 2}]",
	"programs: [{id: a, match: [{}]}]", "programs: [{id: a, match: [{plattform: x}]}]", "programs: [{id: a, match: {coupon: X}}]", "programs: [{id: a, expected_costs: media}]", "programs: [{id: a, color: red}]",
	"kafka_security: {tls: yes}", "kafka_security: {sasl: md5}", "kafka_security: {cert_file: a}", "kafka_security: {passwd: a}", "kafka_security: [tls]", "drain_deadline: soon", "drain_deadline: 30",
	"go_memory_limit: plenty", "dead_letters: {max_share: 5}", "dead_letters: {max_share: x}", "dead_letters: {max_count: -1}", "dead_letters: {window: 10}", "dead_letters: {max_cuont: 1}", "dead_letters: {min_messages: -1}", "dead_letters: {keep_days: -1}", "markov_order: 5", "topics: [{topic: \"\"}]",
	"snapshots: {keep: -1}", "backups: {keep_days: -1}", "tills: [shop]", "tills: [{channel: web}]", "tills: [{channel: web, source: \"\"}]", "tills: {web: shop}", "tills: [{channel: web, sorce: shop}]", "own_accounts: [x]", "own_accounts: {platform: x, person: y}", "[]", "text",
}

func TestSchemaAndReaderAgree(t *testing.T) {
	schema := compiledSchema(t)
	for _, text := range accepted {
		if err := bySchema(t, schema, text); err != nil {
			t.Errorf("%s: the schema refuses it: %v", text, err)
		}
		if faults := byReader(text); len(faults) > 0 {
			t.Errorf("%s: the reader refuses it: %v", text, faults)
		}
	}
	for _, text := range refused {
		if bySchema(t, schema, text) == nil {
			t.Errorf("%s: the schema accepts it", text)
		}
		if len(byReader(text)) == 0 {
			t.Errorf("%s: the reader accepts it", text)
		}
	}
}

// Every limit of the schema has an example that breaks it; else the two could part unseen.
func TestEveryLimitHasARefusedExample(t *testing.T) {
	all := strings.Join(refused, "\n")
	for path := range settingLimits() {
		if _, name := parentOf(path); !strings.Contains(all, name+":") {
			t.Errorf("no refused example for %s", path)
		}
	}
}

// What compares keys, reads a clock's tables or the environment is no matter of a schema.
func TestOnlyTheReaderKnows(t *testing.T) {
	schema := compiledSchema(t)
	for _, text := range []string{"time_zone: Mars/Olympus", "time_zone: Local", "programs: [{id: a}, {id: a}]", "topics: [{name: t}, {name: t}]", "tills: [{source: shop}, {channel: \"*\", source: shop}]", `company: "${TIEBACK_TEST_NOT_SET}"`} {
		if err := bySchema(t, schema, text); err != nil {
			t.Errorf("%s: the schema refuses it: %v", text, err)
		}
		if len(byReader(text)) == 0 {
			t.Errorf("%s: the reader accepts it", text)
		}
	}
}
