package warehouse

import (
	"context"
	"fmt"
	"slices"
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
	// Identity tells its message from others at the same place, which a topic made anew gives a second time. Dead letters of one
	// message have the same.
	Identity string
}

// letterIdentity is the identity of a dead letter: its mark, or its time where it was stored before there were marks.
const letterIdentity = "coalesce(cast(dead_letter.message_mark as varchar), cast(dead_letter.known_at as varchar))"

// DeadLetterFilter chooses dead letters; a zero field chooses all.
type DeadLetterFilter struct {
	Code, Topic string
	// Since and Before bound when they became known, half-open.
	Since, Before time.Time
	// Offset with Topic and Partition names one place; nil: all. Identity chooses one of the messages that had it.
	Partition *int32
	Offset    *int64
	Identity  string
	// Unsearched chooses those that were not searched yet for all erased persons.
	Unsearched bool
	// Limit is how many, the oldest first; 0: all.
	Limit int
	// Places leaves out what they hold: messages may be large, and many.
	Places bool
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
	if f.Identity != "" {
		add(letterIdentity+" = ?", f.Identity)
	}
	if f.Unsearched {
		parts = append(parts, unsearched)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "where " + strings.Join(parts, " and "), args
}

const unsearched = `not exists (
			select 1
			from meta.searched_letter as searched
			where searched.kafka_topic = dead_letter.kafka_topic
				and searched.kafka_partition = dead_letter.kafka_partition
				and searched.kafka_offset = dead_letter.kafka_offset
				and searched.message = ` + letterIdentity + `
				and searched.tokens = (select count(*) from meta.erased)
		)`

// MarkSearched remembers that these dead letters were searched for all erased persons.
func (w *Warehouse) MarkSearched(ctx context.Context, list []DeadLetter) error {
	w.writing.RLock()
	defer w.writing.RUnlock()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("mark dead letters as searched: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "delete from meta.searched_letter where tokens < (select count(*) from meta.erased)"); err != nil {
		return fmt.Errorf("mark dead letters as searched: %w", explainWrite(err))
	}
	for part := range slices.Chunk(list, lettersAtOnce) {
		values := make([]any, 0, 4*len(part))
		for _, d := range part {
			values = append(values, d.Topic, d.Partition, d.Offset, d.Identity)
		}
		_, err := tx.ExecContext(ctx, `
			insert into meta.searched_letter
			select word.code, searched.partition, searched.place, searched.identity, (select count(*) from meta.erased)
			from (values `+strings.Repeat("(?, ?, ?, ?), ", len(part)-1)+`(?, ?, ?, ?)) as searched (topic, partition, place, identity)
			inner join meta.word as word on searched.topic = word.word`, values...)
		if err != nil {
			return fmt.Errorf("mark dead letters as searched: %w", explainWrite(err))
		}
	}
	return tx.Commit()
}

// order is the order in which dead letters became known, up to the limit.
func (f DeadLetterFilter) order() string {
	order := "order by dead_letter.known_at, word.word, dead_letter.kafka_partition, dead_letter.kafka_offset, dead_letter.event_number"
	if f.Limit > 0 {
		order += fmt.Sprintf(" limit %d", f.Limit)
	}
	return order
}

// DeadLetters lists dead letters in the order in which they became known.
func (w *Warehouse) DeadLetters(ctx context.Context, f DeadLetterFilter) ([]DeadLetter, error) {
	where, args := f.where()
	bytes := "dead_letter.payload, dead_letter.message_key, dead_letter.headers"
	if f.Places {
		bytes = "null, null, null"
	} else {
		done, err := w.roomy(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	query := `
		select word.word, dead_letter.kafka_partition, dead_letter.kafka_offset, dead_letter.known_at, dead_letter.code, dead_letter.field, dead_letter.reason,
			` + bytes + `, dead_letter.event_number, ` + letterIdentity + `
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
		if err := rows.Scan(&d.Topic, &d.Partition, &d.Offset, &d.KnownAt, &d.Code, &d.Field, &d.Reason, &d.Payload, &d.Key, &d.Headers, &d.Event, &d.Identity); err != nil {
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

// expire forgets the dead letters that were stored that long ago: they hold personal data. The batch ledger keeps counting them.
func (w *Warehouse) expire(ctx context.Context, keep time.Duration) (n int64, err error) {
	if keep == 0 {
		return 0, nil
	}
	err = w.write(func() error {
		result, err := w.db.ExecContext(ctx, `
			delete from meta.dead_letter
			where rowid in (
				select dead_letter.rowid
				from meta.dead_letter as dead_letter
				inner join meta.word as word on dead_letter.kafka_topic = word.code
				inner join meta.batch as batch
					on word.word = batch.topic
					and dead_letter.kafka_partition = batch.partition
					and dead_letter.kafka_offset >= batch.first_offset
					and dead_letter.kafka_offset < batch.next_offset
				group by dead_letter.rowid
				having max(batch.committed_at) < ?
			)`, w.now().UTC().Add(-keep))
		if err != nil {
			return fmt.Errorf("forget old dead letters: %w", explainWrite(err))
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// lettersAtOnce is how many dead letters one statement names.
const lettersAtOnce = 500

// takenLetters joins dead letters with the messages that are replayed.
const takenLetters = `
		batch_replayed as taken
		inner join meta.word as word on taken.topic = word.word
		inner join meta.dead_letter as dead_letter
			on dead_letter.kafka_topic = word.code
			and dead_letter.kafka_partition = taken.partition
			and dead_letter.kafka_offset = taken.place
			and ` + letterIdentity + ` = taken.identity`

// take lists the messages of the replayed dead letters in batch_replayed.
func (t *appending) take(ctx context.Context) error {
	if err := t.exec(ctx, "create or replace temp table batch_replayed (topic varchar, partition integer, place bigint, identity varchar)"); err != nil {
		return err
	}
	for part := range slices.Chunk(t.b.Replayed, lettersAtOnce) {
		var values []any
		for _, d := range part {
			values = append(values, d.Topic, d.Partition, d.Offset, d.Identity)
		}
		if err := t.exec(ctx, "insert into batch_replayed values "+strings.Repeat("(?, ?, ?, ?), ", len(part)-1)+"(?, ?, ?, ?)", values...); err != nil {
			return err
		}
	}
	return t.exec(ctx, "create or replace temp table batch_replayed as select distinct * from batch_replayed")
}

// replays removes the dead letters of the messages that this batch read again, and posts a line to the ledger that takes them
// back, so that the reconciliation of their partition stays exact. Positions do not move. It runs before the
// batch's own conflicts become dead letters again.
func (t *appending) replays(ctx context.Context) error {
	if len(t.b.Replayed) == 0 {
		return nil
	}
	if err := t.take(ctx); err != nil {
		return err
	}
	lines, err := t.takeBack(ctx)
	if err != nil {
		return err
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

// takeBack removes the dead letters of the replayed messages and returns what that changes, by partition. A message that counts by
// another of its events changes no count. One whose dead letter was stored twice was consumed twice, and is a duplicate once.
func (t *appending) takeBack(ctx context.Context) (map[partitionKey]*replayLine, error) {
	rows, err := t.w.writer.QueryContext(ctx, `
		select taken.topic, taken.partition, taken.place, taken.identity, count(*) filter (dead_letter.code <> 'conflict'), count(*) filter (dead_letter.code = 'conflict')
		from `+takenLetters+`
		where dead_letter.counts
		group by taken.topic, taken.partition, taken.place, taken.identity`)
	if err != nil {
		return nil, fmt.Errorf("read how dead letters count: %w", err)
	}
	defer rows.Close()
	lines := make(map[partitionKey]*replayLine)
	for rows.Next() {
		var key messageKey
		var deadLetters, conflicts int64
		if err := rows.Scan(&key.topic, &key.partition, &key.offset, &key.identity, &deadLetters, &conflicts); err != nil {
			return nil, fmt.Errorf("read how dead letters count: %w", err)
		}
		line := lines[key.partitionKey]
		if line == nil {
			line = &replayLine{}
			lines[key.partitionKey] = line
		}
		line.deadLetters, line.conflicts = line.deadLetters+deadLetters, line.conflicts+conflicts
		if now, ok := t.replayed[key]; ok {
			line.now = line.now.plus(now).plus(Outcome{Duplicates: deadLetters + conflicts - 1})
		} else {
			line.leftOut += deadLetters + conflicts
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read how dead letters count: %w", err)
	}
	return lines, t.exec(ctx, "delete from meta.dead_letter where rowid in (select dead_letter.rowid from "+takenLetters+")")
}
