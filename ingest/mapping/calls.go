package mapping

import (
	"slices"
	"strconv"

	"github.com/itchyny/gojq"
)

// function checks and guards a call.
func (g *guard) function(t *gojq.Term) {
	f := t.Func
	g.word(f.Name)
	line := g.line
	signature := f.Name + "/" + strconv.Itoa(len(f.Args))
	own := f.Name[0] == '$' || slices.Contains(g.defined, signature) || len(f.Args) == 0 && slices.Contains(g.defined, f.Name)
	recursive := slices.Contains(g.defined, "!"+signature) && !own
	for _, arg := range f.Args {
		g.query(arg)
	}
	switch reason, bad := refused[f.Name]; {
	case recursive:
		g.line = line
		g.refuse("%s calls itself and may never end; use map, reduce or foreach", f.Name)
	case f.Name == "$ENV", bad && !own:
		g.line = line
		g.refuse("%s", reason)
	case f.Name == "recurse" && len(f.Args) > 0:
		g.line = line
		g.refuse("recurse(f) may never end; use .. or map")
	case f.Name == "has" && len(f.Args) == 1 && !isScalarLiteral(f.Args[0]), f.Name == "IN" && len(f.Args) == 2:
		g.needsWhole(f.Name)
	case own || byName[f.Name]:
	case f.Name == "tonumber":
		f.Name = "decimal"
	case onArrays[f.Name]:
		g.onArray(t)
	default:
		g.needsWhole(f.Name)
	}
}

// onArray guards a function that takes arrays and objects alike; add also refuses decimals.
func (g *guard) onArray(t *gojq.Term) {
	f, suffixes := t.Func, t.SuffixList
	guarded := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: f}}
	ofInput := true // the function looks at its input, not at what its argument yields
	switch {
	case f.Name == "add" && len(f.Args) == 1:
		list := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: f.Args[0]}}}
		guarded, ofInput = pipe(pipe(list, call("_plain_all")), call("add")), false
	case f.Name == "add":
		guarded = pipe(call("_plain_all"), guarded)
	case len(f.Args) > 1, len(f.Args) == 1 && (f.Name == "first" || f.Name == "last"):
		ofInput = false
	}
	if g.lean && onKeys[f.Name] { // keys are compared
		f.Args[0] = pipe(f.Args[0], call("_scalar"))
	}
	if g.lean && ofInput {
		check := "_array"
		if onScalars[f.Name] {
			check = "_scalar"
		}
		guarded = pipe(call(check), guarded)
	}
	if guarded.Term.Func != f {
		*t = *guarded.Term
		t.SuffixList = suffixes
	}
}
