-- dim_customer: everybody who ordered.
--
-- grain: customer_id
-- reads: fct_orders, int_engagements_enriched, stg_consents
-- units: reporting currency
--
-- is_portable: consented to be contacted, or seen on two platforms.

with orders as (
    select
        customer_id,
        min(order_date) as first_order_date,
        count(*) as orders,
        sum(net_revenue_reporting) as net_revenue,
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
    coalesce(consents.granted, false) or coalesce(platforms.platforms, 0) >= 2 as is_portable
from orders
inner join places
    on orders.customer_id = places.customer_id
    and places.place = 1
left join touches
    on orders.customer_id = touches.customer_id
    and touches.place = 1
left join platforms
    on orders.customer_id = platforms.customer_id
left join consents
    on orders.customer_id = consents.person
    and consents.place = 1
