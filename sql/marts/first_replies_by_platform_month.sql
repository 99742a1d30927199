-- first_replies_by_platform_month: how many conversations that people began were answered by a human, and how soon.
--
-- grain: platform, month_start
-- reads: int_turns_taken, int_clock_read, stg_settings
-- units: hours; months in the reporting time zone
--
-- A conversation is a person's first turn on a thread and the company's turn after it; replies after more than 14 days answer nothing. One that is not answered and younger than
-- that when the data ends is open, and in no share.

with conversations as (
    select
        thread_id,
        person_id,
        platform,
        first_at,
        lead(first_at) over turns_of_thread as replied_at,
        lead(first_actor) over turns_of_thread as replied_by,
        row_number() over (partition by thread_id, person_id, side order by turn_number) as place,
        side
    from int_turns_taken
    window turns_of_thread as (partition by thread_id, person_id order by turn_number)
),
begun as (
    select
        conversations.platform,
        cast(date_trunc('month', (conversations.first_at at time zone 'UTC') at time zone stg_settings.time_zone) as date) as month_start,
        conversations.replied_by = 'agency' as by_agency,
        case when conversations.replied_at <= conversations.first_at + interval '14' day then date_diff('second', conversations.first_at, conversations.replied_at) / 3600 end as reply_hours,
        conversations.first_at > int_clock_read.as_of - interval '14' day as is_young
    from conversations
    cross join int_clock_read
    cross join stg_settings
    where conversations.side = 'person' and conversations.place = 1
),
counted as (
    select
        platform,
        month_start,
        count(*) as conversations,
        count(reply_hours) as answered,
        count(*) filter (where is_young and reply_hours is null) as open,
        count(reply_hours) filter (where by_agency) as answered_by_agency,
        quantile_cont(reply_hours, 0.5) as hours_median,
        quantile_cont(reply_hours, 0.9) as hours_p90,
        quantile_cont(reply_hours, 0.5) filter (where not by_agency) as in_house_median,
        quantile_cont(reply_hours, 0.9) filter (where not by_agency) as in_house_p90,
        quantile_cont(reply_hours, 0.5) filter (where by_agency) as agency_median,
        quantile_cont(reply_hours, 0.9) filter (where by_agency) as agency_p90
    from begun
    group by platform, month_start
)
select
    platform,
    month_start,
    conversations,
    open,
    answered,
    answered_by_agency,
    cast(answered as double) / nullif(conversations - open, 0) as share_answered,
    cast(hours_median as decimal(18, 4)) as first_reply_hours_median,
    cast(hours_p90 as decimal(18, 4)) as first_reply_hours_p90,
    cast(in_house_median as decimal(18, 4)) as in_house_hours_median,
    cast(in_house_p90 as decimal(18, 4)) as in_house_hours_p90,
    cast(agency_median as decimal(18, 4)) as agency_hours_median,
    cast(agency_p90 as decimal(18, 4)) as agency_hours_p90
from counted
