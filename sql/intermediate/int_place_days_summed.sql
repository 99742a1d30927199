-- int_place_days_summed: what each market and region ordered on each day.
--
-- grain: market, region, date_day
-- reads: fct_orders
-- units: reporting currency
--
-- Places are in lower case; region is '' where an order names its market alone. Refunds count on the day of their order. Orders whose margin or revenue is not known
-- count with nothing, and in unknown_margins.

select
    lower(market) as market,
    lower(coalesce(region, '')) as region,
    order_date as date_day,
    count(*) as orders,
    coalesce(sum(net_revenue_reporting), 0) as revenue,
    coalesce(sum(margin_reporting), 0) as margin,
    count(*) - count(margin_reporting) as unknown_margins
from fct_orders
where market is not null
group by lower(market), lower(coalesce(region, '')), order_date
