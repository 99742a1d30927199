package records

import "strconv"

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string. Bytes that are no UTF-8 go through as they are, for the decoder to find.
func appendText(to, text []byte) []byte {
	to = append(to, '"')
	plain := 0
	for i, c := range text {
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
	return append(appendText(to, []byte(name)), ':')
}

// appendFloat appends the shortest decimal that reads back as the same number; ok is false for what JSON cannot write.
func appendFloat(to []byte, f float64, bits int) (out []byte, ok bool) {
	if f-f != 0 { // infinite, or not a number
		return to, false
	}
	return strconv.AppendFloat(to, f, 'g', -1, bits), true
}
