package mapping

import (
	"encoding/json"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"tieback/ingest/event"
)

// skippedKey marks an object of which members were left unread. It cannot be the name of a JSON member that a vendor sends by
// accident, and an output that holds it is made again from the whole record.
const skippedKey = "\x00skipped"

// decoder reads one JSON text into jq values, whose strings are parts of the text: they live as long as a run. Whole numbers become int or *big.Int and all others json.Number with their text as it came:
// nothing passes through floating point. With wanted set, members of other names are checked but not kept.
type decoder struct {
	text []byte
	at   int
	// wanted holds the names that are kept, nil: all.
	wanted *names
	depth  int
	// objects are made once: those of the last text are of no use any more when the next one is read.
	objects objects
}

// decode reads the whole text, or says why it is no record.
func (d *decoder) decode(text []byte) (any, *event.InvalidError) {
	if len(text) > event.MaxMessageBytes {
		return nil, &event.InvalidError{Code: event.TooLarge, Reason: "the message is larger than 4 MiB"}
	}
	if !utf8.Valid(text) {
		return nil, &event.InvalidError{Code: event.NotUTF8, Reason: "the value is not UTF-8"}
	}
	d.text, d.at, d.depth = text, 0, 0
	d.objects.next = 0
	d.space()
	value, ok := d.value()
	d.space()
	if !ok || d.at != len(text) {
		if d.depth > maxDepth {
			return nil, &event.InvalidError{Code: event.TooLarge, Reason: "the value nests deeper than 200 levels"}
		}
		return nil, &event.InvalidError{Code: event.NotJSON, Reason: "the value is not one JSON text"}
	}
	return value, nil
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// value reads the value at the position.
func (d *decoder) value() (any, bool) {
	if d.at >= len(d.text) {
		return nil, false
	}
	switch c := d.text[d.at]; c {
	case '{':
		return d.object()
	case '[':
		return d.array()
	case '"':
		return d.stringValue()
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		return d.number()
	}
}

func (d *decoder) word(word string) bool {
	end := d.at + len(word)
	if end > len(d.text) || string(d.text[d.at:end]) != word {
		return false
	}
	d.at = end
	return true
}

func (d *decoder) object() (any, bool) {
	if d.depth++; d.depth > maxDepth {
		return nil, false
	}
	d.at++
	var object map[string]any // taken for the first member that is kept
	d.space()
	if d.at < len(d.text) && d.text[d.at] == '}' {
		d.at++
		d.depth--
		return map[string]any{}, true
	}
	skipped := false
	for {
		name, kept, ok := d.name()
		if !ok {
			return nil, false
		}
		if kept {
			value, ok := d.value()
			if !ok {
				return nil, false
			}
			if object == nil {
				object = d.objects.take()
			}
			object[name] = value // a name that stands twice: the last one counts, as in jq
		} else if skipped = true; !d.skip() {
			return nil, false
		}
		more, ok := d.more('}')
		if !ok {
			return nil, false
		}
		if !more {
			break
		}
	}
	d.depth--
	if object == nil {
		object = d.objects.take() // one of its own: gojq tells by the pointer whether a path leads to an object
	}
	if skipped {
		object[skippedKey] = nil
	}
	return object, true
}

// name reads a member's name and the colon, and says whether its value is kept.
func (d *decoder) name() (string, bool, bool) {
	d.space()
	if d.at >= len(d.text) || d.text[d.at] != '"' {
		return "", false, false
	}
	raw, escaped, ok := d.scanString()
	if !ok {
		return "", false, false
	}
	if escaped {
		raw = []byte(unescape(raw))
	}
	name, kept := "", true
	if d.wanted == nil {
		name = part(raw)
	} else {
		name, kept = d.wanted.find(raw)
	}
	d.space()
	if d.at >= len(d.text) || d.text[d.at] != ':' {
		return "", false, false
	}
	d.at++
	d.space()
	return name, kept, true
}

// more passes what follows a member or element: a comma, or the end.
func (d *decoder) more(end byte) (more, ok bool) {
	d.space()
	if d.at >= len(d.text) {
		return false, false
	}
	c := d.text[d.at]
	d.at++
	return c == ',', c == ',' || c == end
}

func (d *decoder) array() (any, bool) {
	if d.depth++; d.depth > maxDepth {
		return nil, false
	}
	d.at++
	list := []any{}
	d.space()
	if d.at < len(d.text) && d.text[d.at] == ']' {
		d.at++
		d.depth--
		return list, true
	}
	for {
		d.space()
		value, ok := d.value()
		if !ok {
			return nil, false
		}
		list = append(list, value)
		more, ok := d.more(']')
		if !ok {
			return nil, false
		}
		if !more {
			d.depth--
			return list, true
		}
	}
}

func (d *decoder) stringValue() (any, bool) {
	raw, escaped, ok := d.scanString()
	if !ok {
		return nil, false
	}
	if escaped {
		return unescape(raw), true
	}
	return part(raw), true
}

// part is a string without a copy of its bytes, which nobody changes while a map runs.
func part(raw []byte) string { return unsafe.String(unsafe.SliceData(raw), len(raw)) }

// scanString passes the string at the position and returns what stands between its quotes.
func (d *decoder) scanString() (raw []byte, escaped, ok bool) {
	start := d.at + 1
	end, escaped := passString(d.text, start)
	if end == bad {
		return nil, false, false
	}
	d.at = end
	return d.text[start : end-1], escaped, true
}

func hex4(text []byte) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range text[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape replaces the escapes of a checked string. Half of a UTF-16 pair stands for no character and becomes U+FFFD.
func unescape(raw []byte) string {
	plain := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			plain = append(plain, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'b':
			plain = append(plain, '\b')
		case 'f':
			plain = append(plain, '\f')
		case 'n':
			plain = append(plain, '\n')
		case 'r':
			plain = append(plain, '\r')
		case 't':
			plain = append(plain, '\t')
		case 'u':
			r, _ := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
					low, _ = hex4(raw[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			plain = utf8.AppendRune(plain, r)
		default:
			plain = append(plain, c)
		}
	}
	return string(plain)
}

// number reads a number. A whole one is one without point and exponent.
func (d *decoder) number() (any, bool) {
	end, whole := passNumber(d.text, d.at)
	if end == bad {
		return nil, false
	}
	text := d.text[d.at:end]
	d.at = end
	if !whole {
		return json.Number(part(text)), true
	}
	if len(text) < 20 {
		if n, err := strconv.Atoi(part(text)); err == nil {
			return n, true
		}
	}
	n, ok := new(big.Int).SetString(string(text), 10)
	return n, ok
}
