-- stg_orders: a customer ordered; the current row of each key.
--
-- grain: source, order_id
-- reads: raw.sale_order, meta.word, meta.erased
--
-- A resent id counts once, as it was known first; then the highest revision of a key is current.
-- It keeps the time at which it first happened: an update does not move it to another month.
-- An order is that of its customer, else of its e-mail address, else of its visitor; one of an erased person counts, without any of them.
-- utm_* come from landing_url where the event does not state them.

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
)
select
    current_rows.order_id,
    current_rows.gross,
    word_currency.word as currency,
    case when erased_person.token is null then current_rows.customer end as customer,
    case when erased_person.token is null and erased_email.token is null then current_rows.email end as email,
    case when erased_person.token is null and erased_visitor.token is null then current_rows.visitor end as visitor,
    current_rows.discount,
    current_rows.tax,
    current_rows.shipping,
    current_rows.cost_of_goods,
    current_rows.variable_cost,
    word_market.word as market,
    word_region.word as region,
    word_channel.word as channel,
    word_venue.word as venue,
    word_program.word as program,
    word_coupon.word as coupon,
    coalesce(word_utm_source.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_source=([^&#]*)', 1)), '')) as utm_source,
    coalesce(word_utm_medium.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_medium=([^&#]*)', 1)), '')) as utm_medium,
    coalesce(word_utm_campaign.word, nullif(url_decode(regexp_extract(current_rows.landing_url, '[?&]utm_campaign=([^&#]*)', 1)), '')) as utm_campaign,
    current_rows.click_id,
    current_rows.landing_url,
    current_rows.referrer,
    word_self_reported_source.word as self_reported_source,
    current_rows.cocreated,
    current_rows.subscription_id,
    current_rows.ledger_ref,
    word_source.word as source,
    current_rows.id,
    current_rows.revision,
    current_rows.first_occurred_at as occurred_at,
    current_rows.known_at
from current_rows
left join meta.erased as erased_person
    on coalesce(current_rows.customer, current_rows.email, current_rows.visitor) = erased_person.token
left join meta.erased as erased_email
    on current_rows.email = erased_email.token
left join meta.erased as erased_visitor
    on current_rows.visitor = erased_visitor.token
left join meta.word as word_currency
    on current_rows.currency = word_currency.code
left join meta.word as word_market
    on current_rows.market = word_market.code
left join meta.word as word_region
    on current_rows.region = word_region.code
left join meta.word as word_channel
    on current_rows.channel = word_channel.code
left join meta.word as word_venue
    on current_rows.venue = word_venue.code
left join meta.word as word_program
    on current_rows.program = word_program.code
left join meta.word as word_coupon
    on current_rows.coupon = word_coupon.code
left join meta.word as word_utm_source
    on current_rows.utm_source = word_utm_source.code
left join meta.word as word_utm_medium
    on current_rows.utm_medium = word_utm_medium.code
left join meta.word as word_utm_campaign
    on current_rows.utm_campaign = word_utm_campaign.code
left join meta.word as word_self_reported_source
    on current_rows.self_reported_source = word_self_reported_source.code
left join meta.word as word_source
    on current_rows.source = word_source.code
