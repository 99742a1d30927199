package evidence

import (
	"slices"
	"testing"
	"time"

	"tieback/metrics"
	"tieback/warehouse"
)

// buyersOf is an arm of n units every other of which brought the given margin: as many effective units as buyers.
func buyersOf(name string, n int, margin float64) arm {
	half := float64(n / 2)
	sums := metrics.Sums{N: n, Y: half * margin, YY: half * margin * margin}
	return arm{name: name, sums: map[string]metrics.Sums{"margin": sums, "revenue": sums, "orders": sums}}
}

// decisionOn is the decision of a sequential pilot with a cost of 2 a unit as of a day, when the buyers of the treated arm had
// brought so much and those of the control 20 each.
func decisionOn(t *testing.T, asOf time.Time, treated float64) string {
	t.Helper()
	p := &pilot{name: "p", control: "none", metric: "margin", assignment: "random", analysis: "sequential", startsOn: month(3), endsBefore: month(5),
		costPerUnit: 2, planned: 200_000, inTime: true, asOf: asOf, maturityDays: 14, unknown: map[string]int{},
		arms: []arm{buyersOf("none", 100_000, 20), buyersOf("some", 100_000, treated)}}
	at := slices.IndexFunc(pilotResults().Columns, func(c warehouse.Column) bool { return c.Name == "decision" })
	decision := ""
	if err := p.emit(func(row ...any) error {
		if row[3] == "margin" && row[at] != nil {
			decision = row[at].(string)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return decision
}

// While the window is open the margin is a part of what will come and the cost is whole: the pilot may be seen to have paid, not to
// have failed.
func TestARunningPilotIsNotStopped(t *testing.T) {
	const poor, rich = 21., 28.
	for _, c := range []struct {
		asOf    time.Time
		treated float64
		want    string
	}{
		{month(4), poor, "iterate"}, {month(4), rich, "scale"}, {month(5), poor, "stop"}, {month(7), poor, "stop"}, {month(7), rich, "scale"},
	} {
		if got := decisionOn(t, c.asOf, c.treated); got != c.want {
			t.Errorf("as of %s, %g a buyer: %q, want %q", c.asOf.Format(time.DateOnly), c.treated, got, c.want)
		}
	}
}
