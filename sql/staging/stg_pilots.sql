-- stg_pilots: a pilot was registered; what counts is what stood before it starts; the current row of each key.
--
-- grain: pilot
-- reads: raw.pilot_registered, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.pilot_registered
),
revisions as (
    select
        *,
        row_number() over (partition by pilot order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_pilot.word as pilot,
    word_program.word as program,
    cast(current_rows.unit as varchar) as unit,
    word_control.word as control,
    cast(current_rows.metric as varchar) as metric,
    current_rows.starts_on,
    current_rows.ends_before,
    cast(current_rows.assignment as varchar) as assignment,
    cast(current_rows.analysis as varchar) as analysis,
    current_rows.allocation,
    current_rows.hurdle,
    current_rows.planned_units,
    current_rows.minimum_effect,
    current_rows.cost_per_unit,
    word_currency.word as currency,
    current_rows.hypothesis,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_pilot
    on current_rows.pilot = word_pilot.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_control
    on current_rows.control = word_control.code
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_source
    on current_rows.source = word_source.code
