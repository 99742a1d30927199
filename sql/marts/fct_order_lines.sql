-- fct_order_lines: the lines of orders.
--
-- grain: source, order_id, line_id
-- reads: int_order_lines_costed
-- units: order currency

select
    source,
    order_id,
    line_id,
    sku,
    quantity,
    gross,
    discount,
    cost_of_goods,
    cost_of_goods_source,
    currency,
    occurred_at as order_at
from int_order_lines_costed
