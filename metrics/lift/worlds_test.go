package lift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tieback/metrics/lift"
)

// world is an invented panel without any effect: units of different size that share slow and weekly movements in
// different degree, with errors of their own that remember the day before.
type world struct {
	units, treated, pre, post int
	memory                    float64
	alike                     bool // all units share movements in the same degree
}

func (w world) rows(rnd *rand.Rand) []lift.Observation {
	periods := w.pre + w.post
	shared := make([][]float64, 3)
	for k := range shared {
		slow := 0.
		for t := range periods {
			slow = .9*slow + rnd.NormFloat64()
			shared[k] = append(shared[k], slow+2*math.Sin(2*math.Pi*float64(t)/7))
		}
	}
	var rows []lift.Observation
	for i := range w.units {
		size := math.Exp(.8 * rnd.NormFloat64())
		degree := []float64{1 + .3*rnd.NormFloat64(), .5 * rnd.NormFloat64(), .5 * rnd.NormFloat64()}
		if w.alike {
			size, degree = 1, []float64{1, 0, 0}
		}
		own := 0.
		for t := range periods {
			own = w.memory*own + math.Sqrt(1-w.memory*w.memory)*rnd.NormFloat64()
			y := own
			for k, d := range degree {
				y += d * shared[k][t]
			}
			rows = append(rows, lift.Observation{
				Unit: fmt.Sprintf("u%03d", (i*37)%w.units), Time: lift.Time{At: int64(t), Label: fmt.Sprint(t)},
				Outcome: 100 + size*(20+y), Treated: i < w.treated,
			})
		}
	}
	return rows
}

func (w world) panel(t testing.TB, rnd *rand.Rand) *lift.Panel {
	t.Helper()
	return panel(t, w.rows(rnd), w.window(), false)
}

func (w world) window() lift.Window {
	return lift.Window{Start: int64(w.pre), End: int64(w.pre + w.post - 1)}
}

type method struct {
	name string
	of   func(*lift.Panel, float64) (*lift.Result, error)
}

var methods = []method{
	{"did", lift.DiD}, {"tbr", lift.TBR}, {"gbr", lift.GBR}, {"sdid", lift.SDID},
	{"sc", func(p *lift.Panel, level float64) (*lift.Result, error) { return lift.SC(p, false, level) }},
	{"sc demeaned", func(p *lift.Panel, level float64) (*lift.Result, error) { return lift.SC(p, true, level) }},
}

// Where nothing happened, a p of at most .1 comes up in about 10 % of worlds, and exactly when 0 lies outside the
// interval. Bounds are 10 % ± 3 standard errors of 200 worlds, on the upper side with 1 more point for rough cases.
func TestSizeAtZeroEffect(t *testing.T) {
	for _, c := range []struct {
		world
		methods []string
	}{
		{world{units: 20, treated: 1, pre: 30, post: 8}, []string{"did", "sdid", "sc", "sc demeaned"}},
		{world{units: 22, treated: 3, pre: 20, post: 8, memory: .5}, []string{"did", "sdid", "sc demeaned"}}, // 6 groups only: single controls
		{world{units: 40, treated: 4, pre: 12, post: 8, memory: .5}, []string{"did", "sdid", "sc", "sc demeaned"}},
		{world{units: 30, treated: 12, pre: 20, post: 8, memory: .3}, []string{"did"}}, // clusters
		{world{units: 30, treated: 15, pre: 40, post: 10, alike: true}, []string{"tbr", "gbr", "did"}},
	} {
		rnd := rand.New(rand.NewPCG(2021, 111))
		const worlds = 200
		rejected := map[string]int{}
		for range worlds {
			p := c.panel(t, rnd)
			for _, m := range methods {
				if !slices.Contains(c.methods, m.name) {
					continue
				}
				r, err := m.of(p, .9)
				if err != nil {
					t.Fatalf("%s: %v", m.name, err)
				}
				outside := r.CumulativeLo > 0 || r.CumulativeHi < 0
				if r.P <= .1 {
					rejected[m.name]++
				}
				if outside != (r.P <= .1+1e-12) {
					t.Fatalf("%s: p %g with interval [%g, %g]", m.name, r.P, r.CumulativeLo, r.CumulativeHi)
				}
			}
		}
		for _, name := range c.methods {
			if share := float64(rejected[name]) / worlds; share < .036 || share > .174 {
				t.Errorf("%+v: %s rejects in %.1f %% of worlds without an effect, want about 10", c.world, name, 100*share)
			}
		}
	}
}

// An effect that was put in is found to within its interval in about 90 % of worlds, and adding it moves the estimate by
// exactly as much where weights do not depend on what came after.
func TestEffectIsFound(t *testing.T) {
	w := world{units: 24, treated: 1, pre: 30, post: 6}
	rnd := rand.New(rand.NewPCG(7, 7))
	const worlds, effect = 100, 25.
	covered := map[string]int{}
	for range worlds {
		rows := w.rows(rnd)
		without := panel(t, slices.Clone(rows), w.window(), false)
		for i := range rows {
			if rows[i].Treated && rows[i].Time.At >= int64(w.pre) {
				rows[i].Outcome += effect
			}
		}
		with := panel(t, rows, w.window(), false)
		for _, m := range methods {
			if m.name == "tbr" || m.name == "gbr" {
				continue
			}
			before, _ := m.of(without, .9)
			after, err := m.of(with, .9)
			if err != nil {
				t.Fatal(err)
			}
			near(t, m.name+" moves by", after.Average-before.Average, effect, 1e-8)
			if after.AverageLo <= effect && effect <= after.AverageHi {
				covered[m.name]++
			}
		}
	}
	for name, n := range covered {
		if n < 81 {
			t.Errorf("%s covers the effect in %d of %d worlds", name, n, worlds)
		}
	}
}

// Order of rows, names in another order, and the unit of the outcome must not show.
func TestInvariance(t *testing.T) {
	w := world{units: 24, treated: 1, pre: 14, post: 5, memory: .4}
	rnd := rand.New(rand.NewPCG(5, 5))
	rows := w.rows(rnd)
	for i := range rows {
		rows[i].Cost = 0
		if rows[i].Treated && rows[i].Time.At >= int64(w.pre) {
			rows[i].Cost = 3
		}
	}
	change := func(f func(*lift.Observation)) *lift.Panel {
		other := slices.Clone(rows)
		for i := range other {
			f(&other[i])
		}
		rnd.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		return panel(t, other, w.window(), true)
	}
	plain := panel(t, slices.Clone(rows), w.window(), true)
	shuffled := change(func(*lift.Observation) {})
	renamed := change(func(o *lift.Observation) { o.Unit = string([]byte{200 - o.Unit[3], 200 - o.Unit[2]}) + o.Unit })
	scaled := change(func(o *lift.Observation) { o.Outcome *= 1234.5e6 })
	for _, m := range methods {
		want, err := m.of(plain, .9)
		if err != nil {
			t.Fatal(m.name, err)
		}
		for name, c := range map[string]struct {
			p    *lift.Panel
			unit float64
		}{"shuffled": {shuffled, 1}, "renamed": {renamed, 1}, "scaled": {scaled, 1234.5e6}} {
			got, err := m.of(c.p, .9)
			if err != nil {
				t.Fatal(m.name, err)
			}
			within := 1e-7 * math.Abs(want.CumulativeHi-want.CumulativeLo)
			for _, figure := range [][3]any{
				{"cumulative", got.Cumulative / c.unit, want.Cumulative}, {"lo", got.CumulativeLo / c.unit, want.CumulativeLo},
				{"hi", got.AverageHi / c.unit, want.AverageHi}, {"iroas", got.IROAS / c.unit, want.IROAS},
			} {
				near(t, fmt.Sprint(m.name, ", ", name, ": ", figure[0]), figure[1].(float64), figure[2].(float64), within)
			}
			near(t, m.name+", "+name+": p", got.P, want.P, 1e-9)
			if got.Valid != want.Valid {
				t.Errorf("%s, %s: valid %v, want %v", m.name, name, got.Valid, want.Valid)
			}
			if name == "shuffled" && fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: another order of rows gives other bits", m.name)
			}
		}
	}
}
