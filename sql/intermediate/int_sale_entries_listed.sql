-- int_sale_entries_listed: orders and adjustments as the monthly figures count them, a row each.
--
-- grain: entry_kind, source, entry_id
-- reads: int_orders_valued, int_adjustments_matched, int_credits_split, int_set_aside_entries_listed, stg_settings
-- units: currency of the entry
--
-- booked is what the ledger counts in booked_month, earned and margin are what is counted on the order's day, earned_day. An
-- adjustment is negative; while it waits for its order it has nothing earned. credited says what the configured rule gives
-- to each program, in parts of the order. This is what a publication keeps, so that the next one can say why a figure moved.

with shares as (
    select
        order_key,
        program_id,
        sum(orders) as orders
    from int_credits_split
    where entry_number = 0 and model = (select credit_model from stg_settings)
    group by order_key, program_id
),
credits as (
    select
        order_key,
        string_agg(concat(program_id, ' ', cast(orders as varchar)), ', ' order by program_id) as credited
    from shares
    group by order_key
),
final as (
    select
        'order' as entry_kind,
        orders.source,
        orders.order_id as entry_id,
        orders.order_id,
        orders.order_key as row_id,
        orders.order_at as happened_at,
        orders.known_at,
        orders.month_start as booked_month,
        orders.market,
        orders.currency,
        orders.revenue as booked,
        orders.order_date as earned_day,
        orders.revenue as earned,
        orders.margin,
        orders.margin_basis,
        orders.fx_rate,
        orders.lines,
        orders.lines_mark,
        orders.person_id,
        credits.credited
    from int_orders_valued as orders
    left join credits
        on orders.order_key = credits.order_key
    union all
    select
        'adjustment',
        adjustments.source,
        adjustments.adjustment_id,
        adjustments.order_id,
        adjustments.adjustment_key,
        adjustments.adjusted_at,
        adjustments.known_at,
        cast(date_trunc('month', adjustments.booked_date) as date),
        coalesce(orders.market, '(none)'),
        adjustments.currency,
        -adjustments.amount,
        case when adjustments.state = 'matched' then adjustments.order_date end,
        case when adjustments.state = 'matched' then -adjustments.amount end,
        case when adjustments.state = 'matched' then -coalesce(adjustments.margin, 0) end,
        orders.margin_basis,
        adjustments.fx_rate,
        null,
        null,
        null,
        null
    from int_adjustments_matched as adjustments
    left join int_orders_valued as orders
        on adjustments.order_key = orders.order_key
    union all
    select * from int_set_aside_entries_listed
)
select * from final
