-- int_till_records_matched: each order that is set aside with the order of a till that it repeats or pays.
--
-- grain: record_key
-- reads: int_orders_set_aside, int_orders_paired, stg_tills
--
-- A reference counts first, that of a till of the own channel before others. Without one, a person who paid one amount within a day is
-- taken where it is the only such order on both sides. Whatever could be two is ambiguous, and nothing is chosen.

with candidates as (
    select
        pairs.order_key as record_key,
        pairs.source,
        pairs.other_key as till_key,
        pairs.known_by,
        case when pairs.known_by = 'person' then 3 when pairs.is_same_channel then 1 else 2 end as place
    from int_orders_paired as pairs
    inner join (select distinct source from stg_tills) as tills
        on pairs.other_source = tills.source
    where not pairs.is_counted and pairs.other_is_counted
),
nearest as (
    select *, min(place) over (partition by record_key) as nearest_place
    from candidates
),
chosen as (
    select
        record_key,
        till_key,
        known_by,
        count(*) over (partition by record_key) as till_orders,
        count(*) over (partition by till_key, source) as records
    from nearest
    where place = nearest_place
),
judged as (
    select
        record_key,
        max(known_by) as known_by,
        max(till_orders) as till_orders,
        max(till_key) as till_key,
        max(case when known_by = 'person' and records > 1 then 1 else 0 end) as is_shared
    from chosen
    group by record_key
)
select
    int_orders_set_aside.order_key as record_key,
    case when judged.till_orders = 1 and judged.is_shared = 0 then judged.till_key end as till_key,
    case when judged.till_orders = 1 and judged.is_shared = 0 then judged.known_by end as known_by,
    case
        when judged.record_key is null then 'not at the till'
        when judged.till_orders = 1 and judged.is_shared = 0 then 'matched'
        else 'ambiguous'
    end as state
from int_orders_set_aside
left join judged
    on int_orders_set_aside.order_key = judged.record_key
