package clv

import (
	"fmt"
	"math"
	"testing"
)

// Wanted: ln of the likelihood and P(alive) by mpmath 1.4.1, quadrature of the definition with 30 digits.
func TestParetoLikelihood(t *testing.T) {
	for _, c := range []struct {
		r, alpha, s, beta float64
		x                 int
		last, age         float64
		ll, alive         float64
	}{
		{0.5533, 10.578, 0.6061, 11.669, 2, 30.43, 38.86, -9.55412996081621, 0.8691441578521556},
		{0.5, 50.0, 2.0, 0.5, 0, 0.0, 30.0, -0.004731294920658046, 0.0002134691466217451},
		{0.5, 0.2, 3.0, 80.0, 40, 5.0, 60.0, 34.76543732857208, 4.07369363344769e-42},
		{2.0, 3.0, 0.1, 3.0, 300, 99.0, 100.0, 22.77437744972023, 0.9940589404329524},
		{2.0, 3.0, 0.1, 2.0, 1, 10.0, 10.0, -4.983652261411251, 1.0},
		{1.5, 3000.0, 0.4, 1.0, 3, 20.0, 30.0, -22.70599433548677, 0.8547374530827551},
	} {
		name := fmt.Sprintf("%+v", c)
		customer := Customer{Purchases: c.x, Last: c.last, Age: c.age}
		ll := paretoLikelihood([]Group{{Customer: customer, Count: 1}})([]float64{c.r, c.alpha, c.s, c.beta}, make([]float64, 4))
		if math.Abs(ll-c.ll) > 1e-11*math.Max(1, math.Abs(c.ll)) {
			t.Errorf("%s: log-likelihood %.16g", name, ll)
		}
		alive := ParetoNBD{c.r, c.alpha, c.s, c.beta}.ProbabilityAlive(customer)
		if math.Abs(alive/c.alive-1) > 1e-10 {
			t.Errorf("%s: P(alive) %.16g", name, alive)
		}
	}
}

// The gradient that each likelihood writes is that of its values.
func TestGradients(t *testing.T) {
	groups := []Group{
		{Customer{0, 0, 30}, 7}, {Customer{0, 0, 38.5}, 3}, {Customer{1, 2, 30}, 2}, {Customer{1, 29.9, 30}, 1},
		{Customer{5, 20, 38.5}, 2}, {Customer{40, 38, 38.5}, 1}, {Customer{2, 7, 7}, 1},
	}
	spenders := []Spender{{1, 12.5}, {3, 80}, {7, 31.2}, {2, .4}}
	for name, c := range map[string]struct {
		ll     logLikelihood
		points [][]float64
	}{
		"BG/NBD":       {betaGeoLikelihood(groups, false), [][]float64{{.24, 4.4, .8, 2.4}, {3, 90, .1, .3}, {.7, .2, 30, 12}}},
		"MBG/NBD":      {betaGeoLikelihood(groups, true), [][]float64{{.52, 6.2, .9, 1.6}, {3, 90, .1, .3}, {.7, .2, 30, 12}}},
		"Pareto/NBD":   {paretoLikelihood(groups), [][]float64{{.55, 10.6, .6, 11.7}, {.5, 50, 2, .5}, {3, 1, .2, 70}}},
		"Gamma-Gamma":  {gammaGammaLikelihood(spenders), [][]float64{{6.25, 3.74, 15.44}, {.3, 9, 200}}},
		"equal scales": {paretoLikelihood(groups), [][]float64{{.55, 10.6, .6, 10.6}}},
	} {
		for _, theta := range c.points {
			gradient, scrap := make([]float64, len(theta)), make([]float64, len(theta))
			c.ll(theta, gradient)
			for i := range theta {
				h := 1e-5 * theta[i]
				at := append([]float64{}, theta...)
				at[i] = theta[i] + h
				above := c.ll(at, scrap)
				at[i] = theta[i] - h
				below := c.ll(at, scrap)
				if want := (above - below) / (2 * h); math.Abs(gradient[i]-want) > 1e-5*math.Max(.1, math.Abs(want)) {
					t.Errorf("%s at %v: derivative %d is %.10g, differences say %.10g", name, theta, i, gradient[i], want)
				}
			}
		}
	}
}

// Series and quadrature of w are two ways to one number, with one gradient, wherever both can go.
func TestParetoSeriesAndQuadrature(t *testing.T) {
	compared := 0
	for _, r := range []float64{.05, .7, 60} {
		for _, s := range []float64{.05, .6, 4, 60} {
			for _, scales := range [][2]float64{{40, .5}, {.5, 40}, {11, 8.5}, {1, 300}, {2000, 1}, {7, 7}} {
				for _, x := range []float64{0, 1, 20, 200} {
					for _, at := range []float64{0, 3, 50} {
						theta := []float64{r, scales[0], s, scales[1]}
						if math.Abs(scales[0]-scales[1]) > slow*math.Max(scales[0]+at, scales[1]+at) {
							continue
						}
						compared++
						series := paretoTail(theta, x, at)
						share, slopes := paretoShare(theta, x, at)
						if math.Abs(share/series.share-1) > 1e-10 {
							t.Errorf("%v x %g t %g: series %g, quadrature %g", theta, x, at, series.share, share)
						}
						for i := range slopes {
							if math.Abs(slopes[i]-series.shareSlopes[i]) > 1e-9*math.Max(1e-3, math.Abs(slopes[i])) {
								t.Errorf("%v x %g t %g: derivative %d by series %g, by quadrature %g", theta, x, at, i, series.shareSlopes[i], slopes[i])
							}
						}
					}
				}
			}
		}
	}
	if compared < 300 {
		t.Errorf("%d compared", compared)
	}
}

// A likelihood that rises toward infinite parameters is climbed in a moment and called what it is.
func TestRunningOffEndsSoon(t *testing.T) {
	var groups []Group
	for x := range 12 {
		for age := 27.; age < 39; age += .25 {
			last := age * .6
			if x == 0 {
				last = 0
			}
			groups = append(groups, Group{Customer{x, last, age}, 1 + 30/(1+x*x)})
		}
	}
	for _, kind := range Kinds {
		if _, fit, err := FitProcess(kind, groups); err != nil || fit.Converged {
			t.Errorf("%s: %v %+v", kind, err, fit)
		}
	}
}
