-- int_inputs_counted: how much there is of everything that figures are made of, in one row.
--
-- grain: orders
-- reads: fct_orders, dim_customer, fct_engagements, fct_touches, fct_claims, dim_content, fct_counters_daily, stg_engagements, stg_cost_entries, stg_consents, stg_shocks, stg_plan_targets, cost_by_program_month, ledger_bridge_by_month
--
-- What each count must be for a figure to be known is said in int_inputs_judged.

with orders as (
    select
        count(*) as orders,
        count(*) - count(net_revenue_reporting) as orders_without_rate,
        count(*) filter (where margin_basis = 'not known') as orders_without_cost,
        count(*) filter (where margin_basis = 'assumed') as orders_assumed,
        count(*) - count(customer_id) as orders_without_customer,
        count(distinct customer_id) as customers,
        count(distinct region) as regions
    from fct_orders
),
valued as (
    select
        count(expected_margin_12m) as customers_valued,
        min(expected_margin_12m_note) filter (where expected_margin_12m is null and orders > 0 and net_revenue > 0) as unvalued_because
    from dim_customer
),
engagements as (
    select
        count(customer_id) as engagements_linked,
        count(*) filter (where direction = 'outbound') as messages_out,
        count(*) filter (where direction = 'outbound' and thread_id is not null) as messages_in_threads,
        count(*) filter (where direction = 'outbound' and action = 'reply') as replies_out,
        count(*) filter (where direction = 'outbound' and action = 'reply' and personal is null) as replies_unjudged
    from fct_engagements
),
costs as (
    select
        count(*) as cost_months,
        count(*) - count(spend) as cost_months_without_rate,
        count(*) filter (where missing_categories <> '' and program_id <> '(unassigned)') as cost_months_incomplete
    from cost_by_program_month
),
missing as (
    select string_agg(distinct trim(parts.category), ', ' order by trim(parts.category)) as missing_categories
    from cost_by_program_month
    cross join unnest(string_split(cost_by_program_month.missing_categories, ',')) as parts (category)
    where cost_by_program_month.program_id <> '(unassigned)' and trim(parts.category) <> ''
),
books as (
    select
        count(*) as book_months,
        count(*) filter (where not is_kept) as book_months_missing
    from (
        select
            month_start,
            currency,
            bool_or(market = '(all)' and state <> 'not reconciled') or bool_and(market = '(all)' or state <> 'not reconciled') as is_kept
        from ledger_bridge_by_month
        group by month_start, currency
    ) as months
),
counters as (
    select
        count(*) as counters,
        coalesce(date_diff('day', min(date_day), max(date_day)) // 7, 0) as counter_weeks
    from fct_counters_daily
)
select
    orders.*,
    valued.*,
    engagements.*,
    costs.*,
    missing.*,
    books.*,
    counters.*,
    (select count(*) from fct_touches where evidence <> 'self_reported') as touches,
    (select count(claimed_value) from fct_claims) as claims,
    (select count(promotional) from dim_content) as contents_judged,
    (select count(crosspost_of) from stg_engagements) as crossposts,
    (select count(hours) from stg_cost_entries) as cost_entries_with_hours,
    (select count(*) from stg_consents where purpose = 'contact') as consents,
    (select count(*) from stg_shocks) as shocks,
    (select count(*) from stg_plan_targets) as plans
from orders
cross join valued
cross join engagements
cross join costs
cross join missing
cross join books
cross join counters
