-- int_engagements_enriched: engagements with defaults, program, person and whether they were withdrawn.
--
-- grain: engagement_key
-- reads: stg_engagements, stg_own_accounts, int_attributes_matched, int_identities_resolved, stg_settings
--
-- An undo withdraws the latest earlier one that still stands: with +1 for each and -1 for each undo, an engagement is
-- withdrawn where the running sum later falls below its own place. A message of an own account is outbound and by the brand.
-- What the company does is by the brand unless it is stated by whom. personal, where not given: an outbound reply to one person
-- whose text the company did not write twice.

with defaulted as (
    select
        stg_engagements.*,
        case when stg_own_accounts.person is not null then 'outbound' else coalesce(stg_engagements.direction, 'inbound') end as way,
        case when stg_own_accounts.person is not null then 'own account' when stg_engagements.direction is not null then 'stated' else 'default' end as way_source,
        case
            when stg_own_accounts.person is not null then 'brand'
            when stg_engagements.actor is not null then stg_engagements.actor
            when stg_engagements.direction = 'outbound' then 'brand'
            else 'customer'
        end as who,
        case
            when stg_own_accounts.person is not null then 'own account'
            when stg_engagements.actor is not null then 'stated'
            when stg_engagements.direction = 'outbound' then 'direction'
            else 'default'
        end as who_source,
        case when coalesce(stg_engagements.undo, false) then -1 else 1 end as step,
        coalesce(stg_engagements.venue, stg_engagements.platform) as at_venue
    from stg_engagements
    left join stg_own_accounts
        on stg_engagements.platform = stg_own_accounts.platform
        and stg_engagements.person = stg_own_accounts.person
),
summed as (
    select
        *,
        sum(step) over (partition by platform, person, action, content_id order by occurred_at, id rows between unbounded preceding and current row) as place,
        count(case when way = 'outbound' and step = 1 then 1 end) over (partition by text_hash) as repeats
    from defaulted
),
withdrawn as (
    select
        *,
        min(place) over (partition by platform, person, action, content_id order by occurred_at, id rows between 1 following and unbounded following) as lowest_later,
        case when way = 'outbound' and action = 'reply' and person is not null and text_hash is not null then repeats = 1 end as unrepeated
    from summed
),
final as (
    select
        withdrawn.id as engagement_key,
        withdrawn.occurred_at,
        cast((withdrawn.occurred_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as date_day,
        withdrawn.platform,
        withdrawn.at_venue as venue,
        withdrawn.action,
        withdrawn.way as direction,
        withdrawn.way_source as direction_source,
        withdrawn.who as actor,
        withdrawn.who_source as actor_source,
        withdrawn.person as person_id,
        identities.person_id as resolved_id,
        identities.customer_id,
        coalesce(withdrawn.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
        case when withdrawn.program is not null then 'stated' when int_attributes_matched.program_id is not null then 'rule' end as program_source,
        withdrawn.campaign,
        withdrawn.content_id,
        withdrawn.thread_id,
        withdrawn.market,
        withdrawn.region,
        withdrawn.language,
        coalesce(withdrawn.personal, withdrawn.unrepeated) as personal,
        case when withdrawn.personal is not null then 'stated' when withdrawn.unrepeated is not null then 'text' end as personal_source,
        withdrawn.promotional,
        coalesce(withdrawn.paid, false) as paid,
        withdrawn.step = -1 as is_undo,
        withdrawn.step = 1 and coalesce(withdrawn.lowest_later < withdrawn.place, false) as is_withdrawn,
        withdrawn.known_at
    from withdrawn
    cross join stg_settings
    left join int_identities_resolved as identities
        on withdrawn.person = identities.token
    left join int_attributes_matched
        on lower(withdrawn.platform) = int_attributes_matched.platform
        and lower(coalesce(withdrawn.campaign, '')) = int_attributes_matched.campaign
        and lower(coalesce(withdrawn.venue, '')) = int_attributes_matched.venue
        and int_attributes_matched.cost_center = ''
        and int_attributes_matched.utm_source = ''
        and int_attributes_matched.utm_campaign = ''
        and int_attributes_matched.coupon = ''
)
select * from final
