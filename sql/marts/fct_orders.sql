-- fct_orders: every order with what it earned after all adjustments known so far.
--
-- grain: source, order_id
-- reads: int_orders_valued, int_adjustments_matched
-- units: order currency; *_reporting in the reporting currency at the rate of the order's day
--
-- Adjustments count on the day of their order here; the ledger bridge counts them when booked. An order is the first of its
-- resolved person as far as the history goes, which build_info calls history_from.

with adjusted as (
    select
        order_key,
        sum(amount) as amount,
        sum(cost_returned) as cost_returned,
        sum(margin) as margin,
        sum(try_cast(amount * fx_rate as decimal(18, 4))) as amount_reporting,
        sum(try_cast(margin * fx_rate as decimal(18, 4))) as margin_reporting
    from int_adjustments_matched
    where state = 'matched'
    group by order_key
),
first_orders as (
    select
        order_key,
        row_number() over (partition by person_id order by order_at, order_key) as order_number
    from int_orders_valued
    where person_id is not null
),
final as (
    select
        orders.order_id,
        orders.source,
        orders.customer_id,
        orders.customer_id_source,
        orders.order_at,
        orders.order_date,
        orders.month_start,
        orders.market,
        orders.region,
        orders.channel,
        orders.venue,
        orders.coupon,
        orders.utm_source,
        orders.utm_source_source,
        orders.utm_medium,
        orders.utm_medium_source,
        orders.utm_campaign,
        orders.utm_campaign_source,
        orders.gross,
        orders.discount,
        cast(coalesce(adjusted.amount, 0) as decimal(18, 4)) as adjustments,
        cast(orders.revenue - coalesce(adjusted.amount, 0) as decimal(18, 4)) as net_revenue,
        cast(orders.cost_of_goods - coalesce(adjusted.cost_returned, 0) as decimal(18, 4)) as cost_of_goods,
        orders.variable_cost,
        cast(orders.margin - coalesce(adjusted.margin, 0) as decimal(18, 4)) as margin,
        orders.margin_basis,
        orders.margin_source,
        coalesce(first_orders.order_number = 1, false) as is_first_order,
        case when first_orders.order_number is not null then 'history' end as is_first_order_source,
        orders.currency,
        try_cast(orders.gross * orders.fx_rate as decimal(18, 4)) as gross_reporting,
        cast(try_cast(orders.revenue * orders.fx_rate as decimal(18, 4)) - coalesce(adjusted.amount_reporting, 0) as decimal(18, 4)) as net_revenue_reporting,
        cast(try_cast(orders.margin * orders.fx_rate as decimal(18, 4)) - coalesce(adjusted.margin_reporting, 0) as decimal(18, 4)) as margin_reporting,
        orders.known_at
    from int_orders_valued as orders
    left join adjusted
        on orders.order_key = adjusted.order_key
    left join first_orders
        on orders.order_key = first_orders.order_key
)
select * from final
