-- int_paths_collected: the paths of linked people, with and without an order: what a Markov chain is made of.
--
-- grain: person_id, path_key, touch_number
-- reads: fct_touches, int_orders_valued, int_identities_resolved, int_null_paths_found
--
-- path_key is the order's key, or the number of a path without one. Open paths are left out; so is what buyers say.

with linked as (
    select distinct person_id from int_identities_resolved where linked_without_order
)
select
    orders.person_id,
    cast(orders.order_key as varchar) as path_key,
    fct_touches.touch_number,
    fct_touches.program_id,
    fct_touches.platform,
    true as is_converted
from fct_touches
inner join int_orders_valued as orders
    on fct_touches.order_key = orders.order_key
inner join linked
    on orders.person_id = linked.person_id
where fct_touches.evidence <> 'self_reported'
union all
select
    person_id,
    cast(path_number as varchar),
    touch_number,
    program_id,
    platform,
    false
from int_null_paths_found
where not is_open
