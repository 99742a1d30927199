package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// cartMap makes an order and a line for each item of a cart. A cart without items is left out, a cart of staff is not looked at.
const cartMap = `# carts
def event($type): {id: "\($type)-\(.cart)", $type, time: .at};
select(.staff | not)
| if (.items | length) == 0 then left_out("empty cart") else
    (event("sale.order") + {order_id: .cart, gross: ([.items[].price] | dsum), currency}),
    (. as $cart | .items | to_entries[] | .value + {
      id: "line-\($cart.cart)-\(.key)", type: "sale.line", time: $cart.at, order_id: $cart.cart, line_id: .key, currency: $cart.currency, quantity: 1, gross: .value.price} | del(.price))
  end
`

func cart(id, items, more string) string {
	return fmt.Sprintf(`{"cart":%q,"at":"2026-03-02T10:15:00Z","currency":"USD","items":[%s]%s}`, id, items, more)
}

const (
	lamp = `{"sku":"LAMP","price":10.10}`
	cup  = `{"sku":"CUP","price":"0.20"}`
	// dear has an amount that no column holds, free a sku that is none.
	dear = `{"sku":"DEAR","price":1.00001}`
	free = `{"price":0}`
)

func (p *place) mapped(program string) (settings string) {
	p.Helper()
	path := p.file("cart.jq", program)
	return p.file("mapped.yaml", fmt.Sprintf("topics:\n  - {topic: tieback.sales, map: %s, source: carts}\n  - tieback.social\n", path))
}

// Every message counts once, whatever its map makes of it.
func TestAMapMakesSeveralEventsOfAMessage(t *testing.T) {
	p := newPlace(t).withBroker(1)
	settings := p.mapped(cartMap)
	client := p.producer()
	lines := []string{
		cart("c-1", lamp+","+cup, ""),         // an order and two lines
		cart("c-1", lamp+","+cup, ""),         // again
		cart("c-2", "", ""),                   // left out
		cart("c-3", lamp, `,"staff":true`),    // nothing
		cart("c-4", lamp+","+free, ""),        // an order, a line, and a line without a sku
		cart("c-5", dear, ""),                 // an order and a line, both with an amount that is too precise
		`{"cart":"c-6","at":1}`,               // items are null: left out
		`{"cart":"c-7","items":"none"}`,       // the map fails
		`not JSON`,                            //
		cart("c-1", lamp, ""),                 // the order has other content, its line is known
		cart("c-1", lamp+","+cup+","+cup, ""), // the order has yet other content, one line is new
	}
	p.publish(client, records("tieback.sales", strings.Join(lines, "\n"))...)
	p.publish(client, records("tieback.social", engagementLine("e-1"))...)
	want := counts{Consumed: 12, Written: 4, Duplicates: 1, DeadLetters: 4, LeftOut: 3}
	if got := p.ingest("--settings", settings); got != want {
		t.Errorf("ingest: %+v, want %+v", got, want)
	}
	p.reconciled(12)
	for query, want := range map[string]string{
		"select sum(written), sum(duplicates), sum(conflicts), sum(dead_letters), sum(left_out) from meta.reconciliation":                 "4|1|1|3|3",
		"select count(*), string_agg(order_id || ' ' || gross, ', ' order by order_id) from raw.sale_order":                               "2|c-1 10.3000, c-4 10.1000",
		"select count(*), sum(gross) from raw.sale_line":                                                                                  "4|20.6000",
		"select count(*), count(*) filter (counts), min(event_number), max(event_number) from meta.dead_letter where code = 'bad_amount'": "2|1|1|2",
		"select count(*), count(*) filter (counts), max(event_number) from meta.dead_letter where code = 'missing_field'":                 "1|0|3",
		"select count(*), count(*) filter (counts) from meta.dead_letter where code = 'conflict'":                                         "2|1",
		"select string_agg(reason || ' ' || outputs, ', ' order by reason) from meta.left_out":                                            "empty cart 2, the map makes no event of it 1",
		"select string_agg(word, ', ') from meta.word where word = 'carts'":                                                               "carts",
	} {
		if got := p.one(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	list := p.do("dlq", "list", "--code", "map_error", "--format", "csv")
	if !strings.Contains(list, "cart.jq, line 5: ") || strings.Contains(list, "none") {
		t.Errorf("the dead letter names map and line, and no content:\n%s", list)
	}
	p.do("build", "--settings", p.file("currency.yaml", "reporting_currency: USD\n"))
}

// A map that is mended makes rows of its dead letters, and the ledger stays exact.
func TestDeadLettersOfAMapAreReplayed(t *testing.T) {
	p := newPlace(t).withBroker(1)
	settings := p.mapped(cartMap)
	lines := []string{cart("c-1", lamp+","+free, ""), cart("c-2", dear, ""), `{"cart":"c-3","items":"none"}`, `not JSON`}
	p.publish(p.producer(), records("tieback.sales", strings.Join(lines, "\n"))...)
	if got, want := p.ingest("--settings", settings), (counts{Consumed: 4, Written: 1, DeadLetters: 3}); got != want {
		t.Fatalf("ingest: %+v, want %+v", got, want)
	}
	p.mapped(strings.NewReplacer(
		"select(.staff | not)", `select(.items != "none")`,
		"[.items[].price]", "[.items[].price | dround(2)]",
		"gross: .value.price}", `gross: (.value.price | dround(2)), sku: (.value.sku // "GIFT")}`,
	).Replace(cartMap))
	const want = "read again 5 dead letters: 2 written, 0 duplicates, 0 conflicts, 1 still cannot be read\n"
	if got := p.do("dlq", "replay", "--settings", settings); got != want {
		t.Errorf("replay says %q, want %q", got, want)
	}
	p.reconciled(4)
	for query, want := range map[string]string{
		"select sum(written), sum(dead_letters), sum(left_out) from meta.reconciliation":                             "2|1|1",
		"select count(*), sum(gross) from raw.sale_order":                                                            "2|11.1000",
		"select count(*), string_agg(word, ' ' order by word) from raw.sale_line inner join meta.word on sku = code": "3|DEAR GIFT LAMP",
		"select count(*), any_value(code) from meta.dead_letter":                                                     "1|not_json",
	} {
		if got := p.one(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestLoadWithAMap(t *testing.T) {
	p := newPlace(t)
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "ingest", "mapping", "testdata", "shopify-orders.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ": in") && !strings.Contains(f.Name, "dead letter") {
			lines.Write(f.Data)
		}
	}
	file := p.file("orders.ndjson", lines.String())
	got := countsOf(t, p.do("load", file, "--map", "shopify-orders", "--source", "shop", "--format", "json"))
	if want := (counts{Consumed: 20, Written: 14, Duplicates: 1, LeftOut: 5}); got != want {
		t.Errorf("load: %+v, want %+v", got, want)
	}
	p.reconciled(20)
	if got, want := p.one("select count(*), count(distinct order_id), sum(gross) filter (order_id = '5003') from raw.sale_order"), "14|13|24.6900"; got != want {
		t.Errorf("orders %s, want %s", got, want)
	}
	if got := countsOf(t, p.do("load", file, "--map", "shopify-orders", "--source", "shop", "--format", "json")); got != (counts{}) {
		t.Errorf("the same file again: %+v, want nothing", got)
	}
}

// A file that was loaded with a wrong map is read anew with the right one, whatever the maps are called; what is a row is a duplicate.
func TestLoadWithTheRightMapAfterAWrongOne(t *testing.T) {
	p := newPlace(t)
	file := p.file("carts.ndjson", cart("c-1", lamp, "")+"\n"+cart("c-2", lamp+","+cup, "")+"\n"+cart("c-3", dear, "")+"\n")
	const foreign = `{id: "x-\(.cart)", type: .kind, time: .at} | if .type then . else left_out("no cart") end`
	own := p.file("cart.jq", foreign)
	load := func(name, source string, known bool) counts {
		t.Helper()
		r := tieback(t, p.args("load", file, "--map", name, "--source", source, "--format", "json")...)
		if r.code != 0 || strings.Contains(r.err, "is read anew") != known {
			t.Fatalf("exit code %d, %q; want it said that the file is read anew: %v", r.code, r.err, known)
		}
		return countsOf(t, r.out)
	}
	check := func(what string, got, want counts) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("a wrong map", load("segment", "shop", false), counts{Consumed: 3, LeftOut: 3})
	check("another wrong one", load(own, "shop", true), counts{Consumed: 3, LeftOut: 3})
	p.file("cart.jq", cartMap)
	check("the right map in the same file", load(own, "shop", true), counts{Consumed: 3, Written: 2, DeadLetters: 1})
	check("again", load(own, "shop", false), counts{})
	moved := p.file("moved.jq", cartMap)
	check("the same text under another name", load(moved, "shop", false), counts{})
	p.reconciled(9)
	p.file("cart.jq", strings.Replace(cartMap, "[.items[].price]", "[.items[].price | dround(2)]", 1))
	check("a mended map", load(own, "shop", true), counts{Consumed: 3, Written: 1, Duplicates: 2})
	if got, want := p.one("select count(*), count(distinct order_id), sum(gross) from raw.sale_order"), "3|3|21.4000"; got != want {
		t.Errorf("orders %s, want %s: none twice", got, want)
	}
	p.file("cart.jq", strings.Replace(cartMap, "order_id: .cart, gross", `order_id: "o-\(.cart)", gross`, 1))
	check("a map that says other things", load(own, "shop", true), counts{Consumed: 3, DeadLetters: 3})
	p.reconciled(15)

	// The right source is another one: its events are no duplicates of those of the wrong one, which stay.
	check("another source", load(moved, "store", true), counts{Consumed: 3, Written: 2, DeadLetters: 1})
	check("again", load(moved, "store", false), counts{})
	if got, want := p.one("select string_agg(word || ' ' || n, ', ' order by word) from (select word, count(*) as n from raw.sale_order inner join meta.word on source = code group by word)"), "shop 3, store 2"; got != want {
		t.Errorf("orders by source: %s, want %s", got, want)
	}
	p.reconciled(18)
}

// What was loaded without a map stays known by its bytes alone, and a map reads it anew.
func TestFilesWithoutAMapKeepTheirLog(t *testing.T) {
	p := newPlace(t)
	file := p.file("events.ndjson", shockLine("s-1")+"\n")
	if got := countsOf(t, p.do("load", file, "--format", "json")); got != (counts{Consumed: 1, Written: 1}) {
		t.Fatalf("%+v, want 1 written", got)
	}
	if got := p.one("select topic like 'file:%' and length(topic) = 5 + 64 from meta.position"); got != "true" {
		t.Errorf("the log of a file without options is not file: and its SHA-256: %s", p.one("select topic from meta.position"))
	}
	if got := countsOf(t, p.do("load", file, "--map", p.file("same.jq", "."), "--format", "json")); got != (counts{Consumed: 1, Duplicates: 1}) {
		t.Errorf("%+v by a map, want 1 duplicate", got)
	}
	p.reconciled(2)
}

// Books with a decimal comma become costs by the built-in map, compressed or not. A row that is none keeps its own reason and line.
func TestLoadOfGermanBooks(t *testing.T) {
	p := newPlace(t)
	const books = "entry_id;date;amount;currency;category;cost_center;hours;campaign\n" +
		"E-1;2026-03-01;1.234,56;EUR;staff;CC-1.100;12,5;\"Frühling, 1. Welle\"\n" +
		"E-2;2026-03-01;12,5;EUR;media;;;\n" +
		"E-3;2026-03-01;(1.000,50);EUR;media;;;\n" +
		"E-4;2026-03-01;1.500;EUR;media;;;\n" +
		"E-5;2026-03-01;12.50;EUR;media;;;\n" + // a point that is none of thousands
		"E-6;2026-03-01;1.234,56 €;EUR;media;;;\n" + // no number: the map's fault
		"E-7;2026-03-01\n"
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte(books)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	load := func(file string) counts {
		t.Helper()
		return countsOf(t, p.do("load", file, "--map", "finance-costs", "--source", "books", "--decimal-comma", "--format", "json"))
	}
	if got, want := load(p.file("costs.csv", books)), (counts{Consumed: 7, Written: 4, DeadLetters: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := load(p.file("costs.csv.gz", packed.String())), (counts{Consumed: 7, Duplicates: 4, DeadLetters: 3}); got != want {
		t.Errorf("compressed: %+v, want %+v", got, want)
	}
	want := []string{"E-1|1234.5600|12.5000|CC-1.100", "E-2|12.5000|null|null", "E-3|-1000.5000|null|null", "E-4|1500.0000|null|null"}
	if diff := cmp.Diff(want, p.rows("select entry_id, amount, hours, word from raw.cost_entry left join meta.word on cost_center = code order by entry_id")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var letters []string
	for _, d := range p.letters()[:3] {
		letters = append(letters, fmt.Sprintf("%s %s: %s", d.Code, d.Field, d.Reason))
	}
	for i, want := range []string{"bad_amount amount: line 6: amount holds a point where", "map_error : map finance-costs, line ", "bad_row : line 8 has 2 cells, the header has 8"} {
		if !strings.HasPrefix(letters[i], want) {
			t.Errorf("dead letter %d is %q, want %q", i, letters[i], want)
		}
	}
	p.reconciled(14)
}

func TestAMapThatIsBrokenIsRefusedAtStart(t *testing.T) {
	p := newPlace(t)
	file := p.file("orders.ndjson", "{}\n")
	broken := p.file("broken.jq", "# a map\n{ id: .id,\n  type: nothing(.x) }\n")
	fail(t, 2, []string{"broken.jq, line 3: function not defined: nothing/1, near type: nothing(.x) }"}, p.args("load", file, "--map", broken)...)
	fail(t, 2, []string{"there is no built-in map \"shopfy\"", "shopify-orders"}, p.args("load", file, "--map", "shopfy")...)
	fail(t, 2, []string{"read the map", "none.jq"}, p.args("load", file, "--map", "none.jq")...)
	settings := p.file("s.yaml", "topics: [{topic: a, map: shopfy}]\n")
	fail(t, 2, []string{"topics: a: there is no built-in map"}, p.args("ingest", "--until-end", "--settings", settings)...)
	unknown := p.file("u.yaml", "topics: [{topic: a, mapp: x}]\n")
	fail(t, 2, []string{"mapp"}, p.args("ingest", "--until-end", "--settings", unknown)...)
	both := p.file("b.yaml", "topics: [{topic: a, name: b}]\n")
	fail(t, 2, []string{"not under both"}, p.args("ingest", "--until-end", "--settings", both)...)
}

// Maps that whoever asks names by a relative path lie in the asker's folder, not in that of the ingest that does the work.
func TestMapsOfAnAskerInAnotherFolder(t *testing.T) {
	const good, other = `{id: "m-\(.n)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: "mine", gross: "1.00", currency: "USD"}`,
		`{id: "m-\(.n)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: "other", gross: "1.00", currency: "USD"}`
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", `{"n":1}`+"\n"+`{"n":2}`)...)
	theirs, mine := t.TempDir(), t.TempDir()
	for folder, text := range map[string]string{theirs: other, mine: good} {
		if err := os.WriteFile(filepath.Join(folder, "fix.jq"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	settings := p.file("relative.yaml", "topics: [{topic: tieback.sales, map: ./fix.jq, source: carts}]\n")
	t.Chdir(theirs)
	p.ingest()
	cmd, errOut := p.process(100, "ingest")
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading 4") })
	t.Chdir(mine)
	for _, again := range [][]string{{"dlq", "replay", "--limit", "1"}, {"ingest", "--topics", "tieback.sales", "--from", "2020-01-01"}} {
		p.do(append(again, "--settings", settings)...)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, errOut)
	}
	if got := strings.Join(p.rows("select distinct order_id from raw.sale_order"), " "); got != "mine" || p.one("select count(*) from raw.sale_order") != "2" {
		t.Errorf("orders of the map %s, %v, want two by the asker's", got, p.rows("select * from raw.sale_order"))
	}
	if off := p.one("select count(*) from meta.reconciliation where difference <> 0"); off != "0" {
		t.Errorf("%s partitions do not add up", off)
	}
}
