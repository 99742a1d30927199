-- stg_adjustments: an order's revenue was lowered or corrected after the fact; the current row of each key.
--
-- grain: source, adjustment_id
-- reads: raw.sale_adjustment, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.
-- It keeps the time at which it first happened: an update does not move it to another month.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.sale_adjustment
),
revisions as (
    select
        *,
        min(occurred_at) over (partition by source, adjustment_id) as first_occurred_at,
        row_number() over (partition by source, adjustment_id order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    current_rows.order_id,
    current_rows.adjustment_id,
    cast(current_rows.kind as varchar) as kind,
    current_rows.amount,
    word_currency.word as currency,
    current_rows.cost_of_goods,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.first_occurred_at as occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_source
    on current_rows.source = word_source.code
