package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// program is a checked and guarded syntax tree.
type program struct {
	query *gojq.Query
	// wanted holds every name by which the program may reach into its record.
	wanted map[string]string
	names  *names
	// wholeBy names the construct for which the program must see objects with all their members; empty: it reaches members by name only.
	wholeBy string
	// aligned says that the words of the text are those of the tree, so that errors can name a line.
	aligned bool
}

func (p *program) readsWholeObjects() bool { return p.wholeBy != "" }

// variant says how a program is guarded.
type variant struct {
	// lean adds guards where a program would see that members of its record were not read.
	lean bool
	// located lets the program say on which line it is.
	located bool
	// streamed lets it take record after record.
	streamed bool
}

// compile parses the map, refuses what a map must not do, adds the guards, and proves that gojq takes the result.
func (m *Map) compile(lean bool) (*program, error) {
	p, err := m.parse(variant{lean: lean})
	if err != nil {
		return nil, err
	}
	if _, err := gojq.Compile(p.query, (&Worker{}).functions()...); err != nil {
		return nil, m.explainCompile(err)
	}
	return p, nil
}

func (m *Map) parse(v variant) (*program, error) {
	query, err := gojq.Parse(m.text)
	if err != nil {
		return nil, m.explainParse(err)
	}
	g := &guard{variant: v, words: scanWords(m.text), line: 1, program: &program{query: query, wanted: make(map[string]string), aligned: true}}
	g.query(query)
	g.program.names = newNames(g.wanted)
	g.aligned = g.aligned && g.next == len(g.words)
	if len(g.faults) > 0 {
		f := g.faults[0]
		return nil, m.fault(f.line, f.text)
	}
	return g.program, nil
}

// fault is a sentence about a line of the map, with the line's text.
func (m *Map) fault(line int, sentence string) error {
	lines := strings.Split(m.text, "\n")
	near := ""
	if line >= 1 && line <= len(lines) {
		near = ", near " + strings.TrimSpace(lines[line-1])
	}
	return fmt.Errorf("map %s, line %d: %s%s", m.Name, line, sentence, near)
}

func (m *Map) explainParse(err error) error {
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return fmt.Errorf("map %s: %w", m.Name, err)
	}
	// The offset lies behind the token at fault.
	offset := max(min(at.Offset, len(m.text))-len(at.Token), 0)
	if at.Token == "" {
		offset = len(strings.TrimRight(m.text, " \t\r\n"))
	}
	return m.fault(1+strings.Count(m.text[:offset], "\n"), "it is no jq program: "+err.Error())
}

// explainCompile finds the line of what gojq could not resolve by its name.
func (m *Map) explainCompile(err error) error {
	text := err.Error()
	_, name, _ := strings.Cut(text, ": ")
	name, _, _ = strings.Cut(name, "/")
	words := scanWords(m.text)
	if i := slices.IndexFunc(words, func(w word) bool { return w.text == name }); i >= 0 {
		return m.fault(words[i].line, text)
	}
	return fmt.Errorf("map %s: %w", m.Name, err)
}

// refused are functions that a map must not call, each with what to do instead.
var refused = func() map[string]string {
	list := map[string]string{}
	for reason, names := range map[string]string{
		"reads the clock; the same record must give the same events at any time":                                     "now localtime strflocaltime",
		"reads the environment; a map sees only its record":                                                          "env $ENV",
		"reads another record; a map sees one at a time":                                                             "input inputs input_line_number input_filename",
		"ends the program; yield left_out(\"reason\") for what is left out and error(\"reason\") for what is broken": "halt halt_error",
		"writes beside the events; remove it":                                                                        "debug stderr",
		"may never end; use map, reduce or foreach over an array":                                                    "repeat while until",
		"computes in floating point; use dround(places), dadd, dsub, dmul or ddiv, which are exact":                  "floor sqrt pow log exp log2 log10 exp2 exp10 round ceil trunc fabs significand gamma lgamma tgamma nearbyint rint logb ldexp scalb scalbln frexp modf cbrt fma fmin fmax fmod hypot sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 copysign drem fdim nextafter nexttoward remainder expm1 log1p erf erfc j0 j1 y0 y1 jn yn infinite nan isnan isinfinite isfinite isnormal finites normals",
	} {
		for _, name := range strings.Fields(names) {
			list[name] = name + " " + reason
		}
	}
	return list
}()

// byName are functions that reach members by name or do not look at objects at all: they do not notice members that were not read.
var byName = set(`select empty error not test match capture split ascii_downcase ascii_upcase ltrimstr rtrimstr trimstr startswith endswith ltrim rtrim
	trim isempty type values strings numbers nulls booleans scalars arrays objects iterables explode implode limit range fromjson sub gsub scan splits has
	decimal dadd dsub dmul ddiv dsum dneg dround dshift dcmp from_minor currency_places from_seconds from_millis from_micros utc day day_after day_before month_after
	text_hash url_param left_out strptime mktime fromdate todate strftime gmtime ascii reverse transpose skip nth utf8bytelength toboolean`)

// onArrays are functions that do the same to the members of an object as to the elements of an array; onScalars those of them that
// look into what they are given; onKeys compare what their argument yields. They are guarded.
var (
	onArrays  = set(`map any all length join sort_by group_by unique_by min_by max_by flatten add first last tostring tojson contains inside index rindex indices IN`)
	onKeys    = set(`sort_by group_by unique_by min_by max_by`)
	onScalars = set(`tostring tojson contains inside index rindex indices IN`)
)

// byKey are those of byName that reach for the one member that their only argument names.
var byKey = set(`has nth`)

// patterns take regular expressions, which gojq keeps compiled under their texts.
var patterns = set(`test match capture scan split splits sub gsub`)

func set(names string) map[string]bool {
	s := make(map[string]bool)
	for _, name := range strings.Fields(names) {
		s[name] = true
	}
	return s
}
