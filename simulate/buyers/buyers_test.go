package buyers

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What is expected of customers of the rough process is what they bring on average, over all and over those who came back
// twice or more: the process is played anew here with the year that follows. (What is expected of plain ones is held against
// the closed formulas, in package truth.)
func TestExpectedIsWhatComes(t *testing.T) {
	const customers, futures = 4000, 400_000
	var expected, brought [2]moments
	w := Rough(rand.New(rand.NewPCG(1, 1)), customers)
	for i := range w.Buyers {
		e := w.Expected(&w.Buyers[i])
		expected[0].add(e)
		if len(w.Buyers[i].Times) > 1 {
			expected[1].add(e)
		}
	}
	r := rand.New(rand.NewPCG(2, 2))
	for range futures {
		repeats, value := yearOf(r)
		brought[0].add(value)
		if repeats > 1 {
			brought[1].add(value)
		}
	}
	for k := range expected {
		a, va := expected[k].mean()
		b, vb := brought[k].mean()
		if se := math.Sqrt(va + vb); math.Abs(a-b) > 3*se || se > .06*b {
			t.Errorf("%d or more repeat purchases: %.2f expected, %.2f brought, standard error %.2f", 2*k, a, b, se)
		}
	}
}

// moments add up to a mean and its variance.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }

func (m *moments) mean() (mean, variance float64) {
	mean = m.sum / m.n
	return mean, (m.squares/m.n - mean*mean) / m.n
}

// yearOf plays one customer: how often it came back, and the discounted value of the year after.
func yearOf(r *rand.Rand) (repeats int, value float64) {
	end := age(r)
	z := r.NormFloat64()
	rate := math.Exp(logRate + rateSD*z)
	mean := math.Exp(logBasket+fanPull*z+basketOwn*r.NormFloat64()+within*within/2) * (1 - jumpChance + 6*jumpChance)
	life := lives[0].mean
	if r.Float64() < lives[1].share {
		life = lives[1].mean
	}
	gone := math.Min(life*r.ExpFloat64(), end+months*monthWeeks)
	for at := r.ExpFloat64() / (rate * (1 + season)); at < gone; at += r.ExpFloat64() / (rate * (1 + season)) {
		if r.Float64()*(1+season) > 1+season*math.Sin(2*math.Pi*(calendarEnd-end+at)/52) {
			continue
		}
		if at <= end {
			repeats++
		} else {
			value += mean * discount(1+int((at-end)/monthWeeks))
		}
	}
	return repeats, value
}

func TestSameNumbersSameCustomers(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand, int) *World{"plain": Plain, "rough": Rough} {
		a, b := draw(rand.New(rand.NewPCG(4, 4)), 50), draw(rand.New(rand.NewPCG(4, 4)), 50)
		for i := range a.Buyers {
			x, y := &a.Buyers[i], &b.Buyers[i]
			if x.Age != y.Age || len(x.Times) != len(y.Times) || x.Mean() != y.Mean() || a.Expected(x) != b.Expected(y) {
				t.Errorf("%s: the same random numbers gave other customers", name)
			}
		}
	}
}
