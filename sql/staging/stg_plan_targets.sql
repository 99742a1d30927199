-- stg_plan_targets: what was planned for a figure in a period; the current row of each key.
--
-- grain: figure, starts_on, ends_before, currency, program, market
-- reads: raw.plan_target, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.plan_target
),
revisions as (
    select
        *,
        row_number() over (partition by figure, starts_on, ends_before, currency, program, market order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_figure.word as figure,
    current_rows.starts_on,
    current_rows.ends_before,
    current_rows.amount,
    word_currency.word as currency,
    word_program.word as program,
    word_market.word as market,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_figure
    on current_rows.figure = word_figure.code
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_source
    on current_rows.source = word_source.code
