package main

import (
	"fmt"
	"time"

	"tieback/ingest/event"
)

// deadLetterWatch looks at the batches committed lately and says when too many of their messages are dead letters.
// It counts from the start of the process: an operator who starts again after a stop wants to go on.
type deadLetterWatch struct {
	limits  deadLetterSettings
	window  time.Duration
	now     func() time.Time
	batches []seenBatch // the oldest first
	// consumed and codes are the sums over batches.
	consumed int64
	codes    map[event.Code]int64
}

// seenBatch is what one batch adds to the window. codes counts messages of which at least one event could not become a row: a map
// that makes a good event of each beside a broken one must not go on unnoticed.
type seenBatch struct {
	at       time.Time
	consumed int64
	codes    map[event.Code]int64
}

func newDeadLetterWatch(limits deadLetterSettings, now func() time.Time) *deadLetterWatch {
	return &deadLetterWatch{limits: limits, window: limits.Window.value(), now: now, codes: make(map[event.Code]int64)}
}

// tooManyDeadLettersError stops ingest. Everything it read is committed: dead letters are kept, and can be replayed.
type tooManyDeadLettersError struct {
	letters, consumed int64 // messages
	window            time.Duration
	// commonest is the code of most of them, count how many these are.
	commonest event.Code
	count     int64
}

func (e *tooManyDeadLettersError) Error() string {
	return fmt.Sprintf("too many dead letters: %d of %d messages within %s could not, or not whole, become rows, most of them (%d) because of %s; nothing is lost: "+
		"look at them with tieback dlq list --code %s, mend the settings or the producer, start again, and read them anew with tieback dlq replay",
		e.letters, e.consumed, e.window, e.count, e.commonest, e.commonest)
}

// committed adds a batch and forgets those that have left the window. The error is a *tooManyDeadLettersError.
func (d *deadLetterWatch) committed(b durable) error {
	now := d.now()
	batch := seenBatch{at: now, codes: b.Broken}
	for _, r := range b.Ranges {
		batch.consumed += r.Consumed
	}
	d.batches = append(d.batches, batch)
	d.add(batch, 1)
	for d.batches[0].at.Before(now.Add(-d.window)) {
		d.add(d.batches[0], -1)
		d.batches = d.batches[1:]
	}
	e := tooManyDeadLettersError{consumed: d.consumed, window: d.window}
	for code, n := range d.codes {
		e.letters += n
		if n > e.count || n == e.count && code < e.commonest {
			e.commonest, e.count = code, n
		}
	}
	share := *d.limits.MaxShare
	tooLarge := share > 0 && d.consumed >= d.limits.MinMessages && float64(e.letters) > share*float64(d.consumed)
	if d.limits.MaxCount > 0 && e.letters > d.limits.MaxCount || tooLarge {
		return &e
	}
	return nil
}

func (d *deadLetterWatch) add(b seenBatch, sign int64) {
	d.consumed += sign * b.consumed
	for code, n := range b.codes {
		d.codes[code] += sign * n
	}
}
