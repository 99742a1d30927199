-- int_launch_credits_matched: what the configured rule credits to a program where it was launched, in the twelve weeks after, by month.
--
-- grain: program_id, market, region, month_start
-- reads: int_launches_found, fct_credits, int_orders_valued, stg_settings
-- units: reporting currency

with credits as (
    select
        fct_credits.program_id,
        fct_credits.order_date,
        fct_credits.month_start,
        fct_credits.net_revenue,
        fct_credits.margin,
        lower(orders.market) as market,
        lower(orders.region) as region
    from fct_credits
    inner join int_orders_valued as orders
        on fct_credits.source = orders.source
        and fct_credits.order_id = orders.order_id
    where fct_credits.model = (select credit_model from stg_settings)
)
select
    launches.program_id,
    launches.market,
    launches.region,
    credits.month_start,
    cast(sum(credits.net_revenue) as decimal(18, 4)) as attributed_revenue,
    cast(sum(credits.margin) as decimal(18, 4)) as attributed_margin
from int_launches_found as launches
inner join credits
    on launches.program_id = credits.program_id
    and launches.market = credits.market
    and (launches.region = '' or launches.region = credits.region)
    and credits.order_date >= launches.launched_on
    and credits.order_date < launches.launched_on + interval '84' day
group by launches.program_id, launches.market, launches.region, credits.month_start
