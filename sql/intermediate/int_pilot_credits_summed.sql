-- int_pilot_credits_summed: the credit of a pilot's treated units with its spread, the denominator of the incrementality factor.
--
-- grain: pilot
-- reads: fct_pilot_units, stg_pilots, int_pilot_credits_matched
-- units: reporting currency
--
-- Units without credit count with 0. Sums of squares and products give the error of the denominator and how it moves with the outcome.

with units as (
    select
        fct_pilot_units.pilot,
        fct_pilot_units.unit_id,
        fct_pilot_units.outcome_margin,
        fct_pilot_units.outcome_revenue
    from fct_pilot_units
    inner join stg_pilots
        on fct_pilot_units.pilot = stg_pilots.pilot
    where fct_pilot_units.arm <> stg_pilots.control and not fct_pilot_units.excluded
),
credits as (
    select
        pilot,
        unit_id,
        cast(sum(attributed_margin) as decimal(18, 4)) as margin,
        cast(sum(attributed_revenue) as decimal(18, 4)) as revenue
    from int_pilot_credits_matched
    group by pilot, unit_id
)
select
    units.pilot,
    count(*) as units,
    coalesce(sum(credits.margin), 0) as margin,
    coalesce(sum(cast(credits.margin as decimal(38, 4)) * credits.margin), 0) as margin_squares,
    coalesce(sum(cast(credits.margin as decimal(38, 4)) * units.outcome_margin), 0) as margin_products,
    sum(units.outcome_margin) as outcome_margin,
    coalesce(sum(credits.revenue), 0) as revenue,
    coalesce(sum(cast(credits.revenue as decimal(38, 4)) * credits.revenue), 0) as revenue_squares,
    coalesce(sum(cast(credits.revenue as decimal(38, 4)) * units.outcome_revenue), 0) as revenue_products,
    sum(units.outcome_revenue) as outcome_revenue
from units
left join credits
    on units.pilot = credits.pilot
    and units.unit_id = credits.unit_id
group by units.pilot
