package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Misuse is exit code 2 and a sentence; it is found before anything is opened or made.
func TestMisuse(t *testing.T) {
	p := newPlace(t)
	wrongKey := p.file("wrong.yaml", "reporting_curency: USD\n")
	wrongValue := p.file("value.yaml", "time_zone: Mars/Olympus\nlookback_days: 900\nmarkov_order: 9\n")
	several := p.file("several.yaml", "reporting_currency: usd\nfiscal_year_starts: 13\nprograms:\n- name: none\n")
	unset := p.file("unset.yaml", "company: ${TIEBACK_TEST_NOT_SET}\n")
	file := p.file("one.ndjson", shockLine("a")+"\n")
	for name, c := range map[string]struct {
		args    []string
		phrases []string
	}{
		"no command":       {nil, []string{"name a command"}},
		"unknown command":  {[]string{"ingset"}, []string{`unknown command "ingset"`, "see tieback --help"}},
		"unknown flag":     {[]string{"ingest", "--until-then"}, []string{"unknown flag: --until-then"}},
		"format of ingest": {[]string{"ingest", "--format", "xml"}, []string{"--format xml is none of", "text json"}},
		"format of query":  {[]string{"query", "select 1", "--format", "xlsx"}, []string{"--format xlsx is none of", "table csv json parquet"}},
		"no file":          {[]string{"load"}, []string{"requires at least 1 arg", "see tieback load --help"}},
		"input format":     {[]string{"load", file, "--input-format", "xml"}, []string{"--input-format xml is none of", "parquet"}},
		"input type":       {[]string{"load", file, "--type", "cost"}, []string{"--type cost is not in the contract"}},
		"delimiter":        {[]string{"load", file, "--delimiter", "::"}, []string{"must be one character"}},
		"commas":           {[]string{"produce", file, "--delimiter", ",", "--decimal-comma"}, []string{"contradict each other"}},
		"no query":         {[]string{"query"}, []string{"accepts 1 arg", "see tieback query --help"}},
		"reset policy":     {[]string{"ingest", "--on-offset-reset", "newest"}, []string{"must be fail, earliest or latest"}},
		"settings key":     {[]string{"load", file, "--settings", wrongKey}, []string{wrongKey, "reporting_curency"}},
		"settings value":   {[]string{"load", file, "--settings", wrongValue}, []string{wrongValue, "lookback_days", "markov_order 9 must lie between 1 and 4"}},
		"settings faults":  {[]string{"load", file, "--settings", several}, []string{"reporting_currency", "fiscal_year_starts", "programs: entry 1 needs an id"}},
		"variable not set": {[]string{"load", file, "--settings", unset}, []string{"TIEBACK_TEST_NOT_SET"}},
	} {
		t.Run(name, func(t *testing.T) { fail(t, 2, c.phrases, p.args(c.args...)...) })
	}
	if _, err := os.Stat(p.warehouse); err == nil {
		t.Error("a misused command made a warehouse")
	}
}

// What is missing is exit code 1 and a sentence that says what to do.
func TestMissingThings(t *testing.T) {
	p := newPlace(t)
	file := p.file("one.ndjson", shockLine("a")+"\n")
	missing := filepath.Join(filepath.Dir(p.warehouse), "missing.ndjson")
	fail(t, 1, []string{missing, "no such file"}, p.args("load", file, missing)...)
	empty := t.TempDir()
	fail(t, 1, []string{"the folder " + empty + " holds no file", "--input-format"}, p.args("load", empty)...)
	fail(t, 1, []string{"no file matches " + empty + "/*.csv"}, p.args("load", empty+"/*.csv")...)
	fail(t, 1, []string{missing}, p.args("load", file, "--settings", missing)...)
	fail(t, 1, []string{"there is no snapshot beside " + p.warehouse, "run tieback build"}, p.args("query", "select 1")...)
	if err := os.RemoveAll(p.warehouse); err != nil {
		t.Fatal(err)
	}
	fail(t, 1, []string{"there is no warehouse at " + p.warehouse, "run tieback load or tieback ingest first"}, p.args("build")...)
	p.do("load", file)
	fail(t, 1, []string{"there is no snapshot", "run tieback build"}, p.args("query", "select 1")...)
	p.do("build")
	fail(t, 1, []string{"nonsense", "the tables are listed by"}, p.args("query", "select * from nonsense")...)
}

func TestTokenKey(t *testing.T) {
	p := newPlace(t)
	file := p.file("one.ndjson", linkLine("a")+"\n")
	keyFile := filepath.Join(filepath.Dir(p.warehouse), "tieback.key")
	t.Setenv(keyVariable, "")
	fail(t, 1, []string{"there is no token key", keyVariable, keyFile, "openssl rand -hex 32"}, p.args("load", file)...)
	if _, err := os.Stat(p.warehouse); err == nil {
		t.Error("a warehouse was made without a key")
	}
	t.Setenv(keyVariable, "too short")
	fail(t, exitMisused, []string{"must be 64 hexadecimal digits"}, p.args("load", file)...)
	t.Setenv(keyVariable, testKey[:10])
	fail(t, exitMisused, []string{keyVariable, "64 hexadecimal digits"}, p.args("load", file)...)
	t.Setenv(keyVariable, "")
	p.file("tieback.key", testKey+"\n")
	p.do("load", file) // from the key file
	t.Setenv(keyVariable, testKey)
	p.do("load", file) // the same key from the environment
	other := strings.Repeat("ab", 32)
	t.Setenv(keyVariable, other)
	r := tieback(t, p.args("load", p.file("two.ndjson", linkLine("b")+"\n"))...)
	if r.code != 1 || !strings.Contains(r.err, "made with another token key") || strings.Contains(r.err, other) {
		t.Errorf("exit code %d, %s; want 1 and a sentence without the key", r.code, r.err)
	}
	if got := p.one("select count(*) from raw.identity_link"); got != "1" {
		t.Errorf("%s links, want 1: nothing was written under the other key", got)
	}
}

// Foreign files are refused and left as they are.
func TestForeignWarehouse(t *testing.T) {
	p := newPlace(t)
	file := p.file("one.ndjson", shockLine("a")+"\n")
	text := strings.Repeat("this is no database\n", 1000)
	p.warehouse = p.file("notes.txt", text)
	fail(t, 1, []string{p.warehouse + " is not a DuckDB file", "--warehouse"}, p.args("load", file)...)
	if content, err := os.ReadFile(p.warehouse); err != nil || string(content) != text {
		t.Errorf("%v; the foreign file was changed", err)
	}
}

func TestTwoCurrencies(t *testing.T) {
	p := newPlace(t)
	p.load(orderLine("a", "A", "10.00", "USD") + "\n" + orderLine("b", "B", "10.00", "EUR") + "\n")
	fail(t, 2, []string{"[EUR USD]", "reporting_currency: EUR"}, p.args("build")...)
	settings := p.file("tieback.yaml", "reporting_currency: USD\n")
	p.do("build", "--settings", settings)
	if got := p.do("query", "select value from build_info where name = 'reporting_currency'", "--format", "csv"); got != "value\nUSD\n" {
		t.Errorf("reporting currency %q, want USD", got)
	}
}

// Through the socket the same misuse has the same exit code.
func TestTwoCurrenciesWhileIngestRuns(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.load(orderLine("a", "A", "10.00", "USD") + "\n" + orderLine("b", "B", "10.00", "EUR") + "\n")
	stop := p.ingesting()
	defer stop()
	fail(t, 2, []string{"reporting_currency: EUR"}, p.args("build")...)
}

func TestQueryFormats(t *testing.T) {
	p := newPlace(t)
	p.load(orderLine("a", "A", "10.50", "USD") + "\n" + orderLine("b", "B, \"or\"", "7.25", "USD") + "\n")
	p.do("build")
	query := "select order_id, gross, order_date, null as nothing from fct_orders order by order_id"
	want := map[string]string{
		"table": "order_id  gross    order_date  nothing\nA         10.5000  2026-03-02  null\nB, \"or\"   7.2500   2026-03-02  null\n",
		"csv":   "order_id,gross,order_date,nothing\nA,10.5000,2026-03-02,\n\"B, \"\"or\"\"\",7.2500,2026-03-02,\n",
		"json":  "[\n\t{\"order_id\":\"A\",\"gross\":10.5000,\"order_date\":\"2026-03-02\",\"nothing\":null},\n\t{\"order_id\":\"B, \\\"or\\\"\",\"gross\":7.2500,\"order_date\":\"2026-03-02\",\"nothing\":null}\n]\n",
	}
	for format, text := range want {
		if got := p.do("query", query, "--format", format); got != text {
			t.Errorf("%s:\n%q\nwant\n%q", format, got, text)
		}
	}
	parquet := p.file("out.parquet", p.do("query", query+";", "--format", "parquet"))
	got := strings.Join(queryFile(t, p.warehouse, "select * from read_parquet('"+parquet+"')"), "\n")
	if wanted := "A|10.5000|2026-03-02|null\nB, \"or\"|7.2500|2026-03-02|null"; got != wanted {
		t.Errorf("parquet holds\n%s\nwant\n%s", got, wanted)
	}
	if r := tieback(t, p.args("query", "drop table fct_orders")...); r.code == 0 {
		t.Error("a query dropped a table of the snapshot")
	}
}

// The broker's faults reach the user as sentences, through every command that talks to one.
func TestBrokerTrouble(t *testing.T) {
	p := newPlace(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.brokers = closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	file := p.file("one.ndjson", shockLine("a")+"\n")
	fail(t, exitUnreachable, []string{"no Kafka broker answers at " + p.brokers, "--brokers"}, p.args("ingest", "--until-end")...)
	fail(t, exitUnreachable, []string{"no Kafka broker answers at " + p.brokers, "0 messages were published"}, p.args("produce", file)...)
	p.withBroker(1)
	fail(t, 1, []string{"topic nowhere does not exist", "--topics"}, p.args("ingest", "--until-end", "--topics", "nowhere")...)
	fail(t, 1, []string{"a topic does not exist"}, p.args("produce", file, "--topic", "nowhere")...)
	if got := p.ingest(); got != (counts{}) {
		t.Errorf("empty topics: %+v, want nothing consumed and the end at once", got)
	}
}

// A log that lost the position: refused by default, and by policy gone on with a record of the gap.
func TestOffsetResetIsRecorded(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer(kgo.DefaultProduceTopic("tieback.business"))
	send := func(ids ...string) {
		for _, id := range ids {
			p.publish(producer, &kgo.Record{Value: []byte(shockLine(id))})
		}
	}
	send("a", "b")
	p.ingest()
	send("c", "d", "e")
	if err := p.cluster.DeleteRecords("tieback.business", 0, 4); err != nil {
		t.Fatal(err)
	}
	fail(t, exitPositionLost, []string{"stands at offset 2, the log holds 4 to 5", "2 messages were deleted", "--on-offset-reset"}, p.args("ingest", "--until-end")...)
	if got := p.ingest("--on-offset-reset", "earliest"); got.Written != 1 {
		t.Errorf("%+v, want the one message that is left", got)
	}
	if got := p.one("select topic, partition, stored_offset, log_start, log_end, resumed_at from meta.offset_gap"); got != "tieback.business|0|2|4|5|4" {
		t.Errorf("recorded gap %s", got)
	}
	if got := p.ingest(); got != (counts{}) {
		t.Errorf("%+v afterwards, want nothing", got)
	}
	if err := p.cluster.DeleteTopic("tieback.business"); err != nil {
		t.Fatal(err)
	}
	if err := p.cluster.CreateTopic("tieback.business", 1, nil); err != nil {
		t.Fatal(err)
	}
	producer = p.producer(kgo.DefaultProduceTopic("tieback.business")) // the old one knows the old topic
	send("f")
	fail(t, exitPositionLost, []string{"stands at offset 5, the log holds 0 to 1", "made anew"}, p.args("ingest", "--until-end")...)
	settings := p.file("reset.yaml", "on_offset_reset: earliest\n")
	if got := p.ingest("--settings", settings); got.Written != 1 {
		t.Errorf("%+v by the settings' policy, want the one message of the new topic", got)
	}
	if got := p.rows("select stored_offset, log_start, log_end, resumed_at from meta.offset_gap order by found_at"); strings.Join(got, " ") != "2|4|5|4 5|0|1|0" {
		t.Errorf("recorded gaps %v", got)
	}
	if got := p.one("select sum(difference) from meta.reconciliation"); got != "0" {
		t.Errorf("reconciliation difference %s, want 0", got)
	}
}

// Help goes to standard output and is no failure.
func TestHelp(t *testing.T) {
	for _, command := range []string{"demo", "simulate", "broker", "produce", "ingest", "load", "build", "report", "query"} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), nil, &out, &errOut, []string{command, "--help"}); code != 0 || !strings.Contains(out.String(), "tieback "+command) || errOut.Len() > 0 {
			t.Errorf("%s --help: exit code %d, %q, %q", command, code, out.String(), errOut.String())
		}
	}
}
