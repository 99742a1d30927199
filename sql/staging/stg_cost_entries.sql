-- stg_cost_entries: money spent on social work, spread evenly over its days; the current row of each key.
--
-- grain: source, entry_id, id
-- reads: raw.cost_entry, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.cost_entry
),
revisions as (
    select
        *,
        row_number() over (partition by source, entry_id, case when entry_id is null then id end order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    current_rows.amount,
    word_currency.word as currency,
    current_rows.starts_on,
    current_rows.ends_before,
    word_category.word as category,
    current_rows.entry_id,
    word_program.word as program,
    word_cost_center.word as cost_center,
    word_platform.word as platform,
    word_venue.word as venue,
    word_campaign.word as campaign,
    word_market.word as market,
    word_region.word as region,
    word_activity.word as activity,
    current_rows.hours,
    cast(current_rows.delivery as varchar) as delivery,
    current_rows.ledger_ref,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_category
    on current_rows.category = word_category.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_cost_center
    on current_rows.cost_center = word_cost_center.code
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
left join meta.word as word_venue
    on current_rows.venue = word_venue.code
left join meta.word as word_campaign
    on current_rows.campaign = word_campaign.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_region
    on current_rows.region = word_region.code
left join meta.word as word_activity
    on current_rows.activity = word_activity.code
left join meta.word as word_source
    on current_rows.source = word_source.code
