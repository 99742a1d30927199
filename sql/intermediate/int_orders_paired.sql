-- int_orders_paired: two orders of two sources that may be one sale, in both directions, and by what they are known.
--
-- grain: order_key, other_key
-- reads: stg_reported_orders
-- units: days_apart in whole days
--
-- reference: the id or ledger_ref of one, without a # in front, is that of the other. person: one person, by e-mail address or
-- customer id, paid one amount in one currency, at most a day apart. A reference counts before a person.

with orders as (
    select
        id,
        source,
        order_id,
        ledger_ref,
        channel,
        email,
        customer,
        currency,
        gross - coalesce(discount, 0) + coalesce(tax, 0) + coalesce(shipping, 0) as paid,
        occurred_at,
        is_counted
    from stg_reported_orders
),
compared as (
    select * from orders where (select count(distinct source) from orders) > 1
),
named as (
    select id, source, ltrim(order_id, '#') as name from compared
    union
    select id, source, ltrim(ledger_ref, '#') from compared where ledger_ref is not null
),
pairs as (
    select named.id as order_key, other.id as other_key, 1 as place
    from named
    inner join named as other
        on named.name = other.name
        and named.source <> other.source
    union
    select compared.id, other.id, 2
    from compared
    inner join compared as other
        on compared.email = other.email
        and compared.currency = other.currency
        and compared.paid = other.paid
        and compared.source <> other.source
    union
    select compared.id, other.id, 2
    from compared
    inner join compared as other
        on compared.customer = other.customer
        and compared.currency = other.currency
        and compared.paid = other.paid
        and compared.source <> other.source
),
best as (
    select order_key, other_key, min(place) as place
    from pairs
    group by order_key, other_key
)
select
    best.order_key,
    compared.source,
    compared.is_counted,
    best.other_key,
    other.source as other_source,
    other.is_counted as other_is_counted,
    compared.channel is not distinct from other.channel as is_same_channel,
    compared.channel is null or other.channel is null or compared.channel = other.channel as may_be_same_channel,
    abs(date_diff('second', compared.occurred_at, other.occurred_at)) // 86400 as days_apart,
    case best.place when 1 then 'reference' else 'person' end as known_by
from best
inner join compared
    on best.order_key = compared.id
inner join compared as other
    on best.other_key = other.id
where best.place = 1 or abs(date_diff('second', compared.occurred_at, other.occurred_at)) <= 86400
