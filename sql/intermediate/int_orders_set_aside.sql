-- int_orders_set_aside: orders of a source that is not the till of their channel: compared with the till, counted nowhere.
--
-- grain: order_key
-- reads: stg_reported_orders
-- units: order currency; paid is all that the customer paid, tax and shipping included

select
    id as order_key,
    source,
    order_id,
    channel,
    coalesce(market, '(none)') as market,
    currency,
    cast(gross - coalesce(discount, 0) + coalesce(tax, 0) + coalesce(shipping, 0) as decimal(18, 4)) as paid,
    coalesce(tax, 0) + coalesce(shipping, 0) as tax_and_shipping,
    occurred_at as order_at,
    known_at
from stg_reported_orders
where not is_counted
