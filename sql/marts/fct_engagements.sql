-- fct_engagements: what people and the company did to each other on platforms; withdrawn ones and undos are left out.
--
-- grain: engagement_id
-- reads: int_engagements_enriched

select
    engagement_key as engagement_id,
    occurred_at,
    date_day,
    platform,
    venue,
    action,
    direction,
    direction_source,
    actor,
    actor_source,
    person_id,
    customer_id,
    program_id,
    program_source,
    campaign,
    content_id,
    thread_id,
    market,
    region,
    language,
    personal,
    personal_source,
    promotional,
    paid,
    known_at
from int_engagements_enriched
where not is_undo and not is_withdrawn
