-- kpi_by_month: the month's business at a glance, as booked by day of order, with the plan beside it.
--
-- grain: month_start
-- reads: fct_orders, cost_by_program_month, stg_plan_targets, stg_settings, int_fx_rates_filled, int_clock_read
-- units: reporting currency; months in the reporting time zone; mer is revenue over spend, margin_efficiency margin over spend, cac spend over new customers
--
-- A plan for the whole counts before plans for its markets, these before plans for programs: they are never added. Ratios are null where their denominator is 0 or a part is not known.

with orders as (
    select
        month_start,
        count(*) as orders,
        case when count(*) = count(net_revenue_reporting) then sum(net_revenue_reporting) end as net_revenue,
        case when count(*) = count(margin_reporting) then sum(margin_reporting) end as margin,
        sum(case when is_first_order then 1 else 0 end) as new_customers,
        count(distinct customer_id) as customers,
        count(distinct case when not is_first_order then customer_id end) as repeat_customers
    from fct_orders
    group by month_start
),
costs as (
    select month_start, case when count(*) = count(spend) then sum(spend) end as spend
    from cost_by_program_month
    group by month_start
),
targets as (
    select
        cast(date_trunc('month', stg_plan_targets.starts_on) as date) as month_start,
        stg_plan_targets.figure,
        case
            when stg_plan_targets.program is null and stg_plan_targets.market is null then 1
            when stg_plan_targets.program is null then 2
            when stg_plan_targets.market is null then 3
            else 4
        end as detail,
        try_cast(stg_plan_targets.amount * rates.rate as decimal(18, 4)) as amount
    from stg_plan_targets
    cross join stg_settings
    left join int_fx_rates_filled as rates
        on coalesce(stg_plan_targets.currency, stg_settings.reporting_currency) = rates.currency
        and stg_plan_targets.starts_on = rates.date_day
    where stg_plan_targets.ends_before <= cast(date_trunc('month', stg_plan_targets.starts_on) as date) + interval '1' month
),
chosen as (
    select
        month_start,
        figure,
        detail,
        case when count(*) = count(amount) then sum(amount) end as amount,
        min(detail) over (partition by month_start, figure) as least
    from targets
    group by month_start, figure, detail
),
plans as (
    select
        month_start,
        max(case when figure = 'net_revenue' then amount end) as planned_net_revenue,
        max(case when figure = 'margin' then amount end) as planned_margin,
        max(case when figure = 'spend' then amount end) as planned_spend
    from chosen
    where detail = least
    group by month_start
),
months as (
    select month_start from orders
    union
    select month_start from costs
)
select
    months.month_start,
    stg_settings.reporting_currency as currency,
    coalesce(orders.orders, 0) as orders,
    cast(orders.net_revenue as decimal(38, 4)) as net_revenue,
    cast(orders.margin as decimal(38, 4)) as margin,
    cast(costs.spend as decimal(38, 4)) as spend,
    cast(coalesce(orders.new_customers, 0) as bigint) as new_customers,
    int_clock_read.history_from,
    coalesce(orders.customers, 0) as customers,
    coalesce(orders.repeat_customers, 0) as repeat_customers,
    try_cast(orders.net_revenue / nullif(costs.spend, 0) as decimal(18, 4)) as mer,
    try_cast(orders.margin / nullif(costs.spend, 0) as decimal(18, 4)) as margin_efficiency,
    try_cast(costs.spend / nullif(orders.new_customers, 0) as decimal(18, 4)) as cac,
    try_cast(orders.net_revenue / nullif(orders.orders, 0) as decimal(18, 4)) as aov,
    try_cast(orders.repeat_customers * 1.0 / nullif(orders.customers, 0) as decimal(18, 4)) as repeat_rate,
    cast(plans.planned_net_revenue as decimal(38, 4)) as planned_net_revenue,
    cast(plans.planned_margin as decimal(38, 4)) as planned_margin,
    cast(plans.planned_spend as decimal(38, 4)) as planned_spend
from months
cross join stg_settings
cross join int_clock_read
left join orders
    on months.month_start = orders.month_start
left join costs
    on months.month_start = costs.month_start
left join plans
    on months.month_start = plans.month_start
