package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// fates decides for every event of the batch whether it is new, a duplicate or a
// conflict, and remembers the keys of the new ones.
//
// The same key on the same day is a duplicate if its content is equal, else a
// conflict. Keys of earlier batches are looked up by literal days, because DuckDB
// skips blocks only for literals; what came late lies apart in meta.seen_late.
func (t *appending) fates(ctx context.Context) error {
	t.perPartition = make(map[partitionKey]Outcome)
	if t.b.Keys.NumRows() == 0 {
		return nil
	}
	if err := t.materialize(ctx, "batch_key", t.b.Keys); err != nil {
		return err
	}
	days, err := t.days(ctx)
	if err != nil {
		return err
	}
	t.latest = days[len(days)-1].Add(24 * time.Hour)
	fresh, err := t.allNew(ctx, days)
	if err != nil {
		return err
	}
	fates := "(select *, 'new' as fate from batch_key)"
	if !fresh {
		fates = "batch_fate"
		if err := t.exec(ctx, strings.ReplaceAll(fateQuery, "/* seen */", seenQuery(days))); err != nil {
			return err
		}
	}
	if err := t.countFates(ctx, fates); err != nil {
		return err
	}
	if err := t.countMessages(ctx, fresh); err != nil {
		return err
	}
	return t.remember(ctx, fates)
}

// allNew says whether no key of the batch repeats or was seen before: the common case, which needs no fates.
func (t *appending) allNew(ctx context.Context, days []time.Time) (bool, error) {
	var fresh bool
	err := t.w.writer.QueryRowContext(ctx, `
		select
			(select count(*) = count(distinct key) from batch_key)
			and not exists (select 1 from (`+seenQuery(days)+`) as seen where seen.key in (select key from batch_key))`).Scan(&fresh)
	if err != nil {
		return false, fmt.Errorf("look for known keys: %w", err)
	}
	return fresh, nil
}

const fateQuery = `
create or replace temp table batch_fate as
with ranked as (
    select
        seq,
        key,
        occurred_at,
        content_hash,
        kafka_topic,
        kafka_partition,
        row_number() over (partition by key, cast(occurred_at as date) order by seq) as copy_number,
        first_value(content_hash) over (partition by key, cast(occurred_at as date) order by seq) as first_hash
    from batch_key
),
seen as (
    /* seen */
),
known as (
    select
        seen.key,
        cast(seen.occurred_at as date) as day,
        any_value(seen.content_hash) as content_hash
    from seen
    where seen.key in (select key from batch_key)
    group by seen.key, cast(seen.occurred_at as date)
)
select
    ranked.seq,
    ranked.key,
    ranked.occurred_at,
    ranked.content_hash,
    ranked.kafka_topic,
    ranked.kafka_partition,
    case
        when known.key is not null and known.content_hash = ranked.content_hash then 'duplicate'
        when known.key is not null then 'conflict'
        when ranked.copy_number = 1 then 'new'
        when ranked.content_hash = ranked.first_hash then 'duplicate'
        else 'conflict'
    end as fate
from ranked
left join known
    on ranked.key = known.key
    and cast(ranked.occurred_at as date) = known.day`

// days lists the days on which the batch's events happened.
func (t *appending) days(ctx context.Context) ([]time.Time, error) {
	rows, err := t.w.writer.QueryContext(ctx, "select distinct cast(occurred_at as date) as day from batch_key order by day")
	if err != nil {
		return nil, fmt.Errorf("list the days of a batch: %w", err)
	}
	defer rows.Close()
	var days []time.Time
	for rows.Next() {
		var day time.Time
		if err := rows.Scan(&day); err != nil {
			return nil, fmt.Errorf("list the days of a batch: %w", err)
		}
		days = append(days, day)
	}
	return days, rows.Err()
}

// seenQuery selects the keys that the days can hold. Those that came late are bounded as well: whole logs lie behind the stream where
// history is loaded beside it, or a long topic is read with a short one.
func seenQuery(days []time.Time) string {
	var parts []string
	between := func(from, to time.Time) {
		for _, table := range []string{"seen", "seen_late"} {
			parts = append(parts, fmt.Sprintf("select key, occurred_at, content_hash from meta.%s where occurred_at >= timestamp '%s' and occurred_at < timestamp '%s'",
				table, from.Format("2006-01-02"), to.AddDate(0, 0, 1).Format("2006-01-02")))
		}
	}
	if len(days) > maxDays {
		between(days[0], days[len(days)-1])
	} else {
		for _, day := range days {
			between(day, day)
		}
	}
	return strings.Join(parts, "\n    union all\n    ")
}

// countFates sums the fates per partition.
func (t *appending) countFates(ctx context.Context, fates string) error {
	rows, err := t.w.writer.QueryContext(ctx, `
		select word.word, counted.kafka_partition, counted.fate, counted.events
		from (
			select kafka_topic, kafka_partition, fate, count(*) as events
			from `+fates+`
			group by kafka_topic, kafka_partition, fate
		) as counted
		inner join meta.word as word on counted.kafka_topic = word.code`)
	if err != nil {
		return fmt.Errorf("count duplicates: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key partitionKey
		var fate string
		var n int64
		if err := rows.Scan(&key.topic, &key.partition, &fate, &n); err != nil {
			return fmt.Errorf("count duplicates: %w", err)
		}
		o := t.perPartition[key]
		switch fate {
		case "new":
			o.Written, t.outcome.Written = o.Written+n, t.outcome.Written+n
		case "duplicate":
			o.Duplicates, t.outcome.Duplicates = o.Duplicates+n, t.outcome.Duplicates+n
		default:
			o.Conflicts, t.outcome.Conflicts = o.Conflicts+n, t.outcome.Conflicts+n
		}
		t.perPartition[key] = o
	}
	return rows.Err()
}

// remember writes the keys of new events where a later batch will look for them. Late is what lies two days before all
// earlier batches; the rest is written in the order of time, so that meta.seen stays sorted but for edges.
func (t *appending) remember(ctx context.Context, fates string) error {
	if t.w.append.streamAt.IsZero() {
		return t.rememberIn(ctx, "seen", fates, "")
	}
	late := "timestamp '" + t.w.append.streamAt.Add(-lateAfter).Format("2006-01-02 15:04:05.000000") + "'"
	if err := t.rememberIn(ctx, "seen", fates, " and occurred_at >= "+late); err != nil {
		return err
	}
	return t.rememberIn(ctx, "seen_late", fates, " and occurred_at < "+late)
}

func (t *appending) rememberIn(ctx context.Context, table, fates, when string) error {
	return t.exec(ctx, "insert into meta."+table+" select key, occurred_at, content_hash from "+fates+" where fate = 'new'"+when)
}
