package metrics_test

import (
	"errors"
	"fmt"
	"testing"

	"tieback/metrics"
)

func TestReturnOn(t *testing.T) {
	incremental := metrics.NewInterval(60_000, 18_000, 0, .9)
	got, err := metrics.ReturnOn(incremental, 40_000, .1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "return", got.Estimate, .5, 1e-12) // (60 − 40)/40
	near(t, "se", got.SE, .45, 1e-12)
	near(t, "lo", got.Lo, incremental.Lo/40_000-1, 1e-12)
	near(t, "hi", got.Hi, incremental.Hi/40_000-1, 1e-12)
	near(t, "P(return > .1)", got.PAboveHurdle, 0.8129686, 1e-6) // Φ(.4/.45), scipy 1.17.1
	if got.Cost != 40_000 || got.Hurdle != .1 || got.Level != .9 {
		t.Errorf("cost %g, hurdle %g, level %g", got.Cost, got.Hurdle, got.Level)
	}

	_, err = metrics.ReturnOn(incremental, 0, 0)
	if !errors.Is(err, metrics.ErrZeroCost) {
		t.Errorf("cost 0: error = %v, want ErrZeroCost", err)
	}
	_, err = metrics.ReturnOn(incremental, -1, 0)
	wantError(t, err, "below 0")
}

func ExampleReturnOn() {
	roi, err := metrics.ReturnOn(metrics.NewInterval(60_000, 18_000, 0, .90), 40_000, 0)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%+.0f %% [%+.0f %%, %+.0f %%], above break-even with %.0f %%\n",
		100*roi.Estimate, 100*roi.Lo, 100*roi.Hi, 100*roi.PAboveHurdle)
	// Output: +50 % [-24 %, +124 %], above break-even with 87 %
}
