package warehouse

import (
	"context"
	"fmt"
)

// knownLetters counts messages of a batch that is read again and are dead letters already, from one partition.
type knownLetters struct{ letters, conflicts int64 }

func (k knownLetters) all() int64 { return k.letters + k.conflicts }

// leaveOutKnown takes out of batch_dead_letter what meta.dead_letter holds already, and counts it: to the ledger those
// messages are duplicates.
// counts is the expression that says whether a letter counts its message.
func (t *appending) leaveOutKnown(ctx context.Context, counts string) error {
	rows, err := t.w.writer.QueryContext(ctx, `
		select word.word, known.kafka_partition, count(*) filter (where known.code <> 'conflict'), count(*) filter (where known.code = 'conflict')
		from (
			select batch_dead_letter.kafka_topic, batch_dead_letter.kafka_partition, batch_dead_letter.code
			from batch_dead_letter
			semi join meta.dead_letter using (kafka_topic, kafka_partition, kafka_offset, event_number)
			where `+counts+`
		) as known
		inner join meta.word as word on known.kafka_topic = word.code
		group by word.word, known.kafka_partition`)
	if err != nil {
		return fmt.Errorf("look for known dead letters: %w", err)
	}
	defer rows.Close()
	if t.known == nil {
		t.known = make(map[partitionKey]knownLetters)
	}
	for rows.Next() {
		var key partitionKey
		var k knownLetters
		if err := rows.Scan(&key.topic, &key.partition, &k.letters, &k.conflicts); err != nil {
			return fmt.Errorf("look for known dead letters: %w", err)
		}
		sum := t.known[key]
		t.known[key] = knownLetters{sum.letters + k.letters, sum.conflicts + k.conflicts}
		t.counted.Conflicts -= k.conflicts
		t.counted.Duplicates += k.all()
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look for known dead letters: %w", err)
	}
	return t.exec(ctx, `
		delete from batch_dead_letter
		where rowid in (
			select batch_dead_letter.rowid
			from batch_dead_letter
			semi join meta.dead_letter using (kafka_topic, kafka_partition, kafka_offset, event_number)
		)`)
}
