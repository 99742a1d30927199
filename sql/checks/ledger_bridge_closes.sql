-- Net revenue is gross less discounts less adjustments, and attributed plus unattributed, to the last place.
select month_start, market, currency
from ledger_bridge_by_month
where net_revenue <> gross - discounts - adjustments or net_revenue <> attributed + unattributed
