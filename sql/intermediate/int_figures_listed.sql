-- int_figures_listed: the monthly figures that a restatement is told by.
--
-- grain: figure, subject, month_start
-- reads: ledger_bridge_by_month, kpi_by_month, cost_by_program_month, return_by_program_month, fct_pilot_units
-- units: reporting currency, ledger figures in their own
--
-- basis is what an estimate rests on: the pilot that speaks for the program, and how many units it has; or the places of its launches.

with pilots as (
    select
        pilot,
        count(*) as units
    from fct_pilot_units
    where not excluded
    group by pilot
)
select 'ledger net revenue' as figure, concat(market, ' ', currency) as subject, month_start, net_revenue as amount, cast(null as varchar) as basis from ledger_bridge_by_month
union all
select 'net revenue', '(all)', month_start, net_revenue, null from kpi_by_month
union all
select 'margin', '(all)', month_start, margin, null from kpi_by_month
union all
select 'cost', program_id, month_start, spend, null from cost_by_program_month
union all
select 'incremental margin', returns.program_id, returns.month_start, returns.incremental_margin, coalesce('launches ' || returns.launches, pilots.pilot || ' / ' || cast(pilots.units as varchar))
from return_by_program_month as returns
left join pilots
    on returns.pilot = pilots.pilot
