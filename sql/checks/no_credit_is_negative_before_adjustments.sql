-- No rule gives a negative share of an order that earned something.
select credits.order_key, credits.model, credits.program_id
from int_credits_split as credits
inner join int_orders_valued as orders
    on credits.order_key = orders.order_key
where credits.entry_number = 0 and credits.net_revenue < 0 and orders.revenue >= 0
