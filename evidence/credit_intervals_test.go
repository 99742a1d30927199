package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tieback/metrics/attribution"
)

// Mean and variance of a Poisson variable of mean 1 are 1; it is 0 with probability 1/e = .3679.
func TestPoissonWeights(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const n = 200_000
	sum, squares, zeros := 0.0, 0.0, 0.0
	for range n {
		weight := poisson(random)
		sum += weight
		squares += weight * weight
		if weight == 0 {
			zeros++
		}
	}
	mean := sum / n
	// Four standard errors: of the mean 1/√n, of the variance √(3/n), of the share √(.2325/n).
	for _, c := range []struct {
		what          string
		got, want, by float64
	}{{"mean", mean, 1, 4 / math.Sqrt(n)}, {"variance", squares/n - mean*mean, 1, 4 * math.Sqrt(3./n)}, {"share of zeros", zeros / n, math.Exp(-1), 4 * math.Sqrt(.2325/n)}} {
		if math.Abs(c.got-c.want) > c.by {
			t.Errorf("%s %v, want %v within %v", c.what, c.got, c.want, c.by)
		}
	}
}

// numpy.quantile([1, 2, 4, 8], [.05, .5, .95]) is [1.15, 3, 7.4].
func TestQuantile(t *testing.T) {
	sorted := []float64{1, 2, 4, 8}
	for p, want := range map[float64]float64{0: 1, .05: 1.15, .5: 3, .95: 7.4, 1: 8} {
		near(t, fmt.Sprint("quantile ", p), quantile(sorted, p), want)
	}
	near(t, "quantile of one", quantile([]float64{3}, .95), 3)
}

func TestGroups(t *testing.T) {
	for token, want := range map[string]int{"000fffff": 0, "fff": personGroups - 1, "0a1-": 161, "": 0, "xyz": 0} {
		if got := groupOf(token); got != want {
			t.Errorf("group of %q is %d, want %d", token, got, want)
		}
	}
}

// chainOf is the chain of the markov case: a > b orders, a does not, b orders. RE(a) = 1/2, RE(b) = 1. Each person is in a group of their own.
func chainOf(t *testing.T) *markovCredit {
	t.Helper()
	paths := &linkedPaths{groups: []int{0, 1, 2}}
	for _, row := range []struct {
		channels []string
		totals   attribution.Totals
	}{{[]string{"p\x1fa", "q\x1fb"}, attribution.Totals{Conversions: 1}}, {[]string{"p\x1fa"}, attribution.Totals{Nulls: 1}}, {[]string{"q\x1fb"}, attribution.Totals{Conversions: 1}}} {
		if err := paths.Add(row.channels, row.totals, nil); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if paths.chain, err = attribution.NewChain(&paths.Paths, 1); err != nil {
		t.Fatal(err)
	}
	return &markovCredit{paths: paths, orders: []channelOrders{
		{group: 0, channels: []int{0, 1}, programs: []string{"p", "q"}, measures: measures{1, 90, 30}},
		{group: 2, channels: []int{1}, programs: []string{"q"}, measures: measures{1, 60, 20}},
		{group: 3, channels: []int{1, 2}, programs: []string{"q", "r"}, measures: measures{1, 30, 10}}, // r is in no chain
	}}
}

// With everybody once the draw is the split itself: p gets a third of the first order, q the rest. Without the third person b is worth as
// much as a, as both stand on the only order.
func TestMarkovIsDrawnWithItsEffects(t *testing.T) {
	all := chainOf(t).draw([]float64{1, 1, 1, 0})
	near(t, "p", all["p"][1], 30)
	near(t, "q", all["q"][1], 120)
	near(t, "orders of q", all["q"][0], 5./3)
	without := chainOf(t).draw([]float64{1, 1, 0, 0})
	near(t, "p without the third", without["p"][1], 45)
	near(t, "q without the third", without["q"][1], 45)
	// A channel that is in no chain gets 1 of a billion.
	outside := chainOf(t).draw([]float64{1, 1, 1, 1})
	if got := outside["r"][1]; math.Abs(got-30e-9) > 1e-12 {
		t.Errorf("r gets %v, want a billionth of 30", got)
	}
	// Nobody in the chain: all weigh the same.
	nobody := chainOf(t).draw([]float64{0, 0, 0, 2})
	near(t, "q alone", nobody["q"][1], 30)
	near(t, "r alone", nobody["r"][1], 30)
}

// 400 people with an order each of 10: orders 400, standard error √400 = 20, so the interval is near 400 ± 1.645·20. With 200 draws an
// end lies within about 7 of that; 15 are allowed.
func TestIntervalsOfCredit(t *testing.T) {
	cell := &creditCell{model: "last", program: "p", currency: "USD", people: 400, texts: [3]any{"400.0000", "4000.0000", nil}}
	for group := range 400 {
		cell.parts = append(cell.parts, creditPart{group, measures{1, 10, 0}})
	}
	drawFrom(chainOf(t), []*creditCell{cell})
	var row []any
	if err := cell.emit(func(values ...any) error { row = values; return nil }); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]float64{5: 400 - 32.9, 6: 400 + 32.9, 8: 4000 - 329, 9: 4000 + 329} {
		if got := number(row[i]); math.Abs(got-want) > .0375*want {
			t.Errorf("column %d is %v, want about %.1f", i, got, want)
		}
	}
	if row[11] != nil || row[15] != "the margin of some orders is not known" {
		t.Errorf("an unknown margin gives %v to %v, %v", row[11], row[12], row[15])
	}
	again := &creditCell{model: "last", program: "p", parts: cell.parts}
	first := &creditCell{model: "last", program: "p", parts: cell.parts}
	drawFrom(chainOf(t), []*creditCell{again})
	drawFrom(chainOf(t), []*creditCell{first})
	if fmt.Sprint(again.drawn) != fmt.Sprint(first.drawn) {
		t.Error("two runs draw different companies")
	}
}

func TestEffectWeights(t *testing.T) {
	for effect, want := range map[float64]int64{0: 1, 1: 1_000_000_000, .5: 500_000_000, 1e-12: 1} {
		if got := effectWeight(effect); got != want {
			t.Errorf("an effect of %g weighs %d, want %d", effect, got, want)
		}
	}
	if got := effectWeight(math.NaN()); got != 1 {
		t.Errorf("an effect that is not known weighs %d, want 1", got)
	}
}
