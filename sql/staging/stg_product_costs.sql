-- stg_product_costs: what a product costs from a day on; the current row of each key.
--
-- grain: sku, currency, starts_on
-- reads: raw.product_cost, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.product_cost
),
revisions as (
    select
        *,
        row_number() over (partition by sku, currency, starts_on order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_sku.word as sku,
    current_rows.cost_of_goods,
    word_currency.word as currency,
    current_rows.starts_on,
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
