// Package truth asks every method about invented worlds whose truth is known and counts how often it is right.
package truth

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"tieback/metrics"
)

// Seeds of the two families of worlds. Methods and worlds were worked on with Development; the tables that are kept are
// of Final, which was not looked at before.
const (
	Development uint64 = 1
	Final       uint64 = 663
)

// A Claim is what a method says of its own interval.
type Claim string

// Exact intervals hold the truth in 90 of 100 worlds, conservative ones in at least as many; a rule gives no interval.
const (
	Exact        Claim = "exact"
	Conservative Claim = "conservative"
	Rule         Claim = "rule"
)

// A Row is one method in one kind of world.
type Row struct {
	Method       string `json:"method"`
	World        string `json:"world"`
	Misspecified bool   `json:"misspecified"`
	// Hurdle marks worlds in all of which the true return is exactly the hurdle: rows about what daily looks do.
	Hurdle bool   `json:"hurdle,omitempty"`
	Claim  Claim  `json:"claim"`
	Unit   string `json:"unit"`
	// Note says why a row is as it is; every row whose coverage misses what it claims has one.
	Note string `json:"note,omitempty"`
}

// A Verdict compares a decision with the true return.
type Verdict int

// Right: scaled above the hurdle or stopped below it. Wrong: the reverse, or either where the return is the hurdle
// itself. Undecided: the method asks for more. Withheld: a check failed, so nothing was decided. NoDecision: the row is
// not about one.
const (
	NoDecision Verdict = iota
	Right
	Wrong
	Undecided
	Withheld
)

// A Finding is what one method said in one world, beside what is true there. A method without an answer leaves NaN.
type Finding struct {
	Truth, Estimate, Lo, Hi float64
	// Held says that the interval held the truth; of one that is looked at often, at every look.
	Held bool
	// Valid says that all checks passed.
	Valid   bool
	Verdict Verdict
	// Scale, Stop say that the method ever decided so.
	Scale, Stop bool
}

// hurdle is the return asked for in every world that does not bring its own.
const hurdle = .2

// noAnswer is of a method that refused.
func noAnswer(truth float64) Finding {
	nan := math.NaN()
	return Finding{Truth: truth, Estimate: nan, Lo: nan, Hi: nan}
}

// found is an interval beside the truth, without a decision.
func found(truth float64, i metrics.Interval, valid bool) Finding {
	return Finding{Truth: truth, Estimate: i.Estimate, Lo: i.Lo, Hi: i.Hi, Held: i.Lo <= truth && truth <= i.Hi, Valid: valid}
}

// decided adds what the method would have done and whether that is right. The return is exactly the hurdle where the two
// differ by rounding only.
func (f Finding) decided(d metrics.Decision, trueReturn, hurdle float64) Finding {
	f.Scale, f.Stop = f.Valid && d == metrics.Scale, f.Valid && d == metrics.Stop
	gap := trueReturn - hurdle
	if math.Abs(gap) < 1e-9 {
		gap = 0
	}
	switch {
	case !f.Valid:
		f.Verdict = Withheld
	case f.Scale && gap > 0, f.Stop && gap < 0:
		f.Verdict = Right
	case f.Scale, f.Stop:
		f.Verdict = Wrong
	default:
		f.Verdict = Undecided
	}
	return f
}

// A Study is rows that share their worlds.
type Study struct {
	Name string
	Rows []Row
	// Play draws a world and says what each row found there: found(row, finding), any number of times a row.
	Play func(world int, r *rand.Rand, found func(row int, f Finding)) error
}

// Options of a run.
type Options struct {
	Seed    uint64
	Worlds  int
	Workers int               // 0: one a processor
	Done    func(study Study) // called after each study
}

// Run plays the worlds of every study. The result depends on the seed and the number of worlds alone: each world has
// random numbers of its own, and findings are counted in the order of the worlds. Memory is bounded by the findings of one
// study.
func Run(ctx context.Context, studies []Study, o Options) ([]Tally, error) {
	var all []Tally
	for _, s := range studies {
		worlds, err := play(ctx, s, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		for i, row := range s.Rows {
			all = append(all, tally(row, i, worlds))
		}
		if o.Done != nil {
			o.Done(s)
		}
	}
	return all, nil
}

// finding is a Finding with its row.
type finding struct {
	row int
	Finding
}

// play gives the findings of each world of a study.
func play(ctx context.Context, s Study, o Options) ([][]finding, error) {
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	name := fnv.New64a()
	_, _ = name.Write([]byte(s.Name)) // a hash never fails
	worlds, faults := make([][]finding, o.Worlds), make([]error, o.Worlds)
	var next atomic.Int64
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= o.Worlds {
					return
				}
				r := rand.New(rand.NewPCG(o.Seed, name.Sum64()+uint64(i)))
				faults[i] = s.Play(i, r, func(row int, f Finding) { worlds[i] = append(worlds[i], finding{row, f}) })
			}
		})
	}
	work.Wait()
	for i, err := range faults {
		if err != nil {
			return nil, fmt.Errorf("world %d: %w", i, err)
		}
	}
	return worlds, ctx.Err()
}
