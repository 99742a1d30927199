-- fct_touches: the touches on the path of each order, the first one first.
--
-- grain: source, order_id, touch_number
-- reads: int_orders_valued, int_touches_collected, int_attributes_matched, int_sites_named, stg_settings
--
-- Touches of the order's person within the lookback before the order, then what the order itself states: its
-- click, coupon, referrer and what the buyer said. The order's own click is left out where a visit of the path carries the
-- same source and campaign: it is the same click. What buyers say is shown but never credited.

with path_touches as (
    select
        orders.order_key,
        touches.touch_key,
        touches.touched_at,
        case when touches.evidence = 'own_click' and touches.visitor is distinct from orders.visitor_token then 'linked' else touches.evidence end as evidence,
        touches.platform,
        touches.venue,
        touches.program_id,
        touches.utm_campaign,
        0 as step,
        touches.evidence = 'own_click' as is_click
    from int_orders_valued as orders
    cross join stg_settings
    inner join int_touches_collected as touches
        on orders.person_id = touches.person_id
        and touches.touched_at < orders.order_at
        and touches.touched_at >= orders.order_at - to_days(stg_settings.lookback_days)
),
own as (
    select order_key, order_at, 'own_click' as evidence, lower(coalesce(utm_source, case when utm_campaign is null and click_id is null then '(order)' else '(unknown)' end)) as platform, '(site)' as venue, program, utm_source, utm_campaign, '' as coupon, 1 as step
    from int_orders_valued
    where
        utm_source is not null
        or utm_campaign is not null
        or click_id is not null
        or (program is not null and coupon is null and referrer is null)
    union all
    select order_key, order_at, 'coupon', '(coupon)', lower(coupon), program, null, null, lower(coupon), 2
    from int_orders_valued
    where coupon is not null
    union all
    select order_key, order_at, 'referrer', coalesce(int_sites_named.platform, '(unknown)'), '(site)', program, null, null, '', 3
    from int_orders_valued
    left join int_sites_named
        on lower(regexp_extract(int_orders_valued.referrer, '^[A-Za-z]+://([^/:?#]+)', 1)) = int_sites_named.site
    where referrer is not null and utm_source is null
    union all
    select order_key, order_at, 'self_reported', self_reported_source, '(said by the buyer)', program, null, null, '', 4
    from int_orders_valued
    where self_reported_source is not null
),
own_touches as (
    select
        own.order_key,
        own.order_key as touch_key,
        own.order_at as touched_at,
        own.evidence,
        own.platform,
        own.venue,
        coalesce(own.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
        lower(own.utm_campaign) as utm_campaign,
        own.step,
        own.evidence = 'own_click' as is_click
    from own
    left join int_attributes_matched
        on lower(coalesce(own.utm_source, '')) = int_attributes_matched.utm_source
        and lower(coalesce(own.utm_campaign, '')) = int_attributes_matched.utm_campaign
        and lower(coalesce(own.utm_source, '')) = int_attributes_matched.platform
        and own.coupon = int_attributes_matched.coupon
        and int_attributes_matched.campaign = ''
        and int_attributes_matched.venue = ''
        and int_attributes_matched.cost_center = ''
),
repeated as (
    select distinct order_key, platform, coalesce(utm_campaign, '') as utm_campaign from path_touches where is_click
),
all_touches as (
    select * from path_touches
    union all
    select own_touches.* from own_touches
    left join repeated
        on own_touches.order_key = repeated.order_key
        and coalesce(own_touches.utm_campaign, '') = repeated.utm_campaign
        and own_touches.platform in (repeated.platform, '(unknown)')
        and own_touches.is_click
    where repeated.order_key is null
),
final as (
    select
        orders.order_id,
        orders.source,
        orders.order_key,
        row_number() over (partition by all_touches.order_key order by all_touches.touched_at, all_touches.step, all_touches.touch_key, all_touches.venue) as touch_number,
        all_touches.touch_key,
        all_touches.touched_at,
        all_touches.evidence,
        all_touches.platform,
        all_touches.venue,
        all_touches.program_id,
        date_diff('second', all_touches.touched_at, orders.order_at) // 86400 as days_before_order
    from all_touches
    inner join int_orders_valued as orders
        on all_touches.order_key = orders.order_key
)
select * from final
