-- int_adjustments_matched: adjustments with the order they belong to and what they take from its margin.
--
-- grain: adjustment_key
-- reads: stg_adjustments, int_orders_valued, stg_settings
-- units: order currency, and reporting currency at the rate of the order's day
--
-- An adjustment in another currency than its order, or without its order, waits: state says so.
-- A cancel takes back the cost of goods; other kinds only what they state.

with joined as (
    select
        stg_adjustments.*,
        int_orders_valued.order_key,
        int_orders_valued.order_date,
        int_orders_valued.fx_rate,
        int_orders_valued.margin_basis,
        int_orders_valued.cost_of_goods as order_cost,
        int_orders_valued.revenue as order_revenue,
        stg_settings.margin_rate,
        cast((stg_adjustments.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as booked_date,
        case
            when int_orders_valued.order_key is null then 'waits for its order'
            when int_orders_valued.currency <> stg_adjustments.currency then 'other currency than its order'
            else 'matched'
        end as state
    from stg_adjustments
    cross join stg_settings
    left join int_orders_valued
        on stg_adjustments.source = int_orders_valued.source
        and stg_adjustments.order_id = int_orders_valued.order_id
)
select
    id as adjustment_key,
    adjustment_id,
    source,
    order_id,
    order_key,
    kind,
    occurred_at as adjusted_at,
    booked_date,
    order_date,
    currency,
    amount,
    cast(coalesce(
        cost_of_goods,
        case
            when kind = 'cancel' then order_cost
            else 0
        end
    ) as decimal(18, 4)) as cost_returned,
    cast(
        case
            when margin_basis = 'not known' then null
            else amount - coalesce(cost_of_goods, case when kind = 'cancel' then order_cost else 0 end)
        end as decimal(18, 4)
    ) as margin,
    fx_rate,
    state,
    known_at
from joined
