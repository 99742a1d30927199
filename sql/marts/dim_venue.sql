-- dim_venue: pages, groups, communities and places.
--
-- grain: platform, venue
-- reads: int_engagements_enriched, stg_contents, int_orders_valued
--
-- A place where orders were sold stands under the platform (sale).

with named as (
    select platform, venue, occurred_at from int_engagements_enriched
    union all
    select platform, coalesce(venue, platform), occurred_at from stg_contents
    union all
    select '(sale)', lower(venue), order_at from int_orders_valued where venue is not null
)
select
    platform,
    venue,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) as events
from named
group by platform, venue
