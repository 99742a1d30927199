package attribution_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tieback/metrics/attribution"
)

func markov(t testing.TB, p *attribution.Paths, order int) attribution.Markov {
	t.Helper()
	m, err := p.Markov(order)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// From START 10 of 16 go to a and 6 to b; from a 4 of 10 go on to b. b has 10 visits, of which 5 convert; of the 6 visits that
// end in a 2 convert. P(conversion) = 2/16 + 5/16 = 7/16.
//
//	without a: START → b 6/16, of which half: 3/16, so RE(a) = 1 − 3/7 = 4/7
//	without b: START → a 10/16, a → CONVERSION 2/10: 2/16, so RE(b) = 1 − 2/7 = 5/7
//
// By value: b brings (30 + 30)/10 = 6 a visit, a (8)/10 = .8: 10/16·.8 + 10/16·6 = 68/16 in all; without a 6/16·6 = 36/16,
// so RE = 32/68; without b 10/16·.8 = 8/16, so RE = 60/68.
func TestMarkovByHand(t *testing.T) {
	p := paths(t, "a > b: 2 30 2", "a: 2 8 4", "b: 3 30 3")
	m := markov(t, p, 1)
	near(t, "P(conversion)", m.PConversion, 7./16, 1e-14)
	credits(t, "effects", m.Effects.Conversions, []float64{4. / 7, 5. / 7})
	credits(t, "effects by value", m.Effects.Value, []float64{32. / 68, 60. / 68})
	credits(t, "conversions", m.Credit.Conversions, []float64{7 * 4. / 9, 7 * 5. / 9})
	credits(t, "value", m.Credit.Value, []float64{68 * 32. / 92, 68 * 60. / 92})
}

// A chain that goes around: a → b 1/2, b → a 1/3, and only b converts, 1/3 of its visits. From START all go to a.
// f(a) = f(b)/2, f(b) = 1/3 + f(a)/3, so f(a) = 1/5: one conversion in five paths.
// Rows: a > b > a ends in a (1 null); a > b converts (1); a > b null (1); a null (2): a has 6 visits, 3 of them to b; b has 3, one back to a.
func TestMarkovGoesAround(t *testing.T) {
	m := markov(t, paths(t, "a > b > a: 0 0 1", "a > b: 1 5 1", "a: 0 0 2"), 1)
	near(t, "P(conversion)", m.PConversion, .2, 1e-14)
	credits(t, "effects", m.Effects.Conversions, []float64{1, 1})
}

func TestMarkovEdges(t *testing.T) {
	for _, c := range []struct {
		what    string
		lines   []string
		order   int
		p       float64
		effects []float64
	}{
		{"one channel", []string{"a: 3 30 9"}, 1, .25, []float64{1}},
		{"one channel, over and over", []string{"a > a > a > a: 3 30 9"}, 2, .25, []float64{1}},
		{"no nulls", []string{"a: 1 1 0", "b: 3 1 0"}, 1, 1, []float64{.25, .75}},
		{"repeats are one visit", []string{"a > a > b > b: 1 1 0", "c: 1 1 2"}, 1, .5, []float64{.5, .5, .5}},
		{"a channel that never converts", []string{"a: 1 1 1", "b > c: 0 0 5", "a > b: 0 0 1"}, 1, .125, []float64{1, 0, 0}},
		{"a row that nobody went", []string{"a: 1 1 1", "b > a: 0 0 0"}, 1, .5, []float64{1, 0}},
		{"an order above every path", []string{"a > b: 1 1 0", "b > a: 0 0 1", "b: 1 1 0"}, 9, 2. / 3, []float64{.5, 1}},
		{"halves of conversions", []string{"a: .5 10 .5", "b: .25 1 .75"}, 1, .375, []float64{2. / 3, 1. / 3}},
	} {
		m := markov(t, paths(t, c.lines...), c.order)
		near(t, c.what+": P(conversion)", m.PConversion, c.p, 1e-14)
		credits(t, c.what, m.Effects.Conversions, c.effects)
	}
	for _, lines := range [][]string{{"a > b: 0 0 9"}, {"a: 0 0 0"}} {
		m := markov(t, paths(t, lines...), 1)
		if m.PConversion != 0 || !math.IsNaN(m.Effects.Conversions[0]) || m.Credit.Conversions[0] != 0 || m.Credit.Value[0] != 0 {
			t.Errorf("%v: %+v, want no credit and no effects", lines, m)
		}
	}
	free := markov(t, paths(t, "a > b: 1 0 9"), 1)
	if !math.IsNaN(free.Effects.Value[0]) || free.Credit.Value[0] != 0 || free.Credit.Conversions[0] != .5 {
		t.Errorf("conversions without value: %+v, want no effects by value and half a conversion each", free)
	}
	if _, err := paths(t, "a: 1 1 1").Markov(0); err == nil {
		t.Error("order 0 is no error")
	}
	none := markov(t, &attribution.Paths{}, 1)
	if none.PConversion != 0 || len(none.Effects.Conversions) != 0 {
		t.Errorf("no path at all: %+v", none)
	}
}

// enumerate adds up every walk of a chain without circles, straight from the definition: what converts, in number and value, on
// walks that meet no state with the removed channel.
func enumerate(lines []string, order int, removed string) (conversions, value float64) {
	type end struct{ through, conversions, value float64 }
	edges, ends := map[string]map[string]float64{}, map[string]*end{"START": {}}
	for _, line := range lines {
		path, numbers, _ := strings.Cut(line, ":")
		var c, v, n float64
		_, _ = fmt.Sscan(numbers, &c, &v, &n)
		touches := strings.Fields(strings.ReplaceAll(path, ">", " "))
		from := "START"
		for i := range max(1, len(touches)-order+1) {
			to := strings.Join(touches[i:min(i+order, len(touches))], " ")
			if to == from {
				continue
			}
			if edges[from] == nil {
				edges[from] = map[string]float64{}
			}
			edges[from][to] += c + n
			ends[from].through += c + n
			if ends[to] == nil {
				ends[to] = &end{}
			}
			from = to
		}
		ends[from].through += c + n
		ends[from].conversions += c
		ends[from].value += v
	}
	var walk func(state string, chance float64)
	walk = func(state string, chance float64) {
		if slices.Contains(strings.Fields(state), removed) {
			return
		}
		e := ends[state]
		conversions += chance * e.conversions / e.through
		value += chance * e.value / e.through
		for to, weight := range edges[state] {
			walk(to, chance*weight/e.through)
		}
	}
	walk("START", 1)
	return conversions, value
}

// Channels that only go upwards make a chain without circles; its walks are added up one by one.
func TestMarkovAgainstEveryWalk(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 14))
	for range 60 {
		lines := []string{"c0 > c9: 1 10 1"}
		for range 25 {
			var touches []string
			for channel := range 10 {
				for rnd.Float64() < .35 {
					touches = append(touches, fmt.Sprint("c", channel))
				}
			}
			if len(touches) > 0 {
				conversions := rnd.IntN(3)
				lines = append(lines, fmt.Sprintf("%s: %d %g %d", strings.Join(touches, " > "), conversions, float64(conversions)*50*rnd.Float64(), 1+rnd.IntN(3)))
			}
		}
		p := paths(t, lines...)
		for order := 1; order <= 3; order++ {
			m := markov(t, p, order)
			whole, wholeValue := enumerate(lines, order, "")
			near(t, "P(conversion)", m.PConversion, whole, 1e-12)
			for i, channel := range p.Channels() {
				kept, keptValue := enumerate(lines, order, channel)
				credits(t, fmt.Sprint("effects of ", channel, " at order ", order), []float64{m.Effects.Conversions[i], m.Effects.Value[i]}, []float64{1 - kept/whole, 1 - keptValue/wholeValue})
			}
		}
	}
}

// Sweeping and eliminating share no line, and must agree on any chain to twelve places.
func TestSweepsAgreeWithElimination(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 5))
	for range 100 {
		p := paths(t, append(randomRows(rnd), "c0: 1 7 1")...)
		weights := make([]float64, p.Len())
		for i := range weights {
			weights[i] = float64(rnd.IntN(3))
		}
		weights[len(weights)-1] = 1
		for order := 1; order <= 3; order++ {
			agree(t, p, order, weights)
		}
	}
	agree(t, pathData(t, true), 2, nil)
}

func agree(t *testing.T, p *attribution.Paths, order int, weights []float64) {
	t.Helper()
	chain, err := attribution.NewChain(p, order)
	if err != nil {
		t.Fatal(err)
	}
	swept, eliminated := chain.RemovalEffects(weights), chain.EffectsByElimination(weights)
	near(t, "P(conversion)", swept.PConversion, eliminated.PConversion, 1e-12)
	credits(t, "effects", swept.Conversions, eliminated.Conversions)
	credits(t, "effects by value", swept.Value, eliminated.Value)
}

// A robot that alternates between two channels 100,000 times makes a chain that sweeps would not finish: it is eliminated, and exact.
// b has 50,001 visits, one of which is a conversion that came from nowhere else; a 50,000, all of which lead to b; c converts every second time.
func TestAChainThatGoesAroundForLong(t *testing.T) {
	robot := strings.TrimSuffix(strings.Repeat("a > b > ", 50_000), " > ") + ": 0 0 1"
	m := markov(t, paths(t, robot, "b: 1 2 0", "c: 1 2 1"), 1)
	near(t, "P(conversion)", m.PConversion, .5, 1e-12)
	// START → a, b, c: 1/4, 1/4, 2/4. f(a) = f(b) as a always leads to b, which always comes back but for 2 of its 50,001 visits, one a conversion:
	// f(b) = 1/50,001 + 49,999/50,001·f(b), so 1/2. Without a: b converts once in 50,001. Without b: only c.
	credits(t, "effects", m.Effects.Conversions, []float64{1 - (.25/50_001+.25)/.5, .5, .5})
}

// 400,000 simulated walks of a chain of order 1 with circles meet each channel as often as its effect says, within 4 standard errors.
func TestMarkovAgainstSimulation(t *testing.T) {
	rnd := rand.New(rand.NewPCG(16, 9))
	lines := []string{"a > b > a > c: 3 9 2", "b > c > b: 1 4 4", "c > a > b > c > a: 2 5 1", "b: 1 1 6", "a > c > a > b: 0 0 3"}
	p := paths(t, lines...)
	m := markov(t, p, 1)
	next := map[string][]string{} // equally likely
	for _, line := range lines {
		path, numbers, _ := strings.Cut(line, ":")
		var c, v, n int
		_, _ = fmt.Sscan(numbers, &c, &v, &n)
		touches := strings.Fields(strings.ReplaceAll(path, ">", " "))
		for range c + n {
			next["START"] = append(next["START"], touches[0])
			for i := range touches[1:] {
				next[touches[i]] = append(next[touches[i]], touches[i+1])
			}
		}
		last := touches[len(touches)-1]
		next[last] = append(next[last], slices.Repeat([]string{"CONVERSION"}, c)...)
		next[last] = append(next[last], slices.Repeat([]string{"NULL"}, n)...)
	}
	converted, met := 0.0, map[string]float64{}
	for range 400_000 {
		seen := map[string]bool{}
		at := "START"
		for next[at] != nil {
			at = next[at][rnd.IntN(len(next[at]))]
			seen[at] = true
		}
		if at == "CONVERSION" {
			converted++
			for channel := range seen {
				met[channel]++
			}
		}
	}
	for i, channel := range p.Channels() {
		got, want := met[channel]/converted, m.Effects.Conversions[i]
		if se := math.Sqrt(want * (1 - want) / converted); math.Abs(got-want) > 4*se {
			t.Errorf("%s is met by %.4f of the walks that convert, its effect is %.4f", channel, got, want)
		}
	}
}

func TestMarkovIsTheSameToTheBit(t *testing.T) {
	p := pathData(t, true)
	first := fmt.Sprintf("%x", markov(t, p, 2))
	for range 3 {
		if again := fmt.Sprintf("%x", markov(t, p, 2)); again != first {
			t.Fatalf("two runs differ:\n%s\n%s", first, again)
		}
	}
}
