package main

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/transform"
)

// Ann is known to the shop, by mail, by two browsers and on two platforms; Bob shares one browser with her. Everything of Ann's is tied to her by
// some chain of links, and by no single one.
const beforeErasure = `
{"id":"p-1","source":"lab","type":"pilot.registered","time":"2026-01-01T08:00:00Z","pilot":"care","program":"care","unit":"person","control":"none","metric":"revenue","starts_on":"2026-03-01","ends_before":"2026-04-01"}
{"id":"a-1","source":"lab","type":"pilot.assigned","time":"2026-02-01T08:00:00Z","pilot":"care","unit_id":"c-ann","arm":"care"}
{"id":"a-2","source":"lab","type":"pilot.assigned","time":"2026-02-01T08:00:00Z","pilot":"care","unit_id":"c-bob","arm":"none"}
{"id":"l-1","source":"crm","type":"identity.link","time":"2026-02-01T09:00:00Z","a_kind":"facebook","a":"f-ann","b_kind":"customer","b":"c-ann","method":"login"}
{"id":"l-2","source":"crm","type":"identity.link","time":"2026-02-01T09:00:00Z","a_kind":"facebook","a":"f-bob","b_kind":"customer","b":"c-bob","method":"login"}
{"id":"l-3","source":"crm","type":"identity.link","time":"2026-02-01T09:00:00Z","a_kind":"x","a":"x-ann","b_kind":"facebook","b":"f-ann","method":"declared"}
{"id":"l-4","source":"crm","type":"identity.link","time":"2026-02-01T09:00:00Z","a_kind":"phone","a":"+49 30 1234","b_kind":"customer","b":"c-bob","method":"declared"}
{"id":"l-5","source":"crm","type":"identity.link","time":"2026-02-01T09:05:00Z","a_kind":"x","a":"x-eve","b_kind":"customer","b":"c-ann","method":"declared"}
{"id":"u-5","source":"crm","type":"identity.unlink","time":"2026-02-02T09:00:00Z","a_kind":"x","a":"x-eve","b_kind":"customer","b":"c-ann"}
{"id":"n-1","source":"crm","type":"consent.changed","time":"2026-02-01T09:00:00Z","person_kind":"customer","person":"c-ann","purpose":"contact","granted":true}
{"id":"n-2","source":"crm","type":"consent.changed","time":"2026-02-01T09:00:00Z","person_kind":"customer","person":"c-bob","purpose":"contact","granted":true}
{"id":"v-1","source":"site","type":"web.visit","time":"2026-03-01T10:00:00Z","visitor":"v-shared","customer":"c-bob","landing_url":"https://shop.example/?utm_source=facebook"}
{"id":"v-2","source":"site","type":"web.visit","time":"2026-03-01T11:00:00Z","visitor":"v-shared","landing_url":"https://shop.example/bob?utm_source=facebook"}
{"id":"v-3","source":"site","type":"web.visit","time":"2026-03-01T12:00:00Z","visitor":"v-ann","landing_url":"https://shop.example/ann?utm_source=facebook","click_id":"click-of-ann"}
{"id":"e-1","source":"facebook","type":"social.engagement","time":"2026-03-01T10:00:00Z","platform":"facebook","action":"comment","person":"f-ann","thread_id":"t-ann","program":"care","text_hash":"hello"}
{"id":"e-2","source":"facebook","type":"social.engagement","time":"2026-03-01T10:10:00Z","platform":"facebook","action":"reply","person":"f-ann","direction":"outbound","actor":"employee","thread_id":"t-ann","in_reply_to":"e-1","program":"care","text_hash":"we care"}
{"id":"e-3","source":"x","type":"social.engagement","time":"2026-03-01T10:20:00Z","platform":"x","action":"mention","person":"x-ann","program":"care"}
{"id":"e-4","source":"facebook","type":"social.engagement","time":"2026-03-01T10:30:00Z","platform":"facebook","action":"comment","person":"f-bob","program":"care"}
{"id":"e-5","source":"x","type":"social.engagement","time":"2026-03-01T10:30:00Z","platform":"x","action":"comment","person":"x-eve","program":"care"}
{"id":"o-1","source":"shop","type":"sale.order","time":"2026-03-02T10:00:00Z","order_id":"O-1","gross":"100.00","currency":"USD","cost_of_goods":"40.00","customer":"c-ann","email":"Ann@Example.org","subscription_id":"sub-ann"}
{"id":"o-2","source":"shop","type":"sale.order","time":"2026-03-03T10:00:00Z","order_id":"O-2","gross":"50.00","currency":"USD","cost_of_goods":"20.00","email":"ann@example.org","visitor":"v-ann","landing_url":"https://shop.example/ann?utm_source=facebook","referrer":"https://www.facebook.com/ann","click_id":"click-of-ann"}
{"id":"o-3","source":"shop","type":"sale.order","time":"2026-03-03T11:00:00Z","order_id":"O-3","gross":"70.00","currency":"USD","cost_of_goods":"30.00","customer":"c-bob","visitor":"v-shared"}
{"id":"o-4","source":"shop","type":"sale.order","time":"2026-03-03T12:00:00Z","order_id":"O-4","gross":"30.00","currency":"USD","cost_of_goods":"10.00","customer":"c-ann","visitor":"v-shared"}
{"id":"r-1","source":"shop","type":"sale.adjustment","time":"2026-03-04T10:00:00Z","order_id":"O-1","adjustment_id":"R-1","kind":"refund","amount":"25.00","currency":"USD"}
`

// afterErasure is what comes behind the erasure in the log: late events of before it, among them the link to a second
// browser, and events of after it, with a third browser that nothing ties to her but an erased identity.
const afterErasure = `
{"id":"x-1","source":"crm","type":"privacy.erasure","time":"2026-03-10T09:00:00Z","person_kind":"email","person":" ANN@example.org"}
{"id":"l-6","source":"crm","type":"identity.link","time":"2026-03-05T09:00:00Z","a_kind":"visitor","a":"v-ann-2","b_kind":"x","b":"x-ann","method":"declared"}
{"id":"v-4","source":"site","type":"web.visit","time":"2026-03-06T12:00:00Z","visitor":"v-ann-2","landing_url":"https://shop.example/?utm_source=x"}
{"id":"o-5","source":"shop","type":"sale.order","time":"2026-03-07T10:00:00Z","order_id":"O-5","gross":"20.00","currency":"USD","cost_of_goods":"5.00","visitor":"v-ann-2"}
{"id":"o-6","source":"shop","type":"sale.order","time":"2026-03-12T10:00:00Z","order_id":"O-6","gross":"10.00","currency":"USD","cost_of_goods":"5.00","customer":"c-ann","visitor":"v-new"}
{"id":"e-6","source":"facebook","type":"social.engagement","time":"2026-03-12T10:00:00Z","platform":"facebook","action":"comment","person":"f-ann","program":"care"}
{"id":"l-7","source":"crm","type":"identity.link","time":"2026-03-12T10:00:00Z","a_kind":"visitor","a":"v-new","b_kind":"customer","b":"c-ann","method":"login"}
{"id":"n-3","source":"crm","type":"consent.changed","time":"2026-03-12T10:00:00Z","person_kind":"email","person":"ann@example.org","purpose":"analytics","granted":true}
{"id":"a-3","source":"lab","type":"pilot.assigned","time":"2026-03-12T10:00:00Z","pilot":"care","unit_id":"c-ann","arm":"care"}
`

// annsEvents are nothing without Ann: two assignments, four links to her, the one to Eve and its withdrawal, two consents, her three visits.
const annsEvents = 2 + 4 + 2 + 2 + 2

// tokensOf are the tokens of persons written "kind id".
func tokensOf(t *testing.T, persons ...string) map[string]string {
	t.Helper()
	key, err := hex.DecodeString(testKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := transform.NewSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	tokens := make(map[string]string)
	for _, p := range persons {
		kind, id, _ := strings.Cut(p, " ")
		tokens[p] = secret.TokenText(kind, id)
	}
	return tokens
}

func annsTokens(t *testing.T) map[string]string {
	return tokensOf(t, "customer c-ann", "email ann@example.org", "visitor v-ann", "visitor v-ann-2", "facebook f-ann", "x x-ann")
}

func othersTokens(t *testing.T) map[string]string {
	return tokensOf(t, "customer c-bob", "facebook f-bob", "visitor v-shared", "phone +49301234", "x x-eve")
}

// places lists where a file holds which of the tokens: every column of every table and view that can hold one, but the list of
// erased tokens. It is by person.
func places(t *testing.T, file string, tokens map[string]string) map[string][]string {
	t.Helper()
	db, err := sql.Open("duckdb", file+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	columns, err := textRows(t.Context(), db, `
		select schema_name || '.' || table_name, column_name
		from duckdb_columns()
		where database_name = current_database() and not internal and data_type in ('UUID', 'VARCHAR') and not (schema_name = 'meta' and table_name = 'erased')
		order by all`)
	if err != nil || len(columns) < 50 {
		t.Fatalf("%d columns in %s (%v), want more", len(columns), file, err)
	}
	var values []string
	for person, token := range tokens {
		values = append(values, fmt.Sprintf("('%s', '%s')", person, token))
	}
	queries := make(map[string][]string) // by table
	for _, c := range columns {
		table, column, _ := strings.Cut(c, "|")
		queries[table] = append(queries[table], fmt.Sprintf("select '%s.%s' as place, cast(%s as varchar) as held from %s", table, column, column, table))
	}
	found := make(map[string][]string)
	for table, parts := range queries {
		rows, err := textRows(t.Context(), db, "with held as ("+strings.Join(parts, " union all ")+`)
			select persons.person, held.place, count(*)
			from held
			inner join (values `+strings.Join(values, ", ")+`) as persons (person, token)
			    on contains(held.held, persons.token)
			group by all`)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		for _, row := range rows {
			person, place, _ := strings.Cut(row, "|")
			found[person] = append(found[person], place)
		}
	}
	return found
}

func (p *place) snapshot() string {
	return strings.TrimSuffix(p.warehouse, ".duckdb") + ".snapshot.duckdb"
}

// forgotten fails if Ann is anywhere in the warehouse or its snapshots, or if the others are not.
func (p *place) forgotten() {
	p.Helper()
	files, err := filepath.Glob(strings.TrimSuffix(p.snapshot(), ".duckdb") + ".0*.duckdb")
	if err != nil || len(files) == 0 {
		p.Fatalf("snapshots %v (%v)", files, err)
	}
	tokens := annsTokens(p.T)
	for person, token := range othersTokens(p.T) {
		tokens[person] = token
	}
	var found map[string][]string
	for _, file := range append(files, p.warehouse) { // the warehouse last
		found = places(p.T, file, tokens)
		for person := range annsTokens(p.T) {
			if len(found[person]) > 0 {
				p.Errorf("%s still holds %s in %v", filepath.Base(file), person, found[person])
			}
		}
	}
	for person := range othersTokens(p.T) {
		if len(found[person]) == 0 {
			p.Errorf("%s is gone too", person)
		}
	}
	var rows []string
	for _, table := range p.rows("select table_name from duckdb_tables() where schema_name = 'raw'") {
		rows = append(rows, "(select count(*) from raw."+table+")")
	}
	if got := p.one("select sum(written) - (" + strings.Join(rows, " + ") + ") from meta.reconciliation"); got != "0" {
		p.Errorf("the ledger of messages counts %s more written than there are rows", got)
	}
	personal := "select count(*) from raw.sale_order where click_id like 'click%' or subscription_id is not null or landing_url like '%/ann%' or referrer like '%/ann%'"
	if got := p.one(personal); got != "0" {
		p.Errorf("%s orders keep what leads to the person", got)
	}
}

// money is what an erasure must not move.
func (p *place) money() map[string]string {
	p.Helper()
	figures := make(map[string]string)
	for name, query := range map[string]string{
		"orders":   "select count(*), sum(gross), sum(net_revenue), sum(margin) from fct_orders",
		"bridge":   "select month_start, market, gross, adjustments, net_revenue from ledger_bridge_by_month order by all",
		"programs": "select platform, action, direction, program_id, count(*) from fct_engagements group by all order by all",
		"clicks":   "select distinct order_id, evidence, platform from fct_touches where evidence = 'own_click' order by all",
	} {
		figures[name] = strings.Join(queryFile(p.T, p.snapshot(), query), "\n")
	}
	return figures
}

// figures are the marts without those that tell how they came about.
func (p *place) figures() map[string][]string {
	p.Helper()
	marts := p.marts()
	for _, name := range []string{"data_quality", "build_info", "restatements", "restatements_by_reason"} {
		delete(marts, name)
	}
	return marts
}

// known are lines that say when they became known, so that it does not matter when they are read.
func known(lines string) []string {
	lines = regexp.MustCompile(`"time":("[^"]*")`).ReplaceAllString(strings.TrimSpace(lines), `"time":$1,"recordedtime":$1`)
	return strings.Split(lines, "\n")
}

// topicRecords sends each line to the default topic of its type.
func topicRecords(lines string) []*kgo.Record {
	topics := map[string]string{"sale": "tieback.sales", "social": "tieback.social", "web": "tieback.social"}
	var list []*kgo.Record
	for _, line := range known(lines) {
		_, kind, _ := strings.Cut(line, `"type":"`)
		kind, _, _ = strings.Cut(kind, ".")
		topic := topics[kind]
		if topic == "" {
			topic = "tieback.people"
		}
		list = append(list, &kgo.Record{Topic: topic, Key: fmt.Append(nil, len(list)), Value: []byte(line)})
	}
	return list
}

// An erasure takes the person out of every table, with all that is linked to the person, and nothing that comes again brings the
// person back: not the same log again, not a new warehouse, not a backup of before. Money and counts stay.
func TestErasureSurvivesReplay(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	before, after := topicRecords(beforeErasure), topicRecords(afterErasure)
	p.publish(producer, before...)
	p.ingest()
	p.do("build")
	p.do("build")
	money := p.money()
	for person := range annsTokens(t) {
		if held := places(t, p.warehouse, annsTokens(t))[person]; len(held) < 3 && person != "visitor v-ann-2" {
			t.Fatalf("the test finds %s in %v only", person, held)
		}
	}
	if held := places(t, p.snapshot(), annsTokens(t)); len(held) < 3 {
		t.Fatalf("the test finds only %v in the snapshot", held)
	}
	p.do("backup")

	p.publish(producer, after[:1]...)
	p.ingest()
	if out := p.do("build"); !strings.Contains(out, "erased 5 identities: 7 rows stay without the person, 7 rows were deleted") {
		t.Errorf("build says\n%s", out)
	}
	p.forgotten()
	p.reconciled(len(before) + 1)
	if diff := cmp.Diff(money, p.money()); diff != "" {
		t.Errorf("money and counts (-before +after the erasure):\n%s", diff)
	}

	p.publish(producer, after[1:]...)
	p.ingest()
	p.do("build")
	p.forgotten()
	p.reconciled(len(before) + len(after))
	if got := p.one("select sum(left_out) from meta.reconciliation"); got != fmt.Sprint(annsEvents) {
		t.Errorf("%s messages are left out, want Ann's %d", got, annsEvents)
	}
	want := p.figures()

	t.Run("the same log again", func(t *testing.T) {
		p.publish(producer, append(topicRecords(beforeErasure), topicRecords(afterErasure)...)...)
		n := int64(len(before) + len(after))
		if got := p.ingest(); got != (counts{Consumed: n, Duplicates: n}) {
			t.Errorf("%+v, want %d duplicates: what is erased is known still", got, n)
		}
		p.do("build")
		p.forgotten()
		p.reconciled(int(2 * n))
		if diff := cmp.Diff(want, p.figures()); diff != "" {
			t.Errorf("marts (-before +after the replay):\n%s", diff)
		}
	})
	t.Run("a new warehouse", func(t *testing.T) {
		fresh := &place{T: t, warehouse: filepath.Join(t.TempDir(), "w.duckdb"), brokers: p.brokers}
		fresh.ingest()
		fresh.do("build")
		fresh.forgotten()
		if diff := cmp.Diff(want, fresh.figures()); diff != "" {
			t.Errorf("marts (-first +new warehouse):\n%s", diff)
		}
		if got := fresh.one("select sum(left_out) from meta.reconciliation"); got != fmt.Sprint(annsEvents) {
			t.Errorf("%s messages are left out, want Ann's %d", got, annsEvents)
		}
	})
	t.Run("an older backup", func(t *testing.T) {
		if err := os.Rename(p.warehouse, p.warehouse+".damaged"); err != nil {
			t.Fatal(err)
		}
		p.do("restore", "--from", "latest")
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(p.warehouse), "*.duckdb.erased")); err != nil || len(left) > 0 {
			t.Errorf("restore left %v (%v)", left, err)
		}
		if len(places(t, p.warehouse, annsTokens(t))) == 0 {
			t.Fatal("the backup does not hold Ann: the test shows nothing")
		}
		p.do("build")
		p.forgotten()
		p.ingest()
		p.do("build")
		p.forgotten()
		if diff := cmp.Diff(want, p.figures()); diff != "" {
			t.Errorf("marts (-first +restored):\n%s", diff)
		}
	})
}

// Whatever the order in which the events come, and whatever was built between, the same person is erased.
func TestErasureInAnyOrder(t *testing.T) {
	lines := append(known(beforeErasure), known(afterErasure)...)
	var want map[string][]string
	for name, order := range map[string][]string{"as they happened": lines, "backwards": backwards(lines)} {
		p := newPlace(t)
		for part := range slices.Chunk(order, 8) {
			p.load(strings.Join(part, "\n") + "\n")
			p.do("build")
		}
		p.forgotten()
		if want == nil {
			want = p.figures()
		}
		if diff := cmp.Diff(want, p.figures()); diff != "" {
			t.Errorf("marts, %s:\n%s", name, diff)
		}
		if got := p.one("select sum(left_out) from meta.reconciliation"); got != fmt.Sprint(annsEvents) {
			t.Errorf("%s: %s messages are left out, want Ann's %d", name, got, annsEvents)
		}
	}
}

func backwards(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Reverse(lines)
	return lines
}

// secretly runs a command with a text on standard input, and must not show the text.
func (p *place) secretly(input string, args ...string) result {
	p.Helper()
	var out, errOut bytes.Buffer
	code := (&app{in: strings.NewReader(input), out: &out, err: &errOut, now: time.Now}).execute(p.Context(), p.args(args...))
	for _, id := range strings.Fields(input) {
		if strings.Contains(strings.ToLower(out.String()+errOut.String()), strings.ToLower(id)) {
			p.Errorf("%v shows the id %s:\n%s%s", args, id, out.String(), errOut.String())
		}
	}
	return result{code, out.String(), errOut.String()}
}

// forget works with and without a running ingest, leaves a record, and holds even where no log knows of it: after the restore of a
// backup of before, and in a warehouse begun anew at the same place.
func TestForget(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), topicRecords(beforeErasure)...)
	stop := p.ingesting()
	until(t, "the events to be rows", func() bool {
		p.do("build")
		return strings.Contains(p.do("query", "select sum(value) as n from data_quality where measure = 'written'", "--format", "csv"), fmt.Sprint(len(known(beforeErasure))))
	})
	p.do("backup")
	r := p.secretly("\n c-ann \n", "forget", "--kind", "customer", "--id-file", "-")
	for _, want := range []string{"asked for 1 persons", "erased 5 identities: 7 rows stay without the person, 7 rows were deleted", "tieback build"} {
		if r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("forget ended with %d and says\n%s%swant %q", r.code, r.out, r.err, want)
		}
	}
	p.publish(p.producer(), topicRecords(afterErasure)[1:]...) // Ann comes again, by ways that were not known
	p.do("build")
	held := stop()
	if held.code != 0 || strings.Contains(held.err, "c-ann") {
		t.Errorf("ingest ended with %d and says\n%s", held.code, held.err)
	}
	p.ingest()
	p.do("build")
	p.forgotten()
	if got := p.one("select written, consumed from meta.reconciliation where topic = '" + forgetTopic + "'"); got != "1|1" {
		t.Errorf("the record of who asked: %s messages written and consumed, want 1|1", got)
	}
	if got := p.one("select count(*), count(person) from raw.privacy_erasure"); got != "1|0" {
		t.Errorf("%s erasures and tokens in them, want 1|0", got)
	}
	info, err := os.Stat(strings.TrimSuffix(p.warehouse, ".duckdb") + ".erased")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the list of tokens has mode %v (%v), want 0600", info.Mode(), err)
	}

	for _, restored := range []bool{true, false} {
		if err := os.Rename(p.warehouse, fmt.Sprintf("%s.%t", p.warehouse, restored)); err != nil {
			t.Fatal(err)
		}
		if restored {
			p.do("restore", "--from", "latest")
		}
		p.ingest()
		p.do("build")
		p.forgotten()
	}
	p.do("backup", "--drop-older")
	left, err := filepath.Glob(strings.TrimSuffix(p.warehouse, ".duckdb") + ".backup.*.duckdb")
	if err != nil || len(left) != 1 {
		t.Fatalf("backups %v (%v), want the new one only", left, err)
	}
	for person := range annsTokens(t) {
		if found := places(t, left[0], annsTokens(t))[person]; len(found) > 0 {
			t.Errorf("the backup holds %s in %v", person, found)
		}
	}
}

func TestForgetMisused(t *testing.T) {
	p := newPlace(t)
	file := p.file("ids", "c-1\n")
	fail(t, exitFailed, []string{"there is no warehouse at"}, p.args("forget", "--kind", "customer", "--id-file", file)...)
	p.load(orderLine("a", "A", "10.00", "USD") + "\n")
	fail(t, exitMisused, []string{"say whom to forget"}, p.args("forget", "--kind", "customer")...)
	fail(t, exitMisused, []string{"say whom to forget"}, p.args("forget", "--id-file", file)...)
	fail(t, exitMisused, []string{"unknown command"}, p.args("forget", "c-1")...)
	fail(t, exitMisused, []string{"holds no id"}, p.args("forget", "--kind", "customer", "--id-file", p.file("none", "\n\n"))...)
	fail(t, exitFailed, []string{"read the ids"}, p.args("forget", "--kind", "customer", "--id-file", file+".not")...)
	fail(t, exitMisused, []string{"--drop-older"}, p.args("backup", "--drop-older", "--to", file+".duckdb")...)
	long := p.file("long", "c-1\n"+strings.Repeat("x", 70_000)+"\n")
	if r := tieback(t, p.args("forget", "--kind", "customer", "--id-file", long)...); r.code == 0 || strings.Contains(r.err, "xxx") {
		t.Errorf("an id of 70,000 bytes: exit code %d\n%s", r.code, r.err)
	}
	if got := p.one("select count(*) from raw.privacy_erasure"); got != "0" {
		t.Errorf("%s erasures are stored of requests that were refused", got)
	}
	// Somebody who is not known is erased all the same: who comes later is kept out.
	if got := p.do("forget", "--kind", "customer", "--id-file", file); !strings.Contains(got, "erased 1 identities: 1 rows stay without the person, 0 rows were deleted") {
		t.Errorf("forget says\n%s", got)
	}
	if err := os.WriteFile(strings.TrimSuffix(p.warehouse, ".duckdb")+".erased", []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	fail(t, exitFailed, []string{".erased is damaged", "bring back a copy"}, p.args("build")...)
}

// Dead letters that name an erased person go with the person, wherever the name stands; those of others stay. One that is read again
// before anybody looked brings nobody back.
func TestErasureReachesDeadLetters(t *testing.T) {
	p := newPlace(t).withBroker(1)
	letters := strings.Join([]string{
		`{"id":"d-1","type":"sale.order","time":"2026-03-01T10:00:00Z","order_id":"D-1","gross":"ten","currency":"USD","email":"ann@example.org"}`,
		`{"id":"d-2","type":"sale.order","time":"2026-03-01T10:00:00Z","order_id":"D-2","gross":"ten","currency":"USD","customer":"c-bob"}`,
		`{"id":"d-3","type":"order.created","time":"2026-03-01T10:00:00Z","buyer":{"contacts":["ann@EXAMPLE.org"]}}`,
		`f-ann says hello on facebook`,
		`somebody says hello on facebook`,
	}, "\n")
	p.load(strings.Join(known(beforeErasure), "\n") + "\n" + letters + "\n")
	if got := p.one("select count(*) from meta.dead_letter"); got != "5" {
		t.Fatalf("%s dead letters, want 5", got)
	}
	p.load(known(afterErasure)[0] + "\n")
	r := tieback(t, p.args("build")...)
	if r.code != 0 || !strings.Contains(r.err, "deleted 3 dead letters that name an erased person") || !strings.Contains(r.err, "1 dead letters are no JSON") {
		t.Errorf("build ended with %d and says\n%s%s", r.code, r.out, r.err)
	}
	if got := p.do("dlq", "show", "--since", "2026-01-01"); !strings.Contains(got, "c-bob") || !strings.Contains(got, "somebody") || strings.Contains(strings.ToLower(got), "ann") {
		t.Errorf("the dead letters that are left:\n%s", got)
	}
	p.reconciled(len(known(beforeErasure)) + 5 + 1)

	late := `{"id":"d-9","time":"2026-03-01T10:00:00Z","order_id":"D-9","gross":"5.00","currency":"USD","customer":"c-ann","email":"ann@example.org"}`
	p.publish(p.producer(), records("tieback.sales", late)...)
	p.ingest()
	typed := p.file("typed.yaml", "topics: [{name: tieback.sales, type: sale.order}]\n")
	if got := p.do("dlq", "replay", "--code", "missing_field", "--settings", typed); !strings.Contains(got, "1 written") {
		t.Fatalf("replay says %q", got)
	}
	p.do("build")
	p.forgotten()
	if got := p.one("select gross from raw.sale_order where order_id = 'D-9'"); got != "5.0000" {
		t.Errorf("the order that was read again has gross %s, want 5.0000: money stays", got)
	}
}
