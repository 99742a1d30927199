-- int_pilot_orders_matched: what each unit of a pilot ordered on each day, during the pilot and, for places, before it.
--
-- grain: pilot, unit_id, date_day
-- reads: stg_pilot_assignments, int_pilot_windows_set, int_orders_valued, fct_orders
-- units: reporting currency
--
-- Outcomes join on the assigned unit only, never through identity links made later. Refunds count on the day of their
-- order. Orders whose margin or revenue is not known count with nothing, and in unknown_margins and unknown_revenues.

with units as (
    select
        windows.pilot,
        windows.unit,
        windows.starts_on,
        windows.ends_before,
        coalesce(windows.pre_starts_on, windows.starts_on) as counts_from,
        stg_pilot_assignments.unit_id,
        lower(stg_pilot_assignments.unit_id) as unit_key
    from stg_pilot_assignments
    inner join int_pilot_windows_set as windows
        on stg_pilot_assignments.pilot = windows.pilot
),
orders as (
    select
        cast(valued.customer_token as varchar) as person,
        lower(valued.venue) as venue,
        lower(valued.region) as region,
        lower(valued.market) as market,
        fct_orders.order_date,
        fct_orders.net_revenue_reporting,
        fct_orders.margin_reporting
    from fct_orders
    inner join int_orders_valued as valued
        on fct_orders.source = valued.source
        and fct_orders.order_id = valued.order_id
),
keyed as (
    select 'person' as unit, person as unit_key, market, order_date, net_revenue_reporting, margin_reporting from orders where person is not null
    union all
    select 'venue', venue, market, order_date, net_revenue_reporting, margin_reporting from orders where venue is not null
    union all
    select 'region', region, market, order_date, net_revenue_reporting, margin_reporting from orders where region is not null
    union all
    select 'market', market, market, order_date, net_revenue_reporting, margin_reporting from orders where market is not null
)
select
    units.pilot,
    units.unit_id,
    keyed.order_date as date_day,
    keyed.order_date < units.starts_on as is_before,
    count(*) as orders,
    coalesce(sum(keyed.net_revenue_reporting), 0) as revenue,
    coalesce(sum(keyed.margin_reporting), 0) as margin,
    count(*) - count(keyed.net_revenue_reporting) as unknown_revenues,
    count(*) - count(keyed.margin_reporting) as unknown_margins,
    min(keyed.market) as first_market,
    max(keyed.market) as last_market
from units
inner join keyed
    on units.unit = keyed.unit
    and units.unit_key = keyed.unit_key
    and keyed.order_date >= units.counts_from
    and keyed.order_date < units.ends_before
group by units.pilot, units.unit_id, keyed.order_date, units.starts_on
