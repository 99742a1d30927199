package event

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/buger/jsonparser"
)

// value decodes one field. An empty text counts as absent.
func (d *Decoder) value(f *Field, m member, v *Value, row *Row) error {
	switch f.Kind {
	case Bool:
		return v.setBool(f, m)
	case Money, Rate:
		return v.setDecimal(f, m, row)
	}
	limit := MaxIDBytes
	if f.Kind == Text || f.Kind == Object || f.Kind == URL {
		limit = MaxTextBytes
	}
	if f.Kind == Object && m.kind == jsonparser.Object && len(m.value) <= limit {
		v.Text, v.Set = m.value, true
		return nil
	}
	text, err := row.text(m, f.Name, limit)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return nil
	}
	switch f.Kind {
	case Text, Name, Ref, Token, Unit:
		v.Text = text
	case URL:
		v.Text = row.cleanURL(text, f.ClickIDs)
	case Object:
		if v.Text = text; firstByte(text) != '{' || !json.Valid(text) {
			return invalid(WrongKind, f.Name, f.Name+" must be a JSON object")
		}
	case Word:
		v.Text = row.lower(text)
		if alias, ok := d.Aliases[string(v.Text)]; ok {
			v.Text = []byte(alias)
		}
	case Currency:
		if v.Text = row.upper(text); !isCurrency(v.Text) {
			return invalid(BadCurrency, f.Name, f.Name+" must be an ISO 4217 code such as USD")
		}
	case Time:
		if v.Int, v.Set = parseTime(text); !v.Set {
			return invalid(BadTime, f.Name, f.Name+" must be RFC 3339 with an offset")
		}
	case Date:
		if v.Int, v.Set = parseDate(text); !v.Set {
			return invalid(BadDate, f.Name, f.Name+" must be a date such as 2026-03-02")
		}
	case Int:
		if v.Int, v.Set = parseInt(text); !v.Set {
			return invalid(WrongKind, f.Name, f.Name+" must be a whole number of at most 64 bits")
		}
		if f.NotNegative && v.Int < 0 {
			return invalid(BadAmount, f.Name, f.Name+" cannot be negative")
		}
	case Enum:
		return v.setEnum(f, text, row)
	}
	v.Set = true
	return nil
}

func (v *Value) setBool(f *Field, m member) error {
	switch {
	case m.kind == jsonparser.Boolean && m.value[0] == 't', m.kind == jsonparser.String && string(m.value) == "true":
		v.Int = 1
	case m.kind == jsonparser.Boolean, m.kind == jsonparser.String && string(m.value) == "false":
		v.Int = 0
	case m.kind == jsonparser.String && len(m.value) == 0:
		return nil
	default:
		return invalid(WrongKind, f.Name, f.Name+" must be true or false")
	}
	v.Set = true
	return nil
}

func (v *Value) setEnum(f *Field, text []byte, row *Row) error {
	word := row.lower(text)
	for i, value := range f.Values {
		if string(word) == value {
			v.Int, v.Set = int64(i), true
			return nil
		}
	}
	if f.Fallback == "" {
		return invalid(UnknownValue, f.Name, f.Name+" is none of the words of the contract")
	}
	for i, value := range f.Values {
		if value == f.Fallback {
			v.Int, v.Set = int64(i), true
		}
	}
	row.OtherValues++
	return nil
}

// setDecimal reads an amount or a rate from a JSON string or number, exactly.
func (v *Value) setDecimal(f *Field, m member, row *Row) error {
	text, err := row.text(m, f.Name, MaxIDBytes)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return nil
	}
	places := 4
	if f.Kind == Rate {
		places = 12
	}
	var fault decimalFault
	if v.High, v.Int, fault = parseDecimal(text, places); fault != decimalFine {
		return invalid(BadAmount, f.Name, f.Name+fault.reason())
	}
	if f.Kind == Money && !fitsMoney(v.High, v.Int) {
		return invalid(BadAmount, f.Name, f.Name+decimalTooLarge.reason())
	}
	if f.NotNegative && v.High < 0 {
		return invalid(BadAmount, f.Name, f.Name+" cannot be negative")
	}
	v.Set = true
	return nil
}

// text returns the trimmed text of a string or the literal of a number.
func (r *Row) text(m member, name string, limit int) ([]byte, error) {
	switch m.kind {
	case jsonparser.NotExist, jsonparser.Null:
		return nil, nil
	case jsonparser.Number:
		if len(m.value) > limit {
			return nil, invalid(TooLarge, name, name+" is too long")
		}
		return m.value, nil
	case jsonparser.String:
	default:
		return nil, invalid(WrongKind, name, name+" must be a text or a number")
	}
	text := m.value
	if bytes.IndexByte(text, '\\') >= 0 {
		unescaped, err := jsonparser.Unescape(text, nil)
		if err != nil || !utf8.Valid(unescaped) || hasLoneSurrogate(text) {
			return nil, invalid(NotUTF8, name, name+" holds a broken escape")
		}
		text = unescaped
	}
	text = bytes.TrimSpace(text)
	if len(text) > limit {
		return nil, invalid(TooLarge, name, name+" is too long")
	}
	return text, nil
}

// lower returns text in lower case, copied only where it has to be.
func (r *Row) lower(text []byte) []byte {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return bytes.ToLower(text)
		}
		if 'A' <= c && c <= 'Z' {
			return r.mapASCII(text, 'A', 'Z', 'a'-'A')
		}
	}
	return text
}

// upper is lower's counterpart for codes.
func (r *Row) upper(text []byte) []byte {
	for _, c := range text {
		if 'a' <= c && c <= 'z' {
			return r.mapASCII(text, 'a', 'z', 256-('a'-'A'))
		}
	}
	return text
}

// mapASCII shifts the bytes between lo and hi, in memory that lives as long as the row's.
func (r *Row) mapASCII(text []byte, lo, hi byte, shift int) []byte {
	if !isASCII(text) {
		return bytes.ToLower(text)
	}
	start := len(r.scratch)
	for _, c := range text {
		if lo <= c && c <= hi {
			c += byte(shift)
		}
		r.scratch = append(r.scratch, c)
	}
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isCurrency(code []byte) bool {
	if len(code) != 3 {
		return false
	}
	for _, c := range code {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// hasLoneSurrogate says whether a JSON text escapes half of a UTF-16 pair, which
// stands for no character.
func hasLoneSurrogate(text []byte) bool {
	half := rune(0)
	for i := 0; i < len(text); i++ {
		unit := rune(0)
		if text[i] == '\\' && i+1 < len(text) {
			if text[i+1] == 'u' && i+6 <= len(text) {
				n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
				if err != nil {
					return true
				}
				unit, i = rune(n), i+4
			}
			i++
		}
		isLow := 0xdc00 <= unit && unit < 0xe000
		if (half != 0) != isLow {
			return true
		}
		half = 0
		if 0xd800 <= unit && unit < 0xdc00 {
			half = unit
		}
	}
	return half != 0
}
