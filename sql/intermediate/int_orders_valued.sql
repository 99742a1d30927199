-- int_orders_valued: what each order earned: net revenue, cost and margin, and on what basis.
--
-- grain: order_key
-- reads: stg_orders, stg_order_lines, stg_product_costs, stg_settings, int_fx_rates_filled, int_identities_resolved
-- units: order currency, and reporting currency at the rate of the order's day
--
-- Cost of goods: the order's own, else the sum of its lines where every line has one (its own or the
-- product's, in the order's currency), else the configured rate (assumed), else not known. Adjustments are not in here.
-- lines_mark changes with the rows that are current among the order's lines.

with line_costs as (
    select
        stg_order_lines.source,
        stg_order_lines.order_id,
        stg_order_lines.line_id,
        stg_order_lines.id,
        stg_order_lines.currency,
        coalesce(
            stg_order_lines.cost_of_goods,
            try_cast(cast(stg_order_lines.quantity as decimal(38, 4)) * stg_product_costs.cost_of_goods as decimal(18, 4))
        ) as cost_of_goods,
        row_number() over (
            partition by stg_order_lines.source, stg_order_lines.order_id, stg_order_lines.line_id
            order by stg_product_costs.starts_on desc nulls last
        ) as cost_number
    from stg_order_lines
    left join stg_product_costs
        on stg_order_lines.sku = stg_product_costs.sku
        and stg_order_lines.currency = stg_product_costs.currency
        and stg_product_costs.starts_on <= cast(stg_order_lines.occurred_at as date)
),
order_costs as (
    select
        source,
        order_id,
        max(currency) as currency,
        count(*) as lines,
        cast(sum(md5_number_lower(cast(id as varchar))) as hugeint) as lines_mark,
        case when count(*) = count(cost_of_goods) and min(currency) = max(currency) then sum(cost_of_goods) end as cost_of_goods
    from line_costs
    where cost_number = 1
    group by source, order_id
),
based as (
    select
        stg_orders.*,
        cast((stg_orders.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as order_date,
        cast(stg_orders.gross - coalesce(stg_orders.discount, 0) as decimal(18, 4)) as revenue,
        cast(coalesce(stg_orders.cost_of_goods, order_costs.cost_of_goods) as decimal(18, 4)) as known_cost,
        order_costs.lines,
        order_costs.lines_mark,
        stg_settings.margin_rate
    from stg_orders
    cross join stg_settings
    left join order_costs
        on stg_orders.source = order_costs.source
        and stg_orders.order_id = order_costs.order_id
        and stg_orders.currency = order_costs.currency
),
costed as (
    select
        *,
        coalesce(known_cost, cast(revenue * (1 - margin_rate) as decimal(18, 4)) - coalesce(variable_cost, 0)) as order_cost,
        case when known_cost is not null then 'known' when margin_rate is not null then 'assumed' else 'not known' end as margin_basis
    from based
)
select
    costed.id as order_key,
    costed.order_id,
    costed.source,
    coalesce(costed.customer, identities.customer_id, identities.person_id, costed.email, costed.visitor) as customer_id,
    coalesce(identities.person_id, costed.customer, costed.email, costed.visitor) as person_id,
    costed.customer as customer_token,
    costed.visitor as visitor_token,
    costed.occurred_at as order_at,
    costed.order_date,
    cast(date_trunc('month', costed.order_date) as date) as month_start,
    coalesce(costed.market, '(none)') as market,
    costed.region,
    costed.channel,
    costed.venue,
    costed.program,
    costed.coupon,
    costed.utm_source,
    costed.utm_medium,
    costed.utm_campaign,
    costed.click_id,
    costed.referrer,
    costed.self_reported_source,
    costed.cocreated,
    costed.currency,
    costed.gross,
    coalesce(costed.discount, 0) as discount,
    costed.revenue,
    cast(costed.order_cost as decimal(18, 4)) as cost_of_goods,
    coalesce(costed.variable_cost, 0) as variable_cost,
    cast(costed.revenue - costed.order_cost - coalesce(costed.variable_cost, 0) as decimal(18, 4)) as margin,
    costed.margin_basis,
    costed.lines,
    costed.lines_mark,
    int_fx_rates_filled.rate as fx_rate,
    costed.known_at
from costed
left join int_identities_resolved as identities
    on coalesce(costed.customer, costed.email, costed.visitor) = identities.token
left join int_fx_rates_filled
    on costed.currency = int_fx_rates_filled.currency
    and costed.order_date = int_fx_rates_filled.date_day
