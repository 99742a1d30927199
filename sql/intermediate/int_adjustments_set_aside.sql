-- int_adjustments_set_aside: adjustments of orders that are set aside: compared with the till, counted nowhere.
--
-- grain: adjustment_key
-- reads: stg_adjustments, int_orders_set_aside, stg_orders, stg_tills
-- units: adjustment currency
--
-- One that waits for its order goes with the other orders of its source: it is set aside where the source is no till and, as far
-- as is known, only repeats what tills report.

with pure_records as (
    select distinct int_orders_set_aside.source
    from int_orders_set_aside
    left join (select distinct source from stg_orders) as counted
        on int_orders_set_aside.source = counted.source
    where counted.source is null
),
any_till as (
    select count(*) as tills from stg_tills where channel = '*'
)
select
    stg_adjustments.id as adjustment_key,
    stg_adjustments.source,
    stg_adjustments.adjustment_id,
    stg_adjustments.order_id,
    int_orders_set_aside.order_key,
    stg_adjustments.kind,
    stg_adjustments.currency,
    stg_adjustments.amount,
    stg_adjustments.occurred_at as adjusted_at,
    stg_adjustments.known_at
from stg_adjustments
cross join any_till
left join int_orders_set_aside
    on stg_adjustments.source = int_orders_set_aside.source
    and stg_adjustments.order_id = int_orders_set_aside.order_id
left join stg_orders
    on stg_adjustments.source = stg_orders.source
    and stg_adjustments.order_id = stg_orders.order_id
left join (select distinct source from stg_tills) as tills
    on stg_adjustments.source = tills.source
left join pure_records
    on stg_adjustments.source = pure_records.source
where
    int_orders_set_aside.order_key is not null
    or (stg_orders.order_id is null and tills.source is null and (any_till.tills > 0 or pure_records.source is not null))
