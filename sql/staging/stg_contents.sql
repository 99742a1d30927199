-- stg_contents: a post, video or page was published or its description changed; the current row of each key.
--
-- grain: platform, content_id
-- reads: raw.social_content, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.social_content
),
revisions as (
    select
        *,
        row_number() over (partition by platform, content_id order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_platform.word as platform,
    word_content_id.word as content_id,
    word_venue.word as venue,
    word_program.word as program,
    word_campaign.word as campaign,
    word_market.word as market,
    word_language.word as language,
    word_format.word as format,
    current_rows.promotional,
    cast(current_rows.author as varchar) as author,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
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
left join meta.word as word_language
    on current_rows.language = word_language.code
left join meta.word as word_format
    on current_rows.format = word_format.code
left join meta.word as word_source
    on current_rows.source = word_source.code
