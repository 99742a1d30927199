package warehouse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// company is the events of all model cases of one kind together: a small company with every sort of event.
func company(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, name := range []string{"credit_position", "bridge_closes", "identity_confidence", "cost_in_euro", "pilot_as_registered", "counter_reset", "claims_by_month", "engagement_undo", "identity_through_visitor", "identity_without_customer", "exchanges"} {
		archive, err := txtar.ParseFile("testdata/models/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if strings.HasPrefix(section.Name, "events") {
				for _, line := range split(string(section.Data)) {
					// Each case numbers its events from 1: its name in the source keeps them apart.
					lines = append(lines, strings.Replace(line, `"source":"`, `"source":"`+name+` `, 1))
				}
			}
		}
	}
	return lines
}

// What the marts say depends on the events alone: not on building again, on the batches in which events came, on their order, nor on the process.
func TestTheSameEventsGiveTheSameMarts(t *testing.T) {
	t.Parallel()
	lines := company(t)
	first := newFixture(t)
	first.append("log", lines...)
	first.mustBuild(settings())
	want := hashes(t, first)
	if len(want) < 45 || want["fct_credits"] == "null" || want["pilot_results"] == "null" {
		t.Fatalf("only %d marts, or empty ones: %v", len(want), want)
	}
	first.mustBuild(settings())
	if diff := cmp.Diff(want, hashes(t, first)); diff != "" {
		t.Errorf("built again (- before, + after):\n%s", diff)
	}
	second := newFixture(t)
	slices.Reverse(lines)
	for batch := range slices.Chunk(lines, 17) {
		second.append("log", batch...)
	}
	second.mustBuild(settings())
	if diff := cmp.Diff(want, hashes(t, second)); diff != "" {
		t.Errorf("in other batches and order (- one batch, + many):\n%s", diff)
	}
}
