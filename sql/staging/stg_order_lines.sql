-- stg_order_lines: one line of an order; the current row of each key.
--
-- grain: source, order_id, line_id
-- reads: raw.sale_line, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.sale_line
),
revisions as (
    select
        *,
        row_number() over (partition by source, order_id, line_id order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    current_rows.order_id,
    current_rows.line_id,
    word_sku.word as sku,
    current_rows.quantity,
    current_rows.gross,
    word_currency.word as currency,
    current_rows.discount,
    current_rows.cost_of_goods,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_sku
    on current_rows.sku = word_sku.code
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_source
    on current_rows.source = word_source.code
