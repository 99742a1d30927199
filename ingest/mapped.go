package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// mappedAtOnce is the least number of records for which a further goroutine is worth starting.
const mappedAtOnce = 64

// MappedSource lets maps turn the records of its topics into events while they are read: Run decodes the last chunk meanwhile. The
// records of a chunk are mapped by several goroutines and keep their order.
type MappedSource struct {
	Source
	// maps chooses the map of a topic, nil for topics that carry events.
	maps func(topic string) *mapping.Map
	// translate reads records that name a schema before they are mapped, as Runner.Translate does; nil where there are none.
	translate func(context.Context, *event.Message) (*event.Message, error)
	at        int
	workers   map[*mapping.Map][]*mapping.Worker
}

// NewMappedSource wraps a source; at says how many goroutines work on one chunk. translate may be nil.
func NewMappedSource(source Source, maps func(topic string) *mapping.Map, translate func(context.Context, *event.Message) (*event.Message, error), at int) *MappedSource {
	return &MappedSource{Source: source, maps: maps, translate: translate, at: max(at, 1), workers: make(map[*mapping.Map][]*mapping.Worker)}
}

// Next waits for the next chunk and maps it.
func (s *MappedSource) Next(ctx context.Context) (*Chunk, error) {
	chunk, err := s.Source.Next(ctx)
	if err != nil {
		return nil, err
	}
	m := s.maps(chunk.Topic)
	if m == nil {
		return chunk, nil
	}
	workers, err := s.workersOf(m)
	if err != nil {
		return nil, err
	}
	n := min(len(workers), 1+len(chunk.Records)/mappedAtOnce)
	made := make([]mapping.Result, len(chunk.Records))
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		from, to := i*len(made)/n, (i+1)*len(made)/n
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = s.mapRecords(ctx, workers[i], chunk.Records[from:to], made[from:to])
		}()
	}
	wg.Wait()
	return chunk, errors.Join(errs...)
}

// mapRecords maps records by one worker, each after it was read by its schema. What is invalid keeps its own reason.
func (s *MappedSource) mapRecords(ctx context.Context, w *mapping.Worker, records []Record, made []mapping.Result) error {
	value := func(j int) []byte {
		if records[j].Invalid != nil {
			return nil
		}
		return records[j].Value
	}
	var faults map[int]*event.InvalidError
	if s.translate != nil {
		values := make([][]byte, len(records))
		faults = make(map[int]*event.InvalidError)
		for j := range records {
			if value(j) == nil {
				continue
			}
			plain, err := s.translate(ctx, &records[j].Message)
			if why := event.AsInvalid(err); why != nil {
				faults[j] = why
			} else if err != nil {
				return fmt.Errorf("offset %d: %w", records[j].Offset, err)
			} else {
				values[j] = plain.Value
			}
		}
		value = func(j int) []byte { return values[j] }
	}
	w.RunEach(len(records), value, made)
	for j, why := range faults {
		made[j] = mapping.Result{Fault: why}
	}
	for j := range records {
		if records[j].Invalid == nil {
			records[j].Made = &made[j]
		}
	}
	return nil
}

func (s *MappedSource) workersOf(m *mapping.Map) ([]*mapping.Worker, error) {
	for len(s.workers[m]) < s.at {
		w, err := m.NewWorker()
		if err != nil {
			return nil, err
		}
		s.workers[m] = append(s.workers[m], w)
	}
	return s.workers[m], nil
}

// made takes what a map made of a message: its events one after another, all at the message's place in the log.
//
// The message counts once. With at least one event that can be decoded it counts by its events, and those that cannot are dead letters
// beside it; without one it counts as a dead letter if one could not be decoded, else as left out.
func (r *running) made(decoder *event.Decoder, counts *Range, record *Record, at Position) error {
	made := record.Made
	record.Made = nil // the message is kept until its batch is committed, what was made of it need not be
	if made.Fault != nil {
		counts.DeadLetters++
		return r.Sink.Reject(&record.Message, at, made.Fault)
	}
	r.batch.leaveOut(at.Topic, made.LeftOut)
	good, bad := 0, []*event.InvalidError(nil)
	for i, text := range made.Events {
		// The event is known when its record is; the record's headers say nothing about it.
		m := event.Message{Value: text, Timestamp: record.Timestamp}
		err := decoder.Decode(&m, &r.row)
		if why := event.AsInvalid(err); why != nil {
			fault := *why
			fault.Event = i + 1
			bad = append(bad, &fault)
			continue
		}
		if err != nil {
			return err
		}
		good++
		r.batch.note(&r.row)
		if err := r.Sink.Append(&r.row, &record.Message, at); err != nil {
			return err
		}
	}
	switch {
	case good > 0:
		r.batch.Rows += good - 1
	case len(bad) > 0:
		counts.DeadLetters++
	default:
		counts.LeftOut++
	}
	for i, why := range bad {
		why.Beside = good > 0 || i > 0
		if err := r.Sink.Reject(&record.Message, at, why); err != nil {
			return err
		}
	}
	return nil
}

// leaveOut counts reasons.
func (b *openBatch) leaveOut(topic string, reasons []string) {
	for _, reason := range reasons {
		if b.LeftOut == nil {
			b.LeftOut = make(map[Reason]int64)
		}
		b.LeftOut[Reason{topic, reason}]++
	}
}
