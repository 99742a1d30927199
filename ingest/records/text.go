package records

import "strconv"

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string. Bytes that are no UTF-8 go through as they are, for the decoder to find.
func appendText[T string | []byte](to []byte, text T) []byte {
	to = append(to, '"')
	plain := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		to = append(to, text[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			to = append(to, '\\', c)
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(to, text[plain:]...), '"')
}

// appendName appends a member's name and the colon.
func appendName(to []byte, name string) []byte {
	return append(appendText(to, name), ':')
}

// appendFloat appends the shortest decimal that reads back as the same number; ok is false for what JSON cannot write.
func appendFloat(to []byte, f float64, bits int) (out []byte, ok bool) {
	if f-f != 0 { // infinite, or not a number
		return to, false
	}
	return strconv.AppendFloat(to, f, 'g', -1, bits), true
}

// appendDecimal appends a whole number with so many of its digits behind the point, as a JSON string.
func appendDecimal(to []byte, n int64, scale int32) []byte {
	to = append(to, '"')
	digits := strconv.AppendInt(make([]byte, 0, 20), n, 10)
	if digits[0] == '-' {
		to, digits = append(to, '-'), digits[1:]
	}
	whole := len(digits) - int(scale)
	if whole <= 0 {
		to = append(to, '0')
	} else {
		to = append(to, digits[:whole]...)
	}
	if scale > 0 {
		to = append(to, '.')
		for ; whole < 0; whole++ {
			to = append(to, '0')
		}
		to = append(to, digits[whole:]...)
	}
	return append(to, '"')
}
