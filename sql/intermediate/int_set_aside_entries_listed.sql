-- int_set_aside_entries_listed: orders and adjustments that are set aside, as int_sale_entries_listed has those that count.
--
-- grain: entry_kind, source, entry_id
-- reads: int_orders_set_aside, int_adjustments_set_aside
-- units: currency of the entry
--
-- They have no month and no amount, because no figure holds them. A publication keeps them, so that where tills change the next one
-- knows an order it had set aside from one that came late.

select
    'order' as entry_kind,
    source,
    order_id as entry_id,
    order_id,
    order_key as row_id,
    order_at as happened_at,
    known_at,
    cast(null as date) as booked_month,
    market,
    currency,
    cast(null as decimal(18, 4)) as booked,
    cast(null as date) as earned_day,
    cast(null as decimal(18, 4)) as earned,
    cast(null as decimal(18, 4)) as margin,
    cast(null as varchar) as margin_basis,
    cast(null as decimal(28, 12)) as fx_rate,
    cast(null as bigint) as lines,
    cast(null as hugeint) as lines_mark,
    cast(null as uuid) as person_id,
    cast(null as varchar) as credited
from int_orders_set_aside
union all
select
    'adjustment',
    source,
    adjustment_id,
    order_id,
    adjustment_key,
    adjusted_at,
    known_at,
    null,
    '(none)',
    currency,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null
from int_adjustments_set_aside
