-- stg_pilot_assignments: a unit was assigned to an arm; the first assignment of a unit stays; the current row of each key.
--
-- grain: pilot, unit_id
-- reads: raw.pilot_assigned, meta.word, meta.erased
--
-- A resent id counts once, as it was known first; then the first assignment of a unit stays; in_two_arms says that another arm was stated too.
-- Erased persons are left out.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.pilot_assigned
),
revisions as (
    select
        *,
        min(arm) over (partition by pilot, unit_id) <> max(arm) over (partition by pilot, unit_id) as in_two_arms,
        row_number() over (partition by pilot, unit_id order by known_at, kafka_topic, kafka_partition, kafka_offset) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_pilot.word as pilot,
    current_rows.unit_id,
    word_arm.word as arm,
    cast(current_rows.unit as varchar) as unit,
    word_stratum.word as stratum,
    current_rows.covariate,
    current_rows.in_two_arms,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased
    on current_rows.unit_id = cast(erased.token as varchar)
    and coalesce(cast(current_rows.unit as varchar), 'person') = 'person'
left join meta.word as word_pilot
    on current_rows.pilot = word_pilot.code
left join meta.word as word_arm
    on current_rows.arm = word_arm.code
left join meta.word as word_stratum
    on current_rows.stratum = word_stratum.code
left join meta.word as word_source
    on current_rows.source = word_source.code
where erased.token is null
