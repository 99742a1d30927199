-- stg_identity_pairs: two identities that an event names together, or says to be two persons (withdraws).
--
-- grain: id, a, b, occurred_at
-- reads: raw.identity_link, raw.identity_unlink, raw.web_visit, raw.sale_order, meta.word
--
-- Everything that was ever stated, every revision of an order included, also of erased persons: only erasures read it, so that
-- what becomes known late about an erased person leads to the rest of that person. A probabilistic link without a confidence counts as 0.5.

select
    link.a,
    link.b,
    word_a_kind.word = 'customer' as a_is_customer,
    word_b_kind.word = 'customer' as b_is_customer,
    coalesce(cast(link.method as varchar), 'declared') as method,
    coalesce(link.confidence, case when link.method = 'probabilistic' then 0.5 else 1 end) as confidence,
    false as withdraws,
    link.occurred_at,
    link.id
from raw.identity_link as link
left join meta.word as word_a_kind
    on link.a_kind = word_a_kind.code
left join meta.word as word_b_kind
    on link.b_kind = word_b_kind.code
union all
select a, b, false, false, 'declared', 1, true, occurred_at, id
from raw.identity_unlink
union all
select visitor, customer, false, true, 'login', 1, false, occurred_at, id
from raw.web_visit
where customer is not null and visitor is not null
union all
select customer, email, true, false, 'order_match', 1, false, occurred_at, id
from raw.sale_order
where customer is not null and email is not null
union all
select customer, visitor, true, false, 'order_match', 1, false, occurred_at, id
from raw.sale_order
where customer is not null and visitor is not null
union all
select email, visitor, false, false, 'order_match', 1, false, occurred_at, id
from raw.sale_order
where customer is null and email is not null and visitor is not null
