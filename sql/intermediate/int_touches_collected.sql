-- int_touches_collected: everything that can have brought a customer to an order.
--
-- grain: touch_kind, touch_key
-- reads: int_engagements_enriched, stg_visits, int_attributes_matched, int_identities_resolved, int_sites_named, int_click_parameters_named
--
-- Engagements count when they are inbound, by a customer, linked to a person, and not withdrawn. Views and
-- likes are no touches. A visit's platform is its utm_source, else the site it came from, else whose click id it carries; without
-- all three it is direct.

with engagement_touches as (
    select
        'engagement' as touch_kind,
        engagement_key as touch_key,
        resolved_id as person_id,
        cast(null as uuid) as visitor,
        occurred_at as touched_at,
        'linked' as evidence,
        platform,
        'stated' as platform_source,
        venue,
        program_id,
        program_source,
        cast(null as varchar) as utm_campaign
    from int_engagements_enriched
    where
        resolved_id is not null
        and direction = 'inbound'
        and actor in ('customer', 'unknown')
        and not is_undo
        and not is_withdrawn
        and action in ('click', 'comment', 'reply', 'mention', 'message', 'review', 'answer', 'referral', 'share', 'visit', 'follow')
),
visit_touches as (
    select
        'visit' as touch_kind,
        stg_visits.id as touch_key,
        coalesce(by_customer.person_id, by_visitor.person_id, stg_visits.customer, stg_visits.visitor) as person_id,
        stg_visits.visitor,
        stg_visits.occurred_at as touched_at,
        case
            when stg_visits.utm_source is not null or stg_visits.click_id is not null then 'own_click'
            when stg_visits.referrer is not null then 'referrer'
            else 'linked'
        end as evidence,
        lower(coalesce(stg_visits.utm_source, int_sites_named.platform, clicks.platform, case when stg_visits.click_id is not null then '(unknown)' else '(direct)' end)) as platform,
        case
            when stg_visits.utm_source is not null then 'utm_source'
            when int_sites_named.platform is not null then 'referrer'
            when clicks.platform is not null then 'click id'
        end as platform_source,
        '(site)' as venue,
        coalesce(int_attributes_matched.program_id, '(unassigned)') as program_id,
        case when int_attributes_matched.program_id is not null then 'rule' end as program_source,
        lower(stg_visits.utm_campaign) as utm_campaign
    from stg_visits
    left join int_sites_named
        on lower(regexp_extract(stg_visits.referrer, '^[A-Za-z]+://([^/:?#]+)', 1)) = int_sites_named.site
    left join int_click_parameters_named as clicks
        on stg_visits.click_parameter = clicks.click_parameter
    left join int_identities_resolved as by_customer
        on stg_visits.customer = by_customer.token
    left join int_identities_resolved as by_visitor
        on stg_visits.visitor = by_visitor.token
    left join int_attributes_matched
        on lower(coalesce(stg_visits.utm_source, '')) = int_attributes_matched.utm_source
        and lower(coalesce(stg_visits.utm_campaign, '')) = int_attributes_matched.utm_campaign
        and lower(coalesce(stg_visits.utm_source, '')) = int_attributes_matched.platform
        and int_attributes_matched.campaign = ''
        and int_attributes_matched.venue = ''
        and int_attributes_matched.coupon = ''
        and int_attributes_matched.cost_center = ''
),
final as (
    select * from engagement_touches
    union all
    select * from visit_touches
)
select * from final
