package lift_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tieback/metrics/lift"
)

// spending gives each row of a world a cost.
func spending(t *testing.T, w world, seed uint64, effect float64, cost func(treated, during bool) float64) *lift.Panel {
	t.Helper()
	rows := w.rows(rand.New(rand.NewPCG(seed, 1)))
	for i := range rows {
		during := rows[i].Time.At >= int64(w.pre)
		rows[i].Cost = cost(rows[i].Treated, during)
		if rows[i].Treated && during {
			rows[i].Outcome += effect
		}
	}
	return panel(t, rows, w.window(), true)
}

func TestIncrementalCost(t *testing.T) {
	w := world{units: 30, treated: 15, pre: 40, post: 10, alike: true}
	for _, m := range methods {
		// Nothing else was spent: the ratio is the effect over the cost, ends too.
		r, err := m.of(spending(t, w, 1, 8, func(treated, during bool) float64 {
			if treated && during {
				return 2
			}
			return 0
		}), .9)
		if err != nil {
			t.Fatal(m.name, err)
		}
		near(t, m.name+" cost", r.IncrementalCost, 300, 1e-9)
		near(t, m.name+" iroas", r.IROAS, r.Cumulative/300, 1e-12)
		near(t, m.name+" iroas lo", r.IROASLo, r.CumulativeLo/300, 1e-12)
		near(t, m.name+" iroas hi", r.IROASHi, r.CumulativeHi/300, 1e-12)

		// The treatment was to spend nothing: what was saved has a ratio as well.
		dark, err := m.of(spending(t, w, 1, -8, func(treated, during bool) float64 {
			if treated && during {
				return 0
			}
			return 2
		}), .9)
		if err != nil {
			t.Fatal(m.name, err)
		}
		near(t, m.name+" saved", dark.IncrementalCost, -300, 1e-6)
		if !(dark.IROAS > 0) || dark.IROASLo > dark.IROASHi {
			t.Errorf("%s: iroas of a saving %g [%g, %g], want above 0 and its ends in order", m.name, dark.IROAS, dark.IROASLo, dark.IROASHi)
		}

		// Spent as before: no ratio, and a sentence why.
		same, err := m.of(spending(t, w, 1, 8, func(bool, bool) float64 { return 2 }), .9)
		if m.name == "gbr" {
			wantError(t, m.name, err, "did not change with the treatment")
			continue
		}
		if err != nil {
			t.Fatal(m.name, err)
		}
		if same.IncrementalCost != 0 || !math.IsNaN(same.IROAS) || !strings.Contains(strings.Join(same.Warnings, "\n"), "cost nothing, or no more") {
			t.Errorf("%s: cost %g, iroas %g, warnings %q", m.name, same.IncrementalCost, same.IROAS, same.Warnings)
		}
	}
}

// With costs that vary everywhere the ratio's interval is simulated; it holds the true ratio in about 90 % of worlds, and
// the same panel gives the same bits.
func TestEstimatedCostCovers(t *testing.T) {
	w := world{units: 12, treated: 6, pre: 40, post: 10, alike: true}
	const worlds, effect, extra = 100, 6., 2.
	covered := 0
	for seed := range uint64(worlds) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		p := spending(t, w, seed, effect, func(treated, during bool) float64 {
			cost := 5 + .5*rnd.NormFloat64()
			if treated && during {
				cost += extra
			}
			return cost
		})
		r, err := lift.TBR(p, .9)
		if err != nil {
			t.Fatal(err)
		}
		if r.IROASLo <= effect/extra && effect/extra <= r.IROASHi {
			covered++
		}
		if seed > 0 {
			continue
		}
		if again, _ := lift.TBR(p, .9); again.IROASLo != r.IROASLo || again.IROASHi != r.IROASHi {
			t.Fatal("two runs differ")
		}
	}
	if covered < 81 || covered > 98 {
		t.Errorf("covers the ratio in %d of %d worlds, want about 90", covered, worlds)
	}
}
