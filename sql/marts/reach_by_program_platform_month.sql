-- reach_by_program_platform_month: what each platform counts of a program's work, and what was paid for it there; claimed, not caused.
--
-- grain: program_id, platform, month_start
-- reads: fct_counters_daily, int_counters_assigned, fct_claims, fct_costs_daily, dim_date, stg_settings
-- units: counts; media in the reporting currency; claims spread evenly over their days; months in the reporting time zone
--
-- Impressions and clicks are what counters rose by. A sum is null where nothing was counted, or a part has no exchange rate.

with counted as (
    select
        assigned.program_id,
        counters.platform,
        cast(date_trunc('month', counters.date_day) as date) as month_start,
        sum(case when counters.metric = 'impressions' then counters.change end) as impressions,
        sum(case when counters.metric = 'clicks' then counters.change end) as clicks
    from fct_counters_daily as counters
    inner join int_counters_assigned as assigned
        on counters.platform = assigned.platform
        and counters.content_id = assigned.content_id
    where counters.metric in ('impressions', 'clicks') and counters.change is not null
    group by assigned.program_id, counters.platform, cast(date_trunc('month', counters.date_day) as date)
),
months as (
    select distinct month_start, cast(month_start + interval '1' month as date) as next_month from dim_date
),
claims as (
    select
        fct_claims.program_id,
        fct_claims.platform,
        months.month_start,
        sum(
            cast(fct_claims.claimed_conversions as decimal(38, 4))
            * date_diff('day', greatest(fct_claims.starts_on, months.month_start), least(fct_claims.ends_before, months.next_month))
            / date_diff('day', fct_claims.starts_on, fct_claims.ends_before)
        ) as conversions
    from fct_claims
    inner join months
        on fct_claims.starts_on < months.next_month
        and fct_claims.ends_before > months.month_start
    where fct_claims.claimed_conversions is not null
    group by fct_claims.program_id, fct_claims.platform, months.month_start
),
media as (
    select
        program_id,
        platform,
        cast(date_trunc('month', date_day) as date) as month_start,
        case when count(*) = count(spend_reporting) then sum(spend_reporting) end as media
    from fct_costs_daily
    where category = 'media' and platform <> '(none)'
    group by program_id, platform, cast(date_trunc('month', date_day) as date)
),
keys as (
    select program_id, platform, month_start from counted
    union
    select program_id, platform, month_start from claims
    union
    select program_id, platform, month_start from media
)
select
    keys.program_id,
    keys.platform,
    keys.month_start,
    stg_settings.reporting_currency as currency,
    cast(counted.impressions as decimal(38, 0)) as impressions,
    cast(counted.clicks as decimal(38, 0)) as clicks,
    cast(media.media as decimal(38, 4)) as spend_media,
    cast(claims.conversions as decimal(38, 4)) as claimed_conversions
from keys
cross join stg_settings
left join counted
    on keys.program_id = counted.program_id and keys.platform = counted.platform and keys.month_start = counted.month_start
left join claims
    on keys.program_id = claims.program_id and keys.platform = claims.platform and keys.month_start = claims.month_start
left join media
    on keys.program_id = media.program_id and keys.platform = media.platform and keys.month_start = media.month_start
