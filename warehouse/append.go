package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Range says what a batch takes from one partition.
type Range struct {
	Topic                          string
	Partition                      int32
	First, Next                    int64
	Consumed, DeadLetters, LeftOut int64
	// Last is the last message of the range; none: the stored one stays.
	Last Mark
}

// Mark recognizes a message; Hash 0: none.
type Mark struct {
	Offset int64
	Hash   uint64
}

// Unplaced counts what the decoder could not place in one event type.
type Unplaced struct {
	EventType                  string
	UnknownFields, OtherValues int64
}

// Batch is one batch of events as Arrow records. Append reads it and releases nothing.
type Batch struct {
	// Rows by raw table; each record ends with the column seq.
	Rows map[string]arrow.RecordBatch
	// Keys has seq, key, occurred_at, content_hash, kafka_topic, kafka_partition of every event.
	Keys        arrow.RecordBatch
	DeadLetters arrow.RecordBatch
	// Conflicts makes dead letters of events, by seq; Append releases what it returns. Where messages are read again it is also asked
	// for those whose place has a dead letter, to see whether it is theirs.
	Conflicts func(seqs []uint32) (arrow.RecordBatch, error)
	// NoConflicts, if set, is called as soon as it is known that Conflicts will not be.
	NoConflicts func()
	// Words are new dictionary entries, the first of which has the code FirstWord.
	Words     []string
	FirstWord int
	Ranges    []Range
	Unplaced  []Unplaced
	// Again says that the messages were read before: no position moves, and what was a dead letter is one already.
	Again bool
	// Messages are those of which a map made several events; in a batch of replayed dead letters all of them.
	Messages []Message
	LeftOut  []LeftOut
	// Replayed are dead letters of which this batch made events; all of their messages are removed with the same transaction.
	// Such a batch has no Ranges: replaying moves no position.
	Replayed []DeadLetter
}

// Outcome is what became of a batch, in messages.
type Outcome struct {
	Written, Duplicates, Conflicts int64
	// More is how many rows were written beyond one a message.
	More int64
	// Known of the Duplicates are dead letters that were kept before, where messages are read again.
	Known int64
}

// appendState is what Append remembers between batches.
type appendState struct {
	mu      sync.Mutex
	batchID int64
	// streamAt is the latest event time written; what lies more than two days before it is late. It never lies ahead of our clock by
	// more than a day: one producer whose clock is years ahead must not make everything that follows late.
	streamAt time.Time
}

// reach moves streamAt to at, or to as far as now allows.
func (s *appendState) reach(at, now time.Time) {
	if limit := now.UTC().Add(24 * time.Hour); at.After(limit) {
		at = limit
	}
	if at.After(s.streamAt) {
		s.streamAt = at
	}
}

// lateAfter is how far behind the stream an event's key moves to meta.seen_late.
const lateAfter = 48 * time.Hour

// maxDays is how many single days a dedup looks up one by one; beyond it one range is cheaper to plan.
const maxDays = 40

func (s *appendState) load(ctx context.Context, db *sql.DB, now time.Time) error {
	var at sql.NullTime
	err := db.QueryRowContext(ctx, "select (select coalesce(max(batch_id), 0) from meta.batch), (select max(occurred_at) from meta.seen)").Scan(&s.batchID, &at)
	if err != nil {
		return fmt.Errorf("read where ingest stands: %w", err)
	}
	s.reach(at.Time, now)
	return nil
}

// Append writes a batch and moves its positions in one transaction, or writes
// nothing. It trusts no commit: it reads the positions back before it returns.
func (w *Warehouse) Append(ctx context.Context, b *Batch) (Outcome, error) {
	w.append.mu.Lock()
	defer w.append.mu.Unlock()
	var outcome Outcome
	err := w.write(func() (err error) {
		outcome, err = w.appendPatiently(ctx, b)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	return outcome, w.checkpointIfLong(ctx)
}

// appendPatiently tries a second time with more memory.
func (w *Warehouse) appendPatiently(ctx context.Context, b *Batch) (Outcome, error) {
	outcome, err := w.appendOnce(ctx, b)
	if err == nil || !strings.Contains(err.Error(), "Out of Memory Error") {
		return outcome, err
	}
	// A batch that spans far more days or types than usual may need what a build needs.
	done, giveErr := w.roomy(ctx)
	if giveErr != nil {
		return Outcome{}, errors.Join(err, giveErr)
	}
	defer done()
	return w.appendOnce(ctx, b)
}

// appendOnce is one try of Append.
func (w *Warehouse) appendOnce(ctx context.Context, b *Batch) (Outcome, error) {
	t := &appending{w: w, b: b, id: w.append.batchID + 1}
	if err := t.exec(ctx, "begin"); err != nil {
		// A context that ended just then may have left the transaction open.
		_ = t.exec(context.WithoutCancel(ctx), "rollback")
		return Outcome{}, explainWrite(err)
	}
	if err := t.write(ctx); err != nil {
		rollback := t.exec(context.WithoutCancel(ctx), "rollback")
		for _, release := range t.held {
			release()
		}
		return Outcome{}, errors.Join(explainWrite(err), rollback)
	}
	w.append.batchID = t.id // taken, whatever becomes of the commit
	// A context that ends now must not leave a transaction open, nor make a batch look lost that is durable.
	if err := t.exec(context.WithoutCancel(ctx), "commit"); err != nil {
		return Outcome{}, explainWrite(err)
	}
	if err := t.verify(context.WithoutCancel(ctx)); err != nil {
		return Outcome{}, explainWrite(err)
	}
	w.append.reach(t.latest, w.now())
	return t.counted, nil
}

// explainWrite says what to do about a write that failed.
func explainWrite(err error) error {
	text := err.Error()
	switch {
	case diskFull(err):
		return fmt.Errorf("%w; nothing of this was written, free space and start again: %w", ErrDiskFull, err)
	case strings.Contains(text, "database has been invalidated"), strings.Contains(text, "FATAL Error"):
		return fmt.Errorf("%w, start again: %w", ErrInvalid, err)
	}
	return err
}

// appending is one transaction of Append.
type appending struct {
	w  *Warehouse
	b  *Batch
	id int64
	// outcome counts events, counted and perPartition count messages.
	outcome, counted Outcome
	// latest is the latest event time of the batch.
	latest time.Time
	// held releases what a statement that failed may still look at: DuckDB takes it apart when the next one begins.
	held []func()
	// perPartition counts fates by topic code and partition.
	perPartition map[partitionKey]Outcome
	// known counts what of a batch that is read again is a dead letter already.
	known map[partitionKey]knownLetters
	// beside says of a conflict, by seq, whether its message is counted by another of its events.
	beside map[uint32]bool
	// replayed holds the fates of the messages that this batch reads again.
	replayed map[messageKey]Outcome
}

type partitionKey struct {
	topic     string
	partition int32
}

func (t *appending) exec(ctx context.Context, query string, args ...any) error {
	if _, err := t.w.writer.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("%s: %w", firstLine(query), err)
	}
	return nil
}

func firstLine(query string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(query), "\n")
	if len(line) > 80 {
		line = line[:80]
	}
	return line
}

func (t *appending) write(ctx context.Context) error {
	if err := t.guard(ctx); err != nil {
		return err
	}
	if err := t.words(ctx); err != nil {
		return err
	}
	if err := t.fates(ctx); err != nil {
		return err
	}
	if t.outcome.Conflicts == 0 && !t.b.Again && t.b.NoConflicts != nil {
		t.b.NoConflicts()
	}
	if err := t.rows(ctx); err != nil {
		return err
	}
	if err := t.replays(ctx); err != nil {
		return err
	}
	if err := t.deadLetters(ctx); err != nil {
		return err
	}
	if err := t.leftOut(ctx); err != nil {
		return err
	}
	return t.ledger(ctx)
}

// words adds the new words to the dictionary, many with one statement.
func (t *appending) words(ctx context.Context) error {
	const at = 500
	for from := 0; from < len(t.b.Words); from += at {
		part := t.b.Words[from:min(from+at, len(t.b.Words))]
		values := make([]any, 0, 2*len(part))
		for i, word := range part {
			values = append(values, t.b.FirstWord+from+i, word)
		}
		if err := t.exec(ctx, "insert into meta.word values "+strings.Repeat("(?, ?), ", len(part)-1)+"(?, ?)", values...); err != nil {
			return err
		}
	}
	return nil
}

// guard refuses a batch that does not begin where the stored position stands.
func (t *appending) guard(ctx context.Context) error {
	if t.b.Again {
		return nil
	}
	for _, r := range t.b.Ranges {
		var at int64
		err := t.w.writer.QueryRowContext(ctx, "select next_offset from meta.position where topic = ? and partition = ?", r.Topic, r.Partition).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the position of %s partition %d: %w", r.Topic, r.Partition, err)
		}
		if at != r.First {
			return fmt.Errorf("%s partition %d: the batch begins at offset %d but the warehouse stands at %d; start ingest again", r.Topic, r.Partition, r.First, at)
		}
	}
	return nil
}

// materialize copies a record into a temporary table. A view over Arrow can be scanned once only, stays in the
// catalog, and ignores projections and filters: this is the one statement that may touch it.
func (t *appending) materialize(ctx context.Context, table string, record arrow.RecordBatch) error {
	return t.w.writer.Raw(func(dc any) error {
		reader, err := array.NewRecordReader(record.Schema(), []arrow.RecordBatch{record})
		if err != nil {
			return err
		}
		view, err := registerView(dc, reader, "arrow_batch")
		if err != nil {
			reader.Release()
			return fmt.Errorf("hand over %s: %w", table, err)
		}
		release := func() { view(); reader.Release() }
		exec := dc.(driver.ExecerContext)
		for _, statement := range []string{"create or replace temp table " + table + " as select * from arrow_batch", "drop view arrow_batch"} {
			if _, err := exec.ExecContext(ctx, statement, nil); err != nil {
				t.held = append(t.held, release)
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		release()
		return nil
	})
}

// rows inserts the events that are neither duplicates nor conflicts.
func (t *appending) rows(ctx context.Context) error {
	tables := make([]string, 0, len(t.b.Rows))
	for table := range t.b.Rows {
		tables = append(tables, table)
	}
	sort.Strings(tables)
	where := ""
	if t.outcome.Duplicates+t.outcome.Conflicts > 0 {
		where = " where seq not in (select seq from batch_fate where fate <> 'new')"
	}
	for _, table := range tables {
		if err := t.insertRows(ctx, table, where); err != nil {
			return err
		}
	}
	return nil
}

// insertRows inserts the rows of one table and notes their days.
func (t *appending) insertRows(ctx context.Context, table, where string) error {
	record := t.b.Rows[table]
	fields := record.Schema().Fields()
	last := len(fields) - 1 // seq
	temp := "batch_" + table
	if err := t.materialize(ctx, temp, record); err != nil {
		return err
	}
	columns := make([]string, last)
	for i, f := range fields[:last] {
		columns[i] = f.Name
	}
	list := strings.Join(columns, ", ")
	if err := t.exec(ctx, "insert into raw."+table+" ("+list+") select "+list+" from "+temp+where); err != nil {
		return err
	}
	if t.b.Again {
		if err := t.settleKnown(ctx, temp, where); err != nil {
			return err
		}
	}
	if err := t.exec(ctx, "insert into meta.touched_day select distinct cast(? as bigint), cast(? as varchar), cast(occurred_at as date) from "+temp+where, t.id, table); err != nil {
		return err
	}
	return t.exec(ctx, "drop table "+temp)
}

// deadLetters stores what could not be decoded, and conflicts.
func (t *appending) deadLetters(ctx context.Context) error {
	if t.b.DeadLetters.NumRows() > 0 {
		if err := t.insertDeadLetters(ctx, t.b.DeadLetters, "counts"); err != nil {
			return err
		}
	}
	if t.outcome.Conflicts == 0 {
		return nil
	}
	all, err := t.seqs(ctx, "select seq from batch_fate where fate = 'conflict' order by seq")
	if err != nil {
		return err
	}
	var seqs, beside []uint32
	for _, seq := range all {
		if t.beside[seq] {
			beside = append(beside, seq)
		} else {
			seqs = append(seqs, seq)
		}
	}
	return errors.Join(t.insertConflicts(ctx, seqs, "counts"), t.insertConflicts(ctx, beside, "false"))
}

func (t *appending) insertConflicts(ctx context.Context, seqs []uint32, counts string) error {
	if len(seqs) == 0 {
		return nil
	}
	record, err := t.b.Conflicts(seqs)
	if err != nil {
		return err
	}
	defer record.Release()
	return t.insertDeadLetters(ctx, record, counts)
}

// insertDeadLetters stores dead letters; counts is the expression that says whether they count messages.
func (t *appending) insertDeadLetters(ctx context.Context, record arrow.RecordBatch, counts string) error {
	if err := t.materialize(ctx, "batch_dead_letter", record); err != nil {
		return err
	}
	if t.b.Again {
		if err := t.leaveOutKnown(ctx, counts); err != nil {
			return err
		}
	}
	return t.exec(ctx, "insert into meta.dead_letter select * replace ("+counts+" as counts) from batch_dead_letter")
}

// ledger writes what the batch took and moves the positions.
func (t *appending) ledger(ctx context.Context) error {
	now := t.w.now().UTC()
	for _, r := range t.b.Ranges {
		o := t.perPartition[partitionKey{r.Topic, r.Partition}]
		known := t.known[partitionKey{r.Topic, r.Partition}]
		err := t.exec(ctx, "insert into meta.batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			t.id, r.Topic, r.Partition, r.First, r.Next, r.Consumed, o.Written, o.Duplicates+known.all(), o.Conflicts-known.conflicts, r.DeadLetters-known.letters, r.LeftOut, now)
		if err != nil {
			return err
		}
		if t.b.Again {
			continue
		}
		if err := t.move(ctx, r, now); err != nil {
			return err
		}
	}
	for _, u := range t.b.Unplaced {
		if err := t.exec(ctx, "insert into meta.unplaced values (?, ?, ?, ?)", t.id, u.EventType, u.UnknownFields, u.OtherValues); err != nil {
			return err
		}
	}
	return nil
}

// move moves the position of a partition.
func (t *appending) move(ctx context.Context, r Range, now time.Time) error {
	if r.Last.Hash != 0 {
		if err := t.exec(ctx, "delete from meta.position where topic = ? and partition = ?", r.Topic, r.Partition); err != nil {
			return err
		}
		return t.exec(ctx, "insert into meta.position values (?, ?, ?, ?, ?, ?)", r.Topic, r.Partition, r.Next, now, r.Last.Offset, r.Last.Hash)
	}
	result, err := t.w.writer.ExecContext(ctx, "update meta.position set next_offset = ?, updated_at = ? where topic = ? and partition = ?", r.Next, now, r.Topic, r.Partition)
	if err != nil {
		return fmt.Errorf("move the position of %s partition %d: %w", r.Topic, r.Partition, err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return t.exec(ctx, "insert into meta.position values (?, ?, ?, ?, null, null)", r.Topic, r.Partition, r.Next, now)
}

// verify reads the positions back: the commit of an aborted transaction reports success.
func (t *appending) verify(ctx context.Context) error {
	for _, r := range t.b.Ranges {
		if t.b.Again {
			break
		}
		var at int64
		err := t.w.writer.QueryRowContext(ctx, "select next_offset from meta.position where topic = ? and partition = ?", r.Topic, r.Partition).Scan(&at)
		if err != nil || at != r.Next {
			return fmt.Errorf("%s partition %d: the commit did not hold (position %d, want %d, %w); nothing of the batch was written, start again", r.Topic, r.Partition, at, r.Next, orNone(err))
		}
	}
	var lines int
	if err := t.w.writer.QueryRowContext(ctx, "select count(*) from meta.batch where batch_id = ?", t.id).Scan(&lines); err != nil || lines == 0 && len(t.b.Ranges)+len(t.b.Replayed) > 0 {
		return fmt.Errorf("the commit of batch %d did not hold (%w); nothing of it was written, start again", t.id, orNone(err))
	}
	return nil
}

// errNoAnswer stands where a commit left no trace and nothing said why.
var errNoAnswer = errors.New("no error was reported")

func orNone(err error) error {
	if err == nil {
		return errNoAnswer
	}
	return err
}
