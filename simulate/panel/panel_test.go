package panel_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"tieback/simulate/panel"
)

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

var kinds = map[string]struct {
	draw    func(*rand.Rand) *panel.Panel
	treated int
	spills  bool
}{
	"alike":    {func(r *rand.Rand) *panel.Panel { return panel.Alike(r, 30, 12, 40, 8) }, 12, false},
	"mixed":    {func(r *rand.Rand) *panel.Panel { return panel.Mixed(r, 20, 1, 40, 8) }, 1, false},
	"followed": {func(r *rand.Rand) *panel.Panel { return panel.Followed(r, 9, 40, 8) }, 1, false},
	"rough":    {func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 30, 12, 40, 8, false) }, 12, false},
	"aimed":    {func(r *rand.Rand) *panel.Panel { return panel.Rough(r, 30, 12, 40, 8, true) }, 12, true},
}

// The two worlds differ only where and when the program can have acted, and the gain is what they differ by.
func TestWorldsDifferByTheProgramAlone(t *testing.T) {
	for name, kind := range kinds {
		p := kind.draw(source(1))
		if !reflect.DeepEqual(p, kind.draw(source(1))) {
			t.Errorf("%s: the same random numbers gave another panel", name)
		}
		treated, gain := 0, 0.
		for i := range p.Sold {
			if p.Treated[i] {
				treated++
			}
			for w := range p.Sold[i] {
				off := p.Sold[i][w] - p.Without[i][w]
				gain += off
				neighbor := kind.spills && p.Treated[(i+1)%len(p.Treated)]
				if off != 0 && (w < p.Pre || !p.Treated[i] && !neighbor) {
					t.Fatalf("%s: region %d, week %d differs by %g", name, i, w, off)
				}
			}
		}
		if treated != kind.treated || len(p.Sold[0]) != 48 || p.Pre != 40 || gain != p.Gain() || gain <= 0 {
			t.Errorf("%s: %d treated, %d weeks of which %d before, gain %g", name, treated, len(p.Sold[0]), p.Pre, gain)
		}
	}
}

// Where the program is aimed, every treated region had fallen at least as much as every other one.
func TestAimedRegionsHadFallen(t *testing.T) {
	p := kinds["aimed"].draw(source(3))
	change := func(y []float64) float64 {
		var before, last float64
		for w := p.Pre - 12; w < p.Pre; w++ {
			if w < p.Pre-4 {
				before += y[w] / 8
			} else {
				last += y[w] / 4
			}
		}
		return last / before
	}
	strongest, weakest := 0., 1e9
	for i, y := range p.Without {
		if p.Treated[i] {
			strongest = max(strongest, change(y))
		} else {
			weakest = min(weakest, change(y))
		}
	}
	if strongest > weakest {
		t.Errorf("a treated region changed to %.3f, another to %.3f", strongest, weakest)
	}
}
