-- int_null_paths_found: the touches of linked people that led to no order, as paths.
--
-- grain: person_id, path_number, touch_number
-- reads: int_touches_collected, int_orders_valued, int_identities_resolved, int_clock_read, stg_settings
--
-- Touches in the lookback of no order, cut into paths where the next one comes later than a lookback. A path whose last touch is
-- younger than the lookback may still lead to an order: it is open. People are those linked by a method that needs no order; of
-- others only those who ordered would be seen, and every path would convert.

with linked as (
    select distinct person_id from int_identities_resolved where linked_without_order
),
moments as (
    select person_id, touched_at as happened_at, 1 as step, touch_kind, touch_key, platform, venue, program_id from int_touches_collected
    union all
    select person_id, order_at, 0, '', order_key, '', '', '' from int_orders_valued
),
-- A touch at the moment of an order comes after it: the lookback ends before the order.
followed as (
    select
        moments.*,
        min(case when moments.step = 0 then moments.happened_at end) over (
            partition by moments.person_id
            order by moments.happened_at, moments.step, moments.touch_kind, moments.touch_key
            rows between 1 following and unbounded following
        ) as next_order_at
    from moments
    inner join linked
        on moments.person_id = linked.person_id
),
outside as (
    select
        followed.*,
        stg_settings.lookback_days,
        lag(followed.happened_at) over (partition by followed.person_id order by followed.happened_at, followed.touch_kind, followed.touch_key) as last_at
    from followed
    cross join stg_settings
    where followed.step = 1 and (followed.next_order_at is null or followed.happened_at < followed.next_order_at - to_days(stg_settings.lookback_days))
),
numbered as (
    select
        *,
        sum(case when happened_at <= last_at + to_days(lookback_days) then 0 else 1 end) over (
            partition by person_id
            order by happened_at, touch_kind, touch_key
            rows between unbounded preceding and current row
        ) as path_number
    from outside
),
final as (
    select
        numbered.person_id,
        cast(numbered.path_number as integer) as path_number,
        row_number() over (partition by numbered.person_id, numbered.path_number order by numbered.happened_at, numbered.touch_kind, numbered.touch_key) as touch_number,
        numbered.touch_key,
        numbered.happened_at as touched_at,
        numbered.platform,
        numbered.venue,
        numbered.program_id,
        max(numbered.happened_at) over (partition by numbered.person_id, numbered.path_number) >= int_clock_read.as_of - to_days(numbered.lookback_days) as is_open
    from numbered
    cross join int_clock_read
)
select * from final
