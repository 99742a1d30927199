-- stg_engagements: one person did one thing to another on a platform.
--
-- grain: id
-- reads: raw.social_engagement, meta.word, meta.erased
--
-- A resent id counts once, as it was known first. An engagement of an erased person counts, without the person.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.social_engagement
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    word_platform.word as platform,
    cast(current_rows.action as varchar) as action,
    case when erased.token is null then current_rows.person end as person,
    cast(current_rows.direction as varchar) as direction,
    cast(current_rows.actor as varchar) as actor,
    word_venue.word as venue,
    word_content_id.word as content_id,
    current_rows.thread_id,
    current_rows.in_reply_to,
    word_crosspost_of.word as crosspost_of,
    word_program.word as program,
    word_campaign.word as campaign,
    word_market.word as market,
    word_region.word as region,
    word_language.word as language,
    current_rows.personal,
    current_rows.promotional,
    current_rows.paid,
    current_rows.undo,
    current_rows.text_hash,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased
    on current_rows.person = erased.token
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
left join meta.word as word_venue
    on current_rows.venue = word_venue.code
left join meta.word as word_content_id
    on current_rows.content_id = word_content_id.code
left join meta.word as word_crosspost_of
    on current_rows.crosspost_of = word_crosspost_of.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_campaign
    on current_rows.campaign = word_campaign.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_region
    on current_rows.region = word_region.code
left join meta.word as word_language
    on current_rows.language = word_language.code
left join meta.word as word_source
    on current_rows.source = word_source.code
