-- stg_consents: a person gave or withdrew consent.
--
-- grain: id
-- reads: raw.consent_changed, meta.word, meta.erased
--
-- A resent id counts once, as it was known first. Those of erased persons are left out.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.consent_changed
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_person_kind.word as person_kind,
    current_rows.person,
    cast(current_rows.purpose as varchar) as purpose,
    current_rows.granted,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased
    on current_rows.person = erased.token
left join meta.word as word_person_kind
    on current_rows.person_kind = word_person_kind.code
left join meta.word as word_source
    on current_rows.source = word_source.code
where erased.token is null
