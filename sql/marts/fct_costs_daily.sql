-- fct_costs_daily: what was spent on each day, entries spread evenly over their days.
--
-- grain: date_day, program_id, platform, category, delivery, currency
-- reads: int_costs_assigned, int_fx_rates_filled
-- units: entry currency; spend_reporting in the reporting currency at the rate of the day
--
-- The split is exact: ten-thousandths that do not divide go to the first days. program_source is rule where it is so of one entry.

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
),
final as (
    select
        exact.date_day,
        exact.program_id,
        exact.platform,
        exact.category,
        exact.delivery,
        exact.currency,
        min(exact.program_source) as program_source,
        cast(sum(exact.day_units * 0.0001) as decimal(38, 4)) as spend,
        cast(sum(cast(exact.day_units * 0.0001 as decimal(38, 4)) * rates.rate) as decimal(18, 4)) as spend_reporting
    from exact
    left join int_fx_rates_filled as rates
        on exact.currency = rates.currency
        and exact.date_day = rates.date_day
    group by exact.date_day, exact.program_id, exact.platform, exact.category, exact.delivery, exact.currency
)
select * from final
