package attribution_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tieback/metrics/attribution"
)

// paths reads lines "a > b > a: conversions value nulls".
func paths(t testing.TB, lines ...string) *attribution.Paths {
	t.Helper()
	p := &attribution.Paths{}
	for _, line := range lines {
		path, numbers, _ := strings.Cut(line, ":")
		var totals attribution.Totals
		if _, err := fmt.Sscan(numbers, &totals.Conversions, &totals.Value, &totals.Nulls); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		add(t, p, totals, strings.Fields(strings.ReplaceAll(path, ">", " "))...)
	}
	return p
}

func credits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*math.Max(1, math.Abs(want[i]))) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// Two conversions by a > b > a > direct and one by direct alone, each worth 30. Of the two, linear gives a 1, b ½ and direct ½; position .8 to
// the first a and to direct, .2 to b and to the second a; Shapley 2/3 to each.
func TestRules(t *testing.T) {
	p := paths(t, "a > b > a > (Direct): 2 60 5", "(Direct): 1 30 0", "b: 0 0 7")
	if got := strings.Join(p.Channels(), " "); got != "(Direct) a b" {
		t.Fatalf("channels %s", got)
	}
	for _, c := range []struct {
		name        string
		got         attribution.Credit
		conversions []float64
	}{
		{"first", p.First(), []float64{1, 2, 0}},
		{"last", p.Last(), []float64{3, 0, 0}},
		{"last non-direct", p.LastNonDirect("direct"), []float64{1, 2, 0}},
		{"last non-direct, nobody is called so", p.LastNonDirect("typed"), []float64{3, 0, 0}},
		{"linear", p.Linear(), []float64{1.5, 1, .5}},
		{"position", p.Position(), []float64{1.8, 1, .2}},
		{"Shapley", p.Shapley(), []float64{1 + 2./3, 2. / 3, 2. / 3}},
	} {
		credits(t, c.name+" conversions", c.got.Conversions, c.conversions)
		value := make([]float64, len(c.conversions))
		for i := range value {
			value[i] = 30 * c.conversions[i]
		}
		credits(t, c.name+" value", c.got.Value, value)
	}
}

func TestPositionOfShortPaths(t *testing.T) {
	for line, want := range map[string][]float64{
		"a: 1 0 0":                     {1},
		"a > b: 1 0 0":                 {.5, .5},
		"a > b > c: 1 0 0":             {.4, .2, .4},
		"a > b > c > d > e: 1 0 0":     {.4, .2 / 3, .2 / 3, .2 / 3, .4},
		"a > a > a: 1 0 0":             {1},
		"a > b > c > b > a > a: 1 0 0": {.85, .1, .05},
	} {
		credits(t, line, paths(t, line).Position().Conversions, want)
	}
}

// Touches 14, 7 and 0 days old weigh 1/4, 1/2 and 1 of 7/4; 40,014, 40,007 and 40,000 days old the same.
func TestTimeDecay(t *testing.T) {
	for _, oldest := range []float64{14, 40_014} {
		p := &attribution.Paths{}
		if err := p.Add([]string{"a", "b", "c"}, attribution.Totals{Conversions: 7, Value: 14}, []float64{oldest, oldest - 7, oldest - 14}); err != nil {
			t.Fatal(err)
		}
		got, err := p.TimeDecay()
		if err != nil {
			t.Fatal(err)
		}
		credits(t, "conversions", got.Conversions, []float64{1, 2, 4})
		credits(t, "value", got.Value, []float64{2, 4, 8})
	}
	if _, err := paths(t, "a: 1 1 1").TimeDecay(); err == nil {
		t.Error("time decay without ages is no error")
	}
	if _, err := (&attribution.Paths{}).TimeDecay(); err != nil {
		t.Errorf("time decay of nothing: %v", err)
	}
}

func TestRowsThatAreRefused(t *testing.T) {
	one := attribution.Totals{Conversions: 1}
	for _, c := range []struct {
		channels []string
		totals   attribution.Totals
		ages     []float64
		want     string
	}{
		{[]string{"a"}, attribution.Totals{Conversions: -1}, nil, "conversions: -1 is below 0"},
		{[]string{"a"}, attribution.Totals{Nulls: -1}, nil, "nulls: -1 is below 0"},
		{[]string{"a"}, attribution.Totals{Conversions: 1, Value: -1}, nil, "value: -1 is below 0"},
		{[]string{"a"}, attribution.Totals{Conversions: math.NaN()}, nil, "conversions: NaN is not a number"},
		{[]string{"a"}, attribution.Totals{Conversions: math.Inf(1)}, nil, "conversions: +Inf is not a number"},
		{[]string{"a"}, attribution.Totals{Nulls: 1e300}, nil, "nulls: 1e+300 is more than"},
		{[]string{"a"}, attribution.Totals{Value: 3}, nil, "a value of 3 comes with no conversion"},
		{[]string{"a", ""}, one, nil, "a channel has no name"},
		{[]string{"a", "b"}, one, []float64{1}, "2 touches have 1 ages"},
		{[]string{"a"}, one, []float64{-1}, "the age -1 is not"},
		{[]string{"a"}, one, []float64{math.NaN()}, "the age NaN is not"},
		{[]string{"a"}, one, []float64{1}, "some rows have ages and some have none"},
	} {
		p := paths(t, "x: 1 1 1")
		if err := p.Add(c.channels, c.totals, c.ages); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v %+v %v: %v, want %q", c.channels, c.totals, c.ages, err, c.want)
		}
		if p.Len() != 1 || p.Total() != (attribution.Totals{Conversions: 1, Value: 1, Nulls: 1}) || len(p.Channels()) != 1 {
			t.Errorf("%v: a row that is refused leaves something behind", c.channels)
		}
	}
}

// Conversions without a touch are counted beside the credit, not in it.
func TestPathsWithoutTouches(t *testing.T) {
	p := paths(t, ": 5 50 500", "a > b: 1 10 3")
	if got := p.Untouched(); got != (attribution.Totals{Conversions: 5, Value: 50, Nulls: 500}) {
		t.Errorf("untouched %+v", got)
	}
	for name, credit := range every(t, p) {
		sumsTo(t, p, credit)
		if p.Total().Conversions != 1 {
			t.Errorf("%s hands out %g conversions", name, p.Total().Conversions)
		}
	}
	for name, credit := range every(t, paths(t, ": 5 50 500")) {
		if len(credit.Conversions)+len(credit.Value) != 0 {
			t.Errorf("%s of paths without touches: %v", name, credit)
		}
	}
}

// every is the credit by every model that needs no ages.
func every(t testing.TB, p *attribution.Paths) map[string]attribution.Credit {
	t.Helper()
	all := map[string]attribution.Credit{
		"first": p.First(), "last": p.Last(), "last non-direct": p.LastNonDirect("c1"), "linear": p.Linear(), "position": p.Position(), "Shapley": p.Shapley(),
	}
	for order := 1; order <= 4; order++ {
		m, err := p.Markov(order)
		if err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprint("Markov ", order)] = m.Credit
	}
	return all
}

// randomRows are paths of up to 12 touches of 6 channels, some without any, with fractions for counts.
func randomRows(rnd *rand.Rand) []string {
	rows := make([]string, 1+rnd.IntN(40))
	for i := range rows {
		touches := make([]string, rnd.IntN(13))
		for j := range touches {
			touches[j] = fmt.Sprint("c", rnd.IntN(6))
		}
		conversions := float64(rnd.IntN(4)) / 2
		value := conversions * 100 * rnd.Float64()
		rows[i] = fmt.Sprintf("%s: %g %g %g", strings.Join(touches, " > "), conversions, value, float64(rnd.IntN(9))/4)
	}
	return rows
}

// For 300 random tables: credit sums to what there is, none is negative, and it follows neither the order of the rows nor the channels'
// names nor the unit of the counts.
func TestWhatEveryModelPromises(t *testing.T) {
	rnd := rand.New(rand.NewPCG(40, 20))
	for range 300 {
		rows := randomRows(rnd)
		p := paths(t, rows...)
		want := every(t, p)
		for name, credit := range want {
			sumsTo(t, p, credit)
			if t.Failed() {
				t.Fatalf("%s of\n%s", name, strings.Join(rows, "\n"))
			}
		}
		renamed := strings.NewReplacer("c0", "z", "c1", "c1", "c2", "y", "c3", "x", "c4", "a", "c5", "m")
		other := make([]string, len(rows))
		scaled := &attribution.Paths{}
		for i, at := range rnd.Perm(len(rows)) {
			other[i] = renamed.Replace(rows[at])
		}
		for _, row := range rows {
			path, numbers, _ := strings.Cut(row, ":")
			var conversions, value, nulls float64
			if _, err := fmt.Sscan(numbers, &conversions, &value, &nulls); err != nil {
				t.Fatal(err)
			}
			add(t, scaled, attribution.Totals{Conversions: 1000 * conversions, Value: 250 * value, Nulls: 1000 * nulls}, strings.Fields(strings.ReplaceAll(path, ">", " "))...)
		}
		q := paths(t, other...)
		permuted, larger := every(t, q), every(t, scaled)
		for name, credit := range want {
			for i, channel := range p.Channels() {
				at := index(t, q, renamed.Replace(channel))
				credits(t, name+" in another order", []float64{permuted[name].Conversions[at], permuted[name].Value[at]}, []float64{credit.Conversions[i], credit.Value[i]})
				credits(t, name+" in another unit", []float64{larger[name].Conversions[i] / 1000, larger[name].Value[i] / 250}, []float64{credit.Conversions[i], credit.Value[i]})
			}
		}
	}
}

func index(t *testing.T, p *attribution.Paths, name string) int {
	t.Helper()
	for i, channel := range p.Channels() {
		if channel == name {
			return i
		}
	}
	t.Fatalf("%s is none of %v", name, p.Channels())
	return -1
}

func ExamplePaths_Linear() {
	p := &attribution.Paths{}
	if err := p.Add([]string{"forum", "newsletter", "forum", "search"}, attribution.Totals{Conversions: 8, Value: 400}, nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(p.Channels(), p.Linear().Conversions, p.Shapley().Value)
	// Output: [forum newsletter search] [4 2 2] [133.33333333333331 133.33333333333331 133.33333333333331]
}
