-- dim_customer: everybody who ordered.
--
-- grain: customer_id
-- reads: fct_orders, int_engagements_enriched, int_exchanges_found, int_identities_resolved, int_clock_read, int_customers_valued, stg_consents
-- units: reporting currency
--
-- rung, over the 180 days before the data ends: R0 no identity outside the shop, R1 identity known, R2 at least one exchange, R3 at
-- least three in two months, R4 answered another person or referred somebody. is_portable: consented to be contacted, or seen on two platforms.
-- expected_margin_12m: what the next 12 months are expected to bring, causes aside; null with the reason in its note.

with orders as (
    select
        customer_id,
        min(order_date) as first_order_date,
        count(*) as orders,
        case when count(*) = count(net_revenue_reporting) then sum(net_revenue_reporting) end as net_revenue,
        case when count(*) = count(margin_reporting) then sum(margin_reporting) end as margin
    from fct_orders
    where customer_id is not null
    group by customer_id
),
places as (
    select
        customer_id,
        market,
        region,
        row_number() over (partition by customer_id order by order_at desc, source, order_id) as place
    from fct_orders
    where customer_id is not null
),
touches as (
    select
        customer_id,
        platform,
        row_number() over (partition by customer_id order by occurred_at, engagement_key) as place
    from int_engagements_enriched
    where customer_id is not null and direction = 'inbound'
),
platforms as (
    select customer_id, count(distinct platform) as platforms
    from int_engagements_enriched
    where customer_id is not null
    group by customer_id
),
exchanges as (
    select
        customer_id,
        count(*) as exchanges,
        count(distinct date_trunc('month', exchanged_at)) as months
    from int_exchanges_found
    cross join int_clock_read
    where customer_id is not null and exchanged_at > int_clock_read.as_of - interval '180' day
    group by customer_id
),
advocates as (
    select distinct customer_id
    from int_engagements_enriched
    cross join int_clock_read
    where
        customer_id is not null
        and action in ('answer', 'referral')
        and direction = 'inbound'
        and not is_undo
        and not is_withdrawn
        and occurred_at > int_clock_read.as_of - interval '180' day
),
identified as (
    select distinct customer_id from int_identities_resolved where customer_id is not null and token <> customer_id
),
consents as (
    select
        person,
        granted,
        row_number() over (partition by person order by occurred_at desc, id) as place
    from stg_consents
    where purpose = 'contact' and person_kind = 'customer'
)
select
    orders.customer_id,
    orders.first_order_date,
    touches.platform as first_touch_platform,
    places.market,
    places.region,
    orders.orders,
    cast(orders.net_revenue as decimal(18, 4)) as net_revenue,
    cast(orders.margin as decimal(18, 4)) as margin,
    case
        when advocates.customer_id is not null then 'R4'
        when exchanges.exchanges >= 3 and exchanges.months >= 2 then 'R3'
        when exchanges.exchanges >= 1 then 'R2'
        when identified.customer_id is not null then 'R1'
        else 'R0'
    end as rung,
    coalesce(consents.granted, false) or coalesce(platforms.platforms, 0) >= 2 as is_portable,
    int_customers_valued.expected_margin_12m,
    int_customers_valued.expected_margin_12m_lo,
    int_customers_valued.expected_margin_12m_hi,
    int_customers_valued.expected_margin_12m_grade,
    int_customers_valued.expected_margin_12m_method,
    int_customers_valued.expected_margin_12m_note
from orders
inner join places
    on orders.customer_id = places.customer_id
    and places.place = 1
left join int_customers_valued
    on orders.customer_id = int_customers_valued.customer_id
left join touches
    on orders.customer_id = touches.customer_id
    and touches.place = 1
left join exchanges
    on orders.customer_id = exchanges.customer_id
left join advocates
    on orders.customer_id = advocates.customer_id
left join identified
    on orders.customer_id = identified.customer_id
left join platforms
    on orders.customer_id = platforms.customer_id
left join consents
    on orders.customer_id = consents.person
    and consents.place = 1
