package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tieback/metrics"
)

// markets are 300 days of sales in places of one season and of drifts of their own, in which nothing is launched.
func markets(random *rand.Rand, places int, remembered, step float64) *sales {
	s := &sales{first: time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC), days: make(map[string]*placeDays)}
	s.last = s.first.AddDate(0, 0, 299)
	drift := make([]float64, places)
	for n := range 300 {
		season := 1 + .2*math.Sin(2*math.Pi*float64(n)/180)
		for m := range places {
			name := fmt.Sprintf("m%02d", m)
			if s.days[name] == nil {
				s.days[name] = &placeDays{}
			}
			d := s.days[name]
			drift[m] = remembered*drift[m] + step*random.NormFloat64()
			sold := (80+10*float64(m))*season + drift[m] + 4*random.NormFloat64()
			d.margin, d.revenue, d.orders, d.unknown = append(d.margin, sold), append(d.revenue, sold), append(d.orders, 1), append(d.unknown, 0)
		}
	}
	return s
}

func at(s *sales, program, market string, n int) *launch {
	return &launch{program: program, market: market, launchedOn: s.first.AddDate(0, 0, n), credit: map[time.Time][2]float64{}, q: math.NaN()}
}

// Launches that change nothing, drawn among sixteen places: of those that pass their checks, no more than one interval in ten misses 0, here
// within three standard errors. Drifts that last (a memory of .98 a day) are the hard case.
func TestLaunchIntervalsHoldTheirLevel(t *testing.T) {
	for _, world := range []struct{ remembered, step float64 }{{.9, 1.5}, {.98, 1}, {0, 3}} {
		random := rand.New(rand.NewPCG(11, 12))
		valid, missed := 0, 0
		for range 120 {
			s := markets(random, 16, world.remembered, world.step)
			l := at(s, "care", fmt.Sprintf("m%02d", random.IntN(16)), 175)
			l.donors = donorsOf(l, []*launch{l}, s)
			l.read(s, s.last.AddDate(1, 0, 0), 0)
			if l.state != "valid" {
				continue
			}
			valid++
			if l.margin.CumulativeLo > 0 || l.margin.CumulativeHi < 0 {
				missed++
			}
		}
		share := float64(missed) / float64(valid)
		if valid < 90 || share > .1+3*math.Sqrt(.09/float64(valid)) {
			t.Errorf("memory %g: %.3f of %d valid intervals miss, want at most .1", world.remembered, share, valid)
		}
		t.Logf("memory %g: %d of 120 valid, %.3f miss", world.remembered, valid, share)
	}
}

// Six programs begin in six of thirty places and change nothing: in no more than one family of ten does any q lie at or below .1.
func TestLaunchesReadTogetherFindNothingWhereNothingIs(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	families, found := 50, 0
	for range families {
		s := markets(random, 30, .9, 1.5)
		var all []*launch
		for i, place := range random.Perm(30)[:6] {
			all = append(all, at(s, fmt.Sprintf("p%d", i), fmt.Sprintf("m%02d", place), 150+7*i))
		}
		read := readable(all, s)
		for _, l := range read {
			l.read(s, s.last.AddDate(1, 0, 0), 0)
		}
		adjust(read)
		least := 1.
		for _, l := range read {
			least = math.Min(least, l.q)
		}
		if least <= .1 {
			found++
		}
	}
	if share := float64(found) / float64(families); share > .1+3*math.Sqrt(.09/float64(families)) {
		t.Errorf("%.2f of families without an effect find one", share)
	}
}

// What is added on every day from the launch on is found: 20 a day are 1,680 in twelve weeks, in at least eight of ten intervals that are valid.
func TestLaunchFindsWhatWasAdded(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 32))
	valid, held, apart := 0, 0, 0
	for range 60 {
		s := markets(random, 22, .9, 1.5)
		for n := 175; n < 300; n++ {
			s.days["m05"].margin[n] += 20
		}
		l := at(s, "care", "m05", 175)
		l.donors = donorsOf(l, []*launch{l}, s)
		l.read(s, s.last.AddDate(1, 0, 0), 0)
		if l.state != "valid" {
			continue
		}
		valid++
		if l.margin.CumulativeLo <= 1680 && 1680 <= l.margin.CumulativeHi {
			held++
		}
		if l.margin.CumulativeLo > 0 {
			apart++
		}
	}
	if held*10 < valid*8 || apart*10 < valid*9 || valid < 45 {
		t.Errorf("of %d valid launches %d hold the truth and %d are told from 0", valid, held, apart)
	}
}

// A region is compared with regions of its own market where enough of them are without the program; else its market is the launch.
func TestLaunchesAreReadWhereTheyCanBeCompared(t *testing.T) {
	s := &sales{first: month(1), last: month(12), days: make(map[string]*placeDays)}
	flat := func() *placeDays {
		d := &placeDays{}
		for range 334 {
			d.margin, d.revenue, d.orders, d.unknown = append(d.margin, 1), append(d.revenue, 1), append(d.orders, 1), append(d.unknown, 0)
		}
		return d
	}
	for _, name := range []string{"us", "de", "fr"} {
		s.days[name] = flat()
	}
	for i := range 11 {
		s.days[fmt.Sprintf("us/r%02d", i)] = flat()
	}
	s.days["de/bayern"], s.days["de/hessen"] = flat(), flat()
	us, ohio := at(s, "care", "us", 120), at(s, "care", "us", 120)
	us.namesRegions, ohio.namesRegions, ohio.region = true, true, "r00"
	de, bayern := at(s, "care", "de", 130), at(s, "care", "de", 130)
	de.namesRegions, bayern.namesRegions, bayern.region = true, true, "bayern"
	early := at(s, "films", "fr", 20)
	var got []string
	for _, l := range readable([]*launch{us, ohio, de, bayern, early}, s) {
		got = append(got, fmt.Sprintf("%s %s %d", l.program, l.place(), len(l.donors)))
	}
	if want := []string{"care us/r00 10", "care de 1"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	if level := metrics.DefaultLevel; level != .9 || fewestDonors != 9 {
		t.Errorf("at level %g a placebo interval needs another number than %d", level, fewestDonors)
	}
}
