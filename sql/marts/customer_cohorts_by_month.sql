-- customer_cohorts_by_month: customers by the month of their first order, by age, engaged and not engaged apart.
--
-- grain: cohort_month, age_months, is_engaged
-- reads: fct_orders, int_touches_collected, dim_platform, stg_settings
-- units: reporting currency; months in the reporting time zone
--
-- Engaged: touched a social platform before the first order. Fans buy more anyway: the difference is no effect.

with firsts as (
    select
        customer_id,
        min(order_at) as first_order_at,
        cast(date_trunc('month', min(order_date)) as date) as cohort_month
    from fct_orders
    where customer_id is not null
    group by customer_id
),
touched as (
    select distinct firsts.customer_id
    from firsts
    inner join int_touches_collected as touches
        on firsts.customer_id = touches.person_id
        and touches.touched_at < firsts.first_order_at
    inner join dim_platform
        on touches.platform = dim_platform.platform
),
labeled as (
    select
        firsts.*,
        touched.customer_id is not null as is_engaged
    from firsts
    left join touched
        on firsts.customer_id = touched.customer_id
),
sizes as (
    select cohort_month, is_engaged, count(*) as cohort_customers from labeled group by cohort_month, is_engaged
)
select
    labeled.cohort_month,
    date_diff('month', labeled.cohort_month, fct_orders.month_start) as age_months,
    labeled.is_engaged,
    stg_settings.reporting_currency as currency,
    sizes.cohort_customers,
    count(distinct fct_orders.customer_id) as customers,
    count(*) as orders,
    cast(case when count(*) = count(fct_orders.net_revenue_reporting) then sum(fct_orders.net_revenue_reporting) end as decimal(38, 4)) as net_revenue,
    cast(case when count(*) = count(fct_orders.margin_reporting) then sum(fct_orders.margin_reporting) end as decimal(38, 4)) as margin
from fct_orders
inner join labeled
    on fct_orders.customer_id = labeled.customer_id
inner join sizes
    on labeled.cohort_month = sizes.cohort_month
    and labeled.is_engaged = sizes.is_engaged
cross join stg_settings
group by labeled.cohort_month, date_diff('month', labeled.cohort_month, fct_orders.month_start), labeled.is_engaged, stg_settings.reporting_currency, sizes.cohort_customers
