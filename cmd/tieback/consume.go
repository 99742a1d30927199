package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieback/ingest"
	"tieback/warehouse"
)

const (
	// closeGrace is how long the end of ingest may take beyond the drain deadline: the checkpoint, the socket.
	closeGrace = 30 * time.Second
	// reopenPause is between two tries to reach Kafka again after a pause.
	reopenPause = 2 * time.Second
)

// consuming is one ingest from Kafka. Now and then another command wants the warehouse without a writer beside it: then what
// was read is committed, reading stops, the other does its work, and reading goes on from the stored positions.
type consuming struct {
	*app
	w    *warehouse.Warehouse
	s    *settings
	maps topicMaps
	// translate reads messages that name a schema, nil where no registry is set.
	translate translator
	topics    []string
	untilEnd  bool
	watch     *monitor
	total     ingest.Summary
	// before is what the last source read; nil: there was none.
	before *ingest.Assignment
	// unpublished says that somebody was told that lag tools do not see positions.
	unpublished bool
	// alone delivers work to do while nothing is read; ended is closed when no more is taken.
	alone chan *lonelyWork
	ended chan struct{}
}

// lonelyWork wants the warehouse without a writer beside it, for the named command. done gets its outcome.
type lonelyWork struct {
	what string
	do   func() error
	done chan error
}

// errEnding refuses work that came too late.
var errEnding = errors.New("ingest is ending; ask again, the command then opens the warehouse itself")

// ingestKafka reads topics into the warehouse, and serves its control socket and HTTP meanwhile.
func (a *app) ingestKafka(ctx context.Context, s *settings, topics []string, untilEnd bool) (total ingest.Summary, err error) {
	tameMemory()
	maps, err := s.openMaps()
	if err != nil {
		return ingest.Summary{}, err
	}
	translate, err := a.translate(s)
	if err != nil {
		return ingest.Summary{}, err
	}
	defer a.endWithin(ctx, s.Run.DrainDeadline.value()+closeGrace)()
	// Told to stop while the warehouse is opened or anything else begins, ingest ends as at any other time.
	defer func(told context.Context) {
		var starting startingError
		if told.Err() != nil && errors.As(err, &starting) && exitCode(err) == exitFailed {
			a.log.Debug("told to stop while starting", "error", err)
			err = nil
		}
	}(ctx)
	watch, err := a.startMonitor(ctx, s)
	if err != nil {
		return ingest.Summary{}, startingError{err}
	}
	defer watch.close()
	w, err := a.open(ctx, s, "tieback ingest", true)
	if err != nil {
		return ingest.Summary{}, startingError{err}
	}
	defer a.close(w, &err)
	watch.opened(w)
	ctx, healthy := watchHealth(ctx, watch.alive(w.Healthy), healthEvery)
	c := &consuming{app: a, w: w, s: s, maps: maps, translate: translate, topics: topics, untilEnd: untilEnd, watch: watch, alone: make(chan *lonelyWork), ended: make(chan struct{})}
	stop, err := c.serveControl(ctx)
	if err != nil {
		return ingest.Summary{}, errors.Join(startingError{err}, healthy())
	}
	defer stop()
	err = c.run(ctx)
	return c.total, errors.Join(healthy(), err)
}

// startingError is why ingest did not begin.
type startingError struct{ error }

func (e startingError) Unwrap() error { return e.error }

// endWithin ends the process when it still runs that long after ctx has ended. Whatever hangs then, the warehouse holds whole
// batches only: it is as safe as to kill the process. ended takes the limit back.
func (a *app) endWithin(ctx context.Context, limit time.Duration) (ended func()) {
	if a.exit == nil {
		return func() {}
	}
	over := make(chan struct{})
	go func() {
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		select {
		case <-over:
		case <-time.After(limit):
			fmt.Fprintf(a.err, "tieback: did not end within %s after it was told to; what was committed stays\n", limit)
			a.exit(exitDrain)
		}
	}()
	return func() { close(over) }
}

// run reads until the end, the end of ctx or an error, with pauses for whoever wants the warehouse alone.
func (c *consuming) run(ctx context.Context) error {
	defer close(c.ended)
	for again := false; ; again = true {
		work, err := c.read(ctx, again)
		switch {
		case work == nil:
			return err
		case err != nil:
			work.done <- fmt.Errorf("ingest had to stop: %w", err)
			return err
		case ctx.Err() != nil:
			work.done <- errEnding
			return nil
		}
		c.serve(work)
	}
}

// serve does somebody's work, while nothing is read.
func (c *consuming) serve(work *lonelyWork) {
	c.watch.ready.pause(work.what)
	defer c.watch.ready.pause("")
	work.done <- work.do()
}

// whileAlone has work done while nothing is read. It returns what the work returned.
func (c *consuming) whileAlone(ctx context.Context, what string, do func() error) error {
	work := &lonelyWork{what, do, make(chan error, 1)}
	select {
	case c.alone <- work:
		return <-work.done
	case <-c.ended:
		return errEnding
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read reads until somebody wants the warehouse alone, whose work it returns, or until reading ends by itself.
func (c *consuming) read(ctx context.Context, again bool) (*lonelyWork, error) {
	source, stands, err := c.openSource(ctx, again)
	if ctx.Err() != nil && err != nil {
		return nil, nil // told to stop before anything was read
	}
	if err != nil {
		return nil, err
	}
	defer source.Close()
	if !again {
		fmt.Fprintf(c.err, "reading %d partitions of %v from %v\n", len(source.Partitions()), c.topics, c.s.Brokers)
	}
	positions := newPublisher(source.Publish, c.log, &c.unpublished)
	defer positions.close()
	positions.offer(stands)
	ctx, pause := context.WithCancel(ctx)
	var work *lonelyWork
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		select {
		case work = <-c.alone:
			pause()
		case <-ctx.Done():
		}
	}()
	result, err := c.runIngest(ctx, c.w, c.s, c.maps.source(source, c.translate), reading{translate: c.translate}, func(_ context.Context, d durable) {
		c.watch.committed(d)
		positions.offer(d.Positions())
	})
	pause()
	<-asked
	c.total.Add(result)
	return work, err
}

// standing is where the warehouse stands in each log, and the message before.
func standing(ctx context.Context, w *warehouse.Warehouse) (stored func(ingest.Partition) (int64, bool), marks func(ingest.Partition) ingest.Mark, err error) {
	positions, err := w.Positions(ctx)
	if err != nil {
		return nil, nil, err
	}
	stored = func(p ingest.Partition) (int64, bool) {
		at, known := positions[p.Topic][p.Partition]
		return at.Next, known
	}
	return stored, func(p ingest.Partition) ingest.Mark { return ingest.Mark(positions[p.Topic][p.Partition].Last) }, nil
}

// openSource opens Kafka at the stored positions and writes down what the logs lost. After a pause a broker that is away, or that
// answers with an error, is waited for, as it would have been without the pause, and so is a single topic or partition; whoever wants the warehouse alone gets it meanwhile.
// stands is where the warehouse stands in the partitions that are there.
func (c *consuming) openSource(ctx context.Context, again bool) (source *ingest.KafkaSource, stands map[ingest.Partition]int64, err error) {
	stored, marks, err := standing(ctx, c.w)
	if err != nil {
		return nil, nil, err
	}
	config := ingest.KafkaConfig{Brokers: c.s.Brokers, Topics: c.topics, UntilEnd: c.untilEnd, Marks: marks, OnReset: ingest.OffsetReset(c.s.OnOffsetReset), Group: c.s.Group,
		Security: c.s.Security.forIngest(), Refresh: c.refresh, Observe: c.watch.observer(), Log: c.log, Before: c.before}
	source, err = ingest.OpenKafka(ctx, config, stored)
	for again && err != nil && !errors.Is(err, ingest.ErrPositionLost) && ctx.Err() == nil {
		c.watch.failed(err)
		c.log.Warn("Kafka is not read after a pause, trying again", "error", err)
		select {
		case <-time.After(reopenPause):
		case work := <-c.alone:
			c.serve(work)
		case <-ctx.Done():
		}
		source, err = ingest.OpenKafka(ctx, config, stored)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, g := range source.Gaps {
		c.log.Warn("the log lost the stored position", "topic", g.Topic, "partition", g.Partition.Partition, "stored", g.Stored, "log_start", g.LogStart, "log_end", g.LogEnd, "resumed", g.Resumed)
		if err := c.w.RecordGap(ctx, g.Topic, g.Partition.Partition, g.Stored, g.LogStart, g.LogEnd, g.Resumed); err != nil {
			return nil, nil, errors.Join(err, source.Close())
		}
	}
	c.before = source.Assignment()
	c.watch.assigned(source.Partitions())
	stands = make(map[ingest.Partition]int64)
	for p, at := range source.Partitions() {
		if _, known := stored(p); known && !source.Away(p) {
			stands[p] = at
		}
	}
	return source, stands, nil
}

// reading is how messages are read: again says that they were read before (warehouse.Batch), translate reads those that name a
// schema, nil where there are none.
type reading struct {
	again     bool
	translate translator
}

// runIngest runs one source into the warehouse. Too many dead letters stop it after the batch in hand, by the same way as a
// signal: what was decoded is committed.
func (a *app) runIngest(ctx context.Context, w *warehouse.Warehouse, s *settings, source ingest.Source, how reading, committed func(context.Context, durable)) (ingest.Summary, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	letters := newDeadLetterWatch(s.Run.DeadLetters, a.now)
	// A stop that comes now is for Run to see: it ends without an error.
	sink, done, err := newSink(context.WithoutCancel(ctx), w, s, how.again, func(ctx context.Context, d durable) {
		if committed != nil {
			committed(ctx, d)
		}
		if how.again {
			return // most of them were dead letters before
		}
		if err := letters.committed(d); err != nil {
			stop(err)
		}
	})
	if err != nil {
		return ingest.Summary{}, err
	}
	defer done()
	limits := a.limits
	if limits.Drain == 0 {
		limits.Drain = s.Run.DrainDeadline.value()
	}
	runner := &ingest.Runner{Source: source, Sink: sink, Decoder: s.decoder, Translate: how.translate, Limits: limits, Progress: progress(a.err, a.now), Now: a.now}
	result, err := runner.Run(ctx)
	var many *tooManyDeadLettersError
	if errors.As(context.Cause(ctx), &many) {
		err = errors.Join(many, err)
	}
	return result, err
}
