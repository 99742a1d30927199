package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tieback/ingest/event"
)

// Limits say when a batch is full. A zero field takes the default.
type Limits struct {
	// Rows, Bytes: a batch is committed when it holds as many; defaults 122,880, DuckDB's row group, and 40 MiB.
	Rows, Bytes int
	// Wait: a smaller batch is committed when it is this old; default 2 s.
	Wait time.Duration
	// Drain is how long the last commit may take after the context has ended; default 30 s.
	Drain time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.Rows == 0 {
		l.Rows = 122_880
	}
	if l.Bytes == 0 {
		l.Bytes = 40 << 20
	}
	if l.Wait == 0 {
		l.Wait = 2 * time.Second
	}
	if l.Drain == 0 {
		l.Drain = 30 * time.Second
	}
	return l
}

// Summary counts what a run did, in messages.
type Summary struct {
	Consumed, Written, Duplicates, Conflicts, DeadLetters, LeftOut int64
	// More is how many rows maps made beyond one a message.
	More                       int64
	UnknownFields, OtherValues map[string]int64
	// Reasons counts what maps left out, by reason: messages, and parts of messages.
	Reasons map[string]int64
	Batches int64
	Elapsed time.Duration
}

// Runner runs one ingest.
type Runner struct {
	Source Source
	Sink   Sink
	// Decoder chooses the decoder of a topic.
	Decoder func(topic string) *event.Decoder
	// Translate, if set, returns a message as the decoder reads it, where its value is written otherwise; the sink gets the
	// message as it came. An *event.InvalidError makes a dead letter, any other error ends the run before the message.
	Translate func(context.Context, *event.Message) (*event.Message, error)
	Limits    Limits
	// Progress, if set, is called after every commit, from Run's goroutine.
	Progress func(Summary)
	// Now is the clock of batch ages and of Summary.Elapsed.
	Now func() time.Time
}

// Run consumes the source until it ends, the context ends or something fails. When
// the context ends, what was decoded is still committed, within Limits.Drain, and the
// error is nil. After an error nothing is lost: positions moved only with their rows, so that the
// next run continues where the last commit ended.
func (r *Runner) Run(ctx context.Context) (Summary, error) {
	sourceCtx, stop := context.WithCancel(ctx)
	defer stop()
	run := &running{Runner: r, limits: r.Limits.withDefaults(), started: r.Now()}
	// A commit that has begun is finished even when the context ends meanwhile.
	commits, release := drainContext(ctx, run.limits.Drain)
	defer release()
	run.commits = commits
	run.batch.reset()
	chunks, sourceErr := r.read(sourceCtx)
	err := run.loop(ctx, chunks)
	stop()
	for range chunks { // let the reader see that it may stop
	}
	if err == nil {
		err = run.finish(ctx)
	} else if waitErr := run.wait(); waitErr != nil {
		err = waitErr
	}
	run.summary.Elapsed = r.Now().Sub(run.started)
	if readErr := <-sourceErr; err == nil && readErr != nil && !errors.Is(readErr, context.Canceled) {
		err = readErr
	}
	return run.summary, err
}

// read pulls chunks in a goroutine of its own, two ahead of decoding.
func (r *Runner) read(ctx context.Context) (<-chan *Chunk, <-chan error) {
	chunks, failed := make(chan *Chunk, 2), make(chan error, 1)
	go func() {
		defer close(chunks)
		for {
			chunk, err := r.Source.Next(ctx)
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				failed <- err
				return
			}
			select {
			case chunks <- chunk:
			case <-ctx.Done():
				failed <- ctx.Err()
				return
			}
		}
	}()
	return chunks, failed
}

// running is the state of one run.
type running struct {
	*Runner
	limits  Limits
	started time.Time
	// commits is the context of commits: it ends Limits.Drain after Run's own.
	commits context.Context
	summary Summary
	batch   openBatch
	row     event.Row
	// committing delivers the outcome of the commit under way, nil if there is none.
	committing chan committed
}

type committed struct {
	batch   Batch
	outcome Outcome
	err     error
}

// loop decodes chunks and commits batches until the channel is closed or ctx ends.
func (r *running) loop(ctx context.Context, chunks <-chan *Chunk) error {
	tick := time.NewTicker(r.limits.Wait / 4)
	defer tick.Stop()
	for {
		select {
		case chunk, open := <-chunks:
			if !open {
				return nil
			}
			if err := r.take(ctx, chunk); err != nil {
				return err
			}
		case <-tick.C:
			// A clock that was set back makes an age below zero: nobody knows how old the batch is.
			if age := r.Now().Sub(r.batch.since); r.batch.since.IsZero() || age >= 0 && age < r.limits.Wait {
				continue
			}
			if err := r.cut(ctx); err != nil {
				return err
			}
		case done := <-r.committing:
			r.committing = nil
			if err := r.account(done); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// take decodes one chunk; a batch that is full on the way is cut between two messages.
func (r *running) take(ctx context.Context, chunk *Chunk) error {
	decoder := r.Decoder(chunk.Topic)
	r.batch.open(chunk, r.Now())
	for i := range chunk.Records {
		record := &chunk.Records[i]
		if err := r.message(ctx, decoder, chunk.Partition, record); err != nil {
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return nil // stopped while it waited for what this message needs; those before it are kept
			}
			return err
		}
		if r.batch.Rows >= r.limits.Rows || r.batch.Bytes >= r.limits.Bytes {
			if err := r.cut(ctx); err != nil {
				return err
			}
			rest := &Chunk{Partition: chunk.Partition, First: record.Offset + 1}
			r.batch.open(rest, r.Now())
		}
	}
	r.batch.advance(chunk.Partition, chunk.Next)
	return nil
}

// message decodes one message into the sink and counts it.
func (r *running) message(ctx context.Context, decoder *event.Decoder, p Partition, record *Record) error {
	m := &record.Message
	var err error
	if record.Invalid != nil {
		err = record.Invalid
	} else if r.Translate != nil && record.Value != nil && record.Made == nil {
		if m, err = r.Translate(ctx, m); err != nil && event.AsInvalid(err) == nil {
			return fmt.Errorf("%s partition %d offset %d: %w", p.Topic, p.Partition, record.Offset, err)
		}
	}
	at := Position{p.Topic, p.Partition, record.Offset}
	counts := r.batch.of(p)
	counts.Consumed++
	counts.Next = record.Offset + 1
	r.batch.last[r.batch.index[p]] = record
	r.batch.Rows++
	r.batch.Bytes += record.Size()
	if record.Value == nil {
		counts.LeftOut++ // a tombstone of a compacted topic states nothing
		return nil
	}
	if record.Made != nil {
		return r.made(decoder, counts, record, at)
	}
	if err == nil {
		err = decoder.Decode(m, &r.row)
	}
	if why := event.AsInvalid(err); why != nil {
		counts.DeadLetters++
		return r.Sink.Reject(&record.Message, at, why)
	}
	if err != nil {
		return err
	}
	r.batch.note(&r.row)
	return r.Sink.Append(&r.row, &record.Message, at)
}

// cut hands the open batch to a commit that runs beside the decoding of the next
// one. It waits for the commit before it, so that at most one is under way.
func (r *running) cut(ctx context.Context) error {
	if err := r.wait(); err != nil {
		return err
	}
	batch := r.batch.close()
	if len(batch.Ranges) == 0 {
		return nil
	}
	commit := r.Sink.Cut(batch)
	done := make(chan committed, 1)
	r.committing = done
	go func() {
		outcome, err := commit(r.commits)
		if err != nil && errors.Is(context.Cause(r.commits), ErrDrain) {
			err = fmt.Errorf("%w: %w", ErrDrain, err)
		}
		done <- committed{batch, outcome, err}
	}()
	return nil
}

// drainContext lives on for a while after its parent has ended; its cause is then ErrDrain.
func drainContext(ctx context.Context, drain time.Duration) (context.Context, context.CancelFunc) {
	drained, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(drain, func() { cancel(ErrDrain) }) })
	return drained, func() { stop(); cancel(nil) }
}

// wait waits for the commit under way.
func (r *running) wait() error {
	if r.committing == nil {
		return nil
	}
	done := <-r.committing
	r.committing = nil
	return r.account(done)
}

// finish commits what is left.
func (r *running) finish(ctx context.Context) error {
	if err := r.cut(ctx); err != nil {
		return err
	}
	return r.wait()
}

// account adds a committed batch to the summary.
func (r *running) account(done committed) error {
	if done.err != nil {
		return fmt.Errorf("commit a batch of %d messages: %w", done.batch.Rows, done.err)
	}
	s := &r.summary
	for _, rng := range done.batch.Ranges {
		s.Consumed += rng.Consumed
		s.DeadLetters += rng.DeadLetters
		s.LeftOut += rng.LeftOut
	}
	s.Written += done.outcome.Written
	s.DeadLetters -= done.outcome.Known
	s.Duplicates += done.outcome.Duplicates
	s.Conflicts += done.outcome.Conflicts
	s.More += done.outcome.More
	for why, n := range done.batch.LeftOut {
		s.Reasons = addCounts(s.Reasons, map[string]int64{why.Reason: n})
	}
	s.UnknownFields = addCounts(s.UnknownFields, done.batch.UnknownFields)
	s.OtherValues = addCounts(s.OtherValues, done.batch.OtherValues)
	s.Batches++
	if r.Progress != nil {
		s.Elapsed = r.Now().Sub(r.started)
		r.Progress(*s)
	}
	return nil
}

func addCounts(to, from map[string]int64) map[string]int64 {
	for name, n := range from {
		if to == nil {
			to = make(map[string]int64)
		}
		to[name] += n
	}
	return to
}

// openBatch is the batch that is being filled.
type openBatch struct {
	Batch
	index map[Partition]int
	// last is the last message of each range, nil before the first.
	last  []*Record
	since time.Time
}

func (b *openBatch) reset() {
	b.Batch = Batch{}
	b.index = make(map[Partition]int)
	b.last = nil
	b.since = time.Time{}
}

// open makes room for a chunk's partition.
func (b *openBatch) open(chunk *Chunk, now time.Time) {
	if b.since.IsZero() {
		b.since = now
	}
	if _, ok := b.index[chunk.Partition]; ok {
		return
	}
	b.index[chunk.Partition] = len(b.Ranges)
	b.Ranges = append(b.Ranges, Range{Partition: chunk.Partition, First: chunk.First, Next: chunk.First})
	b.last = append(b.last, nil)
}

func (b *openBatch) of(p Partition) *Range { return &b.Ranges[b.index[p]] }

// advance moves a partition's end past what was skipped.
func (b *openBatch) advance(p Partition, next int64) {
	if rng := b.of(p); next > rng.Next {
		rng.Next = next
	}
}

// note counts what the decoder could not place.
func (b *openBatch) note(row *event.Row) {
	if row.UnknownFields > 0 {
		b.UnknownFields = addCounts(b.UnknownFields, map[string]int64{row.Type.Name: int64(row.UnknownFields)})
	}
	if row.OtherValues > 0 {
		b.OtherValues = addCounts(b.OtherValues, map[string]int64{row.Type.Name: int64(row.OtherValues)})
	}
}

// close returns the batch without the partitions in which nothing moved, and starts a new one.
func (b *openBatch) close() Batch {
	batch := b.Batch
	moved := batch.Ranges[:0]
	for i, rng := range batch.Ranges {
		if b.last[i] != nil {
			rng.Last = markOf(b.last[i])
		}
		if rng.Next > rng.First {
			moved = append(moved, rng)
		}
	}
	batch.Ranges = moved
	b.reset()
	return batch
}
