-- int_attributes_matched: the program to which each combination of attributes belongs by the rules.
--
-- grain: platform, campaign, utm_source, utm_campaign, coupon, venue, cost_center
-- reads: stg_engagements, stg_visits, stg_orders, stg_cost_entries, stg_contents, stg_claims, stg_counters, stg_program_rules
--
-- Attributes are in lower case, '' where there is none. Combinations without a match are left out. Orders are read once: each reading of
-- staging looks for the current revision of every one of them.

with orders as materialized (
    select distinct lower(coalesce(utm_source, '')) as utm_source, lower(coalesce(utm_campaign, '')) as utm_campaign, lower(coalesce(coupon, '')) as coupon, lower(coalesce(venue, '')) as venue
    from stg_orders
),
combinations as (
    select lower(coalesce(platform, '')) as platform, lower(coalesce(campaign, '')) as campaign, '' as utm_source, '' as utm_campaign, '' as coupon, lower(coalesce(venue, '')) as venue, '' as cost_center from stg_engagements
    union
    select lower(coalesce(platform, '')), lower(coalesce(campaign, '')), '', '', '', lower(coalesce(venue, '')), '' from stg_contents
    union
    select lower(coalesce(platform, '')), lower(coalesce(campaign, '')), '', '', '', '', '' from stg_claims
    union
    select lower(coalesce(platform, '')), lower(coalesce(campaign, '')), '', '', '', lower(coalesce(venue, '')), '' from stg_counters
    union
    select lower(coalesce(platform, '')), lower(coalesce(campaign, '')), '', '', '', lower(coalesce(venue, '')), lower(coalesce(cost_center, '')) from stg_cost_entries
    union
    select lower(coalesce(utm_source, '')), '', lower(coalesce(utm_source, '')), lower(coalesce(utm_campaign, '')), '', '', '' from stg_visits
    union
    select utm_source, '', utm_source, utm_campaign, '', '', '' from orders
    union
    select '', '', '', '', coupon, '', '' from orders
    union
    select '', '', '', '', '', venue, '' from orders
),
matches as (
    select
        combinations.*,
        stg_program_rules.program_id,
        row_number() over (
            partition by combinations.platform, combinations.campaign, combinations.utm_source, combinations.utm_campaign, combinations.coupon, combinations.venue, combinations.cost_center
            order by stg_program_rules.rule_order
        ) as match_number
    from combinations
    inner join stg_program_rules
        on (stg_program_rules.platform is null or combinations.platform like stg_program_rules.platform escape '!')
        and (stg_program_rules.campaign is null or combinations.campaign like stg_program_rules.campaign escape '!')
        and (stg_program_rules.utm_source is null or combinations.utm_source like stg_program_rules.utm_source escape '!')
        and (stg_program_rules.utm_campaign is null or combinations.utm_campaign like stg_program_rules.utm_campaign escape '!')
        and (stg_program_rules.coupon is null or combinations.coupon like stg_program_rules.coupon escape '!')
        and (stg_program_rules.venue is null or combinations.venue like stg_program_rules.venue escape '!')
        and (stg_program_rules.cost_center is null or combinations.cost_center like stg_program_rules.cost_center escape '!')
)
select
    platform,
    campaign,
    utm_source,
    utm_campaign,
    coupon,
    venue,
    cost_center,
    program_id
from matches
where match_number = 1
