-- int_estimate_reasons_found: what moved among the inputs of each incremental margin that moved since the last publication.
--
-- grain: program_id, month_start, place
-- reads: int_figures_moved, int_sale_entries_listed, int_sale_entries_moved, int_sale_entries_paired, int_path_reasons_found, int_cost_entries_moved, int_publication_compared, int_orders_valued, meta.published_sale, meta.build, fct_pilot_units, stg_pilots, return_by_program_month
--
-- Inputs: orders of the month that are credited to the program; orders of the pilot's units in its days, credited or not; which pilot
-- speaks, and its registration and assignments; every order where launches speak, for their places are compared with others; cost where the estimate goes by cost. Reasons are named, not split. place as in
-- int_sale_entries_moved, and 5 evidence. What happened after the last publication is not late.

with moves as (
    select
        moved.subject as program_id,
        moved.month_start,
        moved.old_basis,
        moved.new_basis
    from int_figures_moved as moved
    inner join meta.build as build
        on moved.snapshot_id = build.snapshot_id
    where moved.figure = 'incremental margin'
),
pilots as (
    select program_id, month_start, regexp_replace(old_basis, ' / [0-9]+$', '') as pilot from moves where old_basis is not null
    union
    select program_id, month_start, regexp_replace(new_basis, ' / [0-9]+$', '') from moves where new_basis is not null
),
windows as (
    select program_id, month_start, month_start as from_day, cast(month_start + interval '1' month as date) as before_day, cast(null as varchar) as pilot, cast(null as varchar) as unit from moves
    union all
    select pilots.program_id, pilots.month_start, stg_pilots.starts_on, stg_pilots.ends_before, pilots.pilot, stg_pilots.unit
    from pilots
    inner join stg_pilots
        on pilots.pilot = stg_pilots.pilot
    union all
    select program_id, month_start, date '1970-01-01', date '2200-01-01', 'launches', 'market'
    from moves
    where starts_with(old_basis, 'launches ') or starts_with(new_basis, 'launches ')
),
changes as (
    select source, order_id, order_day, place from int_sale_entries_moved where figure = 'margin'
    union
    select paired.source, paired.order_id, coalesce(paired.earned_day, paired.old_earned_day), coalesce(paths.place, paired.own_place)
    from int_sale_entries_paired as paired
    left join int_path_reasons_found as paths
        on paired.source = paths.source
        and paired.order_id = paths.order_id
    where paired.entry_kind = 'order' and paired.credited is distinct from paired.old_credited
),
changed_orders as (
    select
        changes.*,
        concat(', ', present.credited, ', ', published.credited) as credited,
        cast(valued.customer_token as varchar) as customer
    from changes
    left join int_sale_entries_listed as present
        on changes.source = present.source
        and changes.order_id = present.entry_id
        and present.entry_kind = 'order'
    left join meta.published_sale as published
        on changes.source = published.source
        and changes.order_id = published.entry_id
        and published.entry_kind = 'order'
    left join int_orders_valued as valued
        on changes.source = valued.source
        and changes.order_id = valued.order_id
),
by_order as (
    select windows.program_id, windows.month_start, changed_orders.place
    from windows
    cross join int_publication_compared as publication
    inner join changed_orders
        on changed_orders.order_day >= windows.from_day
        and changed_orders.order_day < windows.before_day
        and changed_orders.order_day <= publication.as_of_day
    left join fct_pilot_units
        on windows.pilot = fct_pilot_units.pilot
        and windows.unit = 'person'
        and changed_orders.customer = fct_pilot_units.unit_id
    where
        (windows.pilot is null and strpos(changed_orders.credited, concat(', ', windows.program_id, ' ')) > 0)
        or (windows.pilot is not null and (windows.unit <> 'person' or fct_pilot_units.unit_id is not null))
),
found as (
    select program_id, month_start, place from by_order
    union all
    select program_id, month_start, 5 from moves where old_basis is distinct from new_basis
    union all
    select moves.program_id, moves.month_start, 5
    from moves
    cross join int_publication_compared as publication
    where publication.pilots_came and coalesce(moves.old_basis, moves.new_basis) is not null
    union all
    select windows.program_id, windows.month_start, costs.place
    from windows
    inner join return_by_program_month as returns
        on windows.program_id = returns.program_id
        and windows.month_start = returns.month_start
        and returns.method like 'pilot total by days%'
    inner join int_cost_entries_moved as costs
        on windows.program_id = costs.program_id
        and costs.month_start < windows.before_day
        and cast(costs.month_start + interval '1' month as date) > windows.from_day
    union all
    select moves.program_id, moves.month_start, 7
    from moves
    cross join int_publication_compared as publication
    where publication.definition_changed
)
select distinct program_id, month_start, place
from found
where place < 8
