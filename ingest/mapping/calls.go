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
	own, recursive := g.lookUp(f)
	g.name(f.Name)
	for _, arg := range f.Args {
		g.query(arg)
	}
	if patterns[f.Name] && !own {
		for i, arg := range f.Args {
			if !isScalarLiteral(arg) {
				f.Args[i] = pipe(arg, call("_kept"))
			}
		}
	}
	switch reason, bad := refused[f.Name]; {
	case recursive:
		g.line = line
		g.refuse("%s calls itself and may never end; use map, reduce or foreach", f.Name)
	case f.Name == "$ENV", bad && !own:
		g.line = line
		g.refuse("%s", reason)
	case f.Name == "recurse" && len(f.Args) > 0 && !own:
		g.line = line
		g.refuse("recurse(f) may never end; use .. or map")
	case byKey[f.Name] && len(f.Args) == 1 && !isScalarLiteral(f.Args[0]), f.Name == "IN" && len(f.Args) == 2:
		g.needsWhole(f.Name)
	case own || byName[f.Name]:
	case f.Name == "tonumber":
		f.Name = "_decimal"
	case onArrays[f.Name]:
		g.onArray(t)
	default:
		g.needsWhole(f.Name)
	}
}

// lookUp says whether a call is one of a function or parameter of the map's own, or one of the very function in which it stands.
func (g *guard) lookUp(f *gojq.Func) (own, recursive bool) {
	if f.Name[0] == '$' {
		return true, false
	}
	signature := f.Name + "/" + strconv.Itoa(len(f.Args))
	for _, defined := range slices.Backward(g.defined) {
		switch {
		case defined == signature, defined == f.Name && len(f.Args) == 0:
			return true, false
		case defined == "!"+signature:
			return false, true
		}
	}
	return false, false
}

// onArray guards a function that takes arrays and objects alike; add also refuses decimals.
func (g *guard) onArray(t *gojq.Term) {
	f, suffixes := t.Func, t.SuffixList
	guarded := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: f}}
	ofInput := true // the function looks at its input, not at what its argument yields
	switch {
	case f.Name == "add" && len(f.Args) == 1:
		f.Args[0], ofInput = pipe(f.Args[0], call("_plain")), false
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
