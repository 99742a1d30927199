-- stg_reported_orders: an order as one source reports it; the current row of each key.
--
-- grain: source, order_id
-- reads: raw.sale_order, meta.word, meta.erased, stg_tills
--
-- is_counted: the source is a till of the order's channel, or its channel has no till. The others are compared and count nowhere.
-- A resent id counts once, as it was known first; then the highest revision of a key is current.
-- It keeps the time at which it first happened: an update does not move it to another month.
-- An order is that of its customer, else of its e-mail address, else of its visitor; one of an erased person counts, without any of them.
-- utm_* and click_id come from landing_url where the event does not state them; *_source says so. Of its query the disk
-- holds only these. What is no UTF-8 when it is decoded stays as it is written.

with copies as (
    select
        *,
        row_number() over (partition by id order by known_at, kafka_topic, kafka_partition, kafka_offset) as copy_number
    from raw.sale_order
),
revisions as (
    select
        *,
        min(occurred_at) over (partition by source, order_id) as first_occurred_at,
        row_number() over (partition by source, order_id order by revision desc, known_at desc, id) as revision_number
    from copies
    where copy_number = 1
),
current_rows as (
    select * from revisions where revision_number = 1
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
    parsed.order_id,
    parsed.gross,
    word_currency.word as currency,
    case when erased_person.token is null then parsed.customer end as customer,
    case when erased_person.token is null and erased_email.token is null then parsed.email end as email,
    case when erased_person.token is null and erased_visitor.token is null then parsed.visitor end as visitor,
    parsed.discount,
    parsed.tax,
    parsed.shipping,
    parsed.cost_of_goods,
    parsed.variable_cost,
    word_market.word as market,
    word_region.word as region,
    word_channel.word as channel,
    word_venue.word as venue,
    word_program.word as program,
    word_coupon.word as coupon,
    coalesce(word_utm_source.word, parsed.landing_source) as utm_source,
    case when word_utm_source.word is not null then 'stated' when parsed.landing_source is not null then 'landing url' end as utm_source_source,
    coalesce(word_utm_medium.word, parsed.landing_medium) as utm_medium,
    case when word_utm_medium.word is not null then 'stated' when parsed.landing_medium is not null then 'landing url' end as utm_medium_source,
    coalesce(word_utm_campaign.word, parsed.landing_campaign) as utm_campaign,
    case when word_utm_campaign.word is not null then 'stated' when parsed.landing_campaign is not null then 'landing url' end as utm_campaign_source,
    coalesce(parsed.click_id, nullif(regexp_extract(parsed.landing_rest, '[?&][^=&]+=([^&]+)', 1), '')) as click_id,
    case when parsed.click_id is null then nullif(lower(regexp_extract(parsed.landing_rest, '[?&]([^=&]+)=[^&]', 1)), '') end as click_parameter,
    parsed.landing_url,
    parsed.referrer,
    word_self_reported_source.word as self_reported_source,
    parsed.cocreated,
    parsed.subscription_id,
    parsed.ledger_ref,
    word_source.word as source,
    parsed.id,
    parsed.revision,
    parsed.first_occurred_at as occurred_at,
    parsed.known_at,
    own_till.source is not null or (channel_with_till.channel is null and any_till.channel is null) as is_counted
from parsed
left join meta.erased as erased_person
    on coalesce(parsed.customer, parsed.email, parsed.visitor) = erased_person.token
left join meta.erased as erased_email
    on parsed.email = erased_email.token
left join meta.erased as erased_visitor
    on parsed.visitor = erased_visitor.token
left join meta.word as word_currency
    on parsed.currency = word_currency.code
left join meta.word as word_market
    on parsed.market = word_market.code
left join meta.word as word_region
    on parsed.region = word_region.code
left join meta.word as word_channel
    on parsed.channel = word_channel.code
left join meta.word as word_venue
    on parsed.venue = word_venue.code
left join meta.word as word_program
    on parsed.program = word_program.code
left join meta.word as word_coupon
    on parsed.coupon = word_coupon.code
left join meta.word as word_utm_source
    on parsed.utm_source = word_utm_source.code
left join meta.word as word_utm_medium
    on parsed.utm_medium = word_utm_medium.code
left join meta.word as word_utm_campaign
    on parsed.utm_campaign = word_utm_campaign.code
left join meta.word as word_self_reported_source
    on parsed.self_reported_source = word_self_reported_source.code
left join meta.word as word_source
    on parsed.source = word_source.code
left join (select distinct channel from stg_tills) as channel_with_till
    on word_channel.word = channel_with_till.channel
left join (select distinct channel from stg_tills where channel = '*') as any_till
    on true
left join stg_tills as own_till
    on coalesce(channel_with_till.channel, '*') = own_till.channel
    and word_source.word = own_till.source
