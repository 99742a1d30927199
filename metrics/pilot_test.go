package metrics_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestReturnOfPilot(t *testing.T) {
	lift := metrics.NewInterval(2, .5, 40, .9)
	got, err := metrics.ReturnOfPilot(lift, .5, .8, .1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "return", got.Estimate, (.5*2-.8)/.8, 1e-12) // the definition
	near(t, "lo", got.Lo, (.5*lift.Lo-.8)/.8, 1e-12)
	near(t, "hi", got.Hi, (.5*lift.Hi-.8)/.8, 1e-12)
	near(t, "se", got.SE, .5*.5/.8, 1e-12)

	// At the ends of the 90 % interval the flat prior says 5 and 95 %.
	for _, end := range []struct{ hurdle, want float64 }{{got.Lo, .95}, {got.Estimate, .5}, {got.Hi, .05}} {
		at, _ := metrics.ReturnOfPilot(lift, .5, .8, end.hurdle)
		near(t, fmt.Sprintf("P(return > %.3f)", end.hurdle), at.PAboveHurdle, end.want, 1e-9)
	}

	// A worthless outcome loses exactly the cost.
	nothing, _ := metrics.ReturnOfPilot(lift, 0, .8, 0)
	if nothing.Estimate != -1 || nothing.Lo != -1 || nothing.Hi != -1 || nothing.PAboveHurdle != 0 {
		t.Errorf("return of a worthless outcome = %+v, want -1 for certain", nothing)
	}
}

func TestReturnOfPilotRefuses(t *testing.T) {
	lift := metrics.NewInterval(2, .5, 40, .9)
	_, err := metrics.ReturnOfPilot(lift, .5, 0, 0)
	if !errors.Is(err, metrics.ErrZeroCost) {
		t.Errorf("cost 0: error = %v, want ErrZeroCost", err)
	}
	wantError(t, err, "return is undefined at zero cost")
	_, err = metrics.ReturnOfPilot(lift, .5, -1, 0)
	wantError(t, err, "below 0")
	_, err = metrics.ReturnOfPilot(lift, -.5, 1, 0)
	wantError(t, err, "margin per unit")
	_, err = metrics.ReturnOfPilot(lift, math.NaN(), 1, 0)
	wantError(t, err, "must be numbers")
}

func TestReturnOfArmsRefuses(t *testing.T) {
	control := metrics.SumsOf(controlY, nil)
	arm := metrics.Arm{Name: "mail", Sums: metrics.SumsOf(treatedY, nil), CostPerUnit: 1}
	_, err := metrics.ReturnOfArms(nil, control, 1, 0, .9)
	wantError(t, err, "at least one arm")
	_, err = metrics.ReturnOfArms([]metrics.Arm{{Name: "mail", Sums: metrics.Sums{N: 1}}}, control, 1, 0, .9)
	wantError(t, err, "arm mail: the treated arm has 1 units")
	free := arm
	free.CostPerUnit = 0
	_, err = metrics.ReturnOfArms([]metrics.Arm{free}, control, 1, 0, .9)
	if !errors.Is(err, metrics.ErrZeroCost) {
		t.Errorf("arms without cost: error = %v, want ErrZeroCost", err)
	}
	arm.CostPerUnit = -1
	_, err = metrics.ReturnOfArms([]metrics.Arm{arm}, control, 1, 0, .9)
	wantError(t, err, "arm mail: cost per unit -1")
}

// Three arms against a small control: the joint interval holds its level, the one
// that counts the control three times as independent does not.
func TestReturnOfArmsCoverage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1955, 50))
	truth := 1.0 // margin .5 × lift 1.2 / cost .3 − 1
	covered, naive := 0, 0
	for range 400 {
		control := normals(rnd, 100, 5, 3)
		var arms []metrics.Arm
		var variance float64
		for range 3 {
			arm := metrics.Arm{Sums: normals(rnd, 200, 6.2, 3), CostPerUnit: .3}
			arms = append(arms, arm)
			variance += arm.Sums.VarY()/200 + control.VarY()/100
		}
		got, err := metrics.ReturnOfArms(arms, control, .5, 0, .9)
		if err != nil {
			t.Fatal(err)
		}
		if got.Lo <= truth && truth <= got.Hi {
			covered++
		}
		if math.Abs(got.Estimate-truth) <= 1.645*math.Sqrt(variance)/3*.5/.3 {
			naive++
		}
	}
	if rate := float64(covered) / 400; rate < .825 || rate > .96 {
		t.Errorf("covers in %.1f %% of 400 worlds, want 82.5–96 %%", 100*rate)
	}
	if rate := float64(naive) / 400; rate > .80 {
		t.Errorf("independent controls cover in %.1f %%, expected well below 90", 100*rate)
	}
}

func TestBonferroniLevel(t *testing.T) {
	near(t, "two arms at 90 %", metrics.BonferroniLevel(.9, 2), .95, 1e-15)
	near(t, "one arm", metrics.BonferroniLevel(.9, 1), .9, 1e-15)
	near(t, "twenty at 95 %", metrics.BonferroniLevel(.95, 20), .9975, 1e-15)
	defer func() {
		if recover() == nil {
			t.Error("no comparison did not panic")
		}
	}()
	metrics.BonferroniLevel(.9, 0)
}

func ExampleReturnOfPilot() {
	// Hillstrom's men's e-mail: spend per person, margin 40 %, 10 cents a mail.
	lift := metrics.NewInterval(.769827156, .145246560, 36671, .90)
	roi, err := metrics.ReturnOfPilot(lift, .40, .10, 0)
	if err != nil {
		panic(err)
	}
	fmt.Printf("return %.2f [%.2f, %.2f]: %s\n", roi.Estimate, roi.Lo, roi.Hi, metrics.Decide(roi.Interval, 0))
	// Output: return 2.08 [1.12, 3.03]: scale
}

func normals(rnd *rand.Rand, n int, mean, sd float64) metrics.Sums {
	values := make([]float64, n)
	for i := range values {
		values[i] = mean + sd*rnd.NormFloat64()
	}
	return metrics.SumsOf(values, nil)
}
