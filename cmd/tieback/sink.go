package main

import (
	"context"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// newSink joins ingest, transform and warehouse: events become Arrow records, and a batch becomes one
// transaction. committed is called after each durable batch.
func newSink(ctx context.Context, w *warehouse.Warehouse, s *settings, committed func(context.Context, ingest.Batch)) (ingest.Sink, func(), error) {
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
	builder := transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(words))
	sink := ingest.Sink{
		Append: func(row *event.Row, m *event.Message, at ingest.Position) error {
			return builder.Append(row, m, transform.Position(at))
		},
		Reject: func(m *event.Message, at ingest.Position, why *event.InvalidError) error {
			return builder.Reject(m, transform.Position(at), why)
		},
		Cut: func(b ingest.Batch) func(context.Context) (ingest.Outcome, error) {
			cut := builder.Cut()
			return func(ctx context.Context) (ingest.Outcome, error) {
				defer cut.Release()
				outcome, err := w.Append(ctx, warehouseBatch(b, cut, sealing))
				if err == nil && committed != nil {
					committed(ctx, b)
				}
				return ingest.Outcome(outcome), err
			}
		},
	}
	return sink, builder.Close, nil
}

// warehouseBatch gives a batch the warehouse's types.
func warehouseBatch(b ingest.Batch, cut *transform.Batch, sealing *transform.Secret) *warehouse.Batch {
	out := &warehouse.Batch{
		Rows: cut.Rows, Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord,
		Conflicts: func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, sealing) },
		Messages:  messagesOf(cut, 2), LeftOut: leftOutOf(b),
	}
	for _, r := range b.Ranges {
		out.Ranges = append(out.Ranges, warehouse.Range{Topic: r.Topic, Partition: r.Partition.Partition, First: r.First, Next: r.Next,
			Consumed: r.Consumed, DeadLetters: r.DeadLetters, LeftOut: r.LeftOut})
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
