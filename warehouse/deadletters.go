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

// order is the order in which dead letters became known, up to the limit.
func (f DeadLetterFilter) order() string {
	order := "order by dead_letter.known_at, word.word, dead_letter.kafka_partition, dead_letter.kafka_offset"
	if f.Limit > 0 {
		order += fmt.Sprintf(" limit %d", f.Limit)
	}
	return order
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
		` + f.order()
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
func (w *Warehouse) Discard(ctx context.Context, f DeadLetterFilter) (int64, error) {
	where, args := f.where()
	query := `
		delete from meta.dead_letter
		where rowid in (
			select dead_letter.rowid
			from meta.dead_letter as dead_letter
			inner join meta.word as word on dead_letter.kafka_topic = word.code
			` + where + `
			` + f.order() + `
		)`
	var n int64
	err := w.write(func() error {
		result, err := w.db.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("discard dead letters: %w", explainWrite(err))
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// takeOut removes the dead letters that this batch makes events of, many with one statement: each looks through the table.
func (t *appending) takeOut(ctx context.Context, list []DeadLetter) error {
	const at = 500
	for from := 0; from < len(list); from += at {
		part := list[from:min(from+at, len(list))]
		values := make([]any, 0, 3*len(part))
		for _, d := range part {
			values = append(values, d.Topic, d.Partition, d.Offset)
		}
		err := t.exec(ctx, `
			delete from meta.dead_letter
			where rowid in (
				select dead_letter.rowid
				from (values `+strings.Repeat("(?, ?, ?), ", len(part)-1)+`(?, ?, ?)) as taken (topic, partition, place)
				inner join meta.word as word on taken.topic = word.word
				inner join meta.dead_letter as dead_letter
					on dead_letter.kafka_topic = word.code
					and dead_letter.kafka_partition = taken.partition
					and dead_letter.kafka_offset = taken.place
			)`, values...)
		if err != nil {
			return err
		}
	}
	return nil
}

// replays removes the dead letters that this batch made events of, and posts a line to the ledger that takes them
// back, so that the reconciliation of their partition stays exact. Positions do not move. It runs before the
// batch's own conflicts become dead letters again.
func (t *appending) replays(ctx context.Context) error {
	taken := make(map[partitionKey]Outcome) // Written holds dead letters taken back, Conflicts conflicts
	if err := t.takeOut(ctx, t.b.Replayed); err != nil {
		return err
	}
	for _, d := range t.b.Replayed {
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
