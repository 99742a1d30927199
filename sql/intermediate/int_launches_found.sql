-- int_launches_found: when each program began in each market and region, by its costs where they name places, else by its activity.
--
-- grain: program_id, market, region
-- reads: int_program_acts_listed
--
-- region is '' for the whole market, which began with the first of its regions. Activity counts from the first week on that is followed by activity in at
-- least two of the next three weeks, so that a stray traveler launches nothing. names_regions: no act names the market alone.

with sources as (
    select
        program_id,
        case when count(*) filter (where seen_by = 'cost') > 0 then 'cost' else 'activity' end as seen_by
    from int_program_acts_listed
    group by program_id
),
acts as (
    select listed.program_id, listed.seen_by, listed.market, listed.region, listed.date_day
    from int_program_acts_listed as listed
    inner join sources
        on listed.program_id = sources.program_id
        and listed.seen_by = sources.seen_by
),
placed as (
    select program_id, seen_by, market, '' as region, date_day from acts
    union
    select program_id, seen_by, market, region, date_day from acts where region <> ''
),
weeks as (
    select distinct program_id, market, region, cast(date_trunc('week', date_day) as date) as week_start
    from placed
    where seen_by = 'activity'
),
lasting as (
    select weeks.program_id, weeks.market, weeks.region, weeks.week_start
    from weeks
    inner join weeks as later
        on weeks.program_id = later.program_id
        and weeks.market = later.market
        and weeks.region = later.region
        and later.week_start >= weeks.week_start
        and later.week_start <= weeks.week_start + interval '21' day
    group by weeks.program_id, weeks.market, weeks.region, weeks.week_start
    having count(*) >= 3
),
begun as (
    select program_id, market, region, min(week_start) as week_start from lasting group by program_id, market, region
),
alone as (
    select program_id, market, count(*) filter (where region = '') = 0 as names_regions from acts group by program_id, market
)
select
    placed.program_id,
    placed.market,
    placed.region,
    placed.seen_by,
    min(placed.date_day) as launched_on,
    alone.names_regions
from placed
inner join alone
    on placed.program_id = alone.program_id
    and placed.market = alone.market
left join begun
    on placed.program_id = begun.program_id
    and placed.market = begun.market
    and placed.region = begun.region
where placed.seen_by = 'cost' or placed.date_day >= begun.week_start
group by placed.program_id, placed.market, placed.region, placed.seen_by, alone.names_regions
