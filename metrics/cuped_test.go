package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics"
)

func TestCUPED(t *testing.T) {
	d, theta, err := metrics.CUPED(metrics.SumsOf(treatedY, treatedX), metrics.SumsOf(controlY, controlX), .90)
	if err != nil {
		t.Fatal(err)
	}
	// scipy 1.17.1 and numpy 2.4.6: θ = cov/var over both arms, then
	// ttest_ind(y − θ(x − mean x), equal_var=False) row by row.
	near(t, "theta", theta, 0.8158901515151515, 1e-12)
	near(t, "treated mean", d.MeanTreated, 4.8974709595959585, 1e-12)
	near(t, "control mean", d.MeanControl, 4.315661300505051, 1e-12)
	near(t, "t", d.T, 0.6354240028695631, 1e-10)
	near(t, "p", d.P, 0.5359062709769771, 1e-10)
	near(t, "df", d.DF, 13.332584689090805, 1e-10)
	near(t, "lo", d.Lo, -1.0366123994609924, 1e-9)
	near(t, "hi", d.Hi, 2.200231717642807, 1e-9)
}

func TestCUPEDLimits(t *testing.T) {
	treated, control := metrics.SumsOf(treatedY, nil), metrics.SumsOf(controlY, nil)
	_, _, err := metrics.CUPED(treated, control, .9)
	wantError(t, err, "covariate does not vary")

	// The covariate's unit and origin do not matter.
	plain, theta, _ := metrics.CUPED(metrics.SumsOf(treatedY, treatedX), metrics.SumsOf(controlY, controlX), .9)
	moved := func(x []float64) []float64 {
		y := times(x, 50)
		for i := range y {
			y[i] += 7
		}
		return y
	}
	other, otherTheta, _ := metrics.CUPED(metrics.SumsOf(treatedY, moved(treatedX)), metrics.SumsOf(controlY, moved(controlX)), .9)
	near(t, "theta for x in another unit", otherTheta, theta/50, 1e-12)
	near(t, "lo for x in another unit", other.Lo, plain.Lo, 1e-10)
	near(t, "se for x in another unit", other.SE, plain.SE, 1e-10)

	// A covariate equal to the outcome leaves nothing to estimate.
	_, _, err = metrics.CUPED(metrics.SumsOf(treatedY, treatedY), metrics.SumsOf(controlY, controlY), .9)
	if err == nil {
		t.Error("an outcome fully explained by its covariate gave no error")
	}
}

func ExampleCUPED() {
	treated := metrics.SumsOf([]float64{10, 0, 25, 4, 0, 31}, []float64{8, 1, 22, 5, 0, 27})
	control := metrics.SumsOf([]float64{7, 0, 19, 0, 2, 20}, []float64{9, 2, 21, 1, 3, 24})
	plain, _ := metrics.Welch(treated, control, .9)
	adjusted, theta, err := metrics.CUPED(treated, control, .9)
	if err != nil {
		panic(err)
	}
	fmt.Printf("plain %.2f ± %.2f; theta %.3f; adjusted %.2f ± %.2f\n",
		plain.Estimate, plain.HalfWidth(), theta, adjusted.Estimate, adjusted.HalfWidth())
	// Output: plain 3.67 ± 12.15; theta 1.062; adjusted 3.14 ± 1.66
}

// Ten places a side whose sizes spread like exp(z), each with the same before as after but for a tenth of noise: 90 % intervals miss no effect
// in no more than 10 % of pilots and one of 10 % of each place in no more than 12 %, here within three standard errors.
func TestCUPEDOfFewPlaces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, world := range []struct{ effect, most float64 }{{0, .10}, {.1, .12}} {
		pilots, missed := 1000, 0
		for range pilots {
			var y, x [2][]float64
			truth := 0.
			for _, at := range random.Perm(20) {
				side := at % 2
				size := math.Exp(random.NormFloat64())
				before, after := size*math.Exp(.1*random.NormFloat64()), size*math.Exp(.1*random.NormFloat64())
				truth += world.effect * after / 20
				x[side], y[side] = append(x[side], before), append(y[side], after*(1+world.effect*float64(side)))
			}
			got, _, err := metrics.CUPED(metrics.SumsOf(y[1], x[1]), metrics.SumsOf(y[0], x[0]), .9)
			if err != nil {
				t.Fatal(err)
			}
			if got.Lo > truth || got.Hi < truth {
				missed++
			}
		}
		if share := float64(missed) / float64(pilots); share > world.most+3*math.Sqrt(.09/float64(pilots)) {
			t.Errorf("effect %g: %.3f of intervals miss, want at most %g", world.effect, share, world.most)
		}
	}
}
