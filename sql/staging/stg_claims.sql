-- stg_claims: what a platform says it brought in a period; the current row of each key.
--
-- grain: platform, program, campaign, starts_on, ends_before, currency
-- reads: raw.platform_claim, meta.word
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.platform_claim
),
revisions as (
    select
        *,
        row_number() over (partition by platform, program, campaign, starts_on, ends_before, currency order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
)
select
    word_platform.word as platform,
    current_rows.starts_on,
    current_rows.ends_before,
    current_rows.conversions,
    current_rows.conversions_value,
    current_rows.spend,
    word_currency.word as currency,
    word_program.word as program,
    word_campaign.word as campaign,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.word as word_platform
    on current_rows.platform = word_platform.code
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_campaign
    on current_rows.campaign = word_campaign.code
left join meta.word as word_source
    on current_rows.source = word_source.code
