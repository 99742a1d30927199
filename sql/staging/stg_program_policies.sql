-- stg_program_policies: how much a program may spend ahead of what it has earned; the current row of each key.
--
-- grain: program
-- reads: raw.program_policy, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.program_policy
),
revisions as (
    select
        *,
        row_number() over (partition by program order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_program.word as program,
    current_rows.seed_budget,
    word_currency.word as currency,
    current_rows.reinvest,
    current_rows.hurdle,
    cast(current_rows.stage as varchar) as stage,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_source
    on current_rows.source = word_source.code
