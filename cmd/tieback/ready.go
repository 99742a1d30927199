package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tieback/ingest"
)

const (
	// silentAfter is how long fetches may fail before ingest counts as cut off from Kafka.
	silentAfter = 15 * time.Second
	// stalledAfter is how long there may be something to read without a commit.
	stalledAfter = 2 * time.Minute
	// lowDisk is how much space must be free: DuckDB's log grows to 256 MB before it is folded into the file.
	lowDisk = 512 << 20
)

// readiness knows whether ingest does its work, and if not, why.
type readiness struct {
	now func() time.Time

	mu sync.Mutex
	// healthy asks the database, freeDisk how many bytes are free for it. Nil: the warehouse is not open yet.
	healthy  func(context.Context) error
	freeDisk func() (int64, error)
	// answered is when a broker last answered a fetch, failing since when and why fetches fail; zero: never, not.
	answered, failing time.Time
	failure           error
	draining          bool
	// durable is the position after the last commit, stable what can be read, by partition.
	durable, stable map[ingest.Partition]int64
	// behind is since when there is something to read and nothing was committed; zero: nothing to read.
	behind time.Time
	// pausedFor is the command for which reading stands still, pausedAt since when; empty: none.
	pausedFor string
	pausedAt  time.Time
}

func newReadiness(now func() time.Time) *readiness {
	return &readiness{now: now, durable: make(map[ingest.Partition]int64), stable: make(map[ingest.Partition]int64)}
}

// watchStore says how to ask the warehouse and its disk.
func (r *readiness) watchStore(healthy func(context.Context) error, freeDisk func() (int64, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.healthy, r.freeDisk = healthy, freeDisk
}

// assigned says where reading begins.
func (r *readiness) assigned(positions map[ingest.Partition]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, at := range positions {
		r.durable[p] = at
	}
}

// fetched notes an answer and returns how many offsets of its partition are not in the warehouse yet.
func (r *readiness) fetched(f ingest.Fetched) (lag int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answered, r.failing, r.failure = r.now(), time.Time{}, nil
	if _, known := r.durable[f.Partition]; !known {
		r.durable[f.Partition] = f.First // a partition that was added while reading
	}
	r.stable[f.Partition] = f.Stable
	r.measure(false)
	return max(0, f.Stable-r.durable[f.Partition])
}

func (r *readiness) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing.IsZero() {
		r.failing = r.now()
	}
	r.failure = err
}

// committed notes a durable batch and returns how far each of its partitions lags now.
func (r *readiness) committed(b ingest.Batch) map[ingest.Partition]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	lag := make(map[ingest.Partition]int64, len(b.Ranges))
	for _, rng := range b.Ranges {
		r.durable[rng.Partition] = rng.Next
		lag[rng.Partition] = max(0, r.stable[rng.Partition]-rng.Next)
	}
	r.measure(true)
	return lag
}

// measure keeps behind: it begins anew with every commit.
func (r *readiness) measure(progress bool) {
	var lag int64
	for p, stable := range r.stable {
		lag += max(0, stable-r.durable[p])
	}
	switch {
	case lag == 0:
		r.behind = time.Time{}
	case r.behind.IsZero() || progress:
		r.behind = r.now()
	}
}

// pause notes that reading stands still while another command has the warehouse; nothing: it goes on.
func (r *readiness) pause(command string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pausedFor, r.pausedAt = command, r.now()
	if command == "" && !r.behind.IsZero() {
		r.behind = r.now() // nobody could commit meanwhile
	}
}

// paused says for which command reading stands still.
func (r *readiness) paused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pausedFor == "" {
		return nil
	}
	return []string{fmt.Sprintf("paused: nothing is read since %s, while tieback %s has the warehouse", r.pausedAt.UTC().Format(time.RFC3339), r.pausedFor)}
}

// pausedLong says whether reading stands still for as long as would count as stalled.
func (r *readiness) pausedLong() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pausedFor != "" && r.now().Sub(r.pausedAt) >= stalledAfter
}

func (r *readiness) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}

// reasons lists why ingest is not ready; none: it is.
func (r *readiness) reasons(ctx context.Context) []string {
	reasons := r.ofStream()
	if pause := r.paused(); pause != nil && (len(reasons) > 0 || r.pausedLong()) {
		reasons = append(reasons, pause...)
	}
	r.mu.Lock()
	healthy, freeDisk := r.healthy, r.freeDisk
	draining := r.draining
	r.mu.Unlock()
	if healthy == nil || draining {
		return reasons
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := healthy(ctx); err != nil {
		reasons = append(reasons, "database: "+err.Error())
	}
	if free, err := freeDisk(); err != nil {
		reasons = append(reasons, "disk: "+err.Error())
	} else if free < lowDisk {
		reasons = append(reasons, fmt.Sprintf("disk: %d MiB are free for the warehouse, %d MiB are wanted", free>>20, lowDisk>>20))
	}
	return reasons
}

// ofStream lists what is wrong between Kafka and the last commit.
func (r *readiness) ofStream() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.draining {
		return []string{"draining: what was read is being committed"}
	}
	var reasons []string
	if r.answered.IsZero() {
		reasons = append(reasons, "starting: no broker has answered a fetch yet")
	}
	if !r.failing.IsZero() && now.Sub(r.failing) >= silentAfter {
		reasons = append(reasons, fmt.Sprintf("broker: fetches have failed since %s: %v", r.failing.UTC().Format(time.RFC3339), r.failure))
	}
	if !r.behind.IsZero() && now.Sub(r.behind) >= stalledAfter {
		reasons = append(reasons, fmt.Sprintf("stalled: there is something to read, and nothing was committed since %s", r.behind.UTC().Format(time.RFC3339)))
	}
	return reasons
}
