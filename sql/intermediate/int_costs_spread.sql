-- int_costs_spread: every cost entry on each of its days.
--
-- grain: cost_key, date_day
-- reads: int_costs_assigned, int_fx_rates_filled
-- units: entry currency; fx_rate is that of the day
--
-- The split is exact: ten-thousandths that do not divide go to the first days.

with parts as (
    select
        int_costs_assigned.*,
        cast(cast(int_costs_assigned.amount as decimal(38, 4)) * 10000 as bigint) as units,
        date_diff('day', int_costs_assigned.starts_on, int_costs_assigned.ends_before) as days
    from int_costs_assigned
),
daily as (
    select
        parts.*,
        cast(spread.day as date) as date_day,
        date_diff('day', parts.starts_on, cast(spread.day as date)) as day_number
    from parts
    cross join unnest(generate_series(cast(parts.starts_on as timestamp), cast(parts.ends_before as timestamp) - interval '1' day, interval '1' day)) as spread (day)
),
exact as (
    select
        *,
        sign(units) * (abs(units) // days + case when day_number < abs(units) % days then 1 else 0 end) as day_units
    from daily
)
select
    exact.cost_key,
    exact.date_day,
    exact.source,
    exact.entry_id,
    exact.program_id,
    exact.program_source,
    exact.platform,
    exact.category,
    exact.delivery,
    exact.currency,
    cast(exact.day_units * 0.0001 as decimal(38, 4)) as spend,
    rates.rate as fx_rate,
    exact.known_at
from exact
left join int_fx_rates_filled as rates
    on exact.currency = rates.currency
    and exact.date_day = rates.date_day
