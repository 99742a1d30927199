package mapping_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"tieback/ingest/mapping"
)

// run compiles a program and runs it on records.
func run(t *testing.T, program string, records ...string) string {
	t.Helper()
	m, err := mapping.New("own.jq", program)
	if err != nil {
		t.Fatal(err)
	}
	lean, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	mapping.Whole(whole)
	each, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	var b, all, stream strings.Builder
	for _, r := range records {
		b.WriteString(outputs(lean.Run([]byte(r))))
		all.WriteString(outputs(whole.Run([]byte(r))))
	}
	made := make([]mapping.Result, 3*len(records))
	each.RunEach(len(made), func(i int) []byte { return []byte(records[i%len(records)]) }, made)
	for _, r := range made {
		stream.WriteString(outputs(r))
	}
	if stream.String() != strings.Repeat(b.String(), 3) {
		t.Errorf("%s\non %s\nthree times record after record: %sone by one: %s", program, records, stream.String(), b.String())
	}
	if b.String() != all.String() {
		t.Errorf("%s\non %s\nreading only the named members: %swhole records: %s", program, records, b.String(), all.String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// outputs writes a result without decoding its events.
func outputs(r mapping.Result) string {
	var b strings.Builder
	if r.Fault != nil {
		fmt.Fprintf(&b, "%v\n", r.Fault)
	}
	for _, text := range r.Events {
		fmt.Fprintf(&b, "%s\n", text)
	}
	for _, reason := range r.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", reason)
	}
	return b.String()
}

func TestNumbersPassThroughAsTheyCame(t *testing.T) {
	for _, n := range []string{
		"10.10", "0.1", "-0.005", "1e3", "1E-4", "1.0", "0", "123456789012345678", "9007199254740993", "-9223372036854775808", "9223372036854775807",
		"18446744073709551615", "98765432109876543210", "0.30000000000000004", "12345678901234567890.123456789",
	} {
		if got, want := run(t, `{id: .n, type: "t", x: .n, text: (.n | tostring), nested: {n: .n}}`, `{"n":`+n+`}`),
			fmt.Sprintf(`{"id":%[1]s,"type":"t","nested":{"n":%[1]s},"text":"%[1]s","x":%[1]s}`, n); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

const plainArithmetic = "map_error: map own.jq, line 1: plain arithmetic on a decimal would round it; use dadd, dsub, dmul, ddiv or dsum, which are exact"

// jq would compute each of these in floating point, where 0.1 + 0.2 is 0.30000000000000004.
func TestPlainArithmeticOnADecimalIsAnError(t *testing.T) {
	for _, expression := range []string{
		".a + .b", ".b + .a", ".a - 1", "1 - .a", ".a * 3", "3 * .a", ".a % 2", "[.a, .b] | add", "{x: .a, y: 1} | add", "add(.a, .b)", ".n + 0.1", "0.5 * .n",
		"(.a + .b) | tostring", "reduce (.a, .b) as $x (0; . + $x)", `.s | tonumber | . + 1`, `.s | fromjson | . * 2`, ".a | . + .",
	} {
		if got := run(t, "{id: ("+expression+")}", `{"a":0.1,"b":0.2,"n":1,"s":"1.50"}`); got != plainArithmetic {
			t.Errorf("%s gives %s", expression, got)
		}
	}
	for expression, want := range map[string]string{
		".n + 1": "2", ".n - 3": "-2", ".n * 4": "4", "9 % 4": "1", `"a" + .s`: `"a1.50"`, "[.n, 2] | add": "3", ".big + 1": "9007199254740993", "[1] + [.a]": "[1,0.1]", `[.s, "x"] | add`: `"1.50x"`,
		"-.a": "-0.1", ".a < .b": "true", ".s | tonumber": "1.50", `"7" | tonumber`: "7", "0.50": "0.50", "-1.5": "-1.5", "{a: 0.1} + {b: 0.2}": `{"a":0.1,"b":0.2}`,
	} {
		if got := run(t, "{id: ("+expression+")}", `{"a":0.1,"b":0.2,"n":1,"s":"1.50","big":9007199254740992}`); got != `{"id":`+want+`}` {
			t.Errorf("%s gives %s, want %s", expression, got, want)
		}
	}
}

func TestDecimalFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`dadd(0.1; 0.2)`: "0.3", `dadd("10.10"; 5)`: "15.10", `dsub(1; "0.9999")`: "0.0001", `dsub(5; 7)`: "-2", `dmul("19.99"; 3)`: "59.97", `dmul(0.1; 0.1)`: "0.01",
		`dmul(9007199254740993; 9007199254740993)`: "81129638414606699710187514626049",
		`ddiv(1; 3; 4)`: "0.3333", `ddiv(2; 3; 4)`: "0.6667", `ddiv(-2; 3; 2)`: "-0.67", `ddiv(1; 8; 2)`: "0.13", `ddiv(-1; 8; 2)`: "-0.13", `ddiv("10.00"; 4; 0)`: "3", `ddiv(1; "0.004"; 2)`: "250.00",
		`[0.1, "0.2", 3] | dsum`: "3.3", `[] | dsum`: "0", `"12.50" | dneg`: "-12.50", `0.0 | dneg`: "0.0",
		`1.00005 | dround(4)`: "1.0001", `-1.00005 | dround(4)`: "-1.0001", `1.00004 | dround(4)`: "1.0000", `5 | dround(2)`: "5", `1.5 | dround(0)`: "2", `2.5 | dround(0)`: "3", `1e3 | dround(2)`: "1000", `"007.5" | dround(2)`: "7.5", `"1.5" | dround(4)`: "1.5", `"0.10" | dround(4)`: "0.10", `"-0.00" | dround(2)`: "0.00", `"12.345" | dround(2)`: "12.35",
		`1234567 | dshift(-6)`: "1.234567", `-5 | dshift(-2)`: "-0.05", `"1050" | dshift(-2)`: "10.50", `1.5 | dshift(2)`: "150",
		`dcmp(0.1; "0.10")`: "0", `dcmp(1; 2)`: "-1", `dcmp(0.30000000000000004; 0.3)`: "1",
		`1050 | from_minor("USD")`: "10.50", `1050 | from_minor("jpy")`: "1050", `1050 | from_minor("KWD")`: "1.050", `5 | from_minor("CLF")`: "0.0005", `-1 | from_minor("EUR")`: "-0.01", `"1050" | from_minor("USD")`: "10.50",
		`"ISK" | currency_places`: "0", `"TND" | currency_places`: "3", `"SEK" | currency_places`: "2",
		`"0012.50" | decimal`: "12.50", `" 7 " | decimal`: "7", `"1e2" | decimal`: "100", `10.10 | decimal`: "10.10",
		`-9223372036854775808 | dshift(-2)`: "-92233720368547758.08",
	} {
		if got := run(t, "{id: ("+expression+")}", `{}`); got != `{"id":`+want+`}` {
			t.Errorf("%s gives %s, want %s", expression, got, want)
		}
	}
	for _, expression := range []string{
		`dadd(null; 1)`, `dadd("ten"; 1)`, `dadd(""; 1)`, `dmul([]; 1)`, `"NaN" | decimal`, `"Infinity" | decimal`, `"1,5" | decimal`, `"+1" | decimal`, `".5" | decimal`, `"1e999999999" | decimal`, `1e99999999999 | decimal | dneg`,
		`ddiv(1; 0; 2)`, `ddiv(1; 2; 20)`, `{} | dsum`, `[null] | dsum`, `1 | dround(-1)`, `1 | dshift("x")`, `1 | from_minor("dollar")`, `true | dneg`,
	} {
		if got := run(t, "{id: ("+expression+")}", `{}`); !strings.HasPrefix(got, "map_error: map own.jq, line 1: d") && !strings.HasPrefix(got, "map_error: map own.jq, line 1: from_minor") {
			t.Errorf("%s gives %s, want an error", expression, got)
		}
	}
}

func TestTimesAndTexts(t *testing.T) {
	for expression, want := range map[string]string{
		`1772446500 | from_seconds`: `"2026-03-02T10:15:00Z"`, `"1772446500.5" | from_seconds`: `"2026-03-02T10:15:00.500000Z"`, `1772446500123 | from_millis`: `"2026-03-02T10:15:00.123000Z"`,
		`"1772446500123456" | from_micros`: `"2026-03-02T10:15:00.123456Z"`, `1772446500123456 | from_micros`: `"2026-03-02T10:15:00.123456Z"`, `-1 | from_seconds`: `"1969-12-31T23:59:59Z"`,
		`"2026-03-02 10:15:00.123" | utc`: `"2026-03-02T10:15:00.123Z"`, `"2026-03-02T10:15:00+01:00" | utc`: `"2026-03-02T10:15:00+01:00"`, `"2026-03-02 10:15:00 UTC" | utc`: `"2026-03-02T10:15:00Z"`,
		`"20260302" | day`: `"2026-03-02"`, `20260302 | day`: `"2026-03-02"`, `"2026-02-28T23:00:00Z" | day_after`: `"2026-03-01"`, `"2026-03-01" | day_before`: `"2026-02-28"`, `"2026-12" | month_after`: `"2027-01-01"`, `"2026-01-31" | month_after`: `"2026-02-01"`,
		`("  Yes, it\n DOES " | text_hash) == ("yes, it does" | text_hash)`: "true", `[null, "", " "] | map(text_hash) == [null, null, null]`: "true",
		`"/p?a=1&gclid=x%2By#gclid=z" | url_param("gclid")`: `"x+y"`, `["/p", "/p?gclid=", null] | map(url_param("gclid")) == [null, null, null]`: "true",
		`"31-01-2026" | split("-") | "\(.[2])-\(.[1])-\(.[0])"`: `"2026-01-31"`,
	} {
		if got := run(t, "{id: ("+expression+")}", `{}`); got != `{"id":`+want+`}` {
			t.Errorf("%s gives %s, want %s", expression, got, want)
		}
	}
	for _, expression := range []string{`"soon" | day`, `"2026-02-30" | day_after`, `null | from_seconds`, `1772446500123 | from_seconds`, `"x" | utc`, `1 | utc`, `"" | left_out(.)`} {
		if got := run(t, "{id: ("+expression+")}", `{}`); !strings.HasPrefix(got, "map_error: ") {
			t.Errorf("%s gives %s, want an error", expression, got)
		}
	}
}

// Texts with programs in them are joined by a function of ours; the wanted texts are jq's.
func TestTextsWithProgramsInThem(t *testing.T) {
	for text, want := range map[string]string{
		`"\(1, 2) \(3, 4)"`: "1 3,2 3,1 4,2 4", `"a\("b\("c")d")e"`: "abcde", `"\(null)|\(true)|\(10.10)|\([1, {a: 2.50}])|\("x")"`: `null|true|10.10|[1,{"a":2.50}]|x`, `"\(.s)"[1:]`: "yz",
		`@uri "q=\("a b")&\("ü")"`: "q=a%20b&%C3%BC", `"\(empty)"`: "",
	} {
		if got := run(t, "{id: ([("+text+")] | join(\",\"))}", `{"s":"xyz"}`); got != `{"id":`+strconv.Quote(want)+`}` {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
}

func TestWhatAMapYields(t *testing.T) {
	for program, want := range map[string]string{
		`empty`:                                    "left out: " + mapping.NothingMade,
		`left_out("a rule")`:                       "left out: a rule",
		`{left_out: "by object"}`:                  "left out: by object",
		`{id: 1}, {id: 2}`:                         "{\"id\":1}\n{\"id\":2}",
		`{id: 1}, left_out("a")`:                   "{\"id\":1}\nleft out: a",
		`{id: null, x: [1, {y: 0.10}], time: "t"}`: `{"time":"t","x":[1,{"y":0.10}]}`,
		`{currency: "USD", gross: 1.50, type: "sale.order", unknown: "ü\"\n", id: "a"}`: `{"id":"a","type":"sale.order","gross":1.50,"currency":"USD","unknown":"ü\"\n"}`,
		`"text"`:                 "map_error: map own.jq: it yields a text where an event is an object",
		`{id: 1}, null`:          "map_error: map own.jq: it yields null where an event is an object",
		`[1]`:                    "map_error: map own.jq: it yields an array where an event is an object",
		`range(10001) | {id: .}`: "map_error: map own.jq, line 1: it yields more than 10000 events of one record",
		`{id: 1}, error("no")`:   "map_error: map own.jq, line 1: no",
	} {
		if got := run(t, program, `{"a":1}`); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", program, got, want)
		}
	}
}

func TestRecordsThatAreNone(t *testing.T) {
	for record, want := range map[string]string{
		`{"a":`: "not_json: the value is not one JSON text", `{"a":1}{}`: "not_json: the value is not one JSON text", ``: "not_json: the value is not one JSON text",
		"{\"a\":\"\xff\"}": "not_utf8: the value is not UTF-8", strings.Repeat("[", 300) + strings.Repeat("]", 300): "too_large: the value nests deeper than 200 levels",
		`{"a":"` + strings.Repeat("x", 5<<20) + `"}`: "too_large: the message is larger than 4 MiB",
	} {
		if got := run(t, "{id: .a}", record); got != want {
			t.Errorf("%.40s gives %s, want %s", record, got, want)
		}
	}
}

// What jq says of a fault may show a part of the record; a dead letter must not.
func TestErrorsNameMapAndLineAndNoValue(t *testing.T) {
	program := "# a map\ndef name: .person\n  | .first; # line 3\n{ id: .id,\n  who: name,\n  n: (.items | map(.price) | length),\n  sku: (.sku | split(\"-\")[0]),\n  x: (.extra | tonumber) }\n"
	for record, want := range map[string]string{
		`{"id":1,"person":"jane@example.com","items":[],"sku":"s"}`:        "line 3: expected an object but got: string",
		`{"id":1,"person":{"first":"Jane"},"items":"jane","sku":"s"}`:      "line 6: cannot iterate over: string",
		`{"id":1,"person":{},"items":[],"sku":{"secret":1}}`:               "line 7: split cannot be applied to: object",
		`{"id":1,"person":{},"items":[],"sku":"s","extra":"jane) and (x"}`: "line 8: decimal needs a decimal such as 12.50, as a number or a text, and got a text that is none",
		`["jane"]`: "line 4: expected an object but got: array",
	} {
		got := run(t, program, record)
		if got != "map_error: map own.jq, "+want {
			t.Errorf("%s gives\n%s\nwant\n%s", record, got, want)
		}
		if strings.Contains(strings.ToLower(got), "jane") || strings.Contains(got, "secret") {
			t.Errorf("the reason shows the record: %s", got)
		}
	}
}

func TestAMapThatDoesNotCompileNamesLineAndText(t *testing.T) {
	for program, want := range map[string]string{
		"{\n  id: .id,\n  type \"x\" }":             "map own.jq, line 3: it is no jq program: unexpected token \"\\\"x\\\"\", near type \"x\" }",
		"{ id: .id\n":                               "map own.jq, line 1: it is no jq program: unexpected EOF, near { id: .id",
		"# now is fine here\n.a |\n.b | nothing(1)": "map own.jq, line 3: function not defined: nothing/1, near .b | nothing(1)",
		"{id: $x}":                              "map own.jq, line 1: variable not defined: $x, near {id: $x}",
		".a\n| {id: now}":                       "map own.jq, line 2: now reads the clock; the same record must give the same events at any time, near | {id: now}",
		"{id: env.HOME}":                        "map own.jq, line 1: env reads the environment; a map sees only its record, near {id: env.HOME}",
		"{id: $ENV.HOME}":                       "map own.jq, line 1: $ENV reads the environment; a map sees only its record, near {id: $ENV.HOME}",
		"., input":                              "map own.jq, line 1: input reads another record; a map sees one at a time, near ., input",
		"repeat(.)":                             "map own.jq, line 1: repeat may never end; use map, reduce or foreach over an array, near repeat(.)",
		"recurse(.a)":                           "map own.jq, line 1: recurse(f) may never end; use .. or map, near recurse(.a)",
		"def f: ., f;\nf":                       "map own.jq, line 1: f calls itself and may never end; use map, reduce or foreach, near def f: ., f;",
		"def f($n): def g: f($n + 1); g;\nf(1)": "map own.jq, line 1: f calls itself and may never end; use map, reduce or foreach, near def f($n): def g: f($n + 1); g;",
		".a\n/ 2":                               "map own.jq, line 1: / divides in floating point; use ddiv(a; b; places), and split for texts, near .a",
		".a += 1":                               "map own.jq, line 1: += computes in floating point; write |= with dadd, dsub or dmul, near .a += 1",
		".a | floor":                            "map own.jq, line 1: floor computes in floating point; use dround(places), dadd, dsub, dmul or ddiv, which are exact, near .a | floor",
		"import \"x\" as x; .":                  "map own.jq, line 1: a map is one file: import, include and module are not read, near import \"x\" as x; .",
		".x | debug":                            "map own.jq, line 1: debug writes beside the events; remove it, near .x | debug",
		"def _plain: 7; .":                      "map own.jq, line 1: _plain begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one, near def _plain: 7; .",
		".a |\ndef f(_array): .[]; f(1)":        "map own.jq, line 2: _array begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one, near def f(_array): .[]; f(1)",
		"def f($_text): \"\\(.)\"; f(1)":        "map own.jq, line 1: _text begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one, near def f($_text): \"\\(.)\"; f(1)",
		"1\n| _records":                         "map own.jq, line 2: _records begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one, near | _records",
		".a[_failed]":                           "map own.jq, line 1: _failed begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one, near .a[_failed]",
		"def f: 1; def f: f; f":                 "map own.jq, line 1: f calls itself and may never end; use map, reduce or foreach, near def f: 1; def f: f; f",
		"halt":                                  "map own.jq, line 1: halt ends the program; yield left_out(\"reason\") for what is left out and error(\"reason\") for what is broken, near halt",
	} {
		_, err := mapping.New("own.jq", program)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", program, err, want)
		}
	}
}

// A map may use names of jq's and ours for functions and parameters of its own, and any name for variables and members.
func TestNamesOfAMapsOwn(t *testing.T) {
	for program, want := range map[string]string{
		`def now: .a; {id: now}`:                         `{"id":1}`,
		`def f($now): now; {id: f(.a)}`:                  `{"id":1}`,
		`def recurse(f): f; {id: recurse(.a)}`:           `{"id":1}`,
		`def f($sort_by): sort_by; {id: f(2)}`:           `{"id":2}`,
		`. as $_plain | {id: $_plain._scalar, _text: 3}`: `{"id":4,"_text":3}`,
		`def add: 9; {id: add(.a, .a)}`:                  `{"id":2}`,
		`def decimal: 9; {id: ("1" | tonumber)}`:         `{"id":1}`,
		`def decimal_literal(x): 9; {id: 1.5}`:           `{"id":1.5}`,
		`def f: 1; def g: def f: 2; f; {id: (f, g)}`:     "{\"id\":1}\n{\"id\":2}",
		`def f(f): f; {id: f(f(.a))}`:                    `{"id":1}`,
	} {
		if got := run(t, program, `{"a":1,"_scalar":4,"o":{"x":1}}`); got != want {
			t.Errorf("%s gives %s, want %s", program, got, want)
		}
	}
}

func TestAMapThatTakesTooLongIsStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the limit")
	}
	m, err := mapping.New("own.jq", `select(.n == 1) |= ([range(100000) as $a | range(100000) | select(. < 0)] | {id: length}) | {id: .n}`)
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	made := make([]mapping.Result, 3)
	w.RunEach(3, func(i int) []byte { return fmt.Appendf(nil, `{"n":%d}`, i) }, made)
	const want = "map_error: map own.jq: it worked longer than 2s on one record\n"
	if outputs(made[0]) != "{\"id\":0}\n" || outputs(made[1]) != want || outputs(made[2]) != "{\"id\":2}\n" {
		t.Errorf("%s%s%swant the second record stopped, its neighbors kept", outputs(made[0]), outputs(made[1]), outputs(made[2]))
	}
}

// Records that fail, that are none, and tombstones stand between others without a trace in them.
func TestRecordAfterRecord(t *testing.T) {
	m, err := mapping.New("own.jq", `if .bad == 1 then error("bad") elif .bad == 2 then {id: 0}, error("late") elif .bad == 3 then empty elif .bad == 4 then range(10001) | {id: .}
		elif .bad == 5 then .all else {id: .n}, ({id: .more} | select(.id)) end`)
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	records := make([][]byte, 5000)
	want := make([]string, len(records))
	for i := range records {
		kind := i * 7919 % 23
		switch kind {
		case 1, 2:
			want[i] = "map_error: map own.jq, line 1: " + map[int]string{1: "bad", 2: "late"}[kind] + "\n"
		case 3:
			want[i] = "left out: " + mapping.NothingMade + "\n"
		case 4:
			kind = 0
			if i%1000 == 0 {
				kind, want[i] = 4, "map_error: map own.jq, line 1: it yields more than 10000 events of one record\n"
			}
		case 5:
			want[i] = "{\"id\":1,\"x\":2}\n"
		case 6:
			continue // a tombstone
		case 7:
			records[i], want[i] = []byte("{"), "not_json: the value is not one JSON text\n"
			continue
		}
		if want[i] == "" {
			want[i] = fmt.Sprintf("{\"id\":%d}\n", i)
			if kind == 8 {
				want[i] += "{\"id\":\"m\"}\n"
			}
		}
		records[i] = fmt.Appendf(nil, `{"n":%d,"bad":%d,"all":{"id":1,"x":2}%s}`, i, kind, map[bool]string{true: `,"more":"m"`}[kind == 8])
	}
	made := make([]mapping.Result, len(records))
	w.RunEach(len(records), func(i int) []byte { return records[i] }, made)
	for i := range made {
		if got := outputs(made[i]); got != want[i] {
			t.Fatalf("record %d (%s): %s, want %s", i, records[i], got, want[i])
		}
	}
}

// gojq compiles this and panics when it runs.
func TestAProgramThatGojqCannotRun(t *testing.T) {
	if got, want := run(t, `if .n == 1 then {id: (1 == (label $out | .))} else {id: .n} end`, `{"n":0}`, `{"n":1}`, `{"n":2}`),
		"{\"id\":0}\nmap_error: map own.jq, line 1: gojq cannot run this program: env.index\n{\"id\":2}"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
