package transform

// Words is the dictionary of names and words: the code of a word is its place. It
// only grows; the warehouse keeps it in meta.word.
type Words struct {
	codes map[string]uint32
	list  []string
	// recent holds words seen lately, at a place made of their length and a few bytes: most lookups end
	// here.
	recent [1 << 12]coded
}

// coded is a word with its code; the empty word is never looked up.
type coded struct {
	word string
	code uint32
}

// NewWords starts from the words that the warehouse already knows, in the order of their codes.
func NewWords(known []string) *Words {
	w := &Words{codes: make(map[string]uint32, len(known)), list: known}
	for i, word := range known {
		w.codes[word] = uint32(i)
	}
	return w
}

// Code returns the code of a word, a new one if it was never seen.
func (w *Words) Code(word []byte) uint32 {
	if len(word) == 0 {
		return w.lookUp(word)
	}
	n := len(word)
	place := (n*0x9e5 ^ int(word[n-1])*0x1f ^ int(word[n/2])<<4 ^ int(word[max(n-2, 0)])<<7 ^ int(word[0])<<2) & (len(w.recent) - 1)
	if seen := &w.recent[place]; seen.word == string(word) {
		return seen.code
	}
	code := w.lookUp(word)
	w.recent[place] = coded{w.list[code], code}
	return code
}

func (w *Words) lookUp(word []byte) uint32 {
	if code, ok := w.codes[string(word)]; ok {
		return code
	}
	code := uint32(len(w.list))
	text := string(word)
	w.list = append(w.list, text)
	w.codes[text] = code
	return code
}

// since returns the words from a code on.
func (w *Words) since(code int) []string { return w.list[code:len(w.list):len(w.list)] }
