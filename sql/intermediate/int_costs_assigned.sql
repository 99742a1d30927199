-- int_costs_assigned: cost entries with the program they belong to.
--
-- grain: cost_key
-- reads: stg_cost_entries, int_attributes_matched
-- units: entry currency

select
    stg_cost_entries.id as cost_key,
    stg_cost_entries.source,
    coalesce(stg_cost_entries.entry_id, cast(stg_cost_entries.id as varchar)) as entry_id,
    coalesce(stg_cost_entries.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
    case when stg_cost_entries.program is not null then 'stated' when int_attributes_matched.program_id is not null then 'rule' end as program_source,
    coalesce(stg_cost_entries.platform, '(none)') as platform,
    stg_cost_entries.category,
    coalesce(stg_cost_entries.delivery, '(unknown)') as delivery,
    stg_cost_entries.activity,
    stg_cost_entries.hours,
    stg_cost_entries.market,
    stg_cost_entries.region,
    stg_cost_entries.amount,
    stg_cost_entries.currency,
    stg_cost_entries.starts_on,
    stg_cost_entries.ends_before,
    stg_cost_entries.known_at
from stg_cost_entries
left join int_attributes_matched
    on lower(coalesce(stg_cost_entries.platform, '')) = int_attributes_matched.platform
    and lower(coalesce(stg_cost_entries.campaign, '')) = int_attributes_matched.campaign
    and lower(coalesce(stg_cost_entries.venue, '')) = int_attributes_matched.venue
    and lower(coalesce(stg_cost_entries.cost_center, '')) = int_attributes_matched.cost_center
    and int_attributes_matched.utm_source = ''
    and int_attributes_matched.utm_campaign = ''
    and int_attributes_matched.coupon = ''
