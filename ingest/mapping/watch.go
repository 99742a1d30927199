package mapping

import (
	"context"
	"sync/atomic"
	"time"
)

// watch is the context of a worker's runs: it ends when one takes too long. It is made once, because a context for each record would cost more than
// many maps.
type watch struct {
	context.Context
	done  chan struct{}
	timer *time.Timer
}

func newWatch() *watch { return &watch{Context: context.Background()} }

// Done is closed when the run has taken too long.
func (w *watch) Done() <-chan struct{} { return w.done }

// Err says why Done is closed.
func (w *watch) Err() error {
	select {
	case <-w.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func (w *watch) start() {
	if w.timer != nil {
		w.timer.Reset(maxRun)
		return
	}
	done := make(chan struct{})
	w.done = done
	w.timer = time.AfterFunc(maxRun, func() { close(done) })
}

func (w *watch) stop() {
	if !w.timer.Stop() {
		w.timer = nil // it has fired: the next run gets a new one
	}
}

// look closes done when a record is worked on for too long, until ctx ends.
func (w *watch) look(ctx context.Context, at *atomic.Int64, done chan struct{}) {
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
			close(done)
			return
		}
		last = now
	}
}
