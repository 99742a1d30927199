-- visitors_by_origin_month: persons by where they came from first, and how many of them are customers; credit to nobody, and no cause.
--
-- grain: origin, month_start
-- reads: int_touches_collected, int_orders_valued, stg_settings
-- units: persons; months of the first visit in the reporting time zone
--
-- origin: the utm_source of the first visit that is known, else the site it came from, else whose click id it carries, else (direct).
-- Who ordered only before that visit is a buyer whose first visit was not seen: counted, and told apart. Who came late has had less time.

with visits as (
    select
        touches.person_id,
        touches.platform,
        cast((touches.touched_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as visit_date,
        row_number() over (partition by touches.person_id order by touches.touched_at, touches.touch_key) as place
    from int_touches_collected as touches
    cross join stg_settings
    where touches.touch_kind = 'visit' and touches.person_id is not null
),
bought as (
    select
        visits.person_id,
        count(*) as orders,
        max(int_orders_valued.order_date) < min(visits.visit_date) as is_before
    from visits
    inner join int_orders_valued
        on visits.person_id = int_orders_valued.person_id
    where visits.place = 1
    group by visits.person_id
)
select
    visits.platform as origin,
    cast(date_trunc('month', visits.visit_date) as date) as month_start,
    count(*) as visitors,
    count(bought.person_id) as buyers,
    count(case when bought.is_before then 1 end) as buyers_before,
    cast(coalesce(sum(bought.orders), 0) as bigint) as orders
from visits
left join bought
    on visits.person_id = bought.person_id
where visits.place = 1
group by visits.platform, cast(date_trunc('month', visits.visit_date) as date)
