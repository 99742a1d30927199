-- stg_erasures: a person asked to be erased.
--
-- grain: id
-- reads: raw.privacy_erasure, meta.word
--
-- A resent id counts once, as it was known first.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.privacy_erasure
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_person_kind.word as person_kind,
    current_rows.person,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_person_kind
    on current_rows.person_kind = word_person_kind.code
left join meta.word as word_source
    on current_rows.source = word_source.code
