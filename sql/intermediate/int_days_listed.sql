-- int_days_listed: every calendar day from the first to the last one that any event touches.
--
-- grain: date_day
-- reads: stg_orders, stg_adjustments, stg_cost_entries, stg_engagements, stg_ledger_totals, stg_pilots, stg_counters, stg_claims, stg_plan_targets, stg_program_policies

with bounds as (
    select min(occurred_at) as first_at, max(occurred_at) as last_at from stg_orders
    union all
    select min(occurred_at), max(occurred_at) from stg_adjustments
    union all
    select min(occurred_at), max(occurred_at) from stg_engagements
    union all
    select min(occurred_at), max(occurred_at) from stg_counters
    union all
    select min(cast(starts_on as timestamp)), max(cast(ends_before as timestamp)) - interval '1' day from stg_cost_entries
    union all
    select min(cast(starts_on as timestamp)), max(cast(ends_before as timestamp)) - interval '1' day from stg_ledger_totals
    union all
    select min(cast(starts_on as timestamp)), max(cast(ends_before as timestamp)) - interval '1' day from stg_pilots
    union all
    select min(cast(starts_on as timestamp)), max(cast(ends_before as timestamp)) - interval '1' day from stg_claims
    union all
    select min(cast(starts_on as timestamp)), max(cast(ends_before as timestamp)) - interval '1' day from stg_plan_targets
    union all
    select min(occurred_at), max(occurred_at) from stg_program_policies
),
range_of_days as (
    select
        cast(min(first_at) - interval '1' day as date) as first_day,
        cast(max(last_at) + interval '1' day as date) as last_day
    from bounds
)
select cast(days.day as date) as date_day
from range_of_days
cross join unnest(generate_series(cast(range_of_days.first_day as timestamp), cast(range_of_days.last_day as timestamp), interval '1' day)) as days (day)
