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

// leaveOutKnown takes out of batch_dead_letter what meta.dead_letter holds already, and counts it: to the ledger those
// messages are duplicates. counts is the expression that says whether a letter counts its message.
func (t *appending) leaveOutKnown(ctx context.Context, counts string) error {
	const known = "batch_dead_letter semi join meta.dead_letter using (kafka_topic, kafka_partition, kafka_offset, event_number)"
	found, err := t.countKnown(ctx, known+" where "+counts)
	if err != nil {
		return err
	}
	t.counted.Conflicts -= found.conflicts
	t.counted.Duplicates += found.all()
	t.counted.Known += found.letters
	return t.exec(ctx, "delete from batch_dead_letter where rowid in (select batch_dead_letter.rowid from "+known+")")
}

// settleKnown removes the dead letters of messages that have become rows of temp now: what of such a message is still a dead
// letter is one of this batch. To the ledger their first reading is then a duplicate: the message counts as written once.
func (t *appending) settleKnown(ctx context.Context, temp, where string) error {
	settled := "meta.dead_letter semi join (select kafka_topic, kafka_partition, kafka_offset from " + temp + where + ") as settled using (kafka_topic, kafka_partition, kafka_offset)"
	if _, err := t.countKnown(ctx, settled+" where dead_letter.counts"); err != nil {
		return err
	}
	return t.exec(ctx, "delete from meta.dead_letter where rowid in (select dead_letter.rowid from "+settled+")")
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
