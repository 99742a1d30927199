package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// settingsReader reads the text of a settings file, collects every fault of its form, and remembers where each setting stands.
type settingsReader struct {
	faults faultList
	lines  map[string]int // of each setting, the line in the file
	broken []string       // settings that are left out because of a fault

	variables
}

// readSettings fills s with what can be read. lookup is the environment.
func readSettings(text []byte, lookup func(string) (string, bool), s *settings) *settingsReader {
	r := &settingsReader{lines: make(map[string]int), variables: variables{lookup: lookup}}
	file, err := parser.ParseBytes(r.mark(text), 0, parser.AllowDuplicateMapKey())
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		r.add("", lineOf(syntax.GetToken()), "this is no YAML: %s", syntax.GetMessage())
		return r
	case err != nil:
		r.add("", 0, "this is no YAML: %s", err)
		return r
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			r.add("", lineOf(doc.Body.GetToken()), "the settings are one YAML document; what follows --- is not read")
			break
		}
		body = doc.Body
	}
	if body == nil {
		return r
	}
	for _, v := range r.unset(body) {
		r.add("", v.line, "the environment does not set %s", v.name)
	}
	if body = r.node(body, reflect.TypeFor[settings](), ""); body == nil {
		return r
	}
	if err := yaml.NodeToValue(body, s, yaml.Strict()); err != nil {
		// The reader above and the decoder disagree: rather one fault too many than settings that were not read.
		r.add("", lineOfError(err), "%s", firstLine(err))
	}
	return r
}

func (r *settingsReader) add(path string, line int, format string, args ...any) {
	message := r.hide(path, r.written(fmt.Sprintf(format, args...)))
	r.faults = append(r.faults, fault{Setting: path, Line: line, Severity: severityError, Message: message})
}

// refuse adds a fault about a setting and leaves it out.
func (r *settingsReader) refuse(path string, node ast.Node, format string, args ...any) ast.Node {
	r.broken = append(r.broken, path)
	r.add(path, lineOf(node.GetToken()), format, args...)
	return nil
}

// node checks a value against the Go type it goes into. It returns what can be decoded, nil for nothing.
func (r *settingsReader) node(n ast.Node, t reflect.Type, path string) ast.Node {
	if path != "" {
		r.lines[path] = lineOf(n.GetToken())
	}
	if textNode(n) != nil && len(r.unset(n)) > 0 {
		r.broken = append(r.broken, path)
		return nil
	}
	switch n := n.(type) {
	case *ast.NullNode, *ast.AliasNode: // nothing, or checked where it is anchored
		return n
	case *ast.AnchorNode:
		value := r.node(n.Value, t, path)
		if value == nil {
			return nil
		}
		n.Value = value
		return n
	case *ast.TagNode:
		value := r.node(n.Value, t, path)
		if value == nil {
			return nil
		}
		n.Value = value
		return n
	}
	if readsItself(t) {
		if long, ok := longFormOf(t); ok && isObject(n) {
			checked := r.object(n, fieldsOf(long), path)
			if checked == nil {
				return nil
			}
			n = checked
		} else {
			n = r.value(n, reflect.String, path)
		}
		if err := yaml.NodeToValue(n, reflect.New(t).Interface(), yaml.Strict()); err != nil {
			return r.refuse(path, n, "%s: %s", path, firstLine(err))
		}
		return n
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.node(n, t.Elem(), path)
	case reflect.Struct:
		return r.object(n, fieldsOf(t), path)
	case reflect.Map:
		return r.object(n, func(string) (reflect.Type, bool) { return t.Elem(), true }, path)
	case reflect.Slice:
		return r.list(n, t.Elem(), path)
	}
	value := r.value(n, t.Kind(), path)
	if what := scalarFault(value, t.Kind()); what != "" {
		return r.refuse(path, n, "%s must be %s, not %s", path, what, kindOf(n))
	}
	return value
}

// readsItself says whether a type brings its own way to be read.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[yaml.InterfaceUnmarshaler]()) || p.Implements(reflect.TypeFor[yaml.BytesUnmarshaler]())
}

// longFormOf is the struct of keys that a value may have in place of one word, for types that read themselves.
func longFormOf(t reflect.Type) (reflect.Type, bool) {
	l, ok := reflect.Zero(t).Interface().(interface{ longForm() any })
	if !ok {
		return nil, false
	}
	return reflect.TypeOf(l.longForm()), true
}

func isObject(n ast.Node) bool {
	return n.Type() == ast.MappingType || n.Type() == ast.MappingValueType
}

// scalarFault says what a value should be where it is something else.
func scalarFault(n ast.Node, kind reflect.Kind) string {
	if n.Type() == ast.NullType {
		return ""
	}
	switch kind {
	case reflect.Bool:
		if n.Type() != ast.BoolType {
			return "true or false"
		}
	case reflect.Int, reflect.Int64:
		switch v := n.(type) {
		case *ast.IntegerNode:
			if _, fits := v.Value.(int64); fits {
				return ""
			}
			if u, ok := v.Value.(uint64); ok && u <= math.MaxInt64 {
				return ""
			}
		case *ast.FloatNode:
			if v.Value == math.Trunc(v.Value) && math.Abs(v.Value) < 1<<53 {
				return ""
			}
		}
		return "a whole number without quotes"
	case reflect.Float64:
		if n.Type() != ast.IntegerType && n.Type() != ast.FloatType {
			return "a number without quotes"
		}
	case reflect.String:
		switch n.Type() {
		case ast.StringType, ast.LiteralType, ast.IntegerType, ast.FloatType, ast.BoolType:
		default:
			return "one text"
		}
	}
	return ""
}

func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "an object"
	case ast.SequenceType:
		return "a list"
	}
	return n.GetToken().Value
}

// object checks the members of a mapping; typeOf says what each holds.
func (r *settingsReader) object(n ast.Node, typeOf func(key string) (reflect.Type, bool), path string) ast.Node {
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		if path == "" {
			return r.refuse(path, n, "the settings must be keys with values, such as time_zone: UTC")
		}
		return r.refuse(path, n, "%s must be an object of keys with values, not %s", path, kindOf(n))
	}
	first := make(map[string]int)
	var kept []*ast.MappingValueNode
	for _, member := range mapping.Values {
		if member.Key.IsMergeKey() {
			kept = append(kept, member) // what it merges is checked where it is anchored, and by the decoder
			continue
		}
		key, line := member.Key.GetToken().Value, lineOf(member.Key.GetToken())
		at := strings.TrimPrefix(path+"."+key, ".")
		if before, twice := first[key]; twice {
			r.add(at, line, "%s stands twice, first in line %d", at, before)
			continue
		}
		first[key] = line
		if r.hasVariable(key) {
			r.add(path, line, "%s: a variable stands for a value, never for a key", key)
			continue
		}
		t, known := typeOf(key)
		if !known {
			r.add(at, line, "unknown key %s%s", at, didYouMean(key, r.keysBeside(path)))
			continue
		}
		if value := r.node(member.Value, t, at); value != nil {
			member.Value = value
			kept = append(kept, member)
		}
		r.lines[at] = line
	}
	mapping.Values = kept
	return mapping
}

// keysBeside are the keys that a struct of the settings knows.
func (r *settingsReader) keysBeside(path string) []string {
	var keys []string
	for _, key := range settingKeys() {
		if parent, name := parentOf(key.path); parent == index.ReplaceAllString(path, "") {
			keys = append(keys, name)
		}
	}
	return keys
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

func parentOf(path string) (parent, name string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

func (r *settingsReader) list(n ast.Node, element reflect.Type, path string) ast.Node {
	sequence, ok := r.value(n, reflect.Slice, path).(*ast.SequenceNode)
	if !ok && r.isEmpty(n) {
		return ast.Null(n.GetToken())
	}
	if !ok {
		return r.refuse(path, n, "%s must be a list, such as [%s], not %s", path, "a, b", kindOf(n))
	}
	for i, entry := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if value := r.node(entry, element, at); value != nil {
			sequence.Values[i] = value
		} else {
			sequence.Values[i] = ast.Null(entry.GetToken())
		}
	}
	return sequence
}

// fieldsOf is the type of each key of a struct, inline ones with their keys.
func fieldsOf(t reflect.Type) func(string) (reflect.Type, bool) {
	fields := make(map[string]reflect.Type)
	eachField(t, func(name string, field reflect.Type) { fields[name] = field })
	return func(key string) (reflect.Type, bool) {
		field, ok := fields[key]
		return field, ok
	}
}

// eachField calls f with each key of a struct and the type of its value.
func eachField(t reflect.Type, f func(name string, field reflect.Type)) {
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			eachField(t.Field(i).Type, f)
		case name != "":
			f(name, t.Field(i).Type)
		}
	}
}

// judge adds faults of the values, and gives all faults the name of the file.
func (r *settingsReader) judge(file string, values faultList) {
	r.faults = append(r.faults, r.place(values)...)
	for i := range r.faults {
		r.faults[i].File = file
	}
	r.faults.sort()
}

// place gives faults their lines, and leaves out those about what could not be read anyway.
func (r *settingsReader) place(faults faultList) faultList {
	var placed faultList
	for _, f := range faults {
		if slices.ContainsFunc(r.broken, func(path string) bool { return within(f.Setting, path) }) {
			continue
		}
		if slices.ContainsFunc(r.faults, func(inner fault) bool { return f.Setting != "" && outer(inner.Setting) == f.Setting }) {
			continue // it lacks what a slip took from it
		}
		for path := f.Setting; path != "" && f.Line == 0; path = outer(path) {
			f.Line = r.lines[path]
		}
		if f.Line > 0 && slices.ContainsFunc(r.faults, func(other fault) bool { return other.Setting == "" && other.Line == f.Line }) {
			continue // the line lacks its variable
		}
		f.Message = r.hide(f.Setting, f.Message)
		placed = append(placed, f)
	}
	return placed
}

// within says whether a setting is another one or lies in it.
func within(setting, path string) bool {
	rest, ok := strings.CutPrefix(setting, path)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// outer is the setting around another one, empty for none.
func outer(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

func lineOf(t *token.Token) int {
	if t == nil || t.Position == nil {
		return 0
	}
	return t.Position.Line
}

func lineOfError(err error) int {
	var at yaml.Error
	if errors.As(err, &at) {
		return lineOf(at.GetToken())
	}
	return 0
}

// firstLine is what an error of the YAML decoder says, without the piece of the file it shows below.
func firstLine(err error) string {
	var at yaml.Error
	if errors.As(err, &at) {
		return at.GetMessage()
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
