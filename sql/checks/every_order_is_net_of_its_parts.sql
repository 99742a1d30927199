-- The parts of an order make its net revenue.
select source, order_id from fct_orders where net_revenue <> gross - discount - adjustments
