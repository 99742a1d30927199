-- int_program_acts_listed: the days on which each program did something that names a place.
--
-- grain: program_id, seen_by, market, region, date_day
-- reads: int_costs_assigned, int_engagements_enriched, stg_contents, int_attributes_matched, stg_settings
--
-- cost: the first day of a cost entry. activity: an engagement that was not withdrawn, or a piece of content. Places are in lower case; region is '' where only the
-- market is named.

with acts as (
    select
        program_id,
        'cost' as seen_by,
        market,
        region,
        starts_on as date_day
    from int_costs_assigned
    union
    select
        program_id,
        'activity',
        market,
        region,
        date_day
    from int_engagements_enriched
    where not is_withdrawn and not is_undo
    union
    select
        coalesce(stg_contents.program, int_attributes_matched.program_id, '(unassigned)'),
        'activity',
        stg_contents.market,
        null,
        cast((stg_contents.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date)
    from stg_contents
    cross join stg_settings
    left join int_attributes_matched
        on lower(stg_contents.platform) = int_attributes_matched.platform
        and lower(coalesce(stg_contents.campaign, '')) = int_attributes_matched.campaign
        and lower(coalesce(stg_contents.venue, '')) = int_attributes_matched.venue
        and int_attributes_matched.cost_center = ''
        and int_attributes_matched.utm_source = ''
        and int_attributes_matched.utm_campaign = ''
        and int_attributes_matched.coupon = ''
)
select distinct
    program_id,
    seen_by,
    lower(market) as market,
    lower(coalesce(region, '')) as region,
    date_day
from acts
where market is not null and program_id <> '(unassigned)'
