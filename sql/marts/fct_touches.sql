-- fct_touches: the touches on the path of each order, the first one first.
--
-- grain: source, order_id, touch_number
-- reads: int_orders_valued, int_touches_collected, int_attributes_matched, int_sites_named, int_click_parameters_named, stg_settings
--
-- Touches of the order's person within the lookback before the order, then what the order itself states: its
-- click, coupon, referrer and what the buyer said. The order's own click is left out where a visit of the path carries the
-- same source and campaign: it is the same click. A click and the referrer of one order are one touch. What buyers say is shown
-- but never credited. platform_source: what the platform is read from, null where it names none.

with path_touches as (
    select
        orders.order_key,
        touches.touch_key,
        touches.touched_at,
        case when touches.evidence = 'own_click' and touches.visitor is distinct from orders.visitor_token then 'linked' else touches.evidence end as evidence,
        touches.platform,
        touches.platform_source,
        touches.venue,
        touches.program_id,
        touches.program_source,
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
arrived as (
    select
        orders.*,
        int_sites_named.platform as site,
        clicks.platform as clicked,
        orders.utm_source is not null or orders.utm_campaign is not null or orders.click_id is not null as is_click
    from int_orders_valued as orders
    left join int_sites_named
        on lower(regexp_extract(orders.referrer, '^[A-Za-z]+://([^/:?#]+)', 1)) = int_sites_named.site
    left join int_click_parameters_named as clicks
        on orders.click_parameter = clicks.click_parameter
),
own as (
    select
        order_key,
        order_at,
        'own_click' as evidence,
        lower(coalesce(utm_source, site, clicked, case when is_click then '(unknown)' else '(order)' end)) as platform,
        case when utm_source is not null then 'utm_source' when site is not null then 'referrer' when clicked is not null then 'click id' end as platform_source,
        '(site)' as venue,
        program,
        utm_source,
        utm_campaign,
        '' as coupon,
        1 as step
    from arrived
    where is_click or (program is not null and coupon is null and referrer is null)
    union all
    select order_key, order_at, 'coupon', '(coupon)', null, lower(coupon), program, null, null, lower(coupon), 2
    from arrived
    where coupon is not null
    union all
    select order_key, order_at, 'referrer', coalesce(site, '(unknown)'), case when site is not null then 'referrer' end, '(site)', program, null, null, '', 3
    from arrived
    where referrer is not null and not is_click
    union all
    select order_key, order_at, 'self_reported', self_reported_source, 'stated', '(said by the buyer)', program, null, null, '', 4
    from arrived
    where self_reported_source is not null
),
own_touches as (
    select
        own.order_key,
        own.order_key as touch_key,
        own.order_at as touched_at,
        own.evidence,
        own.platform,
        own.platform_source,
        own.venue,
        coalesce(own.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
        case when own.program is not null then 'stated' when int_attributes_matched.program_id is not null then 'rule' end as program_source,
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
        and (own_touches.platform = repeated.platform or own_touches.platform_source is distinct from 'utm_source')
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
        all_touches.platform_source,
        all_touches.venue,
        all_touches.program_id,
        all_touches.program_source,
        date_diff('second', all_touches.touched_at, orders.order_at) // 86400 as days_before_order
    from all_touches
    inner join int_orders_valued as orders
        on all_touches.order_key = orders.order_key
)
select * from final
