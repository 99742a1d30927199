package transform

import "github.com/zeebo/xxh3"

// Words is the dictionary of names and words: the code of a word is its place. It
// only grows; the warehouse keeps it in meta.word.
type Words struct {
	codes map[string]uint32
	list  []string
	// recent holds words seen lately, at a place made of their hash: most lookups end here.
	recent [1 << 14]coded
}

// recentBytes is the longest word that recent holds.
const recentBytes = 27

// coded is a short word with its code, all in one place of the memory; the empty word is never looked up.
type coded struct {
	code uint32
	len  uint8
	word [recentBytes]byte
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
	if len(word) == 0 || len(word) > recentBytes {
		return w.lookUp(word)
	}
	seen := &w.recent[xxh3.Hash(word)%uint64(len(w.recent))]
	if int(seen.len) == len(word) && string(seen.word[:seen.len]) == string(word) {
		return seen.code
	}
	seen.code, seen.len = w.lookUp(word), uint8(len(word))
	copy(seen.word[:], word)
	return seen.code
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
