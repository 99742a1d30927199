-- stg_series_values: the value of an outside series on a day; the current row of each key.
--
-- grain: series, date, market
-- reads: raw.series_value, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.series_value
),
revisions as (
    select
        *,
        row_number() over (partition by series, date, market order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_series.word as series,
    current_rows.date,
    current_rows.value,
    word_market.word as market,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_series
    on current_rows.series = word_series.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_source
    on current_rows.source = word_source.code
