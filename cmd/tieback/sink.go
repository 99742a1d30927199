package main

import (
	"context"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// durable is a batch that was committed.
type durable struct {
	ingest.Batch
	ingest.Outcome
	// Codes counts the messages of which nothing became a row, by code, conflicts among them; Broken all of which at least one event
	// did not, where a map makes several, by the code of the first.
	Codes, Broken map[event.Code]int64
	// Refused counts dead letters by reason, conflicts among them.
	Refused deadReasons
	Took    time.Duration
}

// newSink joins ingest, transform and warehouse: events become Arrow records, and a batch becomes one
// transaction. committed is called after each durable batch. again is warehouse.Batch.Again.
func newSink(ctx context.Context, w *warehouse.Warehouse, s *settings, again bool, committed func(context.Context, durable)) (ingest.Sink, func(), error) {
	secret, err := s.secret()
	if err != nil {
		return ingest.Sink{}, nil, err
	}
	// Conflicts are sealed while the next batch is decoded: each side has its own Secret.
	sealing, err := s.secret()
	if err != nil {
		return ingest.Sink{}, nil, err
	}
	words, err := w.Words(ctx)
	if err != nil {
		return ingest.Sink{}, nil, err
	}
	reasons := make(deadReasons)
	// Outside Go's heap a batch's memory is free as soon as it is written, and the collector does not double it.
	builder := transform.NewBuilder(mallocator.NewMallocator(), secret, transform.NewWords(words))
	sink := ingest.Sink{
		Append: func(row *event.Row, m *event.Message, at ingest.Position) error {
			return builder.Append(row, m, transform.Position(at))
		},
		Reject: func(m *event.Message, at ingest.Position, why *event.InvalidError) error {
			reasons.add(why.Code, why.Reason, 1)
			return builder.Reject(m, transform.Position(at), why)
		},
		Cut: func(b ingest.Batch) func(context.Context) (ingest.Outcome, error) {
			cut := builder.Cut()
			refused := reasons
			reasons = make(deadReasons)
			return func(ctx context.Context) (ingest.Outcome, error) {
				defer cut.Release()
				began := time.Now()
				batch := warehouseBatch(b, cut, sealing)
				batch.Again = again
				letters := countLetters(cut.DeadLetters)
				makeConflicts := batch.Conflicts
				batch.Conflicts = func(seqs []uint32) (arrow.RecordBatch, error) {
					record, err := makeConflicts(seqs)
					if err == nil {
						letters.add(record)
					}
					return record, err
				}
				outcome, err := w.Append(ctx, batch)
				if err != nil || committed == nil {
					return ingest.Outcome(outcome), err
				}
				done := durable{Batch: b, Outcome: ingest.Outcome(outcome), Codes: letters.alone, Broken: letters.broken, Refused: refused, Took: time.Since(began)}
				if outcome.Conflicts > 0 {
					done.Codes[event.Conflict] += outcome.Conflicts
					done.Refused.add(event.Conflict, transform.ConflictReason, outcome.Conflicts)
				}
				committed(ctx, done)
				return done.Outcome, nil
			}
		},
	}
	return sink, builder.Close, nil
}

// warehouseBatch gives a batch the warehouse's types.
func warehouseBatch(b ingest.Batch, cut *transform.Batch, sealing *transform.Secret) *warehouse.Batch {
	out := &warehouse.Batch{
		Rows: cut.Rows, Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord,
		Conflicts:   func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, sealing) },
		NoConflicts: cut.Forget,
		Messages:    messagesOf(cut, 2), LeftOut: leftOutOf(b),
	}
	for _, r := range b.Ranges {
		out.Ranges = append(out.Ranges, warehouse.Range{Topic: r.Topic, Partition: r.Partition.Partition, First: r.First, Next: r.Next,
			Consumed: r.Consumed, DeadLetters: r.DeadLetters, LeftOut: r.LeftOut, Last: warehouse.Mark(r.Last)})
	}
	types := make(map[string]bool)
	for t := range b.UnknownFields {
		types[t] = true
	}
	for t := range b.OtherValues {
		types[t] = true
	}
	for t := range types {
		out.Unplaced = append(out.Unplaced, warehouse.Unplaced{EventType: t, UnknownFields: b.UnknownFields[t], OtherValues: b.OtherValues[t]})
	}
	sort.Slice(out.Unplaced, func(i, j int) bool { return out.Unplaced[i].EventType < out.Unplaced[j].EventType })
	return out
}

// progress prints a line to stderr at most every two seconds.
func progress(w io.Writer, now func() time.Time) func(ingest.Summary) {
	last := now()
	return func(s ingest.Summary) {
		if now().Sub(last) < 2*time.Second {
			return
		}
		last = now()
		fmt.Fprintf(w, "%d messages, %d written, %.0f/s\n", s.Consumed, s.Written, rate(s))
	}
}

func rate(s ingest.Summary) float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Consumed) / s.Elapsed.Seconds()
}
