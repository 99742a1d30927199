package attribution_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tieback/metrics/attribution"
)

// BenchmarkMarkovOrder3 is PathData (10,000 rows, 12 channels, 933 states) from rows to credit.
func BenchmarkMarkovOrder3(b *testing.B) {
	p := pathData(b, true)
	for b.Loop() {
		markov(b, p, 3)
	}
}

// BenchmarkMarkovMillion is 1,000,000 paths of 50 channels at order 2, 2,500 states, from rows to credit. A path has 1 to 30 touches, 6
// on average; the next channel depends on the last one; a quarter converts.
func BenchmarkMarkovMillion(b *testing.B) {
	rnd := rand.New(rand.NewPCG(50, 2))
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprint("channel", i)
	}
	p := &attribution.Paths{}
	for range 1_000_000 {
		at := rnd.IntN(50)
		path := []string{names[at]}
		for len(path) < 30 && rnd.Float64() < 5./6 {
			at = (at + rnd.IntN(50)*rnd.IntN(50)/50) % 50
			path = append(path, names[at])
		}
		totals := attribution.Totals{Nulls: 1}
		if rnd.IntN(4) == 0 {
			totals = attribution.Totals{Conversions: 1, Value: 100 * rnd.Float64()}
		}
		add(b, p, totals, path...)
	}
	for b.Loop() {
		m := markov(b, p, 2)
		b.ReportMetric(float64(m.States), "states")
	}
}
