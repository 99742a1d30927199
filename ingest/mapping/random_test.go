package mapping_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tieback/ingest/mapping"
)

var (
	programs    = flag.Int("programs", 4000, "how many random programs to run")
	programSeed = flag.Uint64("programseed", 1, "the first of the seeds of random programs")
)

// Templates of random programs. In them ‹e› is an expression, ‹o› one that is an object, ‹l› an array, ‹s› a text, ‹p› a path, ‹b› what a value is
// bound to, ‹f› a member of an object, ‹n› a name, ‹c› a scalar as it is written. $u is the record, $v, $w, $q and $n are its o, list, k and n; h is a
// function, $out a label. Programs never spell the names that begin with s or x: only what they compute can reach such members.
var tables = map[string][]string{
	"e": entries(`. ¦ $u ¦ .‹n› ¦ .‹n›? ¦ .‹n›.‹n› ¦ $q ¦ $n ¦ ‹c› ¦ h ¦ ‹o› ¦ ‹o› ¦ ‹l› ¦ ‹s› ¦ ‹p› ¦ ‹e› | ‹e› ¦ ‹o› | ‹e› ¦ ‹o› | ‹e› ¦ ‹l› | ‹e› ¦ ‹l›[] | ‹e› ¦ ‹s› | ‹e› ¦ ‹e›, ‹e› ¦ ‹e›? ¦ ‹o›.‹n› ¦ ‹o›."‹n›" ¦
		‹o›["‹n›"] ¦ ‹l›[0] ¦ ‹l›[‹c›]? ¦ ‹l›[] ¦ ‹l›[1:] ¦ ‹o›[]? ¦ ‹o›[‹s›] ¦ ‹o›[‹s›]? ¦ ‹o›["‹n›", ‹s›] ¦ ‹o›."‹n›\(‹s›)" ¦ ‹o›."s\($n)" ¦ {‹f›, o: ‹o›}.o[‹s›] ¦ {‹f›, o: ‹o›}["o"][‹s›] ¦ {‹f›, o: ‹o›}.o."s\($n)" ¦
		{‹f›, ‹f›}[‹s›] ¦ {‹f›, ‹f›}[$q].‹n›? ¦ {‹f›}."s\($n)" ¦ {"\(‹e›)": ‹e›} | .[‹s›] ¦ .[$q]? ¦ ‹o› | nth(‹s›) ¦ ‹o› | nth("‹n›") ¦ ‹l› | nth(0) ¦ nth(1; ‹e›) ¦ ‹o› | has(‹s›) ¦ ‹o› | has("‹n›") ¦ ‹s› | in(‹o›) ¦
		‹o› as ‹b› | $v ¦ ‹o› as ‹b› | $v ¦ ‹o› as ‹b› | $v ¦ ‹o› as ‹b› | $q ¦ ‹o› as {"s\($n)": $v} | $v ¦ {"\(‹o›)": 1} | tostring ¦ {"\(‹o›)": 1} == {} ¦ {"{}": 1}."\(‹o›)" ¦ ‹o› as ‹b› ?// ‹b› | $v ¦ ‹l› as ‹b› | ‹e› ¦ ‹e› as ‹b› ?// ‹b› ?// $v | ‹e› ¦ reduce ‹l›[] as ‹b› (‹e›; ‹e›) ¦ foreach ‹l›[] as ‹b› (‹e›; ‹e›) ¦ foreach ‹o› as ‹b› (0; ‹e›; ‹e›) ¦
		‹o› | length ¦ ‹o› | [.[]] | length ¦ ‹o› | map(type) | length ¦ ‹o› | tostring ¦ ‹l› | tojson ¦ "a\(‹e›)" ¦ "\(‹o›)\(‹s›)" ¦ @base64 "\(‹o›)" ¦ @json "\(‹o›)" ¦ ‹o› | @text ¦ ‹l› | @json ¦
		‹o› == ‹o› ¦ ‹o› == ‹o› ¦ ($v | del(.a)) == ‹o› ¦ ‹o› != ‹e› ¦ ‹l› == ‹l› ¦ ‹o› < ‹o› ¦ ‹e› == ‹c› ¦ ‹l› - ‹l› | length ¦ ‹l› + ‹l› | length ¦ ‹e› + ‹e› ¦ ‹e› * ‹e› ¦ ‹e› % ‹e› ¦ -(‹e›) ¦ ‹e› and ‹e› ¦ ‹e› or ‹e› ¦ ‹e› // ‹e› ¦ ‹o› | not ¦
		‹l› | index(‹o›) ¦ ‹l› | rindex(‹e›) ¦ ‹l› | indices(‹l›) ¦ ‹s› | index(‹s›) ¦ ‹l› | contains(‹l›) ¦ ‹o› | contains(‹o›) ¦ ‹o› | inside(‹o›) ¦ ‹s› | contains(‹s›) ¦ ‹o› | IN(‹o›) ¦ IN(‹e›; ‹e›) ¦ IN(‹c›) ¦
		if ‹e› then ‹e› else ‹e› end ¦ if ‹e› then ‹e› elif ‹e› then ‹e› end ¦ try ‹e› catch . ¦ try (‹o› | split("x")) catch . ¦ try (‹s› | split(‹o›)) catch . ¦ try error(‹e›) catch . ¦ try (‹o› | ‹e›) catch ‹e› ¦ try (‹e› + ‹o›) catch . ¦
		try (‹p› |= ‹e› | ‹e›) catch . ¦ $u | try ((.a | $v | .‹n›) = 1 | 1) catch . ¦ $w[0] as $v | $u | try ((.list[1] | $v | .‹n›) |= 1 | 1) catch . ¦ (‹p› = ‹e›)? | type ¦ label $out | ‹e› ¦ break $out ¦ limit(2; ‹e›) ¦ first(‹e›) ¦ last(‹e›) ¦ skip(1; ‹e›) ¦ isempty(‹e›) ¦ any(‹e›; ‹e›) ¦ all(‹e›; ‹e›) ¦ ‹o› | any(‹e›) ¦ ‹l› | all(‹e›) ¦ ‹o› | add ¦ add(‹e›) ¦
		‹o› | flatten | length ¦ ‹o› | join(",") ¦ ‹l› | map(‹e›) | join(",") ¦ ‹o› | first ¦ ‹l› | last ¦ ‹o› | map(‹e›) ¦ ‹o› | keys | join(",") ¦ ‹o› | keys[] ¦ ‹o› | to_entries[] | .‹n› ¦ ‹o› | with_entries(‹e›) ¦ ‹o› | map_values(‹e›) | ‹e› ¦ ‹o› | .. | scalars ¦
		‹o› | [paths] | length ¦ ‹o› | getpath([‹s›]) ¦ ‹o› | getpath(["‹n›", $q]) ¦ [path(‹p›)] | length ¦ ‹o› | del(.‹n›) | ‹e› ¦ ‹o› | delpaths([[‹s›]]) | length ¦ ‹o› | setpath([‹s›]; ‹e›) | ‹e› ¦ ‹o› | pick(‹p›) ¦ ‹o› | walk(‹e›) ¦ ‹o› | tostream | length ¦
		‹l› | unique | length ¦ ‹l› | sort[0] ¦ ‹l› | min ¦ ‹l› | INDEX(‹e›) | ‹e› ¦ ‹o› | from_entries? ¦ ‹o› | combinations ¦ ‹o› | toarray ¦ ‹l› | bsearch(‹o›) ¦ ‹l› | transpose ¦ ‹l› | reverse | ‹e› ¦ ‹o› | abs ¦ $__loc__ | .line ¦ env ¦ input_line_number ¦ ‹o› | debug ¦
		‹o› | type ¦ ‹e› | scalars ¦ ‹e› | objects ¦ ‹s› | fromjson ¦ ‹s› | ltrimstr(‹e›) ¦ ‹s› | ascii_downcase ¦ ‹s› | test(‹s›) ¦ ‹s› | sub("(?<‹n›>[a-z])"; ‹e›) ¦ ‹s› | capture("(?<s1>.)") | .[‹s›] ¦ [‹s› | splits("s")] | ‹e› ¦ ‹s› | explode | implode ¦ ‹e› | tonumber ¦ dadd(‹e›; ‹e›) ¦
		‹l› | dsum ¦ ‹e› | text_hash ¦ left_out(‹e›) ¦ error(‹e›) ¦ error ¦ empty ¦ f ¦ g(‹e›) ¦ i(‹e›)`),
	"o": entries(`$u ¦ $u ¦ $v ¦ $v ¦ $u.a ¦ $u.b ¦ $v.‹n› ¦ $w[0] ¦ $w[1] ¦ {‹f›, ‹f›} ¦ {‹f›} ¦ {o: ‹o›}.o ¦ {o: ‹o›} ¦ {} ¦ ‹o› + ‹o› ¦ ‹o› * ‹o› ¦ ‹o› | ‹p› = ‹e› ¦ ‹o› | ‹p› |= ‹e› ¦ ‹o› | ‹p› //= ‹e› ¦ first(‹l›[]) ¦ ‹l› | first ¦ ‹l› | min_by(‹e›) ¦
		‹l› | max_by(‹e›) ¦ if ‹e› then ‹o› else ‹o› end ¦ ‹e› as ‹b› | ‹o› ¦ ‹o› | {"s\($n)"} ¦ {(‹s›): ‹e›} ¦ {"s\($n)": ‹o›} ¦ try error(‹o›) catch . ¦ ‹o› // ‹o› ¦ ‹o› | select(‹e›) ¦ reduce ‹l›[] as $v (‹o›; . + $v) ¦ ‹l› | add ¦ ‹o› | g(.) ¦ i(‹o›)`),
	"l": entries(`$w ¦ $w ¦ $w ¦ [‹e›] ¦ [‹e›, ‹e›] ¦ [‹o›, ‹o›] ¦ [$u.a, $u.b, $v] ¦ ‹l› | map(‹e›) ¦ ‹l› | map(‹o›) ¦ ‹l› | map(select(‹e›)) ¦ ‹l› | sort_by(‹e›) ¦ ‹l› | group_by(‹e›) ¦ ‹l› | unique_by(‹e›) ¦ ‹l› | flatten ¦ ‹l› | reverse ¦ ‹l› + ‹l› ¦ ‹l› - ‹l› ¦ ‹l›[1:] ¦
		‹l› | .[0] |= ‹e› ¦ ‹l› | .[] |= ‹e› ¦ ‹l› | .[].‹n› = ‹e› ¦ [‹l›[] | ‹e›] ¦ [limit(2; ‹e›)]`),
	"s": entries(`$q ¦ $q ¦ $q ¦ "s\($n)" ¦ "x\($n)" ¦ "‹n›" ¦ "s" + "\($n)" ¦ .k // "s1" ¦ $n | tostring`),
	"p": entries(`. ¦ .‹n› ¦ .‹n› ¦ .‹n›.‹n› ¦ .list[] ¦ .list[0] ¦ .[]? ¦ .["‹n›"] ¦ .[‹s›] ¦ (‹p› | ‹p›) ¦ (‹p›, ‹p›) ¦ (.‹n› | $v | .‹n›) ¦ (.a | $v | .‹n›) ¦ (.list | $w | .[0]) ¦ (‹p› | ‹o› | .‹n›) ¦ (‹p› // ‹p›) ¦ select(‹e›) ¦ (‹p› | select(‹e›)) ¦ first(‹p›) ¦ last(‹p›) ¦
		limit(1; ‹p›) ¦ map(‹p›) ¦ nth(‹s›) ¦ if ‹e› then ‹p› else ‹p› end ¦ (‹e› as ‹b› | ‹p›) ¦ (reduce ‹e› as ‹b› (‹p›; ‹p›)) ¦ (try ‹p› catch ‹p›) ¦ getpath([‹s›]) ¦ empty ¦ error ¦ .. ¦ f ¦ g(‹p›) ¦ h`),
	"b": entries(`$v ¦ $q ¦ $w ¦ [$v] ¦ [$v, $w] ¦ [‹b›, ‹b›] ¦ {$v} ¦ {‹n›: $v} ¦ {‹n›: ‹b›} ¦ {"‹n›": ‹b›} ¦ {‹n›: ‹b›, ‹n›: ‹b›} ¦ {$v: ‹b›} ¦ {k: $q} ¦ {"s\($n)": $v} ¦ {(‹s›): $v} ¦ {("‹n›"): ‹b›} ¦ {$v, "x\($n)": $q} ¦ {"\(‹e›)": $v}`),
	"f": entries(`‹n› ¦ ‹n› ¦ "‹n›" ¦ $v ¦ $q ¦ ‹n›: (‹e›) ¦ ‹n›: (‹o›) ¦ "‹n›": (‹e›) ¦ "s\($n)": (‹e›) ¦ "s\($n)" ¦ "‹n›\(‹s›)" ¦ (‹s›): (‹e›) ¦ ("‹n›", "‹n›"): (‹e›) ¦ "\(‹o›)": (‹e›) ¦ and: ‹e›`),
	"n": strings.Fields(`a b c d k n list o v id`),
	"c": strings.Split(`0|1|2|-1|1.5|"a"|"b"|""|"{}"|null|true|false`, "|"),
	// An object or array in an event is read whole anyway: most events hold scalars.
	"event": entries(`{id: ‹e›} ¦ {id: ‹e›} ¦ {id: (‹e› | scalars)} ¦ {id: (‹e› | scalars)} ¦ {id: (‹e› | type)} ¦ {id: ([limit(9; ‹e› | scalars)] | first, last, length)} ¦ {id: (try ‹e› catch .)} ¦ {id: (‹e› | if . then 1 else 2 end)} ¦
		{id: 1} + ‹o› ¦ {"\(‹o›)": 1} ¦ {id: 1, "\(‹e›)": ‹c›} ¦ ‹o› | {id: .‹n›} ¦ ‹o› | {id: [.‹n›, .‹n›, .‹n› | scalars] | first} ¦ ‹o› ¦ ‹e› | objects ¦ {id: ‹e›, x: ‹e›}`),
}

// last is what stands where programs must end.
var last = map[string]string{"e": ".", "o": "$v", "l": "$w", "b": "$v", "f": "o", "p": ".o"}

// entries are what stands between the bars.
func entries(table string) []string {
	list := strings.Split(table, "¦")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// hidden are the names that no program spells.
var hidden = []string{"s1", "s2", "s3", "x1", "x2"}

// writer writes a random program and records for it.
type writer struct {
	*rand.Rand
	// tables hold for each kind the templates that this program is made of: some of all, so that not each one has all that makes it read whole records.
	tables map[string][]string
}

func newWriter(seed uint64) *writer {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 7)), tables: make(map[string][]string)}
	for _, kind := range slices.Sorted(maps.Keys(tables)) {
		some := max(4, len(tables[kind])/(2+w.IntN(6)))
		for _, i := range w.Perm(len(tables[kind]))[:some] {
			w.tables[kind] = append(w.tables[kind], tables[kind][i])
		}
	}
	return w
}

func (w *writer) one(of []string) string { return of[w.IntN(len(of))] }

// write writes something of a kind; depth is how many may still stand within each other.
func (w *writer) write(kind string, depth int) string {
	if end, deep := last[kind]; deep && depth <= 0 {
		return end
	}
	template := w.one(w.tables[kind])
	var b strings.Builder
	for {
		before, after, found := strings.Cut(template, "‹")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inner, rest, _ := strings.Cut(after, "›")
		template = rest
		part := w.write(inner, depth-1)
		if strings.Contains("eols", inner) {
			part = "(" + part + ")"
		}
		b.WriteString(part)
	}
}

// program writes a program. None takes long: what repeats does so over the little that a record holds.
func (w *writer) program() string {
	var b strings.Builder
	b.WriteString("label $out | . as $u | .o as $v | .list as $w | .k as $q | .n as $n | def h: .a; def f: .b; def g(h): h; def i($q): $q; ")
	for _, f := range []string{"f", "g(h)", "i($q)"} {
		if w.IntN(4) == 0 {
			fmt.Fprintf(&b, "def %s: %s; ", f, w.write("e", 2))
		}
	}
	b.WriteString(w.write("event", 2+w.IntN(4)))
	return b.String()
}

// value writes a JSON value; kind 0 is an object, 1 an array.
func (w *writer) value(kind, depth int) string {
	var parts []string
	switch {
	case depth > 0 && kind == 0:
		names := hidden
		if w.IntN(3) > 0 {
			names = slices.Concat(tables["n"], hidden)
		}
		for _, name := range names {
			if w.IntN(3) == 0 {
				parts = append(parts, fmt.Sprintf(`"%s":%s`, name, w.value(w.IntN(6), depth-1)))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	case depth > 0 && kind == 1:
		for range w.IntN(4) {
			parts = append(parts, w.value(w.IntN(6), depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case w.IntN(3) == 0:
		return `"` + w.one(hidden) + `"`
	}
	return w.one(tables["c"])
}

// record writes a record. Its a may be its o but for a member, so that the two are alike where that one is not read.
func (w *writer) record() string {
	o, a := w.value(0, 2), w.value(0, 2)
	if w.IntN(3) == 0 {
		a = strings.Replace(strings.TrimSuffix(o, "}")+`,"s3":9}`, "{,", "{", 1)
	}
	return fmt.Sprintf(`{"k":"%s","n":%d,"o":%s,"list":[%s,%s],"a":%s,"b":%s,"c":%s,"s1":%s,"s2":%s,"x1":%s}`, w.one(hidden), 1+w.IntN(3),
		o, w.value(0, 2), w.value(0, 1), a, w.value(0, 1), w.value(w.IntN(6), 1), w.value(5, 1), w.value(0, 1), w.value(5, 1))
}

// Whatever a program does, reading only the members that it names, record after record, gives what reading whole records gives.
func TestRandomProgramsDoNotNotice(t *testing.T) {
	lean, told, refused := 0, 0, 0
	for i := range uint64(*programs) {
		w := newWriter(*programSeed + i)
		program := w.program()
		m, err := mapping.New("own.jq", program)
		if err != nil {
			refused++
			continue // it does what a map must not do
		}
		if mapping.WholeBy(m) != "" {
			continue
		}
		lean++
		each, err := m.NewWorker()
		if err != nil {
			t.Fatalf("seed %d: %s: %v", *programSeed+i, program, err)
		}
		whole, err := m.NewWorker()
		if err != nil {
			t.Fatal(err)
		}
		mapping.Whole(whole)
		records := make([]string, 8)
		for j := range records {
			records[j] = w.record()
		}
		made := make([]mapping.Result, len(records))
		var bytes []byte // the same for each record
		each.RunEach(len(records), func(j int) []byte { bytes = append(bytes[:0], records[j]...); return bytes }, made)
		events := 0
		for j, record := range records {
			want := outputs(whole.Run([]byte(record)))
			if got := outputs(made[j]); got != want {
				t.Errorf("seed %d: %s\non %s\nreading only the named members: %swhole records: %s", *programSeed+i, program, record, got, want)
			}
			events += len(made[j].Events)
		}
		if events > 0 {
			told++
		}
	}
	t.Logf("%d refused, %d lean programs, %d of them make events", refused, lean, told)
	if lean < *programs/4 || told < lean/4 {
		t.Errorf("of %d programs %d read only named members, and %d of those make an event; too few to tell", *programs, lean, told)
	}
}
