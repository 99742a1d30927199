-- credit_by_model_program_month: what each rule credits to each program in each month of order; credit, not cause.
--
-- grain: model, program_id, month_start
-- reads: fct_credits, stg_settings
-- units: reporting currency; months in the reporting time zone
--
-- A sum is null where one of its parts is not known.

select
    fct_credits.model,
    fct_credits.program_id,
    fct_credits.month_start,
    stg_settings.reporting_currency as currency,
    cast(sum(fct_credits.orders) as decimal(38, 4)) as orders,
    cast(case when count(*) = count(fct_credits.net_revenue) then sum(fct_credits.net_revenue) end as decimal(38, 4)) as net_revenue,
    cast(case when count(*) = count(fct_credits.margin) then sum(fct_credits.margin) end as decimal(38, 4)) as margin,
    'D' as grade
from fct_credits
cross join stg_settings
group by fct_credits.model, fct_credits.program_id, fct_credits.month_start, stg_settings.reporting_currency
