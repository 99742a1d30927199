package lift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"tieback/metrics/lift"
)

// of makes rows from a formula: the first treated units, then controls.
func of(units, treated, periods int, y func(u, t int) float64) []lift.Observation {
	var rows []lift.Observation
	for u := range units {
		for t := range periods {
			rows = append(rows, lift.Observation{
				Unit: fmt.Sprintf("u%02d", u), Time: lift.Time{At: int64(t), Label: fmt.Sprint("day ", t)}, Outcome: y(u, t), Treated: u < treated,
			})
		}
	}
	return rows
}

func noisy(seed uint64) func(u, t int) float64 {
	rnd := rand.New(rand.NewPCG(seed, 1))
	return func(_, t int) float64 { return 50 + 5*math.Sin(float64(t)) + rnd.NormFloat64() }
}

func wantError(t *testing.T, name string, err error, phrase string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), phrase) {
		t.Errorf("%s: error %v, want %q", name, err, phrase)
	}
}

func TestPanelRefuses(t *testing.T) {
	window := lift.Window{Start: 6, End: 9}
	good := func() []lift.Observation { return of(4, 1, 10, noisy(1)) }
	for name, c := range map[string]struct {
		rows   func() []lift.Observation
		window lift.Window
		phrase string
	}{
		"no rows":           {func() []lift.Observation { return nil }, window, "no row lies between"},
		"start after end":   {good, lift.Window{Start: 9, End: 6}, "starts after it ends"},
		"no pre-period":     {good, lift.Window{PreStart: 6, Start: 6, End: 9}, "pre-period starts no earlier"},
		"nothing before":    {good, lift.Window{PreStart: -9, Start: 0, End: 9}, "no row lies before the start"},
		"nothing after":     {good, lift.Window{Start: 20, End: 30}, "no row lies between the start and the end"},
		"no treated":        {func() []lift.Observation { return of(4, 0, 10, noisy(1)) }, window, "no unit is treated"},
		"no control":        {func() []lift.Observation { return of(4, 4, 10, noisy(1)) }, window, "every unit is treated"},
		"constant":          {func() []lift.Observation { return of(4, 1, 10, func(int, int) float64 { return 7 }) }, window, "same number everywhere"},
		"repeated":          {func() []lift.Observation { return append(good(), good()[3]) }, window, `unit "u00" has two rows at day 3`},
		"not a number":      {func() []lift.Observation { return of(4, 1, 10, func(int, int) float64 { return math.NaN() }) }, window, "must be numbers"},
		"beyond arithmetic": {func() []lift.Observation { return of(4, 1, 10, func(u, t int) float64 { return 1e200 * float64(t) }) }, window, "too large"},
	} {
		_, err := lift.NewPanel(c.rows(), c.window, false)
		wantError(t, name, err, c.phrase)
	}
}

func TestMethodsRefuse(t *testing.T) {
	window := lift.Window{Start: 6, End: 9}
	at := func(rows []lift.Observation, w lift.Window) *lift.Panel { return panel(t, rows, w, false) }
	unbalanced := at(of(4, 1, 10, noisy(1))[:37], window)
	for _, m := range methods {
		_, err := m.of(unbalanced, 0)
		wantError(t, m.name+" at level 0", err, "level 0 is not between 0 and 1")
		if m.name == "tbr" || m.name == "gbr" {
			continue
		}
		_, err = m.of(unbalanced, .9)
		wantError(t, m.name, err, `not balanced: 3 of 40 rows are missing, the first is unit "u03" at day 7`)
	}
	_, err := lift.TBR(at(of(2, 1, 10, noisy(1))[:17], window), .9)
	wantError(t, "tbr without controls in a period", err, "no control unit has a row at day 7")
	_, err = lift.TBR(at(of(4, 1, 10, noisy(1)), lift.Window{Start: 2, End: 9}), .9)
	wantError(t, "tbr with two periods", err, "at least 3 periods before the start")
	_, err = lift.TBR(at(of(4, 1, 10, func(u, d int) float64 { return float64((1 - min(u, 1)) * d) }), window), .9)
	wantError(t, "tbr, controls flat", err, "control total does not move")
	_, err = lift.TBR(at(of(4, 1, 10, func(u, d int) float64 { return float64(max(u, 2) * d) }), window), .9)
	wantError(t, "tbr, exact multiple", err, "exact multiple")
	_, err = lift.TBR(at(of(4, 1, 10, func(u, d int) float64 { return float64(u*d*d%7) + 1 }), window), .9)
	wantError(t, "tbr, treated flat", err, "does not move")
	_, err = lift.GBR(at(of(3, 1, 10, noisy(1)), window), .9)
	wantError(t, "gbr with 3 units", err, "at least 4 units")
	_, err = lift.GBR(at(of(6, 2, 10, func(u, d int) float64 { return float64(d * (u % 3)) }), window), .9)
	wantError(t, "gbr, nothing sold", err, `unit "u00" has an outcome of 0 before the start`)
	_, err = lift.GBR(at(of(6, 2, 10, func(u, d int) float64 { return float64(d/6)*float64(u) + 4 }), window), .9)
	wantError(t, "gbr, all alike before", err, "determine each other")
	_, err = lift.GBR(at(of(6, 2, 10, func(u, d int) float64 { return float64(u + 1 + d) }), window), .9)
	wantError(t, "gbr, no error", err, "without any error")
	_, err = lift.SDID(at(of(4, 1, 10, noisy(1)), lift.Window{Start: 1, End: 9}), .9)
	wantError(t, "sdid with one pre-period", err, "at least 2 periods")
	_, err = lift.DiD(at(of(24, 12, 10, func(u, d int) float64 { return float64(u + d) }), window), .9)
	wantError(t, "did, all change alike", err, "changed by the same number")
}

// What fails a check keeps its number.
func TestNotValidKeepsTheNumber(t *testing.T) {
	for name, c := range map[string]struct {
		rows   []lift.Observation
		window lift.Window
		of     func(*lift.Panel, float64) (*lift.Result, error)
		phrase string
	}{
		"few controls":      {of(6, 1, 20, noisy(1)), lift.Window{Start: 14, End: 19}, methods[4].of, "too few controls"},
		"few periods":       {of(14, 1, 8, noisy(1)), lift.Window{Start: 5, End: 7}, lift.DiD, "too few pre-periods"},
		"two periods":       {of(24, 12, 2, noisy(1)), lift.Window{Start: 1, End: 1}, lift.DiD, "too few pre-periods"},
		"flat before":       {of(14, 1, 20, func(u, d int) float64 { return float64(u) + float64(d/14*(u%5+1)) }), lift.Window{Start: 14, End: 19}, lift.SDID, "do not move before the start"},
		"another level":     {of(14, 1, 20, func(u, d int) float64 { return noisy(uint64(u*99+d))(u, d) + float64(200*(1-min(u, 1))) }), lift.Window{Start: 14, End: 19}, methods[4].of, "do not follow the treated units"},
		"effect too early":  {of(30, 1, 20, func(u, d int) float64 { return noisy(uint64(u*99+d))(u, d) + float64(40*(1-min(u, 1))*(d/10)) }), lift.Window{Start: 15, End: 19}, lift.DiD, "finds an effect before"},
		"unrelated control": {of(6, 3, 20, func(u, d int) float64 { return noisy(uint64(u*99+d))(u, 0) }), lift.Window{Start: 14, End: 19}, lift.TBR, "do not follow the treated units"},
		"few geos":          {of(8, 4, 20, func(u, d int) float64 { return float64(u+1) * noisy(uint64(u*99+d))(u, d) }), lift.Window{Start: 14, End: 19}, lift.GBR, "too few units"},
	} {
		r, err := c.of(panel(t, c.rows, c.window, false), .9)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Valid || math.IsNaN(r.Cumulative) || math.IsInf(r.Cumulative, 0) || !strings.Contains(strings.Join(r.Warnings, "\n"), c.phrase) {
			t.Errorf("%s: valid %v, cumulative %g, warnings %q, want %q", name, r.Valid, r.Cumulative, r.Warnings, c.phrase)
		}
	}
}

// One control is enough for a number, and no more than that.
func TestOneControl(t *testing.T) {
	p := panel(t, of(2, 1, 20, noisy(3)), lift.Window{Start: 14, End: 19}, false)
	for _, m := range methods {
		r, err := m.of(p, .9)
		if m.name == "gbr" {
			wantError(t, m.name, err, "at least 4 units")
			continue
		}
		if err != nil {
			t.Fatal(m.name, err)
		}
		if m.name != "tbr" && (r.Valid || !math.IsNaN(r.P) || !math.IsNaN(r.CumulativeLo)) {
			t.Errorf("%s: valid %v, p %g, lo %g, want none", m.name, r.Valid, r.P, r.CumulativeLo)
		}
	}
}

// Twins among the controls and controls that sum to others leave the estimate as it is.
func TestCollinearControls(t *testing.T) {
	base := of(8, 1, 20, noisy(9))
	window := lift.Window{Start: 14, End: 19}
	r, err := lift.SC(panel(t, base, window, false), true, .9)
	if err != nil {
		t.Fatal(err)
	}
	twins := append([]lift.Observation(nil), base...)
	for _, row := range base {
		if row.Unit >= "u04" {
			row.Unit = "twin of " + row.Unit
			twins = append(twins, row)
		}
	}
	with, err := lift.SC(panel(t, twins, window, false), true, .9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "average with twins", with.Average, r.Average, 1e-9)
	for _, m := range methods {
		r, err := m.of(panel(t, twins, window, false), .9)
		if err != nil {
			t.Fatal(m.name, err)
		}
		noInfinity(t, m.name, *r)
	}
}

// Units that move exactly alike show no effect: what rounding leaves is 0, never a finding.
func TestUnitsThatMoveAlike(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for trial := range 50 {
		common := make([]float64, 20)
		for i := range common {
			common[i] = math.Round(1e5*(1+rnd.Float64())) / 1e3
		}
		p := panel(t, of(12, 1, 20, func(u, d int) float64 { return common[d] + float64(trial%2*u) }), lift.Window{Start: 14, End: 19}, false)
		for _, m := range methods {
			r, err := m.of(p, .9)
			if err == nil && (r.Cumulative != 0 && r.P <= .1 || r.CumulativeLo > 0 || r.CumulativeHi < 0) {
				t.Errorf("trial %d, %s: %g [%g, %g], p %g", trial, m.name, r.Cumulative, r.CumulativeLo, r.CumulativeHi, r.P)
			}
		}
	}
}

// noInfinity fails on a figure that is infinite, and on one that is NaN without any warning.
func noInfinity(t *testing.T, name string, r lift.Result) {
	t.Helper()
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if f, ok := v.Field(i).Interface().(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f) && len(r.Warnings) == 0) {
			t.Errorf("%s: %s = %g, warnings %q", name, v.Type().Field(i).Name, f, r.Warnings)
		}
	}
}

// Panels of any shape and size: few units and periods, values of 10⁻⁸⁰ to 10⁸⁰, ties, flat lines, costs of either sign. A
// method refuses with a sentence or gives figures in order.
func TestAnyPanel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	results := 0
	for trial := range 600 {
		units, periods, kind := 2+rnd.IntN(14), 2+rnd.IntN(14), rnd.IntN(5)
		scale := math.Pow(10, float64(rnd.IntN(160)-80))
		offset := []float64{0, 0, 1e9, -5}[rnd.IntN(4)] * scale
		rows := of(units, 1+rnd.IntN(units-1), periods, func(u, d int) float64 {
			return offset + scale*[]float64{rnd.NormFloat64(), float64(rnd.IntN(2)), float64(u), float64(d), float64(d * u)}[kind]
		})
		for i := range rows {
			rows[i].Cost = scale * float64(max(0, rnd.IntN(5)-2)-rnd.IntN(2))
		}
		p, err := lift.NewPanel(rows, lift.Window{Start: int64(1 + rnd.IntN(periods-1)), End: int64(periods)}, rnd.IntN(2) == 0)
		if err != nil {
			wantError(t, "a panel", err, "same number everywhere")
			continue
		}
		for _, m := range methods {
			r, err := m.of(p, .9)
			if err != nil {
				continue
			}
			results++
			name := fmt.Sprintf("trial %d, %s", trial, m.name)
			noInfinity(t, name, *r)
			if math.IsNaN(r.Cumulative) || r.P < 0 || r.P > 1 || r.CumulativeLo > r.Cumulative || r.CumulativeHi < r.Cumulative || r.IROASLo > r.IROASHi {
				t.Errorf("%s: p %g, %g [%g, %g]", name, r.P, r.Cumulative, r.CumulativeLo, r.CumulativeHi)
			}
			for unit, w := range r.Weights {
				if !(w >= 0 && w <= 1+1e-12) {
					t.Errorf("%s: weight %g of %s", name, w, unit)
				}
			}
		}
	}
	if results < 1000 {
		t.Errorf("only %d results: the panels are refused too often to try anything", results)
	}
}
