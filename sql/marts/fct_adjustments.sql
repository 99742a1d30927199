-- fct_adjustments: refunds, cancels, chargebacks and corrections, with their order.
--
-- grain: source, adjustment_id
-- reads: int_adjustments_matched
-- units: order currency; *_reporting in the reporting currency at the rate of the order's day

select
    adjustment_id,
    source,
    order_id,
    kind,
    adjusted_at,
    booked_date,
    order_date,
    currency,
    amount,
    cost_returned,
    margin,
    try_cast(amount * fx_rate as decimal(18, 4)) as amount_reporting,
    try_cast(margin * fx_rate as decimal(18, 4)) as margin_reporting,
    state,
    known_at
from int_adjustments_matched
