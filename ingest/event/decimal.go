package event

import (
	"math"
	"math/bits"
)

// decimalFault says what is wrong with a decimal.
type decimalFault uint8

const (
	decimalFine decimalFault = iota
	decimalBroken
	decimalTooPrecise
	decimalTooLarge
)

func (f decimalFault) reason() string {
	switch f {
	case decimalTooPrecise:
		return " has more decimals than are kept exactly"
	case decimalTooLarge:
		return " is too large"
	}
	return " must be a decimal such as 12.50"
}

// maxMoney and maxRate bound DECIMAL(18,4) and DECIMAL(28,12).
const maxMoney = 1_000_000_000_000_000_000 - 1

// maxRate is 10^28 − 1 as High and low word.
var maxRateHigh, maxRateLow = func() (uint64, uint64) {
	hi, lo := bits.Mul64(1_000_000_000_000_000_000, 10_000_000_000)
	lo, borrow := bits.Sub64(lo, 1, 0)
	return hi - borrow, lo
}()

// fitsMoney says whether a 128-bit amount is within DECIMAL(18,4).
func fitsMoney(high, low int64) bool {
	if high == 0 {
		return uint64(low) <= maxMoney
	}
	return high == -1 && low < 0 && low >= -maxMoney
}

// parseDecimal reads a decimal with an optional exponent and returns it times
// 10^places as a 128-bit number in two's complement. Digits that places cannot hold are a
// fault unless they are zero: money is never rounded on the way in.
func parseDecimal(text []byte, places int) (high, low int64, fault decimalFault) {
	negative := false
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		negative = text[i] == '-'
		i++
	}
	mantissaEnd, exponent, ok := splitExponent(text, i)
	if !ok {
		return 0, 0, decimalBroken
	}
	// scale is how many more decimals the digits read so far would need.
	scale := int64(places) + exponent
	var hi, lo uint64
	digits, point := 0, false
	for ; i < mantissaEnd; i++ {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return 0, 0, decimalBroken
		}
		digits++
		if point {
			scale--
		}
		if point && scale < 0 {
			if c != '0' {
				return 0, 0, decimalTooPrecise
			}
			scale++
			continue
		}
		if hi, lo, ok = timesTenPlus(hi, lo, uint64(c-'0')); !ok {
			return 0, 0, decimalTooLarge
		}
	}
	if digits == 0 {
		return 0, 0, decimalBroken
	}
	for ; scale > 0 && (hi|lo) != 0; scale-- {
		if hi, lo, ok = timesTenPlus(hi, lo, 0); !ok {
			return 0, 0, decimalTooLarge
		}
	}
	for ; scale < 0 && (hi|lo) != 0; scale++ {
		var rest uint64
		hi, lo, rest = divideByTen(hi, lo)
		if rest != 0 {
			return 0, 0, decimalTooPrecise
		}
	}
	if negative {
		lo, hi = -lo, ^hi
		if lo == 0 {
			hi++
		}
	}
	return int64(hi), int64(lo), decimalFine
}

// splitExponent finds where the mantissa ends and reads the exponent behind it.
func splitExponent(text []byte, start int) (mantissaEnd int, exponent int64, ok bool) {
	for i := start; i < len(text); i++ {
		if text[i] != 'e' && text[i] != 'E' {
			continue
		}
		exponent, ok = parseInt(text[i+1:])
		if exponent > 1000 || exponent < -1000 {
			return 0, 0, false
		}
		return i, exponent, ok
	}
	return len(text), 0, true
}

// timesTenPlus returns 10·x + digit, not ok beyond 10^28.
func timesTenPlus(hi, lo, digit uint64) (uint64, uint64, bool) {
	carry, low := bits.Mul64(lo, 10)
	low, c := bits.Add64(low, digit, 0)
	high := hi*10 + carry + c
	if high > maxRateHigh || high == maxRateHigh && low > maxRateLow {
		return 0, 0, false
	}
	return high, low, true
}

func divideByTen(hi, lo uint64) (uint64, uint64, uint64) {
	high, rest := hi/10, hi%10
	low, rest := bits.Div64(rest, lo, 10)
	return high, low, rest
}

// parseInt reads a whole number of at most 64 bits.
func parseInt(text []byte) (int64, bool) {
	if len(text) == 0 {
		return 0, false
	}
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}
