-- fct_pilot_units: every unit of every pilot with its outcome over the pilot's days.
--
-- grain: pilot, unit_id
-- reads: stg_pilots, stg_pilot_assignments, int_orders_valued, fct_orders
-- units: reporting currency
--
-- Outcomes join on the assigned unit only, never through identity links made later. Refunds count on the
-- day of their order. A unit stated in two arms is excluded. Orders whose margin or
-- revenue is not known count with nothing, and in unknown_margins and unknown_revenues.

with units as (
    select
        stg_pilots.pilot,
        stg_pilots.program as program_id,
        stg_pilots.unit,
        stg_pilots.metric,
        stg_pilots.starts_on,
        stg_pilots.ends_before,
        stg_pilot_assignments.unit_id,
        stg_pilot_assignments.arm,
        stg_pilot_assignments.stratum,
        stg_pilot_assignments.covariate,
        stg_pilot_assignments.in_two_arms as excluded,
        stg_pilot_assignments.occurred_at as assigned_at
    from stg_pilot_assignments
    inner join stg_pilots
        on stg_pilot_assignments.pilot = stg_pilots.pilot
),
orders as (
    select
        cast(valued.customer_token as varchar) as person,
        lower(valued.venue) as venue,
        lower(valued.region) as region,
        lower(valued.market) as market,
        fct_orders.order_date,
        fct_orders.net_revenue_reporting,
        fct_orders.margin_reporting
    from fct_orders
    inner join int_orders_valued as valued
        on fct_orders.source = valued.source
        and fct_orders.order_id = valued.order_id
),
keyed as (
    select 'person' as unit, person as unit_key, order_date, net_revenue_reporting, margin_reporting from orders where person is not null
    union all
    select 'venue', venue, order_date, net_revenue_reporting, margin_reporting from orders where venue is not null
    union all
    select 'region', region, order_date, net_revenue_reporting, margin_reporting from orders where region is not null
    union all
    select 'market', market, order_date, net_revenue_reporting, margin_reporting from orders where market is not null
),
outcomes as (
    select
        units.pilot,
        units.unit_id,
        count(*) as orders,
        sum(keyed.net_revenue_reporting) as revenue,
        sum(keyed.margin_reporting) as margin,
        count(*) - count(keyed.net_revenue_reporting) as unknown_revenues,
        count(*) - count(keyed.margin_reporting) as unknown_margins
    from units
    inner join keyed
        on units.unit = keyed.unit
        and lower(units.unit_id) = keyed.unit_key
        and keyed.order_date >= units.starts_on
        and keyed.order_date < units.ends_before
    group by units.pilot, units.unit_id
),
final as (
    select
        units.pilot,
        units.program_id,
        units.unit_id,
        units.arm,
        units.stratum,
        units.excluded,
        units.assigned_at,
        cast(
            case units.metric
                when 'margin' then coalesce(outcomes.margin, 0)
                when 'revenue' then coalesce(outcomes.revenue, 0)
                else coalesce(outcomes.orders, 0)
            end as decimal(18, 4)
        ) as outcome,
        cast(coalesce(outcomes.margin, 0) as decimal(18, 4)) as outcome_margin,
        cast(coalesce(outcomes.revenue, 0) as decimal(18, 4)) as outcome_revenue,
        coalesce(outcomes.orders, 0) as outcome_orders,
        coalesce(outcomes.unknown_margins, 0) as unknown_margins,
        coalesce(outcomes.unknown_revenues, 0) as unknown_revenues,
        units.covariate
    from units
    left join outcomes
        on units.pilot = outcomes.pilot
        and units.unit_id = outcomes.unit_id
)
select * from final
