package transform_test

import (
	"fmt"
	"testing"

	"tieback/transform"
)

// TestWordsKeepTheirCodes looks up more words than are held at hand, twice, in two orders: a word has one code, whatever was asked in between.
func TestWordsKeepTheirCodes(t *testing.T) {
	w := transform.NewWords([]string{"known"})
	codes := make(map[string]uint32)
	for i := range 20_000 {
		word := fmt.Sprintf("post-%d", i*7919%20_011)
		codes[word] = w.Code([]byte(word))
	}
	seen := make(map[uint32]string)
	for word, code := range codes {
		if got := w.Code([]byte(word)); got != code {
			t.Fatalf("%s had code %d and now has %d", word, code, got)
		}
		if other, taken := seen[code]; taken {
			t.Fatalf("%s and %s share code %d", word, other, code)
		}
		seen[code] = word
	}
	if w.Code([]byte("known")) != 0 || w.Code(nil) != w.Code([]byte{}) {
		t.Error("the known word or the empty word lost its code")
	}
}
