-- int_adjustments_matched: adjustments with the order they belong to and what they take from its margin.
--
-- grain: adjustment_key
-- reads: stg_adjustments, int_adjustments_set_aside, int_orders_valued, int_fx_rates_filled, stg_settings
-- units: adjustment currency; fx_rate is that of the order's day, of the day it was booked while it is not matched
--
-- An adjustment in another currency than its order, or without its order, waits: state says so, and what it takes from
-- the order's margin is not known.
-- A cancel takes back the cost of goods, as far as other adjustments have not stated it as returned and no earlier cancel has
-- taken it; other kinds take back only what they state.

with joined as (
    select
        stg_adjustments.*,
        int_orders_valued.order_key,
        int_orders_valued.order_date,
        int_orders_valued.fx_rate as order_rate,
        int_orders_valued.margin_basis,
        int_orders_valued.cost_of_goods as order_cost,
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
    left join int_adjustments_set_aside
        on stg_adjustments.id = int_adjustments_set_aside.adjustment_key
    where int_adjustments_set_aside.adjustment_key is null
),
counted as (
    select
        *,
        coalesce(sum(case when state = 'matched' then cost_of_goods end) over (partition by order_key), 0) as cost_stated,
        row_number() over (partition by order_key, state, kind, cost_of_goods is null order by occurred_at, id) as place
    from joined
),
costed as (
    select
        *,
        coalesce(
            cost_of_goods,
            case
                when kind <> 'cancel' then 0
                when state = 'matched' and place = 1 then greatest(order_cost - cost_stated, 0)
                when state = 'matched' then 0
            end
        ) as cost_back
    from counted
)
select
    costed.id as adjustment_key,
    costed.adjustment_id,
    costed.source,
    costed.order_id,
    costed.order_key,
    costed.kind,
    costed.occurred_at as adjusted_at,
    costed.booked_date,
    costed.order_date,
    costed.currency,
    costed.amount,
    cast(costed.cost_back as decimal(18, 4)) as cost_returned,
    cast(case when costed.state = 'matched' and costed.margin_basis <> 'not known' then costed.amount - costed.cost_back end as decimal(18, 4)) as margin,
    case when costed.state = 'matched' then costed.order_rate else booked_rates.rate end as fx_rate,
    costed.state,
    costed.known_at
from costed
left join int_fx_rates_filled as booked_rates
    on costed.currency = booked_rates.currency
    and costed.booked_date = booked_rates.date_day
