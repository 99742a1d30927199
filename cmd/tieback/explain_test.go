package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// Every figure of the catalog can be followed back to events: its table stands last, and each model reads only what stands before it.
func TestExplainEveryFigure(t *testing.T) {
	p := newPlace(t)
	p.load(`{"id":"o","source":"shop","type":"sale.order","time":"2026-03-02T10:00:00Z","order_id":"O","gross":"10.00","currency":"USD"}` + "\n")
	p.do("build")
	var figures []struct{ Figure, Model string }
	if err := json.Unmarshal([]byte(p.do("explain", "--format", "json")), &figures); err != nil || len(figures) < 15 {
		t.Fatalf("%v, %d figures", err, len(figures))
	}
	for _, f := range figures {
		var e explanation
		if err := json.Unmarshal([]byte(p.do("explain", f.Figure, "--format", "json")), &e); err != nil {
			t.Fatalf("%s: %v", f.Figure, err)
		}
		if e.Figure != f.Figure || e.Definition == "" || e.Formula == "" || e.Unit == "" {
			t.Errorf("%s: %+v", f.Figure, e)
		}
		there, raw := make(map[string]bool), false
		for _, m := range e.Models {
			for _, r := range m.Reads {
				raw = raw || strings.HasPrefix(r, "raw.")
				if !strings.Contains(r, ".") && !there[r] {
					t.Errorf("%s: %s reads %s, which stands nowhere before it", f.Figure, m.Name, r)
				}
			}
			there[m.Name] = true
		}
		if n := len(e.Models); n == 0 || e.Models[n-1].Name != e.Model || !raw {
			t.Errorf("%s: the way from events to %s is %d models", f.Figure, e.Model, n)
		}
	}
	text := p.do("explain", "Margin", "--sql")
	for _, want := range []string{"net revenue - cost of goods - variable cost", "not known", "cost_of_goods in sale.order", "intermediate.int_orders_valued", "known_cost", "events: raw."} {
		if !strings.Contains(text, want) {
			t.Errorf("explain Margin --sql does not say %q:\n%.2000s", want, text)
		}
	}
	fail(t, exitMisused, []string{`there is no figure "margn"; did you mean margin?`}, p.args("explain", "margn")...)
}
