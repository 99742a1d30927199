package mapping

import "encoding/json"

// small is a decimal of at most 15 digits, n·10^−places. Nearly all amounts are small, and need none of apd's room.
type small struct {
	n      int64
	places int
}

// Bounds of small decimals: what is added or multiplied within them fits an int64.
const (
	smallDigits = 15
	smallSpread = 3
	smallFactor = 3_000_000_000
	maxPointed  = 18 // places that pointed writes
)

// smallOf reads a number or a text as a small decimal; ok is false for what is none, or is none at all.
func smallOf(v any) (d small, ok bool) {
	var text string
	switch v := v.(type) {
	case int:
		return small{n: int64(v)}, -1e15 < v && v < 1e15
	case json.Number:
		text = string(v)
	case string:
		text = v
	default:
		return d, false
	}
	negative := text != "" && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) > smallDigits {
		return d, false
	}
	point := -1
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			d.n = d.n*10 + int64(c-'0')
		case c == '.' && point < 0 && i > 0 && i+1 < len(text):
			point = i
		default:
			return d, false
		}
	}
	if point >= 0 {
		d.places = len(text) - point - 1
	}
	if negative {
		d.n = -d.n
	}
	return d, text != ""
}

// value is the jq value of a small decimal, as fromDecimal has it.
func (d small) value() any {
	if d.places == 0 {
		return int(d.n)
	}
	return pointed(int(d.n), d.places)
}

func addSmall(d, e small) (small, bool) {
	if d.places-e.places > smallSpread || e.places-d.places > smallSpread {
		return d, false
	}
	for d.places < e.places {
		d = small{d.n * 10, d.places + 1}
	}
	for e.places < d.places {
		e = small{e.n * 10, e.places + 1}
	}
	return small{d.n + e.n, d.places}, true
}

func subSmall(d, e small) (small, bool) { return addSmall(d, small{-e.n, e.places}) }

func mulSmall(d, e small) (small, bool) {
	if max(d.n, -d.n) > smallFactor || max(e.n, -e.n) > smallFactor || d.places+e.places > maxPointed {
		return d, false
	}
	return small{d.n * e.n, d.places + e.places}, true
}
