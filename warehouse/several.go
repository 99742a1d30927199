package warehouse

import (
	"context"
	"fmt"
)

// Message is a run of events of one batch that a map made of one message. It counts once: as written if one of its events is new,
// else as a conflict if one is, else as a duplicate.
type Message struct {
	Topic     string
	Partition int32
	Offset    int64
	// Identity is that of its dead letters, in a batch of replayed ones.
	Identity string
	// First and Next bound the seq of its events, half-open.
	First, Next uint32
}

// messageKey is a message: its place in its log, and which of those that had the place.
type messageKey struct {
	partitionKey
	offset   int64
	identity string
}

// LeftOut counts what a map left out of a topic for one reason.
type LeftOut struct {
	Topic, Reason string
	Outputs       int64
}

// countMessages turns the counts of events into counts of messages, where a message has several events.
func (t *appending) countMessages(ctx context.Context, fresh bool) error {
	t.counted = t.outcome
	if len(t.b.Messages) == 0 {
		return nil
	}
	fates := make(map[uint32]string) // of events that are not new
	if !fresh {
		rows, err := t.w.writer.QueryContext(ctx, "select seq, fate from batch_fate where fate <> 'new'")
		if err != nil {
			return fmt.Errorf("list the fates of events: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var seq uint32
			var fate string
			if err := rows.Scan(&seq, &fate); err != nil {
				return fmt.Errorf("list the fates of events: %w", err)
			}
			fates[seq] = fate
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("list the fates of events: %w", err)
		}
	}
	t.beside, t.replayed = make(map[uint32]bool), make(map[messageKey]Outcome)
	for _, m := range t.b.Messages {
		t.countMessage(m, fates)
	}
	return nil
}

func (t *appending) countMessage(m Message, fates map[uint32]string) {
	var events Outcome
	conflict := false // one of its conflicts stands for the message already
	for seq := m.First; seq < m.Next; seq++ {
		switch fates[seq] {
		case "":
			events.Written++
		case "duplicate":
			events.Duplicates++
		default:
			events.Conflicts++
		}
	}
	message := events.once()
	for seq := m.First; seq < m.Next; seq++ {
		if fates[seq] == "conflict" {
			t.beside[seq] = conflict || message.Conflicts == 0
			conflict = true
		}
	}
	key := partitionKey{m.Topic, m.Partition}
	t.perPartition[key] = t.perPartition[key].less(events).plus(message)
	t.counted = t.counted.less(events).plus(message)
	t.counted.More += max(events.Written-1, 0)
	if len(t.b.Replayed) > 0 {
		t.replayed[messageKey{key, m.Offset, m.Identity}] = message
	}
}

// once is the outcome of a message with these events.
func (o Outcome) once() Outcome {
	switch {
	case o.Written > 0:
		return Outcome{Written: 1}
	case o.Conflicts > 0:
		return Outcome{Conflicts: 1}
	}
	return Outcome{Duplicates: 1}
}

func (o Outcome) plus(p Outcome) Outcome {
	return Outcome{o.Written + p.Written, o.Duplicates + p.Duplicates, o.Conflicts + p.Conflicts, o.More + p.More, o.Known + p.Known}
}

func (o Outcome) less(p Outcome) Outcome {
	return Outcome{o.Written - p.Written, o.Duplicates - p.Duplicates, o.Conflicts - p.Conflicts, o.More - p.More, o.Known - p.Known}
}

// leftOut writes down what maps left out.
func (t *appending) leftOut(ctx context.Context) error {
	for _, l := range t.b.LeftOut {
		if err := t.exec(ctx, "insert into meta.left_out values (?, ?, ?, ?)", t.id, l.Topic, l.Reason, l.Outputs); err != nil {
			return err
		}
	}
	return nil
}
