package metrics_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tieback/metrics"
)

// near fails the test unless got is want within tolerance times max(1, |want|).
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got == want || math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want)) {
		return
	}
	t.Errorf("%s = %.12g, want %.12g (within %g)", what, got, want, tolerance)
}

// wantError fails the test unless err is there and says what it should.
func wantError(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("error = %v, want one that says %q", err, says)
	}
}

func TestNewInterval(t *testing.T) {
	for _, test := range []struct {
		level, df, want float64 // scipy 1.17.1: stats.t.ppf((1+level)/2, df), norm.ppf
	}{
		{.90, 0, 1.6448536269514722},
		{.90, math.Inf(1), 1.6448536269514722},
		{.95, 0, 1.959963984540054},
		{.90, 1, 6.313751514675037},
		{.95, 1, 12.706204736174694},
		{.90, 3.7, 2.1824938039146007},
		{.95, 3.7, 2.8675207071911895},
		{.90, 29, 1.6991270265334972},
		{.95, 36671.157977, 1.9600286770213082},
		{.90, 36671.157977, 1.644895180258224},
	} {
		i := metrics.NewInterval(10, 2, test.df, test.level)
		near(t, "half-width", i.HalfWidth()/2, test.want, 1e-9)
		near(t, "middle", (i.Lo+i.Hi)/2, 10, 1e-12)
	}
}

func TestNewIntervalLimits(t *testing.T) {
	certain := metrics.NewInterval(3, 0, 12, .9)
	if certain.Lo != 3 || certain.Hi != 3 {
		t.Errorf("interval without error = [%g, %g], want [3, 3]", certain.Lo, certain.Hi)
	}
	for _, bad := range []metrics.Interval{
		metrics.NewInterval(3, 1, 12, 1), metrics.NewInterval(3, 1, 12, 0),
		metrics.NewInterval(3, -1, 12, .9), metrics.NewInterval(3, 1, -2, .9),
		metrics.NewInterval(math.NaN(), 1, 12, .9),
	} {
		if !math.IsNaN(bad.Lo) || !math.IsNaN(bad.Hi) {
			t.Errorf("interval of a bad argument = [%g, %g], want NaN", bad.Lo, bad.Hi)
		}
	}
}

func TestAtLevel(t *testing.T) {
	at90 := metrics.NewInterval(.5, .15, 20, .90)
	at95, err := at90.AtLevel(.95)
	if err != nil {
		t.Fatal(err)
	}
	want := metrics.NewInterval(.5, .15, 20, .95)
	near(t, "lo", at95.Lo, want.Lo, 1e-12)
	near(t, "hi", at95.Hi, want.Hi, 1e-12)

	at90.Lo -= .1
	_, err = at90.AtLevel(.95)
	wantError(t, err, "compute it at that level")
	if same, err := at90.AtLevel(.90); err != nil || same.Lo != at90.Lo {
		t.Errorf("an interval at its own level = %v, %v, want it unchanged", same, err)
	}
	_, err = at90.AtLevel(90)
	wantError(t, err, "level 90 is not between 0 and 1")
}

// A normal interval must reach a report as JSON, which has no infinity.
func TestIntervalIsJSON(t *testing.T) {
	if _, err := json.Marshal(metrics.NewInterval(1, 1, 0, .9)); err != nil {
		t.Error(err)
	}
}
