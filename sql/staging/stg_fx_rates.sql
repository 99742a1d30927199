-- stg_fx_rates: the price of one unit of a currency in another on a day; the current row of each key.
--
-- grain: base, quote, date
-- reads: raw.fx_rate, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.fx_rate
),
revisions as (
    select
        *,
        row_number() over (partition by base, quote, date order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_base.word as base,
    word_quote.word as quote,
    current_rows.rate,
    current_rows.date,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_base
    on current_rows.base = word_base.code
left join meta.word as word_quote
    on current_rows.quote = word_quote.code
left join meta.word as word_source
    on current_rows.source = word_source.code
