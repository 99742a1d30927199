-- dim_content: posts, videos and pages, as last described.
--
-- grain: platform, content_id
-- reads: stg_contents, int_attributes_matched

select
    stg_contents.platform,
    stg_contents.content_id,
    coalesce(stg_contents.venue, stg_contents.platform) as venue,
    coalesce(stg_contents.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
    case when stg_contents.program is not null then 'stated' when int_attributes_matched.program_id is not null then 'rule' end as program_source,
    stg_contents.campaign,
    stg_contents.market,
    stg_contents.language,
    stg_contents.format,
    stg_contents.promotional,
    stg_contents.author,
    stg_contents.occurred_at as published_at
from stg_contents
left join int_attributes_matched
    on lower(stg_contents.platform) = int_attributes_matched.platform
    and lower(coalesce(stg_contents.campaign, '')) = int_attributes_matched.campaign
    and lower(coalesce(stg_contents.venue, '')) = int_attributes_matched.venue
    and int_attributes_matched.utm_source = ''
    and int_attributes_matched.utm_campaign = ''
    and int_attributes_matched.coupon = ''
    and int_attributes_matched.cost_center = ''
