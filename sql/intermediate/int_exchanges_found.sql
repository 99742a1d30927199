-- int_exchanges_found: exchanges: a person writes, the company answers, the person writes again, within 14 days on one thread.
--
-- grain: exchange_key
-- reads: int_turns_taken
--
-- The second message of the person is the exchange; it may open the next one. exchange_key is the key of the turn that closes the exchange.

with triples as (
    select
        *,
        lag(side, 1) over turns_of_thread as answered_by,
        lag(last_at, 2) over turns_of_thread as opened_at
    from int_turns_taken
    window turns_of_thread as (partition by thread_id, person_id order by turn_number)
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
