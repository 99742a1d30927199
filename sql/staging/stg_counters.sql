-- stg_counters: a platform showed a cumulative count at a moment; a count that falls is a reset.
--
-- grain: id
-- reads: raw.social_counter, meta.word
--
-- A resent id counts once, as it was known first.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.social_counter
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_platform.word as platform,
    word_metric.word as metric,
    current_rows.value,
    word_content_id.word as content_id,
    word_venue.word as venue,
    word_program.word as program,
    word_campaign.word as campaign,
    word_market.word as market,
    word_region.word as region,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
left join meta.word as word_metric
    on current_rows.metric = word_metric.code
left join meta.word as word_content_id
    on current_rows.content_id = word_content_id.code
left join meta.word as word_venue
    on current_rows.venue = word_venue.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_campaign
    on current_rows.campaign = word_campaign.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_region
    on current_rows.region = word_region.code
left join meta.word as word_source
    on current_rows.source = word_source.code
