package report

import (
	"strings"
	"testing"

	"tieback/warehouse"
)

// The sentence claims no more than grade and q allow, and is silent where nothing was read.
func TestLaunchLine(t *testing.T) {
	q, amount, loss := .05, warehouse.Money(92_000_000), warehouse.Money(-40_000_000)
	row := func(place, state string, q *float64, margin *warehouse.Money) warehouse.Launch {
		return warehouse.Launch{ProgramID: "care", Place: place, People: 100, State: state, Q: q, IncrementalMargin: margin}
	}
	far := .4
	for _, c := range []struct {
		rows []warehouse.Launch
		says string
	}{
		{nil, ""},
		{[]warehouse.Launch{row("de", "running", nil, nil), row("fr", "invalid", nil, nil)}, ""},
		{[]warehouse.Launch{row("de", "invalid", &q, &amount)}, "1 launch was read as a quasi-experiment; none passed its checks"},
		{[]warehouse.Launch{row("de", "valid", &far, &amount)}, "for every check passed. None can be told"},
		{[]warehouse.Launch{row("de", "valid", &q, &amount), row("us/new york", "valid", &q, &loss), row("jp", "invalid", &q, &amount)},
			"3 launches were read as quasi-experiments; 2 passed every check and have grade B. Care raised margin in DE and care lowered margin in New York, US"},
	} {
		v := &view{marts: marts{launches: c.rows, suppressBelow: 10}}
		if got := v.launchLine(); !strings.Contains(got, c.says) || (c.says == "") != (got == "") {
			t.Errorf("%q, want %q in it", got, c.says)
		}
	}
}
