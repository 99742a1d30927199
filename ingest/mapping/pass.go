package mapping

// bad is the position behind a value that is none.
const bad = -1

// Classes of bytes, by which values are passed.
const (
	inString = 1 << iota // may stand in a string as it is
	isDigit
	isBlank
)

var classes = func() (class [256]byte) {
	for c := 0x20; c < len(class); c++ {
		class[c] = inString
	}
	class['"'], class['\\'] = 0, 0
	for c := '0'; c <= '9'; c++ {
		class[c] |= isDigit
	}
	for _, c := range " \t\n\r" {
		class[c] |= isBlank
	}
	return class
}()

// passString returns the position behind the quote that ends the string whose text begins at i.
func passString(text []byte, i int) (end int, escaped bool) {
	for {
		for i < len(text) && classes[text[i]]&inString != 0 {
			i++
		}
		if i >= len(text) {
			return bad, false
		}
		if text[i] == '"' {
			return i + 1, escaped
		}
		if i = passEscape(text, i); i == bad {
			return bad, false
		}
		escaped = true
	}
}

// passEscape returns the position behind the escape at i.
func passEscape(text []byte, i int) int {
	if text[i] != '\\' || i+1 >= len(text) {
		return bad
	}
	switch text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if _, ok := hex4(text[i+2:]); ok {
			return i + 6
		}
	}
	return bad
}

// passNumber returns the position behind the number at i: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func passNumber(text []byte, i int) (end int, whole bool) {
	whole = true
	if i < len(text) && text[i] == '-' {
		i++
	}
	first := i
	if i = passDigits(text, i); i == first || text[first] == '0' && i > first+1 {
		return bad, false
	}
	if i < len(text) && text[i] == '.' {
		whole = false
		first = i + 1
		if i = passDigits(text, first); i == first {
			return bad, false
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		whole = false
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		first = i
		if i = passDigits(text, first); i == first {
			return bad, false
		}
	}
	return i, whole
}

func passDigits(text []byte, i int) int {
	for i < len(text) && classes[text[i]]&isDigit != 0 {
		i++
	}
	return i
}

func passSpace(text []byte, i int) int {
	for i < len(text) && classes[text[i]]&isBlank != 0 {
		i++
	}
	return i
}

// passScalar returns the position behind what is neither an object nor an array.
func passScalar(text []byte, i int) int {
	word := ""
	switch text[i] {
	case '"':
		end, _ := passString(text, i+1)
		return end
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	default:
		end, _ := passNumber(text, i)
		return end
	}
	if end := i + len(word); end <= len(text) && string(text[i:end]) == word {
		return end
	}
	return bad
}

// skip passes the value at the position and checks it as value does, without a look at names and without making anything.
func (d *decoder) skip() bool {
	text, i := d.text, d.at
	outer := d.depth
	var ends [maxDepth + 1]byte // by depth, what ends the object or array
	for {
		// A value stands at i.
		if i >= len(text) {
			return false
		}
		switch c := text[i]; c {
		case '{', '[':
			if d.depth++; d.depth > maxDepth {
				return false
			}
			end := c + 2 // in ASCII both ends are two behind
			ends[d.depth] = end
			if i = passSpace(text, i+1); i < len(text) && text[i] == end {
				break // nothing in it: it ends below
			}
			if c == '{' {
				i = passName(text, i)
			}
			if i == bad {
				return false
			}
			continue
		default:
			if i = passScalar(text, i); i == bad {
				return false
			}
		}
		// Behind a value: a comma, or ends.
		for {
			if d.depth == outer {
				d.at = i
				return true
			}
			if i = passSpace(text, i); i >= len(text) {
				return false
			}
			if text[i] == ends[d.depth] {
				d.depth--
				i++
				continue
			}
			if text[i] != ',' {
				return false
			}
			i = passSpace(text, i+1)
			if ends[d.depth] == '}' {
				i = passName(text, i)
			}
			break
		}
		if i == bad {
			return false
		}
	}
}

// passName returns the position of the value whose member's name stands at i.
func passName(text []byte, i int) int {
	if i >= len(text) || text[i] != '"' {
		return bad
	}
	if i, _ = passString(text, i+1); i == bad {
		return bad
	}
	if i = passSpace(text, i); i >= len(text) || text[i] != ':' {
		return bad
	}
	return passSpace(text, i+1)
}
