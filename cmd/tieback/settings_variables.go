package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// variables are the ${NAME} of a settings file. Their values are put in after the file was parsed, so that no value is ever read as
// YAML, and none is shown: a fault says the name, as the file does.
type variables struct {
	lookup func(string) (string, bool)
	// uses are all in the order of the text, those in comments among them.
	uses []variableUse
	// hidden are the texts that stand in values now.
	hidden []hiddenText
}

type variableUse struct {
	name string
	line int
}

// hiddenText is what must not be shown, and what is shown instead. A short one is hidden only in faults about its own setting:
// elsewhere the same letters mean something else.
type hiddenText struct {
	setting, text, written string
}

const shortText = 4

var (
	variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	// marked is a variable while the file is parsed: braces would end it inside of [] and {}. The letters around the number are of
	// Unicode's private use.
	marked = regexp.MustCompile("\uE000([0-9]+)\uE001")
)

// mark replaces each variable by a word that YAML leaves as it is.
func (v *variables) mark(text []byte) []byte {
	line, at := 1, 0
	var out []byte
	for _, m := range variable.FindAllSubmatchIndex(text, -1) {
		line += strings.Count(string(text[at:m[0]]), "\n")
		out = fmt.Appendf(append(out, text[at:m[0]]...), "\uE000%d\uE001", len(v.uses))
		v.uses = append(v.uses, variableUse{string(text[m[2]:m[3]]), line})
		at = m[1]
	}
	return append(out, text[at:]...)
}

// each replaces what mark left.
func (v *variables) each(text string, value func(variableUse) string) string {
	return marked.ReplaceAllStringFunc(text, func(word string) string {
		i, err := strconv.Atoi(marked.FindStringSubmatch(word)[1])
		if err != nil || i >= len(v.uses) {
			return word // the file holds such letters itself
		}
		return value(v.uses[i])
	})
}

// written is a text as the file writes it.
func (v *variables) written(text string) string {
	return v.each(text, func(use variableUse) string { return "${" + use.name + "}" })
}

func (v *variables) hasVariable(text string) bool { return v.written(text) != text }

// unset lists the variables in a node that the environment does not set.
func (v *variables) unset(n ast.Node) []variableUse {
	var list []variableUse
	ast.Walk(visitor(func(n ast.Node) {
		if text, ok := n.(*ast.StringNode); ok {
			v.each(text.Value, func(use variableUse) string {
				if _, ok := v.lookup(use.name); !ok {
					list = append(list, use)
				}
				return ""
			})
		}
	}), n)
	return list
}

// visitor is called with each node.
type visitor func(ast.Node)

// Visit is ast.Visitor's.
func (f visitor) Visit(n ast.Node) ast.Visitor { f(n); return f }

// textNode is the text of a plain, quoted or block scalar, nil for other nodes.
func textNode(n ast.Node) *ast.StringNode {
	switch n := n.(type) {
	case *ast.StringNode:
		return n
	case *ast.LiteralNode:
		return n.Value
	}
	return nil
}

// value puts the variables into a scalar, as the kind of value that the setting wants. A node without any, and one whose variables hold
// something else, is returned as it is.
func (v *variables) value(n ast.Node, kind reflect.Kind, setting string) ast.Node {
	text := textNode(n)
	if text == nil || !v.hasVariable(text.Value) {
		return n
	}
	was := text.Value
	now := v.each(was, func(use variableUse) string {
		held, _ := v.lookup(use.name) // node leaves those out that are not set
		return held
	})
	word := func(s string) *token.Token { return token.New(s, s, n.GetToken().Position) }
	switch kind {
	case reflect.String:
		v.each(was, func(use variableUse) string {
			held, _ := v.lookup(use.name)
			v.conceal(setting, held, "${"+use.name+"}")
			return ""
		})
		v.conceal(setting, now, v.written(was))
		text.Value = now
	case reflect.Slice:
		if list := wordsOf(now); list != nil {
			for i, entry := range list.Values {
				list.Values[i] = &ast.StringNode{BaseNode: &ast.BaseNode{}, Token: n.GetToken(), Value: entry.GetToken().Value}
				v.conceal(fmt.Sprintf("%s[%d]", setting, i), entry.GetToken().Value, v.written(was))
			}
			return list
		}
	default:
		trimmed := strings.TrimSpace(now)
		if trimmed == "" {
			return ast.Null(n.GetToken())
		}
		switch t := word(trimmed); t.Type {
		case token.BoolType:
			return ast.Bool(t)
		case token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType:
			number := ast.Integer(t)
			v.conceal(setting, fmt.Sprint(number.Value), v.written(was))
			return number
		case token.FloatType:
			number := ast.Float(t)
			v.conceal(setting, fmt.Sprint(number.Value), v.written(was))
			return number
		}
	}
	return n
}

// isEmpty says of a scalar that it is made of variables and they hold nothing: the default, as a key without a value.
func (v *variables) isEmpty(n ast.Node) bool {
	text := textNode(n)
	return text != nil && v.hasVariable(text.Value) && strings.TrimSpace(v.each(text.Value, func(use variableUse) string {
		held, _ := v.lookup(use.name)
		return held
	})) == ""
}

// wordsOf reads a list of words such as [a, b]; nil: it is none.
func wordsOf(text string) *ast.SequenceNode {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) != 1 {
		return nil
	}
	list, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok || slices.ContainsFunc(list.Values, func(entry ast.Node) bool {
		_, scalar := entry.(ast.ScalarNode)
		return !scalar || entry.Type() == ast.LiteralType
	}) {
		return nil
	}
	return list
}

// conceal remembers a text that must not be shown, also as faults write it.
func (v *variables) conceal(setting, text, written string) {
	quoted := strconv.Quote(text)
	trimmed := strings.TrimSpace(text)
	for _, form := range []string{quoted[1 : len(quoted)-1], text, trimmed, strings.ToLower(trimmed)} {
		h := hiddenText{setting, form, written}
		if trimmed != "" && !slices.Contains(v.hidden, h) {
			v.hidden = append(v.hidden, h)
		}
	}
	// The longest first: what lies in another text is gone with it.
	slices.SortStableFunc(v.hidden, func(a, b hiddenText) int { return len(b.text) - len(a.text) })
}

// hide replaces what variables hold in a message about a setting by their names.
func (v *variables) hide(setting, message string) string {
	for _, h := range v.hidden {
		own := within(h.setting, setting) || within(setting, h.setting)
		if len(h.text) < shortText && !own || !strings.Contains(message, h.text) {
			continue
		}
		if len(h.text) < shortText {
			message = h.replaceWord(message)
		} else {
			message = strings.ReplaceAll(message, h.text, h.written)
		}
	}
	return message
}

// hideWords replaces what variables hold in any other error, where it stands by itself: a word of a sentence is none of it.
func (v *variables) hideWords(message string) string {
	for _, h := range v.hidden {
		if len(h.text) >= shortText {
			message = h.replaceWord(message)
		}
	}
	return message
}

func (h hiddenText) replaceWord(message string) string {
	alone := regexp.MustCompile(`(^|[^\pL\pN_])` + regexp.QuoteMeta(h.text) + `($|[^\pL\pN_])`)
	return alone.ReplaceAllString(message, "${1}"+strings.ReplaceAll(h.written, "$", "$$")+"${2}")
}
