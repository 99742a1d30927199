package mapping

import (
	"context"
	"sync/atomic"
	"time"
)

// watch is the context of a worker's runs: it ends when one takes too long. It is made once, because a context for each record would cost more than
// many maps. gojq looks at Done before each step; until the end that is no channel at all, which costs least to look at.
type watch struct {
	context.Context
	over  *atomic.Bool
	timer *time.Timer
}

// ended is a channel that is closed.
var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func newWatch() *watch { return &watch{Context: context.Background(), over: new(atomic.Bool)} }

// Done is closed when the run has taken too long.
func (w *watch) Done() <-chan struct{} {
	if w.over.Load() {
		return ended
	}
	return nil
}

// Err says why Done is closed.
func (w *watch) Err() error {
	if w.over.Load() {
		return context.DeadlineExceeded
	}
	return nil
}

// start begins the time of one run, stop ends it.
func (w *watch) start() {
	if w.timer != nil {
		w.timer.Reset(maxRun)
		return
	}
	over := new(atomic.Bool)
	w.over = over
	w.timer = time.AfterFunc(maxRun, func() { over.Store(true) })
}

func (w *watch) stop() {
	if !w.timer.Stop() {
		w.timer = nil // it has fired, or is about to: the next run gets a new one
	}
}

// look ends the watch when at is the same for two looks in a row, unless ctx ends before. At −1 there is nothing to watch.
func (w *watch) look(ctx context.Context, at *atomic.Int64) {
	tick := time.NewTicker(maxRun)
	defer tick.Stop()
	for last := int64(-1); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := at.Load()
		if now >= 0 && now == last {
			w.over.Store(true)
			return
		}
		last = now
	}
}
