-- stg_ledger_totals: what the books say the net revenue of a period was; the current row of each key.
--
-- grain: starts_on, ends_before, currency, market
-- reads: raw.ledger_total, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.ledger_total
),
revisions as (
    select
        *,
        row_number() over (partition by starts_on, ends_before, currency, market order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    current_rows.starts_on,
    current_rows.ends_before,
    word_currency.word as currency,
    current_rows.net_revenue,
    word_market.word as market,
    current_rows.closed,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_source
    on current_rows.source = word_source.code
