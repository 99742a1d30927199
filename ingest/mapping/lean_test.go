package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"tieback/ingest/mapping"
)

// A program that reaches members by name reads no others; wherever it looks at objects as wholes it must not notice.
func TestReadingOnlyNamedMembersChangesNothing(t *testing.T) {
	record := `{"id":7,"a":{"x":1,"y":[1,2,{"z":3}],"Ω":2},"list":[{"k":"p","v":1,"w":2},{"k":"q","v":1.5}],"s":"t","deep":{"deep":{"deep":5,"other":6}}}`
	for _, program := range []string{
		`{id}`, `{id, a}`, `.a`, `. + {id: 1}`, `.a | {id: length}`, `.a[] | {id: tostring}`, `[.a[]] | {id: length}`, `{id: (.a | keys | join(","))}`, `{id: "\(.a)"}`, `{id: (.a | tojson)}`,
		`{id: (.a == {"x":1})}`, `{id: (.a == .deep)}`, `.list[] | {id: .k}`, `.list[]`, `.list | map({id: .v}) | .[]`, `{id: [.list[] | length]}`, `.list[0] | del(.k)`, `{id: ([..] | length)}`,
		`{id: .a.y[2].z}`, `.a.y[2]`, `{id: ([.a.y[][]?] | length)}`, `.["a"] | {id: .x}`, `"deep" as $d | .[$d] | {id: .other}`, `{id: (.list | map(.v) | min)}`, `{id: ([.list[].k] | unique)}`, `(.list | unique | length) as $n | {id: $n}`,
		`.a | to_entries[] | {id: .key}`, `.a | with_entries(.value |= tostring)`, `.a |= length`, `.a.x = 5`, `.list | first`, `.list | last | {id: .w}`, `{id: any(.a[]; . == 2)}`, `{id: (.a | has("y"), has("q"))}`, `. as {id: $i, a: {x: $x}} | {id: $i, x: $x}`,
		`. as {$id, "s": $s} | {$id, s: $s}`, `reduce .list[] as $l ({id: 0}; .[$l.k] = $l.v)`, `.deep.deep | {id: .deep}`, `.. | objects | select(.k) | {id: .k}`, `{id: ([paths] | length)}`, `.a as $a | {id: ($a | length)}`,
		`try (.a | map(. + 1)) catch {id: "no"}`, `{id: (try .a[] catch "no")}`, `.a[]? | {id: .}`, `.list | group_by(.v) | .[] | {id: length}`, `{id: (.list | INDEX(.k) | length)}`, `{id: (.a | tostream | length)}`, `[limit(1; .a[])] | {id: .[0]}`,
		`{id: (.list | contains([{"k":"p"}]))}`, `.list | {id: (index({"k":"q","v":1.5}))}`, `{id: ([.a, 1] | index(1))}`, `.a | splits("x")?`, `@json "x\(.a)" | {id: .}`, `{id: (.a | @text)}`, `getpath(["a","x"]) | {id: .}`, `{id: (.list | IN([]))}`,
		`.list | sort_by(.w) | .[0]`, `{id: ([.list[] | .. | numbers] | length)}`, `{id: (.list - [.list[0]] | length)}`, `{id: (.a * {"x": 2} | length)}`, `{id: ([.list[], .a] | map(type))}`, `walk(.) | {id: length}`, `.k as $k | {id: (.a | has("x"), has($k // "y"))}`, `{id: IN(.a; {"x":1})}`,
		`{id: ([{o: .deep}, {o: .a}] | unique_by(.o) | length)}`, `{id: ([{o: {p: .deep}}, {o: {p: .a}}] | group_by(.o.p) | length)}`, `{id: ([{o: .list[0]}, {o: .list[1]}] | sort_by(.o) | .[0].o.k)}`, `{(.s): 1, id: 1}`,
	} {
		run(t, program, record)
	}
}

// In each of these an object shows by another way than its members' names that some were not read: a name that is computed, the text of an
// error, or that two objects are one.
func TestReadingOnlyNamedMembersIsNotNoticed(t *testing.T) {
	record := `{"k":"secret","n":1,"props":{"secret":5},"x1":9,"o":{"a":1},"other":{"b":2},"list":[{"c":3},{"d":4}]}`
	many := strings.Repeat(`\(.n)`, 30) + `x1`
	for program, want := range map[string]string{
		`.k as $k | .props | nth($k) | {id: .}`:                                    `{"id":5}`,
		`.props | nth("secret") | {id: .}`:                                         `{"id":5}`,
		`.k as $k | {id: {a: .props}.a[$k]}`:                                       `{"id":5}`,
		`.k as $k | {id: {a: .props}.a."\($k)"}`:                                   `{"id":5}`,
		`.k as $k | {id: {a: .props}["a"][$k]}`:                                    `{"id":5}`,
		`{"x\(.n)"}`:                                                               `{"x1":9}`,
		`. as {"x\(.n)": $v} | {id: $v}`:                                           `{"id":9}`,
		`. as {("x1", "n"): $v} | {id: $v}`:                                        `{"id":9}` + "\n" + `{"id":1}`,
		`. as [$v] ?// {"x\(.n)": $v} | {id: $v}`:                                  `{"id":9}`,
		`{"\(.props)": 1}`:                                                         `{"{\"secret\":5}":1}`,
		`{id: {"{\"secret\":5}": 7}."\(.props)"}`:                                  `{"id":7}`,
		`{id: (.props | has("` + many + `"))}`:                                     `{"id":false}`,
		`{id: .["` + strings.TrimPrefix(many, strings.Repeat(`\(.n)`, 30)) + `"]}`: `{"id":9}`,
		`{id: .["x` + strings.Repeat(`\("")`, 40) + `\(.n)"]}`:                     `{"id":9}`,
		`.o as $x | (.other | $x | .foo) |= 1`:                                     `map_error: map own.jq, line 1: invalid path against: object`,
		`.list[0] as $x | (.list[1] | $x | .foo) = 1`:                              `map_error: map own.jq, line 1: invalid path against: object`,
		`.o as $x | {id: (try ((.other | $x | .foo) |= 1) catch .)}`:               `{"id":"invalid path against: object ({\"a\":1})"}`,
		`{id: (try (.props | split("x")) catch .)}`:                                `{"id":"split(\"x\") cannot be applied to: object ({\"secret\":5})"}`,
		`.props as $p | {id: (try ("x" | split([$p])) catch .)}`:                   `{"id":"split([{\"secret\":5}]) cannot be applied to: string (\"x\")"}`,
		`{id: (try error(try (.list | implode) catch .) catch .)}`:                 `{"id":"implode cannot be applied to: array ([{\"c\":3},{\"d\":4}])"}`,
		`{id: (.props | has("\\u0000skipped"))}`:                                   `{"id":false}`,
		`{id: ("\\u0000skipped" as $k | .props | has($k))}`:                        `{"id":false}`,
		`{id: (try (.o | tostring) catch "no")}`:                                   `{"id":"{\"a\":1}"}`,
	} {
		if got := run(t, program, record); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", program, got, want)
		}
	}
}

// Where each record turns out to be needed whole, reading it by name first is given up.
func TestReadingByNameInVainIsGivenUp(t *testing.T) {
	for program, want := range map[string]bool{`{id: .n, x: .o}`: false, `{id: .n, x: (.o | .a)}`: true, `{id: .n, x: (if .n % 4 == 0 then .o else 1 end)}`: true} {
		m, err := mapping.New("own.jq", program)
		if err != nil {
			t.Fatal(err)
		}
		w, err := m.NewWorker()
		if err != nil {
			t.Fatal(err)
		}
		made := make([]mapping.Result, 1200)
		w.RunEach(len(made), func(i int) []byte { return fmt.Appendf(nil, `{"n":%d,"o":{"a":1}}`, i) }, made)
		if mapping.IsLean(w) != want {
			t.Errorf("%s: still read by name: %t, want %t", program, !want, want)
		}
	}
}

// A caller may read one record after another into the same bytes. What gojq keeps from one record to the next must not lie in them.
func TestRecordsInTheSameBytes(t *testing.T) {
	for _, call := range []string{`test($p)`, `test([$p])`, `test("A0"; $i) and test($p; $i)`, `([match($p).string] == [$s])`, `([scan($p)] == [$s])`, `(sub($p; "") == "")`, `(split($p; null) == ["", ""])`, `([splits($p)] == ["", ""])`} {
		m, err := mapping.New("own.jq", `.p as $p | .i as $i | .s as $s | {id: ($s | `+call+`)}`)
		if err != nil {
			t.Fatal(err)
		}
		w, err := m.NewWorker()
		if err != nil {
			t.Fatal(err)
		}
		var bytes []byte
		record := func(i int) []byte {
			bytes = fmt.Appendf(bytes[:0], `{"p":"a%04[1]d","s":"a%04[1]d","i":"i"}`, i)
			return bytes
		}
		made := make([]mapping.Result, 200)
		w.RunEach(len(made), record, made)
		for i, r := range made {
			if got := outputs(r) + outputs(w.Run(record(i))); got != "{\"id\":true}\n{\"id\":true}\n" {
				t.Errorf("%s of %s: %s", call, record(i), got)
				break
			}
		}
	}
}
