-- int_counters_assigned: the program to which the counters of each content belong.
--
-- grain: platform, content_id
-- reads: stg_counters, int_attributes_matched
--
-- As the latest counter says that names a program or a campaign; an account's own counters are (account).

with named as (
    select
        platform,
        coalesce(content_id, '(account)') as content_id,
        program,
        campaign,
        venue,
        row_number() over (
            partition by platform, coalesce(content_id, '(account)')
            order by case when program is null and campaign is null then 1 else 0 end, occurred_at desc, id
        ) as place
    from stg_counters
)
select
    named.platform,
    named.content_id,
    coalesce(named.program, int_attributes_matched.program_id, '(unassigned)') as program_id
from named
left join int_attributes_matched
    on lower(named.platform) = int_attributes_matched.platform
    and lower(coalesce(named.campaign, '')) = int_attributes_matched.campaign
    and lower(coalesce(named.venue, '')) = int_attributes_matched.venue
    and int_attributes_matched.utm_source = ''
    and int_attributes_matched.utm_campaign = ''
    and int_attributes_matched.coupon = ''
    and int_attributes_matched.cost_center = ''
where named.place = 1
