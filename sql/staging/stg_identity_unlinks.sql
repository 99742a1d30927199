-- stg_identity_unlinks: two identities do not belong to one person after all.
--
-- grain: id
-- reads: raw.identity_unlink, meta.word, meta.erased
--
-- A resent id counts once, as it was known first. Those of erased persons are left out.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.identity_unlink
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_a_kind.word as a_kind,
    current_rows.a,
    word_b_kind.word as b_kind,
    current_rows.b,
    cast(current_rows.method as varchar) as method,
    current_rows.confidence,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased_a
    on current_rows.a = erased_a.token
left join meta.erased as erased_b
    on current_rows.b = erased_b.token
left join meta.word as word_a_kind
    on current_rows.a_kind = word_a_kind.code
left join meta.word as word_b_kind
    on current_rows.b_kind = word_b_kind.code
left join meta.word as word_source
    on current_rows.source = word_source.code
where erased_a.token is null and erased_b.token is null
