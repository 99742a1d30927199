package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// DeadLetter is a message that could not become a row. Payload, Key and Headers are sealed.
type DeadLetter struct {
	Topic                 string
	Partition             int32
	Offset                int64
	KnownAt               time.Time
	Code, Field, Reason   string
	Payload, Key, Headers []byte
	// Event says which of the events that a map made of the message is meant, from 1; 0: the whole message.
	Event int
}

// DeadLetterFilter chooses dead letters; a zero field chooses all.
type DeadLetterFilter struct {
	Code, Topic string
	// Since and Before bound when they became known, half-open.
	Since, Before time.Time
	// Offset with Topic and Partition names one message; nil: all.
	Partition *int32
	Offset    *int64
	// Limit is how many, the oldest first; 0: all.
	Limit int
}

// where is the filter as SQL over dead_letter joined with word.
func (f DeadLetterFilter) where() (string, []any) {
	var parts []string
	var args []any
	add := func(condition string, arg any) {
		parts = append(parts, condition)
		args = append(args, arg)
	}
	if f.Code != "" {
		add("dead_letter.code = ?", f.Code)
	}
	if f.Topic != "" {
		add("word.word = ?", f.Topic)
	}
	if !f.Since.IsZero() {
		add("dead_letter.known_at >= ?", f.Since.UTC())
	}
	if !f.Before.IsZero() {
		add("dead_letter.known_at < ?", f.Before.UTC())
	}
	if f.Partition != nil {
		add("dead_letter.kafka_partition = ?", *f.Partition)
	}
	if f.Offset != nil {
		add("dead_letter.kafka_offset = ?", *f.Offset)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "where " + strings.Join(parts, " and "), args
}

// DeadLetters lists dead letters in the order in which they became known.
func (w *Warehouse) DeadLetters(ctx context.Context, f DeadLetterFilter) ([]DeadLetter, error) {
	where, args := f.where()
	query := `
		select word.word, dead_letter.kafka_partition, dead_letter.kafka_offset, dead_letter.known_at, dead_letter.code, dead_letter.field, dead_letter.reason,
			dead_letter.payload, dead_letter.message_key, dead_letter.headers, dead_letter.event_number
		from meta.dead_letter as dead_letter
		inner join meta.word as word on dead_letter.kafka_topic = word.code
		` + where + `
		order by dead_letter.known_at, word.word, dead_letter.kafka_partition, dead_letter.kafka_offset, dead_letter.event_number`
	if f.Limit > 0 {
		query += fmt.Sprintf(" limit %d", f.Limit)
	}
	rows, err := w.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	defer rows.Close()
	var list []DeadLetter
	for rows.Next() {
		var d DeadLetter
		if err := rows.Scan(&d.Topic, &d.Partition, &d.Offset, &d.KnownAt, &d.Code, &d.Field, &d.Reason, &d.Payload, &d.Key, &d.Headers, &d.Event); err != nil {
			return nil, fmt.Errorf("list dead letters: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Discard forgets dead letters for good and says how many: of a message of which a map made several events, all of them. The batch
// ledger keeps counting them.
func (w *Warehouse) Discard(ctx context.Context, list []DeadLetter) (int, error) {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("discard dead letters: %w", err)
	}
	defer tx.Rollback()
	for _, d := range list {
		if _, err := tx.ExecContext(ctx, deleteDeadLetter, d.Partition, d.Offset, d.Topic); err != nil {
			return 0, fmt.Errorf("discard dead letters: %w", err)
		}
	}
	return len(list), tx.Commit()
}

const deleteDeadLetter = `
	delete from meta.dead_letter
	where kafka_partition = ? and kafka_offset = ? and kafka_topic = (select code from meta.word where word = ?)`

// replays removes the dead letters of the messages that this batch read again, and posts a line to the ledger that takes them
// back, so that the reconciliation of their partition stays exact. Positions do not move. It runs before the
// batch's own conflicts become dead letters again.
func (t *appending) replays(ctx context.Context) error {
	lines := make(map[partitionKey]*replayLine)
	done := make(map[messageKey]bool)
	for _, d := range t.b.Replayed {
		key := messageKey{partitionKey{d.Topic, d.Partition}, d.Offset}
		if done[key] {
			continue // another of the message's events
		}
		done[key] = true
		line := lines[key.partitionKey]
		if line == nil {
			line = &replayLine{}
			lines[key.partitionKey] = line
		}
		if err := t.takeBack(ctx, key, line); err != nil {
			return err
		}
	}
	for key, line := range lines {
		if err := t.exec(ctx, "insert into meta.batch values (?, ?, ?, null, null, 0, ?, ?, ?, ?, ?, ?)",
			t.id, key.topic, key.partition, line.now.Written, line.now.Duplicates, line.now.Conflicts-line.conflicts, -line.deadLetters, line.leftOut, t.w.now().UTC()); err != nil {
			return err
		}
	}
	return nil
}

// replayLine is what replaying changes in the ledger of one partition, in messages.
type replayLine struct {
	// deadLetters and conflicts are taken back; now and leftOut is what they became.
	deadLetters, conflicts, leftOut int64
	now                             Outcome
}

// takeBack removes the dead letters of one message. A message that counts by another of its events changes no count.
func (t *appending) takeBack(ctx context.Context, key messageKey, line *replayLine) error {
	var deadLetters, conflicts int64
	err := t.w.writer.QueryRowContext(ctx, `
		select count(*) filter (code <> 'conflict'), count(*) filter (code = 'conflict')
		from meta.dead_letter
		where counts and kafka_partition = ? and kafka_offset = ? and kafka_topic = (select code from meta.word where word = ?)`,
		key.partition, key.offset, key.topic).Scan(&deadLetters, &conflicts)
	if err != nil {
		return fmt.Errorf("read how a dead letter counts: %w", err)
	}
	if err := t.exec(ctx, deleteDeadLetter, key.partition, key.offset, key.topic); err != nil {
		return err
	}
	if deadLetters+conflicts == 0 {
		return nil
	}
	line.deadLetters, line.conflicts = line.deadLetters+deadLetters, line.conflicts+conflicts
	if now, ok := t.replayed[key]; ok {
		line.now = line.now.plus(now)
	} else {
		line.leftOut++
	}
	return nil
}
