-- dim_market: the markets of orders and engagements.
--
-- grain: market
-- reads: int_orders_valued, int_engagements_enriched, stg_settings

with named as (
    select market from int_orders_valued
    union
    select market from int_engagements_enriched where market is not null
)
select
    named.market,
    coalesce(named.market = stg_settings.home_market, false) as is_home
from named
cross join stg_settings
