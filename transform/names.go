package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"tieback/ingest/event"
)

// personKinds are the namespaces of persons that every company has; platforms come to them.
var personKinds = []string{"customer", "email", "phone", "member", "visitor"}

// kindFields name the fields whose value is the namespace of a person in the same message.
var kindFields = map[string]bool{"platform": true, "person_kind": true, "a_kind": true, "b_kind": true}

// A Search finds messages that name certain persons. It is not safe for concurrent use.
type Search struct {
	secret *Secret
	tokens map[[16]byte]bool
	kinds  []string
	// aliases are those of the settings: twitter → x.
	aliases map[string]string
}

// NewSearch returns a search for the persons of these tokens. Platforms are those on which a person may be known.
func NewSearch(secret *Secret, tokens map[[16]byte]bool, platforms []string, aliases map[string]string) *Search {
	return &Search{secret: secret, tokens: tokens, kinds: append(append([]string{}, personKinds...), platforms...), aliases: aliases}
}

// Names says whether a message that could not be decoded names one of the persons: in a value of its JSON wherever that stands, or as a word of
// the bytes, its key or a header. It errs to yes: a number that happens to be a person's id is taken for the person. readable is
// false where the value is no JSON: then only its words could be looked at, and no may be wrong.
func (s *Search) Names(m *event.Message) (named, readable bool) {
	values := make(map[string]struct{})
	kinds := append([]string{}, s.kinds...)
	addWords(values, m.Key)
	for _, h := range m.Headers {
		addWords(values, h.Value)
	}
	readable = eachScalar(m.Value, func(field, value string) {
		values[value] = struct{}{}
		addWords(values, []byte(value))
		if kind := strings.ToLower(strings.TrimSpace(value)); kindFields[field] && len(kind) <= event.MaxIDBytes {
			if alias, ok := s.aliases[kind]; ok {
				kind = alias
			}
			kinds = append(kinds, kind)
		}
	})
	if !readable {
		addWords(values, m.Value)
	}
	for value := range values {
		for _, kind := range kinds {
			if s.tokens[s.secret.Token(kind, []byte(value))] {
				return true, readable
			}
		}
	}
	return false, readable
}

// addWords adds the words of a text, once as they stand between white space, quotes, commas and brackets, and once cut finer.
func addWords(values map[string]struct{}, text []byte) {
	const coarse, fine = "\x00 \t\r\n\"',;<>{}[]()", ":=&?/|\\"
	for _, word := range bytes.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(coarse, r) }) {
		values[string(word)] = struct{}{}
		for _, part := range bytes.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune(fine, r) }) {
			values[string(part)] = struct{}{}
		}
	}
}

// eachScalar calls f with every text and number of a JSON text and the name of the field that holds it, also where a field
// stands twice. It returns false if the text is not one JSON value to its end.
func eachScalar(text []byte, f func(field, value string)) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		isObject, nameNext bool
		field              string
	}
	stack := []level{{}}
	for {
		token, err := d.Token()
		if err != nil {
			return errors.Is(err, io.EOF) && len(stack) == 1
		}
		top := &stack[len(stack)-1]
		if top.isObject && top.nameNext {
			if name, ok := token.(string); ok {
				top.field, top.nameNext = name, false
				continue
			}
		}
		top.nameNext = true
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				field := top.field
				stack = append(stack, level{isObject: v == '{', nameNext: v == '{', field: field})
			} else {
				stack = stack[:len(stack)-1]
			}
		case string:
			f(top.field, v)
		case json.Number:
			f(top.field, v.String())
		}
	}
}
