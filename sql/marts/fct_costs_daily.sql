-- fct_costs_daily: what was spent on each day, entries spread evenly over their days.
--
-- grain: date_day, program_id, platform, category, delivery, currency
-- reads: int_costs_spread
-- units: entry currency; spend_reporting in the reporting currency at the rate of the day
-- program_source is rule where it is so of one entry.

select
    date_day,
    program_id,
    platform,
    category,
    delivery,
    currency,
    min(program_source) as program_source,
    cast(sum(spend) as decimal(38, 4)) as spend,
    cast(sum(spend * fx_rate) as decimal(18, 4)) as spend_reporting
from int_costs_spread
group by date_day, program_id, platform, category, delivery, currency
