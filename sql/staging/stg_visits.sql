-- stg_visits: somebody came to the company's own site.
--
-- grain: id
-- reads: raw.web_visit, meta.word, meta.erased
--
-- A resent id counts once, as it was known first.
-- A visit is that of its customer, else of its visitor; those of erased persons are left out.
-- utm_* come from landing_url where the event does not state them.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.web_visit
),
current_rows as (
    select * from copies where copy_number = 1
)
select
    case when erased_visitor.token is null then current_rows.visitor end as visitor,
    current_rows.customer,
    current_rows.landing_url,
    current_rows.referrer,
    coalesce(word_utm_source.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_source=([^&#]*)', 1)), '')) as utm_source,
    coalesce(word_utm_medium.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_medium=([^&#]*)', 1)), '')) as utm_medium,
    coalesce(word_utm_campaign.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_campaign=([^&#]*)', 1)), '')) as utm_campaign,
    current_rows.click_id,
    word_market.word as market,
    word_region.word as region,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased_visitor
    on current_rows.visitor = erased_visitor.token
left join meta.erased as erased_person
    on coalesce(current_rows.customer, current_rows.visitor) = erased_person.token
left join meta.word as word_utm_source
    on current_rows.utm_source = word_utm_source.code
left join meta.word as word_utm_medium
    on current_rows.utm_medium = word_utm_medium.code
left join meta.word as word_utm_campaign
    on current_rows.utm_campaign = word_utm_campaign.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_region
    on current_rows.region = word_region.code
left join meta.word as word_source
    on current_rows.source = word_source.code
where erased_person.token is null
