-- int_ledger_entries_booked: every movement of net revenue on the day it was booked.
--
-- grain: entry_kind, entry_key
-- reads: int_orders_valued, int_adjustments_matched, int_credits_split, fct_touches, stg_settings
-- units: currency of the entry; *_reporting in the reporting currency at the rate of the order's day
--
-- attributed is what the configured rule credits. An adjustment without its order is booked too: the books know it.

with credited as (
    select
        order_key,
        entry_number,
        sum(net_revenue) as net_revenue,
        sum(net_revenue_reporting) as net_revenue_reporting
    from int_credits_split
    where model = (select credit_model from stg_settings)
    group by order_key, entry_number
),
touched as (
    select distinct order_key from fct_touches
),
adjustments as (
    select
        *,
        case when state = 'matched' then row_number() over (partition by order_key, state order by adjusted_at, adjustment_key) end as entry_number
    from int_adjustments_matched
),
final as (
    select
        'order' as entry_kind,
        orders.order_key as entry_key,
        orders.month_start,
        orders.market,
        orders.currency,
        orders.gross,
        orders.discount,
        cast(0 as decimal(18, 4)) as adjustment,
        orders.revenue as net_revenue,
        try_cast(orders.gross * orders.fx_rate as decimal(18, 4)) - try_cast(orders.revenue * orders.fx_rate as decimal(18, 4)) as discount_reporting,
        try_cast(orders.gross * orders.fx_rate as decimal(18, 4)) as gross_reporting,
        try_cast(orders.revenue * orders.fx_rate as decimal(18, 4)) as net_revenue_reporting,
        orders.customer_id is not null as is_matched,
        touched.order_key is not null as is_touched,
        coalesce(credited.net_revenue, 0) as attributed,
        coalesce(credited.net_revenue_reporting, 0) as attributed_reporting
    from int_orders_valued as orders
    left join touched
        on orders.order_key = touched.order_key
    left join credited
        on orders.order_key = credited.order_key
        and credited.entry_number = 0
    union all
    select
        'adjustment',
        adjustments.adjustment_key,
        cast(date_trunc('month', adjustments.booked_date) as date),
        coalesce(orders.market, '(none)'),
        adjustments.currency,
        0,
        0,
        adjustments.amount,
        -adjustments.amount,
        0,
        0,
        try_cast(-adjustments.amount * adjustments.fx_rate as decimal(18, 4)),
        coalesce(orders.customer_id is not null, false),
        touched.order_key is not null,
        coalesce(credited.net_revenue, 0),
        coalesce(credited.net_revenue_reporting, 0)
    from adjustments
    left join int_orders_valued as orders
        on adjustments.order_key = orders.order_key
    left join touched
        on adjustments.order_key = touched.order_key
    left join credited
        on adjustments.order_key = credited.order_key
        and adjustments.entry_number = credited.entry_number
)
select * from final
