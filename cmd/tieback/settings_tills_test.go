package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/warehouse"
)

// warned are the warnings about settings, a line each.
func warned(t *testing.T, text string) string {
	t.Helper()
	s := &settings{LookbackDays: 30, FiscalYearStarts: 1}
	if r := readSettings([]byte(text), nil, s); len(r.faults) > 0 {
		t.Fatal(r.faults)
	}
	s.applyDefaults()
	var lines []string
	for _, f := range s.warnings() {
		lines = append(lines, f.Setting+": "+f.Message)
	}
	return strings.Join(lines, "\n")
}

func TestTillsAreReadAsOrdersAre(t *testing.T) {
	s := &settings{Aliases: map[string]string{"online": "web"}, Tills: []tillSettings{{"Online ", "shop"}, {"", "pos"}, {"*", "pos"}, {"web", "shop"}}}
	want := []warehouse.Till{{Channel: "web", Source: "shop"}, {Channel: "*", Source: "pos"}}
	if diff := cmp.Diff(want, s.allTills()); diff != "" {
		t.Error(diff)
	}
	faults := s.tillFaults().Error()
	for _, want := range []string{"tills: pos of channel * stands twice", "tills: shop of channel web stands twice"} {
		if !strings.Contains(faults, want) {
			t.Errorf("%s\nwant %s", faults, want)
		}
	}
}

func TestSalesThatMayCountTwiceAreWarnedOf(t *testing.T) {
	const topics = "topics: [{topic: shopify.orders, map: shopify-orders, source: shop}, {topic: shopify.refunds, map: shopify-refunds, source: shop}, {topic: stripe.events, map: stripe, source: stripe}]\n"
	for name, c := range map[string]struct{ settings, want string }{
		"no till":           {topics, "tills: shopify.orders (source shop) and stripe.events (source stripe) both bring orders"},
		"a till of the web": {topics + "tills: [{channel: web, source: shop}]", "tills: payments of stripe.events mostly name no channel"},
		"a till of all":     {topics + "tills: [{source: shop}]", ""},
		"both are tills":    {topics + "tills: [{channel: web, source: shop}, {channel: store, source: stripe}]", ""},
		"misspelled":        {topics + "tills: [{source: shp}]", "tills: no topic has the source shp; did you mean shop?"},
		"one source":        {"topics: [{topic: shopify.orders, map: shopify-orders, source: shop}]", ""},
	} {
		got := warned(t, c.settings)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
