package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestAlwaysValid(t *testing.T) {
	// Hillstrom's men's mail against none (methods reference 3.1), as sums.
	treated := metrics.Sums{N: 21307, Y: 30311.69, YY: 6759024.4973}
	control := metrics.Sums{N: 21306, Y: 13908.33, YY: 2870050.3621}
	for _, test := range []struct {
		plan     int
		lo, hi   float64
		tuningAt string
	}{
		// scipy 1.17.1: σ√(2(nρ²+1)log(√(nρ²+1)/α)/(n²ρ²)), σ² = n·se²,
		// ρ² = (−lambertw(−α²/e, −1) − 1)/plan.
		{42613, 0.3289860654684063, 1.210668246320667, "the plan"},
		{100000, 0.3189229657176233, 1.22073134607145, "a larger plan"},
	} {
		got, err := metrics.AlwaysValid(treated, control, .95, test.plan)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lo at "+test.tuningAt, got.Lo, test.lo, 1e-9)
		near(t, "hi at "+test.tuningAt, got.Hi, test.hi, 1e-9)
		if len(got.Warnings) != 0 || got.Units != 42613 {
			t.Errorf("units %d, warnings %q", got.Units, got.Warnings)
		}
	}
}

// At the plan the width is √(x+1) standard errors and nothing narrower exists:
// scipy 1.17.1, minimize_scalar over ρ, gives the same width.
func TestAlwaysValidIsTunedAtThePlan(t *testing.T) {
	treated, control := metrics.SumsOf(treatedY, nil), metrics.SumsOf(controlY, nil)
	for _, test := range []struct{ level, width float64 }{
		{.95, 3.035122413028551}, {.90, 2.763756875702675}, {.99, 3.5716062524437686},
	} {
		at, _ := metrics.AlwaysValid(treated, control, test.level, 18)
		near(t, fmt.Sprintf("half-width/se at %g", test.level), at.HalfWidth()/at.SE, test.width, 1e-9)
		if len(at.Warnings) != 1 {
			t.Errorf("3.1 and 1.8 effective units gave warnings %q, want one", at.Warnings)
		}
		for _, plan := range []int{9, 17, 19, 36} {
			if other, _ := metrics.AlwaysValid(treated, control, test.level, plan); other.HalfWidth() < at.HalfWidth() {
				t.Errorf("tuned for %d the interval is narrower at 18 units than tuned for 18", plan)
			}
		}
	}
	_, err := metrics.AlwaysValid(treated, control, .95, 0)
	wantError(t, err, "a plan of 0 units")
	_, err = metrics.AlwaysValid(treated, metrics.Sums{N: 1}, .95, 18)
	wantError(t, err, "control arm has 1 units")
}

// Looking every day for 60 days: the always-valid 95 % interval ever misses the
// truth in at most 5 % of 300 worlds, Welch's in far more. On either side alone,
// the 90 % interval does so in at most 5 %: P(ever scale) at the hurdle.
func TestAlwaysValidUnderDailyLooks(t *testing.T) {
	const worlds, days = 300, 60
	for _, world := range []struct {
		name    string
		perDay  int // units in each arm
		outcome func(rnd *rand.Rand) float64
	}{
		{"normal", 100, func(rnd *rand.Rand) float64 { return 5 + 2*rnd.NormFloat64() }},
		// One in ten buys, for e^N(0,1).
		{"zero-inflated", 100, func(rnd *rand.Rand) float64 {
			if rnd.IntN(10) == 0 {
				return math.Exp(rnd.NormFloat64())
			}
			return 0
		}},
	} {
		rnd := rand.New(rand.NewPCG(2021, 6476))
		var everOut, welchOut, everScale, everStop int
		for range worlds {
			var treated, control metrics.Sums
			var out, welch, scale, stop bool
			for range days {
				for range world.perDay {
					y, c := world.outcome(rnd), world.outcome(rnd)
					treated.N, treated.Y, treated.YY = treated.N+1, treated.Y+y, treated.YY+y*y
					control.N, control.Y, control.YY = control.N+1, control.Y+c, control.YY+c*c
				}
				at95, err := metrics.AlwaysValid(treated, control, .95, 2*world.perDay*days)
				if err != nil {
					t.Fatal(err)
				}
				at90, _ := metrics.AlwaysValid(treated, control, .90, 2*world.perDay*days)
				out = out || at95.Lo > 0 || at95.Hi < 0
				scale = scale || metrics.Decide(at90, 0) == metrics.Scale
				stop = stop || metrics.Decide(at90, 0) == metrics.Stop
				welch = welch || math.Abs(at95.Estimate) > 1.96*at95.SE // thousands of degrees of freedom
			}
			everOut, welchOut = everOut+count(out), welchOut+count(welch)
			everScale, everStop = everScale+count(scale), everStop+count(stop)
		}
		t.Logf("%s: always-valid misses %d, Welch %d, scale %d, stop %d of %d", world.name, everOut, welchOut, everScale, everStop, worlds)
		if limit := worlds * 5 / 100; everOut > limit || everScale > limit || everStop > limit {
			t.Errorf("%s: ever outside %d, ever scale %d, ever stop %d of %d worlds, want at most %d", world.name, everOut, everScale, everStop, worlds, limit)
		}
		if welchOut < worlds*15/100 {
			t.Errorf("%s: Welch's interval misses in %d worlds only: the simulation does not bite", world.name, welchOut)
		}
	}
}

// Few buyers and a large lift, at the hurdle: deciding from the first day on stops
// too often; from EnoughToLook on at most 5 % of 300 worlds stop, or scale.
func TestEnoughToLook(t *testing.T) {
	const worlds, days = 300, 60
	for _, world := range []struct {
		perDay           int
		treated, control float64 // share that buys, for e^N(0,1)
	}{{100, .02, .005}, {20, .05, .01}} {
		rnd := rand.New(rand.NewPCG(1965, 11))
		truth := (world.treated - world.control) * math.Exp(.5)
		day := func(buying float64) (s metrics.Sums) {
			s.N = world.perDay
			for range world.perDay {
				if rnd.Float64() < buying {
					y := math.Exp(rnd.NormFloat64())
					s.Y, s.YY = s.Y+y, s.YY+y*y
				}
			}
			return s
		}
		var hasty, stops, scales int
		for range worlds {
			var treated, control metrics.Sums
			var early, stop, scale bool
			for range days {
				treated, control = treated.Plus(day(world.treated)), control.Plus(day(world.control))
				interval, err := metrics.AlwaysValid(treated, control, .90, 2*world.perDay*days)
				if err != nil {
					continue // nobody has bought yet
				}
				decision := metrics.Decide(interval, truth)
				early = early || decision == metrics.Stop
				if metrics.EnoughToLook(treated, control) {
					stop = stop || decision == metrics.Stop
					scale = scale || decision == metrics.Scale
				}
			}
			hasty, stops, scales = hasty+count(early), stops+count(stop), scales+count(scale)
		}
		t.Logf("%+v: hasty stops %d, stops %d, scales %d of %d", world, hasty, stops, scales, worlds)
		if limit := worlds * 5 / 100; stops > limit || scales > limit || hasty <= limit {
			t.Errorf("%+v: stop %d, scale %d (want at most %d), hasty stops %d (want more)", world, stops, scales, limit, hasty)
		}
	}
}

func count(happened bool) int {
	if happened {
		return 1
	}
	return 0
}

func TestRepeatedInterval(t *testing.T) {
	look := metrics.NewInterval(2, .5, 100, .9)
	got, err := metrics.RepeatedInterval(look, 3.357, .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lo", got.Lo, 2-.5*3.357, 1e-12)
	near(t, "hi", got.Hi, 2+.5*3.357, 1e-12)
	if got.Level != .95 || got.DF != 0 {
		t.Errorf("level %g, df %g, want .95, 0", got.Level, got.DF)
	}
	open, err := metrics.RepeatedInterval(look, math.Inf(1), .95)
	if err != nil || !math.IsInf(open.Lo, -1) || !math.IsInf(open.Hi, 1) {
		t.Errorf("an unreachable boundary gives [%g, %g], %v, want no ends", open.Lo, open.Hi, err)
	}
	_, err = metrics.RepeatedInterval(look, 0, .95)
	wantError(t, err, "boundary 0")
	_, err = metrics.RepeatedInterval(metrics.Interval{}, 2, .95)
	wantError(t, err, "without a standard error")
}

func ExampleAlwaysValid() {
	treated := metrics.Sums{N: 1000, Y: 1420, YY: 9800}
	control := metrics.Sums{N: 1000, Y: 1150, YY: 8600}
	fixed, _ := metrics.Welch(treated, control, .90)
	anytime, err := metrics.AlwaysValid(treated, control, .90, 4000)
	if err != nil {
		panic(err)
	}
	fmt.Printf("once, at the end: [%.2f, %.2f]\nat every look: [%.2f, %.2f]\n", fixed.Lo, fixed.Hi, anytime.Lo, anytime.Hi)
	// Output:
	// once, at the end: [0.07, 0.47]
	// at every look: [-0.08, 0.62]
}
