-- Every rule splits an order exactly: no money is lost or made.
select credits.source, credits.order_id, credits.model, credits.net_revenue as credited, fct_orders.net_revenue_reporting as wanted
from (
    select source, order_id, model, sum(net_revenue) as net_revenue, sum(orders) as orders
    from fct_credits
    group by source, order_id, model
) as credits
inner join fct_orders
    on credits.source = fct_orders.source
    and credits.order_id = fct_orders.order_id
where credits.net_revenue <> fct_orders.net_revenue_reporting or credits.orders <> 1
