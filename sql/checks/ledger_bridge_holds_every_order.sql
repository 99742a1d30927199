-- The bridge has the money of all orders and adjustments, once.
select bridged.net_revenue, entered.net_revenue as wanted
from (select sum(net_revenue) as net_revenue from ledger_bridge_by_month where market <> '(all)') as bridged
cross join (
    select (select coalesce(sum(gross - discount), 0) from fct_orders) - (select coalesce(sum(amount), 0) from fct_adjustments) as net_revenue
) as entered
where coalesce(bridged.net_revenue, 0) <> entered.net_revenue
