package event

import (
	"encoding/json"

	"github.com/buger/jsonparser"
)

// scanMembers lists the members of a JSON object and validates the whole text on the way,
// exactly as strictly as encoding/json.Valid. Reading and validating are one pass. It returns false where the text is no valid JSON object.
//
// Names and string values come without their quotes and with their escapes; nested
// objects and arrays come whole.
func scanMembers(text []byte, into []member) ([]member, bool) {
	i := skipSpace(text, 0)
	if i >= len(text) || text[i] != '{' {
		return into, false
	}
	i = skipSpace(text, i+1)
	if i < len(text) && text[i] == '}' {
		return into, skipSpace(text, i+1) == len(text)
	}
	for {
		if i >= len(text) || text[i] != '"' {
			return into, false
		}
		nameEnd, ok := scanString(text, i+1)
		if !ok {
			return into, false
		}
		m := member{name: text[i+1 : nameEnd]}
		i = skipSpace(text, nameEnd+1)
		if i >= len(text) || text[i] != ':' {
			return into, false
		}
		if i, ok = scanValue(text, skipSpace(text, i+1), &m); !ok {
			return into, false
		}
		into = append(into, m)
		i = skipSpace(text, i)
		if i >= len(text) {
			return into, false
		}
		if text[i] == '}' {
			return into, skipSpace(text, i+1) == len(text)
		}
		if text[i] != ',' {
			return into, false
		}
		i = skipSpace(text, i+1)
	}
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// scanString returns where the closing quote stands of the string whose content begins at i.
func scanString(text []byte, i int) (int, bool) {
	for i < len(text) {
		switch c := text[i]; {
		case c == '"':
			return i, true
		case c < 0x20:
			return i, false
		case c == '\\':
			n := escapeLength(text[i+1:])
			if n == 0 {
				return i, false
			}
			i += 1 + n
		default:
			i++
		}
	}
	return i, false
}

// escapeLength is how many bytes follow a backslash in a valid escape, 0 if it is none.
func escapeLength(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(rest) < 5 {
			return 0
		}
		for _, c := range rest[1:5] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 5
	}
	return 0
}

// scanValue reads the value at i into m and returns where it ends.
func scanValue(text []byte, i int, m *member) (int, bool) {
	if i >= len(text) {
		return i, false
	}
	start, ok := i, true
	switch c := text[i]; {
	case c == '"':
		m.kind = jsonparser.String
		end, ok := scanString(text, i+1)
		if !ok {
			return i, false
		}
		m.value = text[i+1 : end]
		return end + 1, true
	case c == '-' || '0' <= c && c <= '9':
		m.kind = jsonparser.Number
		i, ok = scanNumber(text, i)
	case c == 't':
		m.kind = jsonparser.Boolean
		i, ok = scanWord(text, i, "true")
	case c == 'f':
		m.kind = jsonparser.Boolean
		i, ok = scanWord(text, i, "false")
	case c == 'n':
		m.kind = jsonparser.Null
		i, ok = scanWord(text, i, "null")
	case c == '{' || c == '[':
		m.kind = jsonparser.Array
		if c == '{' {
			m.kind = jsonparser.Object
		}
		i, ok = scanNested(text, i)
	default:
		return i, false
	}
	m.value = text[start:i]
	return i, ok
}

func scanWord(text []byte, i int, word string) (int, bool) {
	end := i + len(word)
	if end > len(text) || string(text[i:end]) != word {
		return i, false
	}
	return end, true
}

// scanNumber reads -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func scanNumber(text []byte, i int) (int, bool) {
	if text[i] == '-' {
		i++
	}
	if i >= len(text) {
		return i, false
	}
	if text[i] == '0' {
		i++
	} else if end := scanDigits(text, i); end > i {
		i = end
	} else {
		return i, false
	}
	if i < len(text) && text[i] == '.' {
		end := scanDigits(text, i+1)
		if end == i+1 {
			return i, false
		}
		i = end
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		end := scanDigits(text, i)
		if end == i {
			return i, false
		}
		i = end
	}
	return i, true
}

func scanDigits(text []byte, i int) int {
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return i
}

// scanNested finds the end of an object or array by its brackets and leaves its validation,
// and the limit on depth, to encoding/json: nested values are rare in events.
func scanNested(text []byte, i int) (int, bool) {
	start, depth := i, 0
	for i < len(text) {
		switch text[i] {
		case '"':
			end, ok := scanString(text, i+1)
			if !ok {
				return i, false
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, json.Valid(text[start : i+1])
			}
		}
		i++
	}
	return i, false
}
