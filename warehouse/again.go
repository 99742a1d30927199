package warehouse

import (
	"context"
	"fmt"
)

// knownLetters counts messages of a batch that is read again and are dead letters already, from one partition.
type knownLetters struct{ letters, conflicts int64 }

func (k knownLetters) all() int64 { return k.letters + k.conflicts }

func (k knownLetters) plus(other knownLetters) knownLetters {
	return knownLetters{k.letters + other.letters, k.conflicts + other.conflicts}
}

// sameMessage says of two dead letters at one place, kept of the warehouse and batch of a batch, that they are of one message.
const sameMessage = `kept.kafka_topic = batch.kafka_topic
			and kept.kafka_partition = batch.kafka_partition
			and kept.kafka_offset = batch.kafka_offset
			and coalesce(kept.message_mark = batch.message_mark, kept.known_at = batch.known_at)`

// leaveOutKnown takes out of batch_dead_letter what meta.dead_letter holds already, and counts it: to the ledger those
// messages are duplicates. counts is the expression that says whether a letter counts its message.
func (t *appending) leaveOutKnown(ctx context.Context, counts string) error {
	const known = ` where rowid in (
			select batch.rowid
			from batch_dead_letter as batch
			inner join meta.dead_letter as kept on ` + sameMessage + ` and kept.event_number = batch.event_number
		)`
	found, err := t.countKnown(ctx, "batch_dead_letter"+known+" and "+counts)
	if err != nil {
		return err
	}
	t.counted.Conflicts -= found.conflicts
	t.counted.Duplicates += found.all()
	t.counted.Known += found.letters
	return t.exec(ctx, "delete from batch_dead_letter"+known)
}

// settleKnown removes the dead letters of messages that have become rows of temp now: what of such a message is still a dead
// letter is one of this batch. To the ledger their first reading is then a duplicate: the message counts as written once.
func (t *appending) settleKnown(ctx context.Context, temp, where string) error {
	seqs, err := t.seqs(ctx, "select seq from "+temp+" semi join meta.dead_letter using (kafka_topic, kafka_partition, kafka_offset)"+where+" order by seq")
	if err != nil || len(seqs) == 0 {
		return err
	}
	record, err := t.b.Conflicts(seqs)
	if err != nil {
		return err
	}
	defer record.Release()
	if err := t.materialize(ctx, "batch_settled", record); err != nil {
		return err
	}
	const settled = " where rowid in (select kept.rowid from batch_settled as batch inner join meta.dead_letter as kept on " + sameMessage + ")"
	if _, err := t.countKnown(ctx, "meta.dead_letter"+settled+" and counts"); err != nil {
		return err
	}
	return t.exec(ctx, "delete from meta.dead_letter"+settled)
}

// seqs lists what a query returns: places of events in the batch.
func (t *appending) seqs(ctx context.Context, query string) (seqs []uint32, err error) {
	rows, err := t.w.writer.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstLine(query), err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq uint32
		if err := rows.Scan(&seq); err != nil {
			return nil, fmt.Errorf("%s: %w", firstLine(query), err)
		}
		seqs = append(seqs, seq)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", firstLine(query), err)
	}
	return seqs, nil
}

// countKnown adds the dead letters that from selects to those of their partitions, and returns how many there are.
func (t *appending) countKnown(ctx context.Context, from string) (sum knownLetters, err error) {
	rows, err := t.w.writer.QueryContext(ctx, `
		select word.word, known.kafka_partition, count(*) filter (where known.code <> 'conflict'), count(*) filter (where known.code = 'conflict')
		from (select * from `+from+`) as known
		inner join meta.word as word on known.kafka_topic = word.code
		group by word.word, known.kafka_partition`)
	if err != nil {
		return sum, fmt.Errorf("look for known dead letters: %w", err)
	}
	defer rows.Close()
	if t.known == nil {
		t.known = make(map[partitionKey]knownLetters)
	}
	for rows.Next() {
		var key partitionKey
		var k knownLetters
		if err := rows.Scan(&key.topic, &key.partition, &k.letters, &k.conflicts); err != nil {
			return sum, fmt.Errorf("look for known dead letters: %w", err)
		}
		t.known[key] = t.known[key].plus(k)
		sum = sum.plus(k)
	}
	if err := rows.Err(); err != nil {
		return sum, fmt.Errorf("look for known dead letters: %w", err)
	}
	return sum, nil
}
