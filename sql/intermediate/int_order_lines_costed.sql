-- int_order_lines_costed: what the goods of each line cost: as the line states it, else at the product's cost of its day.
--
-- grain: source, order_id, line_id
-- reads: stg_order_lines, stg_product_costs, int_orders_set_aside
-- units: order currency
--
-- A product's cost counts in the line's currency only. Lines of orders that are set aside are left out.

with priced as (
    select
        stg_order_lines.source,
        stg_order_lines.order_id,
        stg_order_lines.line_id,
        stg_order_lines.id,
        stg_order_lines.sku,
        stg_order_lines.quantity,
        stg_order_lines.gross,
        coalesce(stg_order_lines.discount, 0) as discount,
        stg_order_lines.cost_of_goods as stated_cost,
        try_cast(cast(stg_order_lines.quantity as decimal(38, 4)) * stg_product_costs.cost_of_goods as decimal(18, 4)) as product_cost,
        stg_order_lines.currency,
        stg_order_lines.occurred_at,
        row_number() over (
            partition by stg_order_lines.source, stg_order_lines.order_id, stg_order_lines.line_id
            order by stg_product_costs.starts_on desc nulls last
        ) as cost_number
    from stg_order_lines
    left join stg_product_costs
        on stg_order_lines.sku = stg_product_costs.sku
        and stg_order_lines.currency = stg_product_costs.currency
        and stg_product_costs.starts_on <= cast(stg_order_lines.occurred_at as date)
    left join int_orders_set_aside
        on stg_order_lines.source = int_orders_set_aside.source
        and stg_order_lines.order_id = int_orders_set_aside.order_id
    where int_orders_set_aside.order_key is null
)
select
    source,
    order_id,
    line_id,
    id,
    sku,
    quantity,
    gross,
    discount,
    coalesce(stated_cost, product_cost) as cost_of_goods,
    case when stated_cost is not null then 'line' when product_cost is not null then 'product' end as cost_of_goods_source,
    currency,
    occurred_at
from priced
where cost_number = 1
