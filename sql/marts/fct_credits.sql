-- fct_credits: what each rule credits of each order, after its adjustments; credit, not cause.
--
-- grain: source, order_id, model, program_id, platform, venue
-- reads: int_credits_split, int_orders_valued
-- units: reporting currency; orders as shares of an order
--
-- Adjustments count on the day of their order.

select
    orders.order_id,
    orders.source,
    orders.order_date,
    orders.month_start,
    orders.customer_id,
    credits.model,
    credits.program_id,
    credits.platform,
    credits.venue,
    cast(sum(credits.orders) as decimal(18, 4)) as orders,
    cast(sum(credits.net_revenue_reporting) as decimal(18, 4)) as net_revenue,
    cast(sum(credits.margin_reporting) as decimal(18, 4)) as margin,
    'D' as grade
from int_credits_split as credits
inner join int_orders_valued as orders
    on credits.order_key = orders.order_key
group by
    orders.order_id, orders.source, orders.order_date, orders.month_start, orders.customer_id,
    credits.model, credits.program_id, credits.platform, credits.venue
