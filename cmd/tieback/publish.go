package main

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"tieback/ingest"
)

const (
	// publishWait bounds one try to tell Kafka where the warehouse stands, and all of them after reading has ended.
	publishWait = 5 * time.Second
	// publishPause is between a try that failed and the next one.
	publishPause = 10 * time.Second
)

// publisher tells Kafka positions for lag tools, beside the commits: a coordinator that is away must not hold them up. One request is
// under way at a time, with the newest positions.
type publisher struct {
	publish func(context.Context, map[ingest.Partition]int64) error
	log     *slog.Logger
	// warned says whether somebody was told that it fails.
	warned *bool

	ctx    context.Context
	cancel context.CancelFunc
	// ending is closed when no more positions come, ended when nothing is under way any more.
	ending, ended chan struct{}
	// more holds a value when there are positions.
	more chan struct{}

	mu     sync.Mutex
	newest map[ingest.Partition]int64
}

func newPublisher(publish func(context.Context, map[ingest.Partition]int64) error, log *slog.Logger, warned *bool) *publisher {
	p := &publisher{publish: publish, log: log, warned: warned, ending: make(chan struct{}), ended: make(chan struct{}), more: make(chan struct{}, 1), newest: make(map[ingest.Partition]int64)}
	p.ctx, p.cancel = context.WithCancel(context.Background()) // the last positions are told after the end of reading
	go p.run()
	return p
}

// offer gives positions to publish, and returns at once.
func (p *publisher) offer(positions map[ingest.Partition]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.newest, positions)
	if len(p.newest) > 0 {
		select {
		case p.more <- struct{}{}:
		default:
		}
	}
}

// close tells what was not told yet, and waits for it, for a while.
func (p *publisher) close() {
	close(p.ending)
	limit := time.AfterFunc(publishWait, p.cancel)
	<-p.ended
	limit.Stop()
	p.cancel()
}

// run publishes until the end, and once more then.
func (p *publisher) run() {
	defer close(p.ended)
	for {
		select {
		case <-p.more:
		case <-p.ending:
			p.try()
			return
		}
		if p.try() {
			continue
		}
		select {
		case <-time.After(publishPause):
			p.offer(nil)
		case <-p.ending:
		}
	}
}

// try publishes the newest positions. Those that were not taken stay, unless newer ones have come.
func (p *publisher) try() bool {
	p.mu.Lock()
	positions := p.newest
	p.newest = make(map[ingest.Partition]int64)
	p.mu.Unlock()
	if len(positions) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(p.ctx, publishWait)
	defer cancel()
	err := p.publish(ctx, positions)
	if err == nil {
		*p.warned = false
		return true
	}
	if !*p.warned {
		*p.warned = true
		p.log.Warn("lag tools do not see how far ingest is: its positions are not published to the consumer group, trying again; nothing else depends on it", "error", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(positions, p.newest)
	p.newest = positions
	return false
}
