-- fct_counters_daily: the last value of each platform counter on each day, and its change since the day before that has one.
--
-- grain: date_day, platform, venue, content_id, metric, market, region
-- reads: stg_counters, stg_settings
-- units: counts; days in the reporting time zone
--
-- A value below the one before is a reset: the change is then the new value, and is_reset says so.

with local_days as (
    select
        stg_counters.*,
        cast((stg_counters.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as date_day,
        coalesce(stg_counters.venue, stg_counters.platform) as at_venue,
        coalesce(stg_counters.content_id, '(account)') as of_content,
        coalesce(stg_counters.market, '(all)') as of_market,
        coalesce(stg_counters.region, '(all)') as of_region
    from stg_counters
    cross join stg_settings
),
ranked as (
    select
        *,
        row_number() over (partition by date_day, platform, at_venue, of_content, metric, of_market, of_region order by occurred_at desc, revision desc, id) as place
    from local_days
),
changed as (
    select
        date_day,
        platform,
        at_venue as venue,
        of_content as content_id,
        metric,
        of_market as market,
        of_region as region,
        value,
        lag(value) over (partition by platform, at_venue, of_content, metric, of_market, of_region order by date_day) as before
    from ranked
    where place = 1
)
select
    date_day,
    platform,
    venue,
    content_id,
    metric,
    market,
    region,
    value,
    case when before is null then null when value < before then value else value - before end as change,
    coalesce(value < before, false) as is_reset
from changed
