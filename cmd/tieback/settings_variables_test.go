package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hostileSecrets are values that mean something else to YAML than the text they are.
var hostileSecrets = []string{
	"plain-hunter2", "a: hunter2", "pa #ss", "pa#ss", "*hunter2", "&hunter2", "!hunter2", "!x", "%hunter2", "@hunter2", "`hunter2", "[hunter2", "{hunter2", "|hunter2",
	">hunter2", "- hunter2", "'hunter2", `"hunter2`, `hunter2"`, "hunter2:", "? hunter2", "0123456", "0x1F", "1e5", "1_000", "1.10", "12345678901234567890123", ".inf", "true",
	"null", "~", "2026-03-02", "  hunter2  ", "hunter2\nuser: y", `hunter2\n`, "${PW}", "<<", "---", "$1hunter2", "[*hunter2]", "[hunter2, |hunter2]", "\uE0000\uE001hunter2",
}

func read(t *testing.T, text string, environment map[string]string) (*settings, faultList) {
	t.Helper()
	s := &settings{LookbackDays: 30, FiscalYearStarts: 1}
	r := readSettings([]byte(text), func(name string) (string, bool) { v, ok := environment[name]; return v, ok }, s)
	s.applyDefaults()
	r.judge("tieback.yaml", append(s.faults(), s.warnings()...))
	return s, r.faults
}

// What a variable holds is the value as it is, whatever it would mean in YAML.
func TestVariablesAreText(t *testing.T) {
	for _, secret := range hostileSecrets {
		for _, form := range []string{"password: ${PW}", `password: "${PW}"`, "password: '${PW}'", "password: &p ${PW}", "password: |-\n    ${PW}", "password: ${PW} # ${NONE}"} {
			s, faults := read(t, "kafka_security:\n  user: u\n  "+form+"\n", map[string]string{"PW": secret})
			if s.Security.Password != secret || len(faults) > 0 {
				t.Errorf("%s with %q: password %q, faults %v", form, secret, s.Security.Password, faults)
			}
		}
		s, faults := read(t, "kafka_security: {user: ${U}, password: \"<${PW}|${U}>\"}\ntopics: [\"${PW}\", {name: t, source: ${PW}}]\n", map[string]string{"PW": secret, "U": "u"})
		if want := "<" + secret + "|u>"; s.Security.Password != want || s.Security.User != "u" || len(s.Topics) != 2 || s.Topics[0].Name != secret || s.Topics[1].Source != secret || len(faults) > 0 {
			t.Errorf("%q: %q and topics %+v, faults %v", secret, s.Security.Password, s.Topics, faults)
		}
	}
}

// No fault shows what a variable holds, wherever it stands.
func TestVariablesAreNotShown(t *testing.T) {
	places := []string{
		"kafka_security: ${PW}", "kafka_security: {tls: ${PW}}", "kafka_security: {sasl: \"${PW}\"}", "kafka_security: {sasl: x${PW}y}", "lookback_days: ${PW}", "brokers: ${PW}", "brokers: [\"${PW}\"]",
		"brokers: [[${PW}]]", "dead_letters: {max_share: ${PW}}", "dead_letters: {window: ${PW}}", "time_zone: ${PW}", "margin_rate: ${PW}", "topics: ${PW}", "topics: [{name: t, type: ${PW}}]",
		"topics: [${PW}, ${PW}]", "programs: [{id: ${PW}, hurdle: ${PW}}]", "tills: [{channel: ${PW}, source: ${PW}}, {channel: ${PW}, source: ${PW}}]", "aliases: {a: ${PW}}", "${PW}: a",
		"aliases: {${PW}: a}", "aliases: ${PW}", "go_memory_limit: ${PW}", "http: ${PW}", "schema_registry: {url: ${PW}}", "expected_costs: ${PW}", "${PW}", "a: b: ${PW}", "company: \"${PW}",
		"x: *${PW}", "company: &a ${PW}\nlookback_days: *a", "company: !!int ${PW}", "- ${PW}", "drain_deadline: ${PW}", "own_accounts: [{person: ${PW}}]", "markov_order: ${PW}",
	}
	for _, secret := range append(hostileSecrets, "HUNTER2", `hunter2"\x`, "[hunter2, hunter2]", "{sasl: hunter2}", "hunter2\x01") {
		for _, place := range places {
			_, faults := read(t, place+"\n", map[string]string{"PW": secret})
			for _, f := range faults {
				if strings.Contains(strings.ToLower(f.Message+f.Setting), "hunter2") {
					t.Errorf("%s with %q: %s (%s)", place, secret, f, f.Setting)
				}
				if f.Line == 0 {
					t.Errorf("%s with %q: %s has no line", place, secret, f)
				}
			}
		}
	}
	_, faults := read(t, "company: a\nkafka_security:\n  sasl: ${PW}\n  tls: ${PW}\n", map[string]string{"PW": "hunter2"})
	want := `tieback.yaml:3: kafka_security: sasl "${PW}" must be plain, scram-sha-256 or scram-sha-512
  tieback.yaml:4: kafka_security.tls must be true or false, not ${PW}`
	if faults.Error() != want {
		t.Errorf("faults\n  %s\nwant\n  %s", faults.Error(), want)
	}
}

// Where a setting wants a number, true or false, or a list, that is what a variable holds.
func TestVariablesOfOtherKinds(t *testing.T) {
	text := "lookback_days: ${DAYS}\nkafka_security: {tls: ${TLS}}\nbrokers: ${BROKERS}\ndead_letters: {max_share: ${SHARE}, keep_days: ${KEEP}}\nexpected_costs: ${COSTS}\ncompany: ${EMPTY}\nmaturity_days: ${EMPTY}\ntopics: ${EMPTY}\n"
	s, faults := read(t, text, map[string]string{"DAYS": "45", "TLS": "true", "BROKERS": "[a:9092, b:9092]", "SHARE": "0.25", "KEEP": " 7 ", "COSTS": "- media\n- 0123", "EMPTY": ""})
	switch {
	case s.LookbackDays != 45, !s.Security.TLS, !slices.Equal(s.Brokers, []string{"a:9092", "b:9092"}), *s.Run.DeadLetters.MaxShare != 0.25, *s.Run.DeadLetters.KeepDays != 7,
		!slices.Equal(s.ExpectedCosts, []string{"media", "0123"}), s.Company != "", s.MaturityDays != nil, len(s.Topics) != 4, len(faults.errors()) > 0:
		t.Errorf("%+v, faults %v", s, faults)
	}
	_, faults = read(t, "lookback_days: ${DAYS}\nfiscal_year_starts: 13\n", map[string]string{"DAYS": "12345"})
	if len(faults) != 2 || faults[0].Message != "lookback_days ${DAYS} must lie between 1 and 730" || faults[1].Message != "fiscal_year_starts 13 must be a month, 1 to 12" {
		t.Errorf("faults %v", faults)
	}
}

// A variable that is not set is a fault in its own line, and the only one about its setting.
func TestUnsetVariables(t *testing.T) {
	_, faults := read(t, "lookback_days: ${A}\nkafka_security: ${B}\nprograms:\n  - id: ${C}\ncompany: |\n  one\n  ${D} and ${E}\nwarehouse: &w ${F}\nnonsense: ${G}\nbrokers: [${H}, x:1]\n", nil)
	var got []string
	for _, f := range faults {
		if name, ok := strings.CutPrefix(f.Message, "the environment does not set "); ok {
			got = append(got, strconv.Itoa(f.Line)+name)
		} else if f.Setting != "nonsense" {
			t.Errorf("also %s", f)
		}
	}
	if want := []string{"1A", "2B", "4C", "7D", "7E", "8F", "9G", "10H"}; !slices.Equal(got, want) {
		t.Errorf("unset %v, want %v", got, want)
	}
}

// Nor does a command that fails on what a variable holds.
func TestVariablesAreNotShownByCommands(t *testing.T) {
	t.Setenv("TIEBACK_TEST_SECRET", "*hunter2")
	t.Setenv("TIEBACK_TEST_NAME", "tieback")
	p := newPlace(t).withBroker(1)
	for setting, want := range map[string]string{
		"topics: [{name: tieback.sales, map: \"${TIEBACK_TEST_SECRET}\"}]":      `there is no built-in map "${TIEBACK_TEST_SECRET}"`,
		"topics: [{name: tieback.sales, map: \"./${TIEBACK_TEST_SECRET}.jq\"}]": "read the map: open ./${TIEBACK_TEST_SECRET}.jq",
		"topics: [\"${TIEBACK_TEST_SECRET}\"]":                                  "topic ${TIEBACK_TEST_SECRET}",
		"kafka_security: {tls: true, ca_file: \"${TIEBACK_TEST_SECRET}\"}":      "${TIEBACK_TEST_SECRET}",
		"company: ${TIEBACK_TEST_NAME}\nlookback_days: x":                       "tieback.yaml:2: lookback_days must be",
		"http: ${TIEBACK_TEST_SECRET}":                                          "serve /livez, /readyz and /metrics at ${TIEBACK_TEST_SECRET}",
	} {
		r := tieback(t, p.args("ingest", "--until-end", "--settings", p.file("tieback.yaml", setting+"\n"))...)
		if r.code == exitDone || !strings.Contains(r.err, want) || strings.Contains(r.err, "hunter2") {
			t.Errorf("%s: exit code %d\n%swant %s and not what it holds", setting, r.code, r.err, want)
		}
	}
}
