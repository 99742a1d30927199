package main

import (
	"context"
	"errors"
	"time"
)

// healthEvery is how often ingest asks whether the database still answers.
const healthEvery = 10 * time.Second

// watchHealth ends the returned context when check fails: after a fatal error DuckDB refuses everything although the process
// looks alive, and an idle ingest would not notice. stop ends the watch and returns what the check found.
func watchHealth(ctx context.Context, check func(context.Context) error, every time.Duration) (watched context.Context, stop func() error) {
	watched, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-tick.C:
				if err := check(watched); err != nil && watched.Err() == nil {
					cancel(unhealthyError{err})
				}
			}
		}
	}()
	return watched, func() error {
		cancel(context.Canceled)
		<-done
		var unhealthy unhealthyError
		if errors.As(context.Cause(watched), &unhealthy) {
			return unhealthy.error
		}
		return nil
	}
}

// unhealthyError tells a failed check from any other end of the context.
type unhealthyError struct{ error }
