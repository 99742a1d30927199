package clv_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tieback/metrics/clv"
)

// world draws customers of a process that the fits have not seen: each is followed over an age of 20 to 80 weeks, and later[i]
// is what the customer buys in the 40 weeks after.
func world(kind clv.Kind, theta []float64, n int, random *rand.Rand) (customers []clv.Customer, later []int) {
	for range n {
		age := math.Floor(20*7+random.Float64()*60*7) / 7
		rate := distuv.Gamma{Alpha: theta[0], Beta: theta[1], Src: random}.Rand()
		end := math.Inf(1) // time of drop-out
		var drop float64
		switch kind {
		case clv.ParetoNBDKind:
			end = distuv.Gamma{Alpha: theta[2], Beta: theta[3], Src: random}.Rand()
			end = random.ExpFloat64() / end
		default:
			drop = distuv.Beta{Alpha: theta[2], Beta: theta[3], Src: random}.Rand()
			if kind == clv.MBGNBDKind && random.Float64() < drop {
				end = 0
			}
		}
		c, more, at := clv.Customer{Age: age}, 0, 0.
		for {
			at += random.ExpFloat64() / rate
			if at > end || at > age+40 {
				break
			}
			if at <= age {
				c.Purchases++
				c.Last = at
			} else {
				more++
			}
			if kind != clv.ParetoNBDKind && random.Float64() < drop {
				break
			}
		}
		customers, later = append(customers, c), append(later, more)
	}
	return customers, later
}

// With data of the model itself the 90 % intervals of the log parameters hold the truth about nine times in ten (the four of one
// world miss together, so 30 worlds tell .9 from .8 and .98, no closer),
// and the predictions of 40 unseen weeks are right on average.
func TestRecovery(t *testing.T) {
	z := distuv.UnitNormal.Quantile(.95)
	for kind, theta := range map[clv.Kind][]float64{
		clv.BGNBDKind: {.6, 8, .9, 3}, clv.MBGNBDKind: {.8, 6, .7, 2.5}, clv.ParetoNBDKind: {.8, 9, .7, 14},
	} {
		random := rand.New(rand.NewPCG(2005, 275))
		const worlds = 30
		held, asked, lost := 0, 0, 0
		var errors, size float64
		for range worlds {
			customers, later := world(kind, theta, 2000, random)
			groups := grouped(t, customers)
			p, fit, err := clv.FitProcess(kind, groups)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				lost++
				continue
			}
			for i := range theta {
				asked++
				if math.Abs(math.Log(fit.Estimate[i]/theta[i])) <= z*fit.SELog[i] {
					held++
				}
			}
			for i, c := range customers {
				predicted := p.ExpectedPurchases(40, c)
				errors += float64(later[i]) - predicted
				size += predicted
			}
		}
		if share := float64(held) / float64(asked); share < .8 || share > .98 {
			t.Errorf("%s: intervals hold the truth in %d of %d", kind, held, asked)
		}
		if math.Abs(errors/size) > .03 {
			t.Errorf("%s: predictions are off by %.2f %%", kind, 100*errors/size)
		}
		if lost > 2 {
			t.Errorf("%s: %d of %d fits did not converge", kind, lost, worlds)
		}
		t.Logf("%s: %d of %d held, predictions off by %.2f %%, %d lost", kind, held, asked, 100*errors/size, lost)
	}
}

// Amounts drawn from the Gamma-Gamma itself, with parameters not seen in CDNOW.
func TestGammaGammaRecovery(t *testing.T) {
	truth, z := []float64{2.5, 6, 40}, distuv.UnitNormal.Quantile(.95)
	random := rand.New(rand.NewPCG(25, 2013))
	held, asked := 0, 0
	for range 50 {
		var spenders []clv.Spender
		for range 1500 {
			nu := distuv.Gamma{Alpha: truth[1], Beta: truth[2], Src: random}.Rand()
			x := 1 + random.IntN(6)
			mean := distuv.Gamma{Alpha: truth[0] * float64(x), Beta: nu * float64(x), Src: random}.Rand()
			spenders = append(spenders, clv.Spender{Purchases: x, Mean: mean})
		}
		_, fit, err := clv.FitGammaGamma(spenders)
		if err != nil || !fit.Converged {
			t.Fatal(err, fit.Status)
		}
		for i := range truth {
			asked++
			if math.Abs(math.Log(fit.Estimate[i]/truth[i])) <= z*fit.SELog[i] {
				held++
			}
		}
	}
	if share := float64(held) / float64(asked); share < .82 || share > .97 {
		t.Errorf("intervals hold the truth in %d of %d", held, asked)
	}
}

// What the formulas expect of new customers is what simulated ones do on average, also where a is 1, a+b below 1, or buying hardly varies.
func TestExpectationsAgreeWithSimulation(t *testing.T) {
	for _, c := range []struct {
		kind  clv.Kind
		theta []float64
	}{
		{clv.BGNBDKind, []float64{.5, 5, 1, 2}}, {clv.BGNBDKind, []float64{.7, 9, .3, .4}}, {clv.BGNBDKind, []float64{60, 600, .5, 3}},
		{clv.MBGNBDKind, []float64{.5, 5, 1, 2}}, {clv.MBGNBDKind, []float64{.7, 9, .3, .4}}, {clv.MBGNBDKind, []float64{60, 600, 1.5, 3}},
		{clv.ParetoNBDKind, []float64{.7, 9, 1, 20}}, {clv.ParetoNBDKind, []float64{3, 90, 2, 8}},
	} {
		p, err := clv.ProcessAt(c.kind, c.theta)
		if err != nil {
			t.Fatal(err)
		}
		customers, later := world(c.kind, c.theta, 60_000, rand.New(rand.NewPCG(7, 8)))
		var bought, boughtWant, after, afterWant, square, squareAfter float64
		for i, customer := range customers {
			want := p.ExpectedPurchases(customer.Age, clv.Customer{})
			bought, boughtWant = bought+float64(customer.Purchases), boughtWant+want
			square += (float64(customer.Purchases) - want) * (float64(customer.Purchases) - want)
			next := p.ExpectedPurchases(40, customer)
			after, afterWant = after+float64(later[i]), afterWant+next
			squareAfter += (float64(later[i]) - next) * (float64(later[i]) - next)
		}
		if math.Abs(bought-boughtWant) > 4*math.Sqrt(square) {
			t.Errorf("%s %v: %v purchases, %v expected", c.kind, c.theta, bought, boughtWant)
		}
		if math.Abs(after-afterWant) > 4*math.Sqrt(squareAfter) {
			t.Errorf("%s %v: %v later purchases, %v expected", c.kind, c.theta, after, afterWant)
		}
	}
}

// Data that cannot determine the parameters say so and give no values.
func TestFitsThatCannotBe(t *testing.T) {
	if _, _, err := clv.FitProcess(clv.BGNBDKind, grouped(t, []clv.Customer{{Age: 3}, {Age: 4}})); !errors.Is(err, clv.ErrNoRepeaters) {
		t.Errorf("nobody came back: %v", err)
	}
	if _, _, err := clv.FitProcess("nbd", grouped(t, []clv.Customer{{Age: 3}})); err == nil {
		t.Error("an unknown process was fitted")
	}
	// Everybody bought twice and was just seen: no sign of drop-out, none of differences.
	var alike []clv.Customer
	for range 50 {
		alike = append(alike, clv.Customer{Purchases: 3, Last: 30, Age: 30})
	}
	for _, kind := range clv.Kinds {
		_, fit, err := clv.FitProcess(kind, grouped(t, alike))
		if err != nil {
			t.Fatal(err)
		}
		if fit.Converged || fit.Status == "" {
			t.Errorf("%s: %+v", kind, fit)
		}
		if _, err := (clv.Valuation{Kind: kind, Process: fit, Level: .9}).Of(nil, nil, nil); err == nil {
			t.Errorf("%s: values from a fit that did not converge", kind)
		}
	}
	for _, wrong := range [][]clv.Spender{nil, {{1, 5}}, {{1, 5}, {1, 0}}, {{1, 5}, {0, 5}}, {{1, 5}, {2, math.NaN()}}} {
		if _, _, err := clv.FitGammaGamma(wrong); err == nil {
			t.Errorf("%v was fitted", wrong)
		}
	}
}
