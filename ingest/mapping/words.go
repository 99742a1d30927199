package mapping

import "strings"

// word is a name in a program's text: a function, a field, a variable or an object's key.
type word struct {
	text string
	line int
}

// keywords are names only as fields and keys.
var keywords = map[string]bool{
	"def": true, "reduce": true, "foreach": true, "if": true, "then": true, "elif": true, "else": true, "end": true, "as": true, "label": true,
	"try": true, "catch": true, "and": true, "or": true, "import": true, "include": true, "module": true,
	"null": true, "true": true, "false": true, "break": true,
}

// scanner lists the words of a program in their order. gojq's syntax tree holds no positions; the tree holds the same words in
// the same order, so that the two together say on which line each term stands.
type scanner struct {
	text  string
	at    int
	line  int
	words []word
}

func scanWords(text string) []word {
	s := &scanner{text: text, line: 1}
	s.scan(false)
	return s.words
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9'
}

// scan reads until the end, or within a string's interpolation until its closing parenthesis.
func (s *scanner) scan(inString bool) {
	depth := 0
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '\n':
			s.line++
			s.at++
		case c == '#':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
		case c == '"':
			s.at++
			s.skipString()
		case c == '(':
			depth++
			s.at++
		case c == ')':
			s.at++
			if depth--; inString && depth < 0 {
				return
			}
		case c == '@':
			s.at++
			s.name()
		case c == '$':
			s.at++
			s.add("$" + s.name())
		case c == '.' && s.at+1 < len(s.text) && isNameByte(s.text[s.at+1], true):
			s.at++
			s.add(s.name())
		case '0' <= c && c <= '9':
			s.skipNumber()
		case isNameByte(c, true):
			if name := s.name(); !keywords[name] || s.isKey() {
				s.add(name)
			}
		default:
			s.at++
		}
	}
}

func (s *scanner) add(text string) { s.words = append(s.words, word{text, s.line}) }

func (s *scanner) name() string {
	start := s.at
	for s.at < len(s.text) && (isNameByte(s.text[s.at], s.at == start) || strings.HasPrefix(s.text[s.at:], "::") || s.at > start && s.text[s.at-1] == ':' && s.text[s.at] == ':') {
		s.at++
	}
	return s.text[start:s.at]
}

// isKey says whether a colon follows.
func (s *scanner) isKey() bool {
	return strings.HasPrefix(strings.TrimLeft(s.text[s.at:], " \t\r\n"), ":")
}

func (s *scanner) skipNumber() {
	for s.at < len(s.text) {
		c := s.text[s.at]
		exponent := (c == '+' || c == '-') && (s.text[s.at-1] == 'e' || s.text[s.at-1] == 'E')
		if c != '.' && c != 'e' && c != 'E' && (c < '0' || c > '9') && !exponent {
			return
		}
		s.at++
	}
}

// skipString reads a string behind its first quote; programs inside \(…) are read as such.
func (s *scanner) skipString() {
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch c {
		case '\n':
			s.line++
		case '"':
			return
		case '\\':
			if s.at < len(s.text) && s.text[s.at] == '(' {
				s.at++
				s.scan(true)
				continue
			}
			s.at++
		}
	}
}
