-- stg_shocks: a platform changed its rules, price, interface or was out of order.
--
-- grain: id
-- reads: raw.platform_shock, meta.word
--
-- A resent id counts once, as it was known first.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.platform_shock
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_platform.word as platform,
    cast(current_rows.kind as varchar) as kind,
    current_rows.note,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
left join meta.word as word_source
    on current_rows.source = word_source.code
