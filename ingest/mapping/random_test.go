package mapping_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tieback/ingest/mapping"
)

var (
	programs    = flag.Int("programs", 3000, "how many random programs to run")
	programSeed = flag.Uint64("programseed", 1, "the first of the seeds of random programs")
)

// Templates of random programs. In them ‹e› is an expression, ‹p› one that is a path, ‹b› what a value is bound to, ‹f› a member of an object, ‹n› a
// name, ‹c› a scalar as it is written. Wherever an expression stands $u, $v, $w, $q and the function h are defined, and there is a label $out.
var (
	leaves = strings.Fields(`. . . .‹n› .‹n› .‹n› .‹n›.‹n› .‹n›.‹n› .‹n›?.‹n›? .list[] .list[]? .list[0] .list[-1] .list[1:] ."‹n›" .["‹n›"] $u $v $w $q $v.‹n›? $u.‹n›? ‹c› ‹c› h {} [] {‹n›} {"‹n›"} {$v}`)
	common = entries(`‹e› | ‹e› ¦ ‹e› | ‹e› ¦ ‹e›, ‹e› ¦ ‹e›.‹n› ¦ ‹e›.‹n›? ¦ ‹e›."‹n›" ¦ ‹e›["‹n›"] ¦ ‹e›[0]? ¦ ‹e›[‹c›]? ¦ ‹e›[] ¦ ‹e›[]? ¦ ‹e›[1:]? ¦ ‹e›[:1]? ¦ {‹f›} ¦
		{‹f›, ‹f›} ¦ {‹f›, ‹f›, ‹f›} ¦ {‹f›, ‹f›}.‹n› ¦ {‹f›, ‹f›}[‹e›]? ¦ {‹f›, ‹f›}."‹n›\(‹e›)" ¦ [‹e›] ¦ [‹e›, ‹e›] ¦ "‹n›\(‹e›)" ¦ "\(‹e›)\(‹e›)" ¦
		@base64 "a\(‹e›)" ¦ @uri "\(‹e›)‹n›" ¦ ‹e› + ‹e› ¦ ‹e› - ‹e› ¦ ‹e› * ‹e› ¦ ‹e› % ‹e› ¦ -(‹e›) ¦ ‹e› == ‹e› ¦ ‹e› != ‹e› ¦ ‹e› < ‹e› ¦ ‹e› == ‹c› ¦
		‹e› and ‹e› ¦ ‹e› or ‹e› ¦ ‹e› // ‹e› ¦ ‹e› // ‹e› ¦ ‹p› = ‹e› ¦ ‹p› |= ‹e› ¦ ‹p› |= ‹e› ¦ ‹p› //= ‹e› ¦ if ‹e› then ‹e› else ‹e› end ¦
		if ‹e› then ‹e› end ¦ if ‹e› then ‹e› elif ‹e› then ‹e› else ‹e› end ¦ try ‹e› catch . ¦ try ‹e› catch ‹e› ¦ try error(‹e›) catch ‹e› ¦ try ‹e› ¦ ‹e›? ¦
		‹e› as ‹b› | ‹e› ¦ ‹e› as ‹b› | ‹e› ¦ ‹e› as ‹b› ?// ‹b› | ‹e› ¦ ‹e› as ‹b› ?// ‹b› ?// $v | ‹e› ¦ reduce ‹e› as ‹b› (‹e›; ‹e›) ¦
		foreach ‹e› as ‹b› (‹e›; ‹e›) ¦ foreach ‹e› as ‹b› (‹e›; ‹e›; ‹e›) ¦ label $out | ‹e› ¦ break $out ¦ limit(‹e›; ‹e›) ¦ first(‹e›) ¦ last(‹e›) ¦
		nth(1; ‹e›) ¦ nth("‹n›") ¦ nth(0) ¦ skip(1; ‹e›) ¦ isempty(‹e›) ¦ any(‹e›) ¦ any(‹e›; ‹e›) ¦ all(‹e›) ¦ all(‹e›; ‹e›) ¦ map(‹e›) ¦ map(‹e›) ¦
		select(‹e›) ¦ select(‹e›) ¦ has("‹n›") ¦ has(0) ¦ sort_by(‹e›) ¦ group_by(‹e›) ¦ unique_by(‹e›) ¦ min_by(‹e›) ¦ max_by(‹e›) ¦ flatten ¦ flatten(1) ¦
		add ¦ add(‹e›) ¦ length ¦ first ¦ last ¦ reverse ¦ transpose ¦ type ¦ not ¦ values ¦ objects ¦ arrays ¦ scalars ¦ iterables ¦ strings ¦ tostring ¦
		tojson ¦ fromjson ¦ tonumber ¦ toboolean ¦ ascii_downcase ¦ utf8bytelength ¦ explode ¦ implode ¦ ltrimstr(‹e›) ¦ startswith(‹e›) ¦ trim ¦ split(‹e›) ¦
		split(‹e›; null) ¦ join(‹e›) ¦ contains(‹e›) ¦ inside(‹e›) ¦ index(‹e›) ¦ rindex(‹e›) ¦ indices(‹e›) ¦ IN(‹e›) ¦ test(‹e›) ¦ [match("e"; "g")] ¦
		capture("(?<‹n›>.)") ¦ sub("(?<‹n›>[a-e])"; ‹e›) ¦ gsub("c"; ‹e›) ¦ [splits("e")] ¦ scan("[a-e]") ¦ error(‹e›) ¦ error ¦ empty ¦ range(‹c›)? ¦
		range(‹e›; 3)? ¦ dadd(‹e›; ‹e›) ¦ dsum ¦ decimal ¦ text_hash ¦ left_out(‹e›) ¦ url_param(‹e›) ¦ f ¦ f ¦ g(‹e›) ¦ g(‹e›) ¦ i(‹e›) ¦ ‹p›`)
	// rare have the program read whole records.
	rare = entries(`.. ¦ ‹e›[‹e›] ¦ ‹e›[‹e›]? ¦ ‹e›[‹e›, ‹e›]? ¦ .[$q] ¦ ‹e›."‹n›\(‹e›)" ¦ {"‹n›\(‹e›)"} ¦ ‹e›[‹e›:‹e›]? ¦ nth(‹e›) ¦ has(‹e›) ¦ in(‹e›) ¦ keys ¦
		keys_unsorted ¦ to_entries ¦ with_entries(‹e›) ¦ from_entries ¦ map_values(‹e›) ¦ walk(‹e›) ¦ paths ¦ paths(‹e›) ¦ path(‹p›) ¦ del(‹p›) ¦ pick(‹p›) ¦
		getpath(["‹n›", ‹e›]) ¦ setpath([‹e›]; ‹e›) ¦ delpaths([[‹e›]]) ¦ tostream ¦ unique ¦ sort ¦ min ¦ max ¦ min_by(‹e›) ¦ INDEX(‹e›) ¦ IN(‹e›; ‹e›) ¦
		JOIN(‹e›; ‹e›) ¦ @json ¦ @text ¦ @csv ¦ @json "\(‹e›)" ¦ bsearch(‹e›) ¦ combinations ¦ abs ¦ toarray ¦ tojson ¦ splits(‹e›) ¦ have_literal_numbers ¦
		ascii ¦ env ¦ input_line_number ¦ debug ¦ until(‹e›; ‹e›) ¦ limit(3; repeat(‹e›)) ¦ recurse ¦ recurse(‹e›) ¦ getpath(‹e›) ¦ group_by(‹e›) ¦
		have_decnum ¦ ltrimstr(‹e›) ¦ significand ¦ @sh ¦ trimstr(‹e›) ¦ $__loc__`)
	paths = entries(`. ¦ .‹n› ¦ .‹n› ¦ .‹n›.‹n› ¦ .‹n›? ¦ .list ¦ .list[] ¦ .list[]? ¦ .list[0] ¦ .list[1:] ¦ .["‹n›"] ¦ .[] ¦ .[]? ¦ (‹p› | ‹p›) ¦ (‹p› | ‹p›) ¦
		(‹p›, ‹p›) ¦ (‹p› | $u | ‹p›) ¦ (‹p› // ‹p›) ¦ select(‹e›) ¦ (‹p› | select(‹e›)) ¦ first(‹p›) ¦ last(‹p›) ¦ limit(1; ‹p›) ¦ map(‹p›) ¦
		if ‹e› then ‹p› else ‹p› end ¦ (‹e› as ‹b› | ‹p›) ¦ (reduce ‹e› as ‹b› (‹p›; ‹p›)) ¦ (try ‹p› catch ‹p›) ¦ empty ¦ error ¦ f ¦ g(‹p›) ¦ h ¦ (‹e›)`)
	members      = entries(`‹n› ¦ "‹n›" ¦ $v ¦ $q ¦ ‹n›: (‹e›) ¦ ‹n›: (‹e›) ¦ "‹n›": (‹e›) ¦ "‹n›\(‹e›)": (‹e›) ¦ (‹e›): (‹e›) ¦ ("‹n›", "‹n›"): (‹e›) ¦ and: ‹e›`)
	bindings     = entries(`$v ¦ $u ¦ $w ¦ $q ¦ [$v] ¦ [$v, $w] ¦ [‹b›, ‹b›] ¦ {$v} ¦ {‹n›: $v} ¦ {‹n›: ‹b›} ¦ {"‹n›": ‹b›} ¦ {‹n›: ‹b›, ‹n›: ‹b›} ¦ {$v: ‹b›} ¦ {k: $q}`)
	rareBindings = entries(`{"‹n›\(‹e›)": ‹b›} ¦ {(‹e›): ‹b›} ¦ {("‹n›"): ‹b›} ¦ {($q): $v, "x\(.n)": $w}`)
	// yields make an event of an expression in such a way that it can be a scalar: objects and arrays in an event are read whole anyway.
	yields = entries(`{id: ‹e›} ¦ {id: (‹e› | scalars)} ¦ {id: (‹e› | type)} ¦ {id: ([limit(9; ‹e› | scalars)] | first, last, length)} ¦ {id: (try ‹e› catch .)} ¦
		{id: (‹e› | if . then 1 else 2 end)} ¦ {id: 1} + (‹e› | objects) ¦ ‹e› | objects | {id: .‹n›} ¦ ‹e› | objects ¦ ‹e› ¦ {id: ‹e›, x: ‹e›}`)
	nameTexts = strings.Fields(`a b c d k n x1 secret list list o v id`)
	constants = strings.Split(`0|1|2|-1|1.5|"a"|"b"|"secret"|"x1"|"x"|""|"{}"|null|true|false`, "|")
)

// entries are what stands between the bars.
func entries(table string) []string {
	list := strings.Split(table, "¦")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// writer writes random programs.
type writer struct {
	*rand.Rand
	// whole says that the program may need whole records.
	whole bool
	// calls are the functions defined so far.
	calls string
}

func (w *writer) one(of []string) string { return of[w.IntN(len(of))] }

// fill replaces what stands in ‹›; depth is how many expressions may still stand within each other.
func (w *writer) fill(template string, depth int) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(template, "‹")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		kind, rest, _ := strings.Cut(after, "›")
		template = rest
		switch kind {
		case "e":
			b.WriteString("(" + w.expression(depth-1) + ")")
		case "p":
			if depth <= 0 {
				b.WriteString("." + w.one(nameTexts))
				break
			}
			b.WriteString(w.fill(w.one(paths), depth-1))
		case "b":
			switch {
			case depth <= 0:
				b.WriteString("$v")
			case w.whole && w.IntN(6) == 0:
				b.WriteString(w.fill(w.one(rareBindings), depth-1))
			default:
				b.WriteString(w.fill(w.one(bindings), depth-1))
			}
		case "f":
			b.WriteString(w.fill(w.one(members), depth))
		case "n":
			b.WriteString(w.one(nameTexts))
		case "c":
			b.WriteString(w.one(constants))
		}
	}
}

func (w *writer) expression(depth int) string {
	if depth <= 0 || w.IntN(8) == 0 {
		return w.fill(w.one(leaves), depth)
	}
	if w.whole && w.IntN(8) == 0 {
		return w.fill(w.one(rare), depth)
	}
	for {
		template := w.one(common)
		if name, _, _ := strings.Cut(template, "("); len(name) != 1 || name == "." || strings.Contains(w.calls, name) {
			return w.fill(template, depth)
		}
	}
}

// program writes a program. None takes long: what repeats does so over the little that a record holds.
func (w *writer) program() string {
	var b strings.Builder
	b.WriteString("label $out | . as $u | .o as $v | .list as $w | .k as $q | def h: .a; ")
	for _, f := range []string{"f", "g(h)", "i($q)"} {
		if w.IntN(2) == 0 {
			fmt.Fprintf(&b, "def %s: %s; ", f, w.expression(2))
			w.calls += f[:1]
		}
	}
	b.WriteString(w.fill(w.one(yields), 2+w.IntN(3)))
	return b.String()
}

// value writes a random JSON value of which the programs know some names.
func (w *writer) value(depth int) string {
	switch kind := w.IntN(10); {
	case depth > 0 && kind < 4:
		var b strings.Builder
		for _, name := range nameTexts {
			if w.IntN(4) == 0 {
				fmt.Fprintf(&b, `,"%s":%s`, name, w.value(depth-1))
			}
		}
		return "{" + strings.TrimPrefix(b.String(), ",") + "}"
	case depth > 0 && kind < 6:
		items := make([]string, w.IntN(4))
		for i := range items {
			items[i] = w.value(depth - 1)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return w.one(constants)
	}
}

func (w *writer) record() string {
	return fmt.Sprintf(`{"k":"%s","n":%d,"o":%s,"list":[%s,%s],"a":%s,"b":%s,"x1":%s,"secret":%s,"c":%s}`, w.one(nameTexts), w.IntN(3),
		w.value(2), w.value(2), w.value(2), w.value(3), w.value(3), w.value(1), w.value(1), w.value(2))
}

// Whatever a program does, reading only the members that it names, record after record, gives what reading whole records gives.
func TestRandomProgramsDoNotNotice(t *testing.T) {
	lean, told := 0, 0
	for i := range uint64(*programs) {
		w := &writer{Rand: rand.New(rand.NewPCG(*programSeed+i, 7))}
		w.whole = w.IntN(4) == 0
		program := w.program()
		m, err := mapping.New("own.jq", program)
		if err != nil {
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
	t.Logf("%d lean programs, %d of them make events", lean, told)
	if lean < *programs/2 || told < lean/4 {
		t.Errorf("of %d programs %d read only named members, and %d of those make an event; too few to tell", *programs, lean, told)
	}
}
