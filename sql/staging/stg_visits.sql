-- stg_visits: somebody came to the company's own site.
--
-- grain: id
-- reads: raw.web_visit, meta.word, meta.erased
--
-- A resent id counts once, as it was known first.
-- A visit is that of its customer, else of its visitor; those of erased persons are left out.
-- utm_* and click_id come from landing_url where the event does not state them; *_source says so. Of its query the disk
-- holds only these. What is no UTF-8 when it is decoded stays as it is written.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.web_visit
),
current_rows as (
    select * from copies where copy_number = 1
),
landed as (
    select
        *,
        replace(regexp_extract(landing_url, '(?i)[?&]utm_source=([^&]*)', 1), '+', ' ') as source_text,
        replace(regexp_extract(landing_url, '(?i)[?&]utm_medium=([^&]*)', 1), '+', ' ') as medium_text,
        replace(regexp_extract(landing_url, '(?i)[?&]utm_campaign=([^&]*)', 1), '+', ' ') as campaign_text,
        regexp_replace(landing_url, '(?i)[?&]utm_[^&]*', '', 'g') as landing_rest
    from current_rows
),
parsed as (
    select
        *,
        nullif(trim(coalesce(try(url_decode(source_text)), source_text)), '') as landing_source,
        nullif(trim(coalesce(try(url_decode(medium_text)), medium_text)), '') as landing_medium,
        nullif(trim(coalesce(try(url_decode(campaign_text)), campaign_text)), '') as landing_campaign
    from landed
)
select
    case when erased_visitor.token is null then parsed.visitor end as visitor,
    parsed.customer,
    parsed.landing_url,
    parsed.referrer,
    coalesce(word_utm_source.word, parsed.landing_source) as utm_source,
    case when word_utm_source.word is not null then 'stated' when parsed.landing_source is not null then 'landing url' end as utm_source_source,
    coalesce(word_utm_medium.word, parsed.landing_medium) as utm_medium,
    case when word_utm_medium.word is not null then 'stated' when parsed.landing_medium is not null then 'landing url' end as utm_medium_source,
    coalesce(word_utm_campaign.word, parsed.landing_campaign) as utm_campaign,
    case when word_utm_campaign.word is not null then 'stated' when parsed.landing_campaign is not null then 'landing url' end as utm_campaign_source,
    coalesce(parsed.click_id, nullif(regexp_extract(parsed.landing_rest, '[?&][^=&]+=([^&]+)', 1), '')) as click_id,
    case when parsed.click_id is null then nullif(lower(regexp_extract(parsed.landing_rest, '[?&]([^=&]+)=[^&]', 1)), '') end as click_parameter,
    word_market.word as market,
    word_region.word as region,
    word_source.word as source,
    parsed.id,
    parsed.revision,
    parsed.occurred_at,
    parsed.known_at
from parsed
left join meta.erased as erased_visitor
    on parsed.visitor = erased_visitor.token
left join meta.erased as erased_person
    on coalesce(parsed.customer, parsed.visitor) = erased_person.token
left join meta.word as word_utm_source
    on parsed.utm_source = word_utm_source.code
left join meta.word as word_utm_medium
    on parsed.utm_medium = word_utm_medium.code
left join meta.word as word_utm_campaign
    on parsed.utm_campaign = word_utm_campaign.code
left join meta.word as word_market
    on parsed.market = word_market.code
left join meta.word as word_region
    on parsed.region = word_region.code
left join meta.word as word_source
    on parsed.source = word_source.code
where erased_person.token is null
