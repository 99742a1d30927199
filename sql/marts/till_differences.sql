-- till_differences: where another source does not say of a sale what the till of its channel says; nothing in here is counted.
--
-- grain: till, order_id, reported_by, record_ids
-- reads: int_till_records_compared, int_till_records_matched, int_orders_set_aside, int_adjustments_matched, stg_orders, stg_settings
-- units: order currency; amounts are all that was paid, tax and shipping included; days in the reporting time zone
--
-- An order of the till without a record is listed between the first and the last order of its source and channel that has one; other ways to pay,
-- which no record covers, look like that too. One that was canceled whole or cost nothing is not.

with spans as (
    select till_source, channel, min(order_at) as first_at, max(order_at) as last_at
    from int_till_records_compared
    group by till_source, channel
),
canceled as (
    select order_key, sum(amount) as amount
    from int_adjustments_matched
    where state = 'matched' and kind = 'cancel'
    group by order_key
),
listed as (
    select till_source, order_id, channel, order_at, till_currency as currency, till_paid, till_refunds, record_source, records, record_ids, paid as record_paid, refunds as record_refunds, known_by, difference
    from int_till_records_compared
    where difference <> 'none'
    union all
    select null, null, record.channel, record.order_at, record.currency, null, null, record.source, 1, record.order_id, record.paid, null, null, matched.state
    from int_till_records_matched as matched
    inner join int_orders_set_aside as record
        on matched.record_key = record.order_key
    where matched.state <> 'matched'
    union all
    select
        stg_orders.source,
        stg_orders.order_id,
        stg_orders.channel,
        stg_orders.occurred_at,
        stg_orders.currency,
        stg_orders.gross - coalesce(stg_orders.discount, 0) + coalesce(stg_orders.tax, 0) + coalesce(stg_orders.shipping, 0),
        null,
        null,
        0,
        null,
        null,
        null,
        null,
        'no record'
    from stg_orders
    inner join spans
        on stg_orders.source = spans.till_source
        and stg_orders.channel is not distinct from spans.channel
        and stg_orders.occurred_at >= spans.first_at
        and stg_orders.occurred_at <= spans.last_at
    left join int_till_records_compared as compared
        on stg_orders.id = compared.till_key
    left join canceled
        on stg_orders.id = canceled.order_key
    where
        compared.till_key is null
        and stg_orders.gross - coalesce(stg_orders.discount, 0) > coalesce(canceled.amount, 0)
)
select
    listed.till_source as till,
    listed.order_id,
    listed.channel,
    cast((listed.order_at at time zone 'UTC') at time zone stg_settings.time_zone as date) as order_date,
    listed.currency,
    cast(listed.till_paid as decimal(18, 4)) as till_paid,
    listed.till_refunds,
    listed.record_source as reported_by,
    listed.records,
    listed.record_ids,
    listed.record_paid,
    cast(case when listed.difference <> 'currency' then listed.record_paid - listed.till_paid end as decimal(18, 4)) as paid_difference,
    listed.record_refunds,
    listed.known_by,
    listed.difference
from listed
cross join stg_settings
