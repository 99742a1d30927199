package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// guard walks a syntax tree in the order of its text, collects names, refuses what a map must not do and adds guards:
// plain arithmetic refuses decimals, and a lean program asks for the whole record where it would notice that members are missing.
type guard struct {
	variant
	*program
	words []word
	// next is the word that comes next, line where the last one stands.
	next, line int
	// defined holds the parameters and functions in scope, as name or name/arity; with a ! while the function's own body is walked.
	defined []string
	faults  []fault
}

type fault struct {
	line int
	text string
}

func (g *guard) refuse(format string, args ...any) {
	g.faults = append(g.faults, fault{g.line, fmt.Sprintf(format, args...)})
}

func (g *guard) needsWhole(what string) {
	if g.wholeBy == "" {
		g.wholeBy = what
	}
}

// word passes the next word of the text.
func (g *guard) word(text string) {
	if !g.aligned {
		return
	}
	if g.next >= len(g.words) || g.words[g.next].text != text {
		g.aligned = false
		return
	}
	g.line = g.words[g.next].line
	g.next++
}

func (g *guard) want(name string) {
	if name == skippedKey {
		g.needsWhole("the name that marks what was not read")
	}
	g.wanted[name] = name
}

func (g *guard) query(q *gojq.Query) {
	if q == nil {
		return
	}
	if q.Meta != nil || len(q.Imports) > 0 {
		g.refuse("a map is one file: import, include and module are not read")
	}
	scope := len(g.defined)
	for _, def := range q.FuncDefs {
		g.define(def)
	}
	defer func() { g.defined = g.defined[:scope] }()
	if q.Term != nil {
		g.term(q.Term)
		return
	}
	if q.Left == nil {
		return
	}
	g.query(q.Left)
	for _, p := range q.Patterns {
		g.pattern(p)
	}
	line := g.line
	g.query(q.Right)
	g.operator(q, line)
}

// operator guards an operator behind its operands.
func (g *guard) operator(q *gojq.Query, line int) {
	switch q.Op {
	case gojq.OpAdd, gojq.OpSub, gojq.OpMul, gojq.OpMod:
		q.Left, q.Right = g.operand(q.Left), g.operand(q.Right)
		if g.lean && q.Op == gojq.OpSub { // of arrays, it compares their elements
			q.Left, q.Right = pipe(q.Left, call("_scalar")), pipe(q.Right, call("_scalar"))
		}
	case gojq.OpDiv:
		g.line = line
		g.refuse("/ divides in floating point; use ddiv(a; b; places), and split for texts")
	case gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod:
		g.line = line
		g.refuse("%s computes in floating point; write |= with dadd, dsub or dmul", q.Op)
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		if g.lean && !isScalarLiteral(q.Left) && !isScalarLiteral(q.Right) {
			q.Left, q.Right = pipe(q.Left, call("_scalar")), pipe(q.Right, call("_scalar"))
		}
	}
}

// operand guards one side of plain arithmetic, unless it is written as something else than a number.
func (g *guard) operand(q *gojq.Query) *gojq.Query {
	if t := q.Term; t != nil && len(t.SuffixList) == 0 {
		switch t.Type {
		case gojq.TermTypeString, gojq.TermTypeObject, gojq.TermTypeArray, gojq.TermTypeNull, gojq.TermTypeFormat:
			return q
		case gojq.TermTypeNumber:
			if !strings.ContainsAny(t.Number, ".eE") {
				return q
			}
		}
	}
	return pipe(q, call("_plain"))
}

func isScalarLiteral(q *gojq.Query) bool {
	if q.Term == nil || len(q.Term.SuffixList) > 0 {
		return false
	}
	switch q.Term.Type {
	case gojq.TermTypeString:
		return q.Term.Str.Queries == nil
	case gojq.TermTypeNumber, gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse:
		return true
	}
	return false
}

func pipe(left, right *gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: &gojq.Query{Left: left, Op: gojq.OpPipe, Right: right}}}
}

func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}

func literal(text string) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: &gojq.String{Str: text}}}
}

// define checks a definition. One that calls itself may never end.
func (g *guard) define(def *gojq.FuncDef) {
	g.word(def.Name)
	g.name(def.Name)
	line := g.line
	scope := len(g.defined)
	for _, arg := range def.Args {
		g.word(arg)
		name := strings.TrimPrefix(arg, "$") // $x can be called as x too
		g.name(name)
		g.defined = append(g.defined, name)
	}
	signature := def.Name + "/" + strconv.Itoa(len(def.Args))
	g.defined = append(g.defined, "!"+signature)
	g.query(def.Body)
	g.defined = append(g.defined[:scope], signature)
	g.line = max(line, g.line)
}

// name refuses the name of a function that could be, or stand before, one of the guards.
func (g *guard) name(name string) {
	if name[0] == '_' {
		g.refuse("%s begins with an underscore, as the functions do by which maps are kept exact; a map must not define or call such a one", name)
	}
}

func (g *guard) pattern(p *gojq.Pattern) {
	if p == nil {
		return
	}
	if p.Name != "" {
		g.word(p.Name)
	}
	for _, item := range p.Array {
		g.pattern(item)
	}
	for _, o := range p.Object {
		if o.Key != "" {
			g.word(o.Key)
			g.want(strings.TrimPrefix(o.Key, "$"))
		}
		g.text(o.KeyString)
		if o.KeyQuery != nil || o.KeyString != nil && o.KeyString.Queries != nil {
			g.needsWhole("a computed key in a pattern")
			g.query(o.KeyQuery)
		}
		g.pattern(o.Val)
	}
}

// text walks the programs inside a string.
func (g *guard) text(s *gojq.String) {
	if s == nil {
		return
	}
	if s.Queries == nil {
		g.want(s.Str)
	}
	for _, q := range s.Queries {
		if !isText(q) {
			g.query(q)
		}
	}
}

// isText says whether a part of a string is the text between two programs.
func isText(q *gojq.Query) bool { return q.Term != nil && q.Term.Type == gojq.TermTypeString }

// scalars guards the programs inside a string that gojq itself joins.
func (g *guard) scalars(s *gojq.String) {
	if s == nil || !g.lean {
		return
	}
	for i, q := range s.Queries {
		if !isText(q) {
			s.Queries[i] = pipe(q, call("_scalar"))
		}
	}
}

// maxArguments is how many arguments a function of ours can have.
const maxArguments = 30

func (g *guard) term(t *gojq.Term) {
	g.head(t)
	line := g.line
	for i, s := range t.SuffixList {
		if s.Index != nil {
			g.index(s.Index, i == 0 && t.Type == gojq.TermTypeObject)
		}
	}
	if g.lean {
		guardIteration(t)
	}
	if g.located && (t.Type == gojq.TermTypeFunc || t.Type == gojq.TermTypeIndex || t.Type == gojq.TermTypeQuery) {
		located := *t
		at := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNumber, Number: strconv.Itoa(line)}}
		*t = *pipe(call("_at", at), &gojq.Query{Term: &located}).Term
	}
}

// guardIteration puts a guard before each [] of a term: over an object it would miss members.
func guardIteration(t *gojq.Term) {
	if !slices.ContainsFunc(t.SuffixList, func(s *gojq.Suffix) bool { return s.Iter }) {
		return
	}
	suffixes := t.SuffixList
	guarded := *t
	guarded.SuffixList = nil
	for _, s := range suffixes {
		if s.Iter {
			head := guarded
			guarded = *pipe(&gojq.Query{Term: &head}, call("_array")).Term
		}
		guarded.SuffixList = append(guarded.SuffixList, s)
	}
	*t = guarded
}

// head walks a term without its suffixes.
func (g *guard) head(t *gojq.Term) {
	switch t.Type {
	case gojq.TermTypeRecurse:
		g.needsWhole("..")
	case gojq.TermTypeIndex:
		g.index(t.Index, false)
	case gojq.TermTypeFunc:
		g.function(t)
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			g.keyValue(kv)
		}
	case gojq.TermTypeArray:
		g.query(t.Array.Query)
	case gojq.TermTypeNumber:
		if strings.ContainsAny(t.Number, ".eE") {
			*t = gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: "_decimal_literal", Args: []*gojq.Query{literal(t.Number)}}, SuffixList: t.SuffixList}
		}
	case gojq.TermTypeUnary:
		g.term(t.Unary.Term)
	case gojq.TermTypeFormat:
		if t.Format == "@json" || t.Str == nil {
			g.needsWhole(t.Format)
		}
		g.text(t.Str)
		g.scalars(t.Str)
	case gojq.TermTypeString:
		g.text(t.Str)
		if n := len(t.Str.Queries); n > maxArguments {
			g.scalars(t.Str)
		} else if n > 0 {
			*t = gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: "_text", Args: t.Str.Queries}, SuffixList: t.SuffixList}
		}
	case gojq.TermTypeIf:
		g.query(t.If.Cond)
		g.query(t.If.Then)
		for _, e := range t.If.Elif {
			g.query(e.Cond)
			g.query(e.Then)
		}
		g.query(t.If.Else)
	case gojq.TermTypeTry:
		g.query(t.Try.Body)
		g.query(t.Try.Catch)
		if g.lean && t.Try.Catch != nil {
			t.Try.Catch = pipe(call("_caught"), t.Try.Catch)
		}
	case gojq.TermTypeReduce:
		g.loop(t.Reduce.Query, t.Reduce.Patterns, t.Reduce.Start, t.Reduce.Update, nil)
	case gojq.TermTypeForeach:
		g.loop(t.Foreach.Query, t.Foreach.Patterns, t.Foreach.Start, t.Foreach.Update, t.Foreach.Extract)
	case gojq.TermTypeLabel:
		g.word(t.Label.Ident)
		g.query(t.Label.Body)
	case gojq.TermTypeBreak:
		g.word(t.Break)
	case gojq.TermTypeQuery:
		g.query(t.Query)
	}
}

func (g *guard) loop(over *gojq.Query, patterns []*gojq.Pattern, parts ...*gojq.Query) {
	g.query(over)
	for _, p := range patterns {
		g.pattern(p)
	}
	for _, q := range parts {
		g.query(q)
	}
}

func (g *guard) keyValue(kv *gojq.ObjectKeyVal) {
	if kv.Key != "" {
		g.word(kv.Key)
		if kv.Val == nil && kv.Key[0] != '$' {
			g.want(kv.Key)
		}
	}
	if kv.KeyString != nil {
		g.text(kv.KeyString)
		g.scalars(kv.KeyString)
		if kv.Val == nil && kv.KeyString.Queries != nil {
			g.needsWhole("a computed key")
		}
	}
	g.query(kv.KeyQuery)
	g.query(kv.Val)
}

// index walks .name, ."name" and [i]. ofLiteral says that it looks into an object written in the program.
func (g *guard) index(i *gojq.Index, ofLiteral bool) {
	if i.Name != "" {
		g.word(i.Name)
		g.want(i.Name)
	}
	if i.Str != nil {
		g.text(i.Str)
		g.scalars(i.Str)
		if i.Str.Queries != nil && !ofLiteral {
			g.needsWhole("a computed name")
		}
	}
	g.query(i.Start)
	g.query(i.End)
	if !i.IsSlice && i.Start != nil && !isScalarLiteral(i.Start) && !ofLiteral {
		g.needsWhole("a computed index")
	}
}
