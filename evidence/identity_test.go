package evidence

import "testing"

// TestAPersonHasOneCustomer joins tokens in the order given. c1 and c2 are customers; the link that would join their
// persons is refused, and the person without a customer is called by the token that sorts first.
func TestAPersonHasOneCustomer(t *testing.T) {
	g := newGraph()
	links := []struct {
		a, b         string
		aIs, bIs     bool
		wantAccepted bool
	}{
		{"m", "c1", false, true, true},
		{"n", "c2", false, true, true},
		{"m", "n", false, false, false}, // would make c1 and c2 one person
		{"z", "y", false, false, true},
		{"y", "x", false, false, true},
		{"m", "o", false, false, true},
		{"o", "c1", false, true, true}, // known already
	}
	for _, l := range links {
		if got := g.union(g.node(l.a, l.aIs), g.node(l.b, l.bIs)); got != l.wantAccepted {
			t.Errorf("link %s–%s accepted = %t, want %t", l.a, l.b, got, l.wantAccepted)
		}
	}
	person := func(token string) string {
		root := g.find(g.index[token])
		if c := g.customer[root]; c >= 0 {
			return g.tokens[c]
		}
		return g.tokens[g.smallest[root]]
	}
	for token, want := range map[string]string{"m": "c1", "o": "c1", "n": "c2", "x": "x", "y": "x", "z": "x"} {
		if got := person(token); got != want {
			t.Errorf("%s belongs to %s, want %s", token, got, want)
		}
	}
}
