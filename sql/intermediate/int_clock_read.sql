-- int_clock_read: what the data knows about time: as of when, and how long refunds take.
--
-- grain: as_of
-- reads: stg_orders, stg_adjustments, stg_engagements, stg_cost_entries, stg_counters, stg_pilot_assignments, stg_settings
--
-- history_from: the day of the first order, before which nobody's orders are known. maturity_days: after so many days 95 of 100 refunds that will come have come; the settings win.

with known as (
    select max(known_at) as known_at from stg_orders
    union all
    select max(known_at) as known_at from stg_adjustments
    union all
    select max(known_at) as known_at from stg_engagements
    union all
    select max(known_at) as known_at from stg_cost_entries
    union all
    select max(known_at) as known_at from stg_counters
    union all
    select max(known_at) as known_at from stg_pilot_assignments
),
lags as (
    select date_diff('day', stg_orders.occurred_at, stg_adjustments.occurred_at) as lag_days
    from stg_adjustments
    inner join stg_orders
        on stg_adjustments.source = stg_orders.source
        and stg_adjustments.order_id = stg_orders.order_id
    where stg_adjustments.kind in ('refund', 'cancel', 'chargeback')
),
ranked as (
    select
        lag_days,
        row_number() over (order by lag_days) as place,
        count(*) over () as lags
    from lags
    where lag_days >= 0
),
maturity as (
    select min(lag_days) as days from ranked where place * 100 >= lags * 95
)
select
    coalesce((select max(known_at) from known), timestamp '1970-01-01 00:00:00') as as_of,
    (select max(occurred_at) from stg_orders) as data_through,
    (select cast((min(stg_orders.occurred_at) at time zone 'UTC') at time zone max(stg_settings.time_zone) as date) from stg_orders cross join stg_settings) as history_from,
    coalesce((select maturity_days from stg_settings), (select days from maturity), 0) as maturity_days
