-- dim_platform: the platforms that events name.
--
-- grain: platform
-- reads: int_engagements_enriched, stg_contents, stg_counters, stg_claims, stg_shocks

with named as (
    select platform, occurred_at from int_engagements_enriched
    union all
    select platform, occurred_at from stg_contents
    union all
    select platform, occurred_at from stg_counters
    union all
    select platform, occurred_at from stg_claims
),
shocks as (
    select platform, max(occurred_at) as last_shock_at, count(*) as shocks from stg_shocks group by platform
)
select
    named.platform,
    min(named.occurred_at) as first_seen_at,
    max(named.occurred_at) as last_seen_at,
    coalesce(max(shocks.shocks), 0) as shocks,
    max(shocks.last_shock_at) as last_shock_at
from named
left join shocks
    on named.platform = shocks.platform
group by named.platform
