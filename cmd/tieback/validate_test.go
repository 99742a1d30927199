package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// validated runs validate over settings in a folder of their own and returns exit code and lines, without the folder's name.
func validated(t *testing.T, settings string, files map[string]string, flags ...string) (int, []string) {
	t.Helper()
	p := newPlace(t)
	dir := filepath.Dir(p.warehouse)
	args := append([]string{"validate", "--settings", p.file("tieback.yaml", settings)}, flags...)
	for _, name := range []string{"costs.csv", "ledger.csv", "programs.csv"} {
		if text, ok := files[name]; ok {
			args = append(args, p.file(name, text))
		}
	}
	r := tieback(t, args...)
	return r.code, strings.Split(strings.TrimSpace(strings.ReplaceAll(r.out, dir+string(filepath.Separator), "")), "\n")
}

func wantLines(t *testing.T, code, wantCode int, lines []string, want ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("exit code %d, want %d", code, wantCode)
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), strings.Join(lines, "\n"))
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) {
			t.Errorf("line %d\n  %s\nwant\n  %s", i+1, line, want[i])
		}
	}
}

// Every fault is listed at once, in the order of the file, each with its line.
func TestValidateListsEveryFault(t *testing.T) {
	t.Setenv("TIEBACK_TEST_SECRET", "hunter2")
	code, lines := validated(t, `# ${TIEBACK_TEST_NOT_SET} in a comment is none
reporting_curency: USD
reporting_currency: USDD
time_zone: Mars/Olympus
lookback_days: soon # ${TIEBACK_TEST_NOT_SET} here neither
margin_rate: 1.5
home_market: UK
kafka_security: {user: "${TIEBACK_TEST_SECRET}", password: "${TIEBACK_TEST_NOT_SET}", tls: yes}
programs:
  - id: care
    name: Care
    hurdle: -1
    expected_costs: [staff, staff, Media, people]
    match:
      - {platform: facebook}
      - {utm_source: facebook}
      - {plattform: x}
      - {coupon: X, platform: x}
  - id: care
    seed_budget: [1]
  - {id: b, name: Care}
  - name: none
topics: [t, {name: t, type: sale.ordr}, {topic: u, map: shopfy}, {topic: v, mpa: shopify-orders}]
own_accounts:
  - {platform: twitter, person: p}
  - {platform: x, person: p}
aliases: {twitter: x, people: staff, Bad: y}
company: a
company: b
expected_costs: media
brokers: [localhost]
`, nil)
	wantLines(t, code, exitMisused, lines,
		"tieback.yaml:2: unknown key reporting_curency; did you mean reporting_currency?",
		`tieback.yaml:3: reporting_currency "USDD" must be a currency`,
		`tieback.yaml:4: time_zone "Mars/Olympus" is not a time zone`,
		"tieback.yaml:5: lookback_days must be a whole number without quotes, not soon",
		`tieback.yaml:6: margin_rate "1.5" must be a decimal of at least 0 and at most 1`,
		`tieback.yaml:7: home_market "UK" must be a country`,
		"tieback.yaml:8: the environment does not set TIEBACK_TEST_NOT_SET",
		"tieback.yaml:8: kafka_security.tls must be true or false, not yes",
		`tieback.yaml:12: programs: care: hurdle "-1" must be`,
		"tieback.yaml:13: warning: programs: care: expected_costs: staff stands twice",
		`tieback.yaml:13: warning: programs: care: expected_costs: "Media" is never found`,
		"tieback.yaml:13: warning: programs: care: expected_costs: people is never found: aliases make it staff",
		"tieback.yaml:16: warning: programs: care: a rule never applies: all it matches goes to care by an earlier rule (programs[0].match[0])",
		"tieback.yaml:17: unknown key programs[0].match[2].plattform; did you mean platform?",
		"tieback.yaml:18: warning: programs: care: a rule never matches",
		"tieback.yaml:19: programs: entry 2 needs an id that no other has: care stands before",
		"tieback.yaml:20: programs[1].seed_budget must be one text, not a list",
		`tieback.yaml:21: warning: programs: care and b have one name, "Care"`,
		"tieback.yaml:22: programs: entry 4 needs an id that no other has",
		"tieback.yaml:23: unknown key topics[3].mpa; did you mean map?",
		"tieback.yaml:23: topics: t stands twice",
		`tieback.yaml:23: topics: t: type "sale.ordr" is not in the contract (docs/events.md); did you mean sale.order?`,
		`tieback.yaml:23: topics: u: there is no built-in map "shopfy"; name one of`,
		"tieback.yaml:26: warning: own_accounts: p on x stands twice",
		`tieback.yaml:27: warning: aliases: "Bad" never applies`,
		"tieback.yaml:29: company stands twice, first in line 28",
		"tieback.yaml:30: expected_costs must be a list",
		`tieback.yaml:31: warning: brokers: "localhost" must be host:port`,
	)
	for _, line := range lines {
		if strings.Contains(line, "hunter2") {
			t.Errorf("a secret is shown: %s", line)
		}
	}
}

func TestValidateForms(t *testing.T) {
	for text, want := range map[string]string{
		"company: \"open\n":             "tieback.yaml:1: this is no YAML",
		"a: b: c\n":                     "tieback.yaml:1: this is no YAML",
		"company: a\n---\ncompany: b\n": "tieback.yaml:3: the settings are one YAML document",
		"- a\n":                         "tieback.yaml:1: the settings must be keys with values",
		"x: &a {plattform: y}\n":        "tieback.yaml:1: unknown key x",
		"company: &c A\nprograms: [{id: a, match: [{<<: {plattform: y}}]}]\n": "unknown field \"plattform\"",
	} {
		code, lines := validated(t, text, nil)
		if code != exitMisused || !strings.Contains(lines[0], want) {
			t.Errorf("%q: exit code %d\n%s\nwant %s", text, code, strings.Join(lines, "\n"), want)
		}
	}
	for _, text := range []string{"", "# nothing but ${TIEBACK_TEST_NOT_SET}\n", "company: \"a # ${TIEBACK_KEY}\"\n"} {
		if code, lines := validated(t, text, nil); code != exitDone || !strings.Contains(lines[0], "tieback.yaml is valid: 0 programs with 0 rules") {
			t.Errorf("%q: exit code %d\n%s", text, code, strings.Join(lines, "\n"))
		}
	}
}

func TestValidateKey(t *testing.T) {
	p := newPlace(t)
	t.Setenv(keyVariable, "")
	key := filepath.Join(filepath.Dir(p.warehouse), "own.key")
	settings := p.file("tieback.yaml", "key_file: "+key+"\n")
	says := func(want string) {
		t.Helper()
		r := tieback(t, "validate", "--settings", settings)
		if r.code != exitMisused || !strings.Contains(r.out, want) || strings.Contains(r.out, testKey[:20]) {
			t.Errorf("exit code %d, %swant %s and no part of the key", r.code, r.out, want)
		}
	}
	says("tieback.yaml:1: key_file: there is no token key at " + key)
	p.file("own.key", testKey[:62])
	says("must be 64 hexadecimal digits, and has 62 characters")
	says("tieback.yaml:1: warning: key_file: others than you may read")
	p.file("own.key", strings.Repeat("xy", 32))
	says("must be 64 hexadecimal digits")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(key, 0o700); err != nil {
		t.Fatal(err)
	}
	says("key_file: read " + key)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, "validate", "--settings", settings)
}

// The faults of business files have file and line, and the settings are sound: exit code 1.
func TestValidateBusinessFiles(t *testing.T) {
	settings := "time_zone: America/Chicago\nprograms: [{id: community-care, seed_budget: 10}]\n"
	code, lines := validated(t, settings, map[string]string{
		"costs.csv": `type,time,entry_id,starts_on,ends_before,category,amount,currency,program,colur
cost.entry,2026-01-31,a,2026-01-01,2026-02-01,staff,1800.00,USD,community-care,
cost.entry,2026-01-31,b,2026-02-30,2026-02-01,meida,"1,800",USX,comunity-care,red
cost.entry,2026-01-31,a,2026-03-01,2026-02-01,staff,1.00,USD,influencers,
cost.entry,31.01.2026,,2026-01-01,2026-02-01,,5,USD,,
cost.entry,2026-01-31,c,2026-01-01
cost.entyr,2026-01-31,c,2026-01-01,2026-02-01,staff,1.00,USD,,
`,
		"ledger.csv": `type;time;starts_on;ends_before;currency;net_revenue;market
ledger.total;2026-02-10;2026-01-01;2026-02-01;USD;100.00;US
ledger.total;2026-02-10;2026-01-31;2026-03-01;USD;100.00;US
ledger.total;2026-02-10;2026-01-01;2026-02-01;USD;100.00;DE
ledger.total;2026-02-10;2026-01-01;2026-02-01;EUR;100.00;US
ledger.total;2026-02-10;2026-02-01;2026-03-01;EUR;100.00;US
ledger.total;2026-03-10;2026-01-01;2026-02-01;EUR;101.00;US
`,
		"programs.csv": `type,time,program,seed_budget,currency
program.policy,2026-01-01,influencers,2500.00,USD
program.policy,2026-01-01,community-care,20.00,USD
program.policy,2026-02-01,influencers,-1,USD
`,
	})
	wantLines(t, code, exitFailed, lines,
		`costs.csv:3: amount must be a decimal such as 12.50 ("1,800")`,
		`costs.csv:3: starts_on must be a date such as 2026-03-02 ("2026-02-30")`,
		`costs.csv:3: warning: cost.entry has no field colur, the cell is left out`,
		`costs.csv:3: warning: currency USX is no currency of ISO 4217`,
		`costs.csv:3: warning: category meida is none of the usual ones; did you mean media?`,
		`costs.csv:3: warning: program comunity-care is in no settings and has no policy; did you mean community-care?`,
		`costs.csv:4: ends_before must be after starts_on`,
		`costs.csv:4: warning: entry a stands in costs.csv:2 too`,
		`costs.csv:5: category is required in cost.entry`,
		`costs.csv:5: time must be RFC 3339 with an offset`,
		`costs.csv:6: the row has 4 cells, the header has 10`,
		`costs.csv:7: type "cost.entyr" is not in the contract (docs/events.md); did you mean cost.entry?`,
		`ledger.csv:3: the period overlaps with that of ledger.csv:2`,
		`ledger.csv:7: the period stands in ledger.csv:5 too; the later row counts`,
		`programs.csv:3: warning: the settings give community-care a seed_budget`,
		`programs.csv:4: seed_budget cannot be negative ("-1")`,
		`programs.csv:4: warning: the policy of influencers stands in programs.csv:2 too`,
	)
}

func TestValidateHeaders(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "costs.csv: the file is empty",
		"amount,currency,time\n":    "costs.csv:1: there is no column type; say with --type",
		"type,amount\n":             "costs.csv:1: there is no column time; say with --time-from",
		"type,time,amount,amount\n": "costs.csv:1: two columns are called amount",
		"type,time\n\"open\n":       "costs.csv:2: extraneous or missing",
		"type,time\nx\xff,y\n":      "costs.csv: the file is not UTF-8",
	} {
		code, lines := validated(t, "", map[string]string{"costs.csv": text})
		if code != exitFailed || !strings.Contains(lines[0], want) {
			t.Errorf("%q: exit code %d\n%s\nwant %s", text, code, strings.Join(lines, "\n"), want)
		}
	}
	for name, text := range map[string]string{"events.ndjson": "", "costs.csv": `{"id":"1"}` + "\n", "events.csv.gz": "\x1f\x8b\x08", "other.yaml": "time_zone: UTC\n"} {
		p := newPlace(t)
		r := tieback(t, "validate", "--settings", p.file("tieback.yaml", ""), p.file(name, text))
		if !strings.HasSuffix(r.out, name+": validate reads the settings and CSV files of costs, books or programs; tieback preview looks at files of events, --settings names other settings\n") || r.code != exitFailed {
			t.Errorf("%s: exit code %d, %s", name, r.code, r.out)
		}
	}
	text := "starts_on,ends_before,category,amount,currency\n2026-01-01,2026-02-01,staff,5,USD\n"
	code, lines := validated(t, "", map[string]string{"costs.csv": text}, "--type", "cost.entry", "--time-from", "starts_on")
	wantLines(t, code, exitDone, lines, "tieback.yaml is valid", "1 row in 1 file are valid")
	fail(t, exitMisused, []string{"--type cost.entyr is not in the contract", "did you mean cost.entry?"}, "validate", "--type", "cost.entyr")
	fail(t, exitMisused, []string{"there is no", "tieback init writes one"}, "validate", "--settings", filepath.Join(t.TempDir(), "none.yaml"))
}

func TestValidateJSON(t *testing.T) {
	code, lines := validated(t, "fiscal_year_starts: 13\nprograms: [{id: a, match: [{coupon: X, venue: y}]}]\n", nil, "--format", "json")
	var got validation
	if err := json.Unmarshal([]byte(strings.Join(lines, "\n")), &got); err != nil {
		t.Fatal(err)
	}
	if code != exitMisused || got.Valid || len(got.Faults) != 2 {
		t.Fatalf("exit code %d, %+v; want two faults", code, got)
	}
	for i, want := range []fault{{Line: 1, Setting: "fiscal_year_starts", Severity: severityError}, {Line: 2, Setting: "programs[0].match[0]", Severity: severityWarning}} {
		f := got.Faults[i]
		if f.Line != want.Line || f.Setting != want.Setting || f.Severity != want.Severity || f.File != "tieback.yaml" {
			t.Errorf("fault %d is %+v, want %+v", i, f, want)
		}
	}
	if code, lines = validated(t, "company: A\n", nil, "--format", "json"); code != exitDone || !strings.Contains(strings.Join(lines, ""), `"faults": []`) {
		t.Errorf("exit code %d, %s; want no faults", code, lines)
	}
}

// A warning stops no command.
func TestWarningsStopNothing(t *testing.T) {
	p := newPlace(t)
	a := &app{settingsFile: p.file("tieback.yaml", "programs: [{id: a, match: [{coupon: X, venue: y}]}]\n")}
	if _, err := a.settings(); err != nil {
		t.Error(err)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"reporting_currency", "time_zone", "group", "http"}
	for word, want := range map[string]string{"reporting_curency": "reporting_currency", "timezone": "time_zone", "time_zne": "time_zone", "grp": "", "gruop": "group", "HTTP": "http", "zebra": ""} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest to %s is %q, want %q", word, got, want)
		}
	}
	// Distances by hand; kitten, sitting is Levenshtein's usual example.
	for _, c := range []struct {
		a, b string
		want int
	}{{"kitten", "sitting", 3}, {"ab", "ba", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"ca", "abc", 3}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("%s and %s are %d edits apart, want %d", c.a, c.b, got, c.want)
		}
	}
}
