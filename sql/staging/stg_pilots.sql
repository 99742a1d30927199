-- stg_pilots: each pilot as it stood before it started.
--
-- grain: pilot
-- reads: raw.pilot_registered, meta.word
--
-- What counts is the last registration up to the first moment (UTC) of starts_on, by the time it states; a pilot registered only later keeps its first one and is
-- not registered in time.

with named as (
    select
        registered.*,
        word.word as pilot_name,
        registered.occurred_at <= cast(registered.starts_on as timestamp) as in_time
    from raw.pilot_registered as registered
    inner join meta.word as word
        on registered.pilot = word.code
),
ranked as (
    select
        *,
        row_number() over (
            partition by pilot_name
            order by case when in_time then 0 else 1 end, case when in_time then revision else -revision end desc, id
        ) as choice
    from named
)
select
    ranked.pilot_name as pilot,
    program_word.word as program,
    cast(ranked.unit as varchar) as unit,
    control_word.word as control,
    cast(ranked.metric as varchar) as metric,
    ranked.starts_on,
    ranked.ends_before,
    coalesce(cast(ranked.assignment as varchar), 'random') as assignment,
    coalesce(cast(ranked.analysis as varchar), 'fixed') as analysis,
    ranked.allocation,
    ranked.hurdle,
    ranked.planned_units,
    ranked.minimum_effect,
    ranked.cost_per_unit,
    currency_word.word as currency,
    ranked.hypothesis,
    ranked.in_time as registered_in_time
from ranked
left join meta.word as program_word
    on ranked.program = program_word.code
left join meta.word as control_word
    on ranked.control = control_word.code
left join meta.word as currency_word
    on ranked.currency = currency_word.code
where ranked.choice = 1
