package report

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tieback/warehouse"
)

// minus is the typographic sign: as wide as a plus and never broken off its number.
const minus = "−"

// grouped writes a number with thousands separated: 88400.5 with two places is 88,400.50. Half rounds away from zero.
func grouped(v float64, places int) string {
	text := strconv.FormatFloat(math.Abs(round(v, -places)), 'f', max(places, 0), 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.Trim(whole, "0,.") != "" {
		return minus + whole
	}
	return whole
}

// round rounds to 10^power, half away from zero.
func round(v float64, power int) float64 {
	if power >= 0 {
		unit := math.Pow10(power)
		return math.Round(v/unit) * unit
	}
	unit := math.Pow10(-power)
	return math.Round(v*unit) / unit
}

// cents writes an amount to the cent, half away from zero.
func cents(m warehouse.Money) string {
	rounded := (m + 50) / 100
	if m < 0 {
		rounded = (m - 50) / 100
	}
	return exact(rounded * 100)
}

// exact writes what the books hold: to the cent, or with all four places where there is less than a cent.
func exact(m warehouse.Money) string {
	sign := ""
	if m < 0 {
		sign, m = minus, -m
	}
	whole := sign + grouped(float64(m/10_000), 0)
	if m%100 == 0 {
		return fmt.Sprintf("%s.%02d", whole, m%10_000/100)
	}
	return fmt.Sprintf("%s.%04d", whole, m%10_000)
}

// about writes an amount for a sentence: three digits, whole units below a thousand.
func about(v float64) string { return grouped(round(v, powerOf(v, 3)), 0) }

// powerOf is the power of ten that leaves v so many digits, at least whole units.
func powerOf(v float64, digits int) int {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return max(int(math.Floor(math.Log10(math.Abs(v))))-digits+1, 0)
}

// An estimate is a figure with its interval; lo and hi may be infinite, which prints as "no bound".
type estimate struct{ value, lo, hi float64 }

func (e estimate) halfWidth() float64 { return (e.hi - e.lo) / 2 }

// known says that there is a value to print.
func (e estimate) known() bool { return !math.IsNaN(e.value) && !math.IsInf(e.value, 0) }

// amounts writes an estimate of money as value, lo and hi, to three digits of the half-width: the rest is noise.
func (e estimate) amounts() (value, lo, hi string) {
	h := e.halfWidth()
	if h == 0 || math.IsInf(h, 0) || math.IsNaN(h) {
		h = e.value
	}
	power := powerOf(h, 3)
	write := func(v float64) string { return grouped(round(v, power), 0) }
	return write(e.value), bound(e.lo, write), bound(e.hi, write)
}

// returns writes an estimate of a return as value, lo and hi: signed, two digits of the half-width, at most two places.
func (e estimate) returns() (value, lo, hi string) {
	places := 2
	if h := e.halfWidth(); !math.IsInf(h, 0) && !math.IsNaN(h) && h >= 1 {
		places = max(1-int(math.Floor(math.Log10(h))), 0)
	}
	write := func(v float64) string { return signed(v, places) }
	return write(e.value), bound(e.lo, write), bound(e.hi, write)
}

func bound(v float64, write func(float64) string) string {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return "no bound"
	}
	return write(v)
}

// signed writes a number with its sign, +0.74; zero has none.
func signed(v float64, places int) string {
	text := grouped(v, places)
	if v > 0 && strings.Trim(text, "0,.") != "" {
		return "+" + text
	}
	return text
}

// percent writes a share as whole percent; it never rounds to certainty or to nothing.
func percent(share float64) string {
	switch {
	case share > 0 && share < .005:
		return "< 1 %"
	case share < 1 && share >= .995:
		return "> 99 %"
	}
	return grouped(100*share, 0) + " %"
}

// pValue writes a probability to three places.
func pValue(p float64) string {
	if p < .001 {
		return "< .001"
	}
	return strings.TrimPrefix(strconv.FormatFloat(p, 'f', 3, 64), "0")
}

// significant writes an effect to so many digits of scale, which is its standard error or itself.
func significant(v, scale float64, digits int) string {
	if scale == 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		scale = v
	}
	if v == 0 && scale == 0 {
		return "0"
	}
	places := digits - 1 - int(math.Floor(math.Log10(math.Abs(scale))))
	return grouped(v, min(max(places, 0), 6))
}

// plain writes a float for machines: six digits, which no estimate here exceeds; empty where it is not finite.
func plain(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	text := strconv.FormatFloat(v, 'g', 6, 64)
	if strings.ContainsRune(text, 'e') {
		r, _ := new(big.Rat).SetString(text)
		text = strings.TrimRight(strings.TrimRight(r.FloatString(12), "0"), ".")
	}
	return text
}

// multiple writes a ratio for a sentence: 2.1 times, or 6 % of.
func multiple(ratio float64) string {
	if ratio < 1 {
		return percent(ratio) + " of"
	}
	return significant(ratio, ratio, 2) + " times"
}

// count writes a whole number of things.
func count(n float64) string { return grouped(n, 0) }

// plural writes a number and its noun: 1 pilot, 3 pilots.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(float64(n)) + " " + one + "s"
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// list joins words as a sentence does: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
