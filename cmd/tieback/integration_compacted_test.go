//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// compacted is a topic of one partition that the broker compacts every moment.
type compacted struct {
	*kafka
	topic           string
	plain, changing *kgo.Client
	// put counts the messages that were published and not aborted.
	put int
}

func newCompacted(t *testing.T, topic string) *compacted {
	t.Helper()
	p := newKafka(t, 1)
	p.remove(topic)
	p.create([]string{topic}, 1, nil, map[string]string{"cleanup.policy": "compact", "segment.ms": "50",
		"min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "100", "delete.retention.ms": "0"})
	return &compacted{kafka: p, topic: topic, plain: p.manual(), changing: p.manual(kgo.TransactionalID(t.Name()))}
}

// batch publishes one batch of messages with these keys; each message has an id of its own.
func (c *compacted) batch(producer *kgo.Client, keys ...string) {
	c.Helper()
	var list []*kgo.Record
	for _, key := range keys {
		c.put++
		list = append(list, &kgo.Record{Topic: c.topic, Key: []byte(key), Value: []byte(noteLine(fmt.Sprint(key, "-", c.put)))})
	}
	c.publish(producer, list...)
}

// round publishes batches, committed transactions and aborted ones. The next round overwrites all but one message of it.
func (c *compacted) round() {
	c.Helper()
	c.batch(c.plain, "a", "b", "c", "a", "b")
	c.batch(c.plain, "a", fmt.Sprint("kept", c.put), "b")
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := c.changing.BeginTransaction(); err != nil {
			c.Fatal(err)
		}
		before := c.put // the next messages have the ids of aborted ones: were those read, these would be duplicates
		c.batch(c.changing, "a", "c")
		if err := c.changing.EndTransaction(c.Context(), end); err != nil {
			c.Fatal(err)
		}
		if !end {
			c.put = before
		}
	}
	c.batch(c.plain, "d", "d", "d")
	time.Sleep(60 * time.Millisecond) // a segment is closed by the first message that comes after segment.ms
}

// left returns the messages that the log still holds, by offset.
func (c *compacted) left() map[int64]string {
	c.Helper()
	left := make(map[int64]string)
	for _, m := range c.read(c.topic, 1) {
		var event struct{ ID string }
		if err := json.Unmarshal(m.Value, &event); err != nil {
			c.Fatal(err)
		}
		left[m.Offset] = event.ID
	}
	return left
}

// shrinks waits until the cleaner has left at most so many messages.
func (c *compacted) shrinks(atMost int) {
	c.Helper()
	until(c.T, fmt.Sprintf("the log to be compacted to %d messages", atMost), func() bool {
		c.batch(c.plain, "tick") // the segment that is written to is never compacted
		time.Sleep(60 * time.Millisecond)
		return len(c.left()) <= atMost
	})
}

// whole ingests the topic and fails unless all that the log holds is in the warehouse, once, up to the log's end.
func (c *compacted) whole() (stored []string) {
	c.Helper()
	got := c.ingest("--topics", c.topic)
	stored = c.notes()
	if got.Consumed != got.Written || len(slices.Compact(slices.Clone(stored))) != len(stored) {
		c.Errorf("%+v, %d rows, want each message written once", got, len(stored))
	}
	for offset, id := range c.left() {
		if _, found := slices.BinarySearch(stored, id); !found {
			c.Errorf("%s at offset %d is in the log and not in the warehouse", id, offset)
		}
	}
	if end := fmt.Sprint(c.ends(c.topic, 1, false)[0]); c.stands(c.topic) != end {
		c.Errorf("the warehouse stands at %s, want the end of the log, %s", c.stands(c.topic), end)
	}
	if gaps := c.one("select count(*) from meta.offset_gap"); gaps != "0" {
		c.Errorf("%s gaps are recorded, want none: a hole is no loss", gaps)
	}
	c.reconciled(len(stored))
	return stored
}

// A compacted log has holes: single offsets, whole batches, aborted ones, and one at the very position where the warehouse
// stands. They are no loss: what is left is read, and no gap is recorded.
func TestIntegrationCompactedTopic(t *testing.T) {
	c := newCompacted(t, "compacted")
	for range 5 {
		c.round()
	}
	c.shrinks(20) // 5 kept ones, a to d and tick, and what the last segments hold
	first := c.whole()
	if len(first) > c.put/2 {
		t.Errorf("%d of %d messages were read: the log had too few holes for this test", len(first), c.put)
	}
	position := c.ends(c.topic, 1, false)[0]
	for range 5 {
		c.round()
	}
	c.shrinks(25)
	if id, found := c.left()[position]; found {
		t.Fatalf("%s still stands at offset %d: this test wants a hole there", id, position)
	}
	second := c.whole()
	t.Logf("%d messages published, %d read of the first half, %d of the second", c.put, len(first), len(second)-len(first))
	if len(second) <= len(first) || len(second) > c.put/2 {
		t.Errorf("%d messages were read, then %d more, of %d", len(first), len(second)-len(first), c.put)
	}
}
