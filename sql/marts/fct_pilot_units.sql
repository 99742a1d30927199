-- fct_pilot_units: every unit of every pilot with its outcome over the pilot's days.
--
-- grain: pilot, unit_id
-- reads: stg_pilots, stg_pilot_assignments, int_pilot_windows_set, int_pilot_orders_matched
-- units: reporting currency
--
-- Outcomes join on the assigned unit only, never through identity links made later. Refunds count on the
-- day of their order. A unit stated in two arms is excluded. Orders whose margin or
-- revenue is not known count with nothing, and in unknown_margins and unknown_revenues. Of places, before_… is the same over pre_days days
-- before the pilot.

with summed as (
    select
        pilot,
        unit_id,
        sum(orders) filter (where not is_before) as orders,
        sum(revenue) filter (where not is_before) as revenue,
        sum(margin) filter (where not is_before) as margin,
        sum(unknown_revenues) filter (where not is_before) as unknown_revenues,
        sum(unknown_margins) filter (where not is_before) as unknown_margins,
        sum(orders) filter (where is_before) as before_orders,
        sum(revenue) filter (where is_before) as before_revenue,
        sum(margin) filter (where is_before) as before_margin,
        min(first_market) <> max(last_market) as in_several_markets
    from int_pilot_orders_matched
    group by pilot, unit_id
)
select
    stg_pilots.pilot,
    stg_pilots.program as program_id,
    assignments.unit_id,
    assignments.arm,
    assignments.stratum,
    assignments.in_two_arms as excluded,
    assignments.occurred_at as assigned_at,
    cast(
        case stg_pilots.metric
            when 'margin' then coalesce(summed.margin, 0)
            when 'revenue' then coalesce(summed.revenue, 0)
            else coalesce(summed.orders, 0)
        end as decimal(18, 4)
    ) as outcome,
    cast(coalesce(summed.margin, 0) as decimal(18, 4)) as outcome_margin,
    cast(coalesce(summed.revenue, 0) as decimal(18, 4)) as outcome_revenue,
    cast(coalesce(summed.orders, 0) as bigint) as outcome_orders,
    cast(coalesce(summed.unknown_margins, 0) as bigint) as unknown_margins,
    cast(coalesce(summed.unknown_revenues, 0) as bigint) as unknown_revenues,
    assignments.covariate,
    date_diff('day', windows.pre_starts_on, windows.starts_on) as pre_days,
    cast(case when windows.pre_starts_on is not null then coalesce(summed.before_margin, 0) end as decimal(18, 4)) as before_margin,
    cast(case when windows.pre_starts_on is not null then coalesce(summed.before_revenue, 0) end as decimal(18, 4)) as before_revenue,
    cast(case when windows.pre_starts_on is not null then coalesce(summed.before_orders, 0) end as bigint) as before_orders,
    coalesce(stg_pilots.unit = 'region' and summed.in_several_markets, false) as in_several_markets
from stg_pilot_assignments as assignments
inner join stg_pilots
    on assignments.pilot = stg_pilots.pilot
inner join int_pilot_windows_set as windows
    on assignments.pilot = windows.pilot
left join summed
    on assignments.pilot = summed.pilot
    and assignments.unit_id = summed.unit_id
