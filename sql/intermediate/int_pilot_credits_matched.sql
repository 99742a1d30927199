-- int_pilot_credits_matched: what the configured rule credits to a pilot's program for each treated unit in its days, by month.
--
-- grain: pilot, unit_id, month_start
-- reads: fct_pilot_units, stg_pilots, fct_credits, int_orders_valued, stg_settings
-- units: reporting currency
--
-- The denominator of the incrementality factor. Units are joined as the outcome is: by the assigned token, or by place.

with treated as (
    select
        stg_pilots.pilot,
        stg_pilots.program as program_id,
        stg_pilots.unit,
        stg_pilots.starts_on,
        stg_pilots.ends_before,
        fct_pilot_units.unit_id,
        lower(fct_pilot_units.unit_id) as unit_key
    from fct_pilot_units
    inner join stg_pilots
        on fct_pilot_units.pilot = stg_pilots.pilot
    where fct_pilot_units.arm <> stg_pilots.control and not fct_pilot_units.excluded
),
credits as (
    select
        fct_credits.program_id,
        fct_credits.order_date,
        fct_credits.month_start,
        fct_credits.net_revenue,
        fct_credits.margin,
        cast(orders.customer_token as varchar) as person,
        lower(orders.venue) as venue,
        lower(orders.region) as region,
        lower(orders.market) as market
    from fct_credits
    inner join int_orders_valued as orders
        on fct_credits.source = orders.source
        and fct_credits.order_id = orders.order_id
    where fct_credits.model = (select credit_model from stg_settings)
),
keyed as (
    select 'person' as unit, person as unit_key, program_id, order_date, month_start, net_revenue, margin from credits where person is not null
    union all
    select 'venue', venue, program_id, order_date, month_start, net_revenue, margin from credits where venue is not null
    union all
    select 'region', region, program_id, order_date, month_start, net_revenue, margin from credits where region is not null
    union all
    select 'market', market, program_id, order_date, month_start, net_revenue, margin from credits where market is not null
)
select
    treated.pilot,
    treated.unit_id,
    keyed.month_start,
    cast(sum(keyed.net_revenue) as decimal(18, 4)) as attributed_revenue,
    cast(sum(keyed.margin) as decimal(18, 4)) as attributed_margin
from treated
inner join keyed
    on treated.unit = keyed.unit
    and treated.unit_key = keyed.unit_key
    and treated.program_id = keyed.program_id
    and keyed.order_date >= treated.starts_on
    and keyed.order_date < treated.ends_before
group by treated.pilot, treated.unit_id, keyed.month_start
