package transform

// Words is the dictionary of names and words: the code of a word is its place. It
// only grows; the warehouse keeps it in meta.word.
type Words struct {
	codes map[string]uint32
	list  []string
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
