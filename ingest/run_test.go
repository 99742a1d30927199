package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
	"tieback/ingest/event"
)

// checkContiguous fails unless each partition's batches follow each other from zero without gap or overlap.
func checkContiguous(t *testing.T, s *store) {
	t.Helper()
	at := make(map[ingest.Partition]int64)
	for i, b := range s.batches {
		consumed := int64(0)
		for _, r := range b.Ranges {
			if r.First != at[r.Partition] || r.Next <= r.First {
				t.Errorf("batch %d takes %v from %d to %d, the one before ended at %d", i, r.Partition, r.First, r.Next, at[r.Partition])
			}
			at[r.Partition] = r.Next
			consumed += r.Consumed
		}
		if consumed != int64(b.Rows) {
			t.Errorf("batch %d: ranges consume %d, the batch holds %d", i, consumed, b.Rows)
		}
	}
}

// A partial batch is committed when it is as old as Limits.Wait, while the source stays open.
func TestPartialBatchIsFlushedByTime(t *testing.T) {
	t.Parallel()
	_, brokers := startBroker(t, 1, "timed")
	publish(t, newProducer(t, brokers), shocks("timed", 0, "e", 3)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "timed")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	began := time.Now()
	const hold = 600 * time.Millisecond
	go func() {
		_, err := run(t, ctx, s, source, ingest.Limits{Wait: hold})
		ended <- err
	}()
	wait(t, "a partial batch", func() bool { return s.count() == 3 })
	if took := time.Since(began); took < hold || took > 5*time.Second {
		t.Errorf("committed after %v, want soon after %v", took, hold)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(s.batches) != 1 {
		t.Errorf("%d batches, want 1: an empty one is not committed", len(s.batches))
	}
}

// Rows and bytes cut a chunk in its middle; the parts follow each other.
func TestBatchesAreCutByRowsAndBytes(t *testing.T) {
	_, brokers := startBroker(t, 2, "cut")
	producer := newProducer(t, brokers)
	one := newProducer(t, brokers, kgo.TransactionalID("one"))
	for round := range 3 {
		publish(t, producer, shocks("cut", 0, fmt.Sprint("a", round), 40)...)
		transaction(t, one, kgo.TryAbort, shocks("cut", 0, "lost", 5)...)
		publish(t, producer, shocks("cut", 1, fmt.Sprint("b", round), 11)...)
	}
	size := len(shock("a0-0"))
	for name, limits := range map[string]ingest.Limits{"rows": {Rows: 7}, "one": {Rows: 1}, "bytes": {Bytes: 5 * size}, "exactly a chunk": {Rows: 51}, "neither": {}} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			source, err := openKafka(t, s, brokers, nil, "cut")
			if err != nil {
				t.Fatal(err)
			}
			summary, err := run(t, t.Context(), s, source, limits)
			if err != nil {
				t.Fatal(err)
			}
			checkContiguous(t, s)
			if summary.Consumed != 153 || summary.Batches != int64(len(s.batches)) {
				t.Errorf("consumed %d in %d batches, want 153 in %d", summary.Consumed, summary.Batches, len(s.batches))
			}
			want := map[ingest.Partition]int64{{Topic: "cut"}: 3 * (40 + 5 + 1), {Topic: "cut", Partition: 1}: 33}
			if diff := cmp.Diff(want, s.positions); diff != "" {
				t.Errorf("positions (-want +got):\n%s", diff)
			}
			for i, b := range s.batches {
				if limits.Rows > 0 && b.Rows > limits.Rows {
					t.Errorf("batch %d holds %d messages, want at most %d", i, b.Rows, limits.Rows)
				}
				if limits.Bytes > 0 && b.Bytes > limits.Bytes+size+2 {
					t.Errorf("batch %d holds %d bytes, want at most one message more than %d", i, b.Bytes, limits.Bytes)
				}
			}
			if limits.Rows == 7 && len(s.batches) < 153/7 {
				t.Errorf("%d batches of at most 7 messages, want at least %d", len(s.batches), 153/7)
			}
		})
	}
}

// A commit that is refused ends the run; no position moves, and the next run takes up where the last commit ended.
func TestRefusedCommitMovesNoOffset(t *testing.T) {
	for _, failing := range []int{0, 1, 4} {
		t.Run(fmt.Sprint("after ", failing), func(t *testing.T) {
			_, brokers := startBroker(t, 3, "refused")
			producer := newProducer(t, brokers)
			want := make(map[ingest.Partition][]string)
			for p := range int32(3) {
				publish(t, producer, shocks("refused", p, fmt.Sprint("p", p), 20)...)
				want[ingest.Partition{Topic: "refused", Partition: p}] = ids(fmt.Sprint("p", p), 20)
			}
			s := newStore()
			refusal := errors.New("the disk is full")
			s.refuse = func(_ context.Context, batches int) error {
				if batches == failing {
					return refusal
				}
				return nil
			}
			source, err := openKafka(t, s, brokers, nil, "refused")
			if err != nil {
				t.Fatal(err)
			}
			summary, err := run(t, t.Context(), s, source, ingest.Limits{Rows: 7})
			if !errors.Is(err, refusal) || !strings.Contains(err.Error(), "commit a batch of 7 messages") {
				t.Fatalf("%v, want the refusal and what was refused", err)
			}
			if len(s.batches) != failing || summary.Consumed != int64(7*failing) || len(s.rows) != 7*failing {
				t.Errorf("%d batches, %d consumed, %d rows; want %d, %d, %d", len(s.batches), summary.Consumed, len(s.rows), failing, 7*failing, 7*failing)
			}
			s.refuse = nil
			if got := readAll(t, s, brokers, "refused"); got.Consumed != int64(60-7*failing) {
				t.Errorf("the next run consumed %d, want the remaining %d", got.Consumed, 60-7*failing)
			}
			checkContiguous(t, s)
			for p, list := range want {
				if diff := cmp.Diff(list, s.ids(p)); diff != "" {
					t.Errorf("%v (-want +got):\n%s", p, diff)
				}
			}
		})
	}
}

// An error of the sink itself, not of the commit, ends the run too.
func TestAppendErrorEndsTheRun(t *testing.T) {
	_, brokers := startBroker(t, 1, "append")
	publish(t, newProducer(t, brokers), shocks("append", 0, "e", 10)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, nil, "append")
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no memory left")
	sink := s.sink()
	keep := sink.Append
	sink.Append = func(row *event.Row, m *event.Message, at ingest.Position) error {
		if at.Offset == 5 {
			return full
		}
		return keep(row, m, at)
	}
	runner := &ingest.Runner{Source: source, Sink: sink, Now: time.Now, Decoder: func(string) *event.Decoder { return &event.Decoder{} }}
	if _, err := runner.Run(t.Context()); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	if len(s.rows) != 0 || len(s.positions) != 0 {
		t.Errorf("%d rows at %v, want nothing: the batch was not complete", len(s.rows), s.positions)
	}
	if got := readAll(t, s, brokers, "append"); got.Written != 10 {
		t.Errorf("the next run wrote %d, want 10", got.Written)
	}
}

// When the context ends, what was decoded is committed, also by a commit that is under way just then.
func TestCancelDrains(t *testing.T) {
	t.Parallel()
	_, brokers := startBroker(t, 1, "drain")
	publish(t, newProducer(t, brokers), shocks("drain", 0, "e", 25)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "drain")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var inCommit atomic.Bool
	s.refuse = func(commitCtx context.Context, batches int) error {
		if batches == 1 {
			inCommit.Store(true)
			<-ctx.Done() // the context ends while this commit is under way
			time.Sleep(50 * time.Millisecond)
		}
		return commitCtx.Err() // nil: a commit has time to finish
	}
	ended := make(chan error, 1)
	var summary ingest.Summary
	go func() {
		var err error
		summary, err = run(t, ctx, s, source, ingest.Limits{Rows: 10, Wait: time.Hour})
		ended <- err
	}()
	wait(t, "the second commit", inCommit.Load)
	time.Sleep(100 * time.Millisecond) // the last five messages are decoded meanwhile
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if summary.Consumed != 25 || len(s.rows) != 25 {
		t.Errorf("consumed %d, %d rows, want 25: what was decoded is not thrown away", summary.Consumed, len(s.rows))
	}
	checkContiguous(t, s)
}

// A commit that hangs after the context has ended is given up after Limits.Drain.
func TestDrainHasADeadline(t *testing.T) {
	t.Parallel()
	_, brokers := startBroker(t, 1, "hang")
	publish(t, newProducer(t, brokers), shocks("hang", 0, "e", 5)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "hang")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var inCommit atomic.Bool
	s.refuse = func(commitCtx context.Context, _ int) error {
		inCommit.Store(true)
		<-commitCtx.Done()
		return commitCtx.Err()
	}
	ended := make(chan error, 1)
	go func() {
		_, err := run(t, ctx, s, source, ingest.Limits{Rows: 5, Drain: 300 * time.Millisecond})
		ended <- err
	}()
	wait(t, "the commit", inCommit.Load)
	stop()
	began := time.Now()
	if err := <-ended; !errors.Is(err, context.Canceled) || !errors.Is(err, ingest.ErrDrain) {
		t.Errorf("%v, want that the commit was canceled when the deadline was over", err)
	}
	if took := time.Since(began); took < 250*time.Millisecond || took > 5*time.Second {
		t.Errorf("gave up after %v, want 300 ms", took)
	}
	if len(s.positions) != 0 {
		t.Errorf("positions %v, want none", s.positions)
	}
}

// What the decoder could not place is counted by event type.
func TestUnknownFieldsAndOtherValuesAreCounted(t *testing.T) {
	_, brokers := startBroker(t, 1, "unplaced")
	publish(t, newProducer(t, brokers),
		&kgo.Record{Topic: "unplaced", Value: []byte(`{"id":"a","type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api","mood":1,"hue":2}`)},
		&kgo.Record{Topic: "unplaced", Value: []byte(`{"id":"b","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"x","action":"boost"}`)},
		&kgo.Record{Topic: "unplaced", Value: []byte(`{"id":"c","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"x","action":"wave","mood":1}`)})
	got := readAll(t, newStore(), brokers, "unplaced")
	if diff := cmp.Diff(map[string]int64{"platform.shock": 2, "social.engagement": 1}, got.UnknownFields); diff != "" {
		t.Errorf("unknown fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"social.engagement": 2}, got.OtherValues); diff != "" {
		t.Errorf("other values (-want +got):\n%s", diff)
	}
}
