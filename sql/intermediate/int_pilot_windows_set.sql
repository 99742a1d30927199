-- int_pilot_windows_set: the days before and during each pilot, and how many of its orders name no unit.
--
-- grain: pilot
-- reads: stg_pilots, fct_orders
--
-- Pilots of places look back 91 days, 13 weeks, or as far as there are orders; pre_starts_on is null where there are none, and for persons,
-- whose metric before the pilot comes with the assignment.

with first_orders as (
    select min(order_date) as order_date from fct_orders
),
windows as (
    select
        stg_pilots.pilot,
        stg_pilots.unit,
        stg_pilots.starts_on,
        stg_pilots.ends_before,
        case
            when stg_pilots.unit <> 'person' and first_orders.order_date < stg_pilots.starts_on
            then greatest(first_orders.order_date, cast(stg_pilots.starts_on - interval '91' day as date))
        end as pre_starts_on
    from stg_pilots
    cross join first_orders
)
select
    windows.pilot,
    windows.unit,
    windows.starts_on,
    windows.ends_before,
    windows.pre_starts_on,
    count(fct_orders.order_id) as orders,
    count(fct_orders.order_id) filter (
        where case windows.unit when 'venue' then fct_orders.venue when 'region' then fct_orders.region when 'market' then fct_orders.market else '' end is null
    ) as orders_without_unit
from windows
left join fct_orders
    on fct_orders.order_date >= windows.starts_on
    and fct_orders.order_date < windows.ends_before
group by windows.pilot, windows.unit, windows.starts_on, windows.ends_before, windows.pre_starts_on
