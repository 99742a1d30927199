-- fct_order_lines: the lines of orders.
--
-- grain: source, order_id, line_id
-- reads: stg_order_lines
-- units: order currency

select
    source,
    order_id,
    line_id,
    sku,
    quantity,
    gross,
    coalesce(discount, 0) as discount,
    cost_of_goods,
    currency,
    occurred_at as order_at
from stg_order_lines
