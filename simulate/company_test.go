package simulate_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"tieback/ingest/event"
	"tieback/simulate"
)

func sum(t *testing.T, o simulate.Options) string {
	t.Helper()
	c, err := simulate.NewCompany(o)
	if err != nil {
		t.Fatal(err)
	}
	return sumOf(t, c)
}

func sumOf(t *testing.T, c *simulate.Company) string {
	t.Helper()
	h := sha256.New()
	truth, err := c.Stream(context.Background(), func(topic string, line []byte) error {
		fmt.Fprintf(h, "%s\t%s\n", topic, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(h).Encode(truth); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameSeedSameBytes(t *testing.T) {
	c, err := simulate.NewCompany(simulate.Options{Seed: 1, Events: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	a, again := sumOf(t, c), sumOf(t, c)
	if b := sum(t, simulate.Options{Seed: 1, Events: 20_000}); a != b || a != again {
		t.Error("the same seed gave other bytes")
	}
	if b := sum(t, simulate.Options{Seed: 2, Events: 20_000}); a == b {
		t.Error("another seed gave the same bytes")
	}
}

func TestSizes(t *testing.T) {
	for _, n := range []int{0, 9_999, 100_000_001} {
		if _, err := simulate.NewCompany(simulate.Options{Events: n}); (err == nil) != (n == 0) {
			t.Errorf("Events %d: error %v", n, err)
		}
	}
	for _, n := range []int{10_000, 15_000, 30_000, 60_000, 100_000, 300_000} {
		for seed := range uint64(3) {
			_, truth := play(t, simulate.Options{Seed: seed, Events: n}, func([]byte) bool { return false })
			if off := float64(truth.Events)/float64(n) - 1; math.Abs(off) > .15 {
				t.Errorf("seed %d: %d events for %d wanted", seed, truth.Events, n)
			}
		}
	}
}

// Every line is one JSON object that the product's own decoder accepts without
// a field it does not know, except the malformed ones.
func TestLinesKeepTheContract(t *testing.T) {
	c, err := simulate.NewCompany(simulate.Options{Seed: 3, Events: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	decoder := event.Decoder{Aliases: map[string]string{"twitter": "x"}}
	var row event.Row
	types, topics := map[string]int64{}, map[string]bool{}
	refused, lines := int64(0), int64(0)
	truth, err := c.Stream(context.Background(), func(topic string, line []byte) error {
		lines++
		topics[topic] = true
		if !json.Valid(line) || strings.ContainsRune(string(line), '\n') {
			t.Fatalf("not one JSON line: %s", line)
		}
		var e struct{ Type, Source string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		types[e.Type]++
		m := event.Message{Value: line, Timestamp: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}
		if err := decoder.Decode(&m, &row); err != nil {
			refused++
			if e.Source != "import" {
				t.Errorf("%v: %s", err, line)
			}
		} else if row.UnknownFields > 0 || row.OtherValues > 0 && !strings.Contains(string(line), `"action":"other"`) {
			t.Errorf("%d unknown fields, %d unknown words: %s", row.UnknownFields, row.OtherValues, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if truth.Malformed < 3 || refused < truth.Malformed {
		t.Errorf("%d malformed, %d refused", truth.Malformed, refused)
	}
	if lines != truth.Events || truth.Duplicates < lines/400 || truth.Conflicts < 1 {
		t.Errorf("%d lines, truth says %d with %d duplicates and %d conflicts", lines, truth.Events, truth.Duplicates, truth.Conflicts)
	}
	for _, want := range event.Types {
		if types[want.Name] == 0 {
			t.Errorf("no %s", want.Name)
		}
		if types[want.Name] != truth.Types[want.Name] {
			t.Errorf("%s: %d lines, truth says %d", want.Name, types[want.Name], truth.Types[want.Name])
		}
	}
	for _, topic := range []string{"tieback.social", "tieback.sales", "tieback.business", "tieback.people"} {
		if !topics[topic] {
			t.Errorf("nothing on %s", topic)
		}
	}
}

func TestSmallestCompanyHasEverything(t *testing.T) {
	_, truth := play(t, simulate.Options{Seed: 5, Events: 10_000}, func([]byte) bool { return false })
	for _, want := range event.Types {
		if truth.Types[want.Name] == 0 {
			t.Errorf("no %s", want.Name)
		}
	}
	for _, p := range truth.Programs {
		if p.FullCost <= 0 || len(p.Months) != 18 {
			t.Errorf("%s: cost %.2f, %d months", p.Program, p.FullCost, len(p.Months))
		}
	}
	for _, p := range truth.Pilots {
		for _, a := range p.Arms {
			if a.Units < 40 && p.Pilot != "paid-regions-2026" {
				t.Errorf("%s, %s: %d units", p.Pilot, a.Arm, a.Units)
			}
		}
	}
}

func TestStreamStops(t *testing.T) {
	c, err := simulate.NewCompany(simulate.Options{Events: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	n := 0
	_, err = c.Stream(context.Background(), func(string, []byte) error {
		if n++; n == 100 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 100 {
		t.Errorf("after %d lines: %v", n, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Stream(ctx, func(string, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// Memory holds what is under way, not the history: ten times the events may
// not take more than a few times the memory.
func TestMemoryIsBounded(t *testing.T) {
	high := func(events int) uint64 {
		c, err := simulate.NewCompany(simulate.Options{Seed: 1, Events: events})
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		most, n := uint64(0), 0
		if _, err := c.Stream(context.Background(), func(string, []byte) error {
			if n++; n%(events/8) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return most
	}
	small, large := high(100_000), high(1_000_000)
	t.Logf("heap: %d KB at 100,000 events, %d KB at 1,000,000", small>>10, large>>10)
	if large > small+32<<20 {
		t.Errorf("heap grew from %d to %d bytes", small, large)
	}
}

func BenchmarkStream(b *testing.B) {
	c, err := simulate.NewCompany(simulate.Options{Seed: 1, Events: 1_000_000})
	if err != nil {
		b.Fatal(err)
	}
	sent := int64(0)
	for b.Loop() {
		truth, err := c.Stream(context.Background(), func(string, []byte) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		sent += truth.Events
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "events/s")
}
