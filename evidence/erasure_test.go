package evidence

import (
	"sort"
	"strings"
	"testing"
	"time"
)

// on is a day of March 2026.
func on(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }

// TestErasureFollowsThePerson names tokens by letters: customers are capitals. Each case says whom an erasure takes along, worked out by hand.
func TestErasureFollowsThePerson(t *testing.T) {
	joins := func(a, b string, day int) pair {
		capital := func(s string) bool { return strings.ToUpper(s) == s }
		return pair{link: link{a: a, b: b}, aIsCustomer: capital(a), bIsCustomer: capital(b), at: on(day)}
	}
	asks := func(token string, day int) seed { return seed{token, mark{on(day), strings.ToUpper(token) == token}} }
	withdrawn := joins("x", "A", 1)
	withdrawn.withdrawn = on(3)
	for _, c := range []struct {
		name  string
		seeds []seed
		pairs []pair
		want  string
	}{
		{"nobody linked", []seed{asks("a", 5)}, nil, "a"},
		{"a chain, from its end", []seed{asks("c", 5)}, []pair{joins("A", "b", 1), joins("b", "c", 2), joins("d", "e", 2)}, "A b c"},
		{"what happens after the erasure leads nowhere", []seed{asks("A", 5)}, []pair{joins("A", "b", 1), joins("b", "c", 6)}, "A b"},
		{"at the same moment it does", []seed{asks("A", 5)}, []pair{joins("A", "b", 5)}, "A b"},
		{"another customer behind a shared browser stays", []seed{asks("A", 5)}, []pair{joins("A", "v", 1), joins("v", "B", 2), joins("B", "c", 2)}, "A v"},
		{"and so does the browser where it is that customer's", []seed{asks("B", 5)}, []pair{joins("A", "v", 1), joins("v", "B", 2)}, "B"},
		{"a link that was withdrawn", []seed{asks("A", 5)}, []pair{withdrawn}, "A"},
		{"a link that was withdrawn only after the erasure", []seed{asks("A", 2)}, []pair{withdrawn}, "A x"},
		{"two erasures of one person, the later one reaches further", []seed{asks("A", 2), asks("b", 9)}, []pair{joins("A", "b", 1), joins("b", "c", 5)}, "A b c"},
		{"two erasures of one person, the earlier token leads to no later link", []seed{asks("A", 2), asks("d", 9)}, []pair{joins("A", "b", 1), joins("b", "c", 5)}, "A b d"},
		{"two persons", []seed{asks("A", 5), asks("C", 5)}, []pair{joins("A", "b", 1), joins("C", "d", 1)}, "A C b d"},
		{"an identity of an erased customer leads to no other customer", []seed{{"v", mark{on(5), true}}}, []pair{joins("v", "B", 1), joins("v", "w", 2)}, "v w"},
		{"an identity of nobody's leads to its customer when that is known", []seed{{"v", mark{on(5), false}}}, []pair{joins("v", "B", 1), joins("B", "c", 2)}, "B c v"},
	} {
		var got []string
		for token := range eraseAll(c.seeds, c.pairs) {
			got = append(got, token)
		}
		sort.Strings(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v are erased, want %s", c.name, got, c.want)
		}
	}
	marks := eraseAll([]seed{asks("A", 2), asks("b", 9)}, []pair{joins("A", "b", 1), joins("b", "c", 5), joins("d", "e", 1)})
	for token, want := range map[string]mark{"A": {on(9), true}, "b": {on(9), true}, "c": {on(9), true}} {
		if got := marks[token]; !got.at.Equal(want.at) || got.ofCustomer != want.ofCustomer {
			t.Errorf("%s is marked %+v, want %+v: links up to the later erasure count", token, got, want)
		}
	}
}
