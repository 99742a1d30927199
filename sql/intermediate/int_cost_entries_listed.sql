-- int_cost_entries_listed: cost entries as the monthly figures count them.
--
-- grain: source, entry_id, program_id, month_start
-- reads: int_costs_spread
-- units: spend in the entry's currency; spend_reporting in the reporting currency, before it is rounded
--
-- This is what a publication keeps, so that the next one can say why a figure moved.

select
    source,
    entry_id,
    cost_key as row_id,
    known_at,
    program_id,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(sum(spend) as decimal(38, 4)) as spend,
    cast(case when count(*) = count(fx_rate) then sum(spend * fx_rate) end as decimal(38, 16)) as spend_reporting
from int_costs_spread
group by source, entry_id, cost_key, known_at, program_id, cast(date_trunc('month', date_day) as date)
