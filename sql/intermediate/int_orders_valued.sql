-- int_orders_valued: what each order earned: net revenue, cost and margin, and on what basis.
--
-- grain: order_key
-- reads: stg_orders, int_order_lines_costed, stg_settings, int_fx_rates_filled, int_identities_resolved
-- units: order currency, and reporting currency at the rate of the order's day
--
-- Cost of goods, margin_source: that of its lines where every line has one, its own (line) or the product's (product), and the
-- lines add up to the order; else the order's own (order); else that of lines that do not add up; else the configured rate
-- (rate), which margin_basis calls assumed; else not known. Adjustments are not in here.
-- lines_mark changes with the rows that are current among the order's lines.

with line_costs as (
    select
        source,
        order_id,
        max(currency) as currency,
        sum(gross) as gross,
        count(*) as lines,
        cast(sum(md5_number_lower(cast(id as varchar))) as hugeint) as lines_mark,
        case when count(*) = count(cost_of_goods) and min(currency) = max(currency) then sum(cost_of_goods) end as cost_of_goods,
        max(cost_of_goods_source) as cost_source
    from int_order_lines_costed
    group by source, order_id
),
based as (
    select
        stg_orders.*,
        cast((stg_orders.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as order_date,
        cast(stg_orders.gross - coalesce(stg_orders.discount, 0) as decimal(18, 4)) as revenue,
        case when line_costs.gross = stg_orders.gross then line_costs.cost_of_goods end as whole_cost,
        line_costs.cost_of_goods as lines_cost,
        line_costs.cost_source,
        line_costs.lines,
        line_costs.lines_mark,
        stg_settings.margin_rate
    from stg_orders
    cross join stg_settings
    left join line_costs
        on stg_orders.source = line_costs.source
        and stg_orders.order_id = line_costs.order_id
        and stg_orders.currency = line_costs.currency
),
known as (
    select
        *,
        cast(coalesce(whole_cost, cost_of_goods, lines_cost) as decimal(18, 4)) as known_cost,
        case
            when whole_cost is not null then cost_source
            when cost_of_goods is not null then 'order'
            when lines_cost is not null then cost_source
            when margin_rate is not null then 'rate'
        end as margin_source
    from based
),
costed as (
    select
        *,
        coalesce(known_cost, cast(revenue * (1 - margin_rate) as decimal(18, 4)) - coalesce(variable_cost, 0)) as order_cost,
        case when known_cost is not null then 'known' when margin_rate is not null then 'assumed' else 'not known' end as margin_basis
    from known
)
select
    costed.id as order_key,
    costed.order_id,
    costed.source,
    coalesce(costed.customer, identities.customer_id, identities.person_id, costed.email, costed.visitor) as customer_id,
    case
        when costed.customer is not null then 'stated'
        when identities.person_id is not null then 'link'
        when costed.email is not null then 'email'
        when costed.visitor is not null then 'visitor'
    end as customer_id_source,
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
    costed.utm_source_source,
    costed.utm_medium,
    costed.utm_medium_source,
    costed.utm_campaign,
    costed.utm_campaign_source,
    costed.click_id,
    costed.click_parameter,
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
    costed.margin_source,
    int_fx_rates_filled.rate as fx_rate,
    costed.known_at
from costed
left join int_identities_resolved as identities
    on coalesce(costed.customer, costed.email, costed.visitor) = identities.token
left join int_fx_rates_filled
    on costed.currency = int_fx_rates_filled.currency
    and costed.order_date = int_fx_rates_filled.date_day
