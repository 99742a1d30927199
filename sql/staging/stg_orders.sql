-- stg_orders: a customer ordered; of orders that several sources report, that of the till.
--
-- grain: source, order_id
-- reads: stg_reported_orders

select *
from stg_reported_orders
where is_counted
