-- int_exchanges_found: exchanges: a person writes, the company answers, the person writes again, within 14 days on one thread.
--
-- grain: exchange_key
-- reads: int_engagements_enriched, stg_own_accounts
--
-- The second message of the person is the exchange; it may open the next one. Messages of employees and agencies are the company's.
-- A message that names nobody it is for, such as one of an own account, answers everybody who wrote on the thread. Messages of one side in a row are one turn; exchange_key is the smallest key of the turn that closes the exchange.

with messages as (
    select
        engagements.engagement_key,
        engagements.thread_id,
        case when stg_own_accounts.person is null and (engagements.direction = 'outbound' or engagements.actor in ('customer', 'unknown')) then engagements.person_id end as person_id,
        engagements.customer_id,
        engagements.platform,
        engagements.occurred_at,
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
    select engagement_key, thread_id, person_id, customer_id, platform, occurred_at, side
    from messages
    where side = 'person' and person_id is not null
    union all
    select messages.engagement_key, messages.thread_id, writers.person_id, null, messages.platform, messages.occurred_at, messages.side
    from messages
    inner join writers
        on messages.thread_id = writers.thread_id
        and coalesce(messages.person_id, writers.person_id) = writers.person_id
    where messages.side = 'company'
),
turns as (
    select
        *,
        lag(side) over (partition by thread_id, person_id order by occurred_at, engagement_key) as side_before
    from addressed
),
runs as (
    select
        *,
        sum(case when side_before is null or side <> side_before then 1 else 0 end) over (partition by thread_id, person_id order by occurred_at, engagement_key) as run_number
    from turns
),
sides as (
    select
        thread_id,
        person_id,
        run_number,
        side,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        min(engagement_key) as turn_key,
        max(customer_id) as customer_id,
        max(platform) as platform
    from runs
    group by thread_id, person_id, run_number, side
),
triples as (
    select
        *,
        lag(side, 1) over runs_of_thread as answered_by,
        lag(last_at, 2) over runs_of_thread as opened_at
    from sides
    window runs_of_thread as (partition by thread_id, person_id order by run_number)
)
select
    turn_key as exchange_key,
    thread_id,
    person_id,
    customer_id,
    platform,
    opened_at,
    first_at as exchanged_at
from triples
where side = 'person' and answered_by = 'company' and opened_at is not null and first_at <= opened_at + interval '14' day
