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
			dead_letter.payload, dead_letter.message_key, dead_letter.headers
		from meta.dead_letter as dead_letter
		inner join meta.word as word on dead_letter.kafka_topic = word.code
		` + where + `
		order by dead_letter.known_at, word.word, dead_letter.kafka_partition, dead_letter.kafka_offset`
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
		if err := rows.Scan(&d.Topic, &d.Partition, &d.Offset, &d.KnownAt, &d.Code, &d.Field, &d.Reason, &d.Payload, &d.Key, &d.Headers); err != nil {
			return nil, fmt.Errorf("list dead letters: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Discard forgets dead letters for good and says how many. The batch ledger keeps counting them.
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

// replays removes the dead letters that this batch made events of, and posts a line to the ledger that takes them
// back, so that the reconciliation of their partition stays exact. Positions do not move. It runs before the
// batch's own conflicts become dead letters again.
func (t *appending) replays(ctx context.Context) error {
	taken := make(map[partitionKey]Outcome) // Written holds dead letters taken back, Conflicts conflicts
	for _, d := range t.b.Replayed {
		if err := t.exec(ctx, deleteDeadLetter, d.Partition, d.Offset, d.Topic); err != nil {
			return err
		}
		key := partitionKey{d.Topic, d.Partition}
		o := taken[key]
		if d.Code == "conflict" {
			o.Conflicts++
		} else {
			o.Written++
		}
		taken[key] = o
	}
	for key, back := range taken {
		o := t.perPartition[key]
		if err := t.exec(ctx, "insert into meta.batch values (?, ?, ?, null, null, 0, ?, ?, ?, ?, 0, ?)",
			t.id, key.topic, key.partition, o.Written, o.Duplicates, o.Conflicts-back.Conflicts, -back.Written, t.w.now().UTC()); err != nil {
			return err
		}
	}
	return nil
}
