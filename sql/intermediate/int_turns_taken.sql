-- int_turns_taken: who wrote on a thread, turn by turn: messages of one side in a row are one turn.
--
-- grain: thread_id, person_id, turn_number
-- reads: int_engagements_enriched, stg_own_accounts
--
-- Messages of employees and agencies are the company's; those of bots are nobody's. A message that names nobody it is for, such as one of an own account, is for
-- everybody who wrote on the thread. turn_key is the smallest key of the turn, first_actor who wrote its first message.

with messages as (
    select
        engagements.engagement_key,
        engagements.thread_id,
        case when stg_own_accounts.person is null and (engagements.direction = 'outbound' or engagements.actor in ('customer', 'unknown')) then engagements.person_id end as person_id,
        engagements.customer_id,
        engagements.platform,
        engagements.occurred_at,
        engagements.actor,
        case when engagements.direction = 'outbound' or engagements.actor in ('employee', 'agency', 'brand') then 'company' else 'person' end as side
    from int_engagements_enriched as engagements
    left join stg_own_accounts
        on engagements.platform = stg_own_accounts.platform
        and engagements.person_id = stg_own_accounts.person
    where
        engagements.thread_id is not null
        and engagements.action in ('comment', 'reply', 'mention', 'message', 'review', 'answer')
        and engagements.actor <> 'bot'
        and not engagements.is_undo
        and not engagements.is_withdrawn
),
writers as (
    select distinct thread_id, person_id from messages where side = 'person' and person_id is not null
),
addressed as (
    select engagement_key, thread_id, person_id, customer_id, platform, occurred_at, actor, side
    from messages
    where side = 'person' and person_id is not null
    union all
    select messages.engagement_key, messages.thread_id, writers.person_id, null, messages.platform, messages.occurred_at, messages.actor, messages.side
    from messages
    inner join writers
        on messages.thread_id = writers.thread_id
        and coalesce(messages.person_id, writers.person_id) = writers.person_id
    where messages.side = 'company'
),
marked as (
    select
        *,
        lag(side) over (partition by thread_id, person_id order by occurred_at, engagement_key) as side_before
    from addressed
),
turns as (
    select
        *,
        sum(case when side_before is null or side <> side_before then 1 else 0 end) over (partition by thread_id, person_id order by occurred_at, engagement_key) as turn_number
    from marked
)
select
    thread_id,
    person_id,
    turn_number,
    side,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    min(engagement_key) as turn_key,
    max(customer_id) as customer_id,
    max(platform) as platform,
    min_by(actor, row(occurred_at, engagement_key)) as first_actor
from turns
group by thread_id, person_id, turn_number, side
