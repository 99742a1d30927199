-- int_till_records_compared: what each other source says of a till's order, added up and set beside what the till says.
--
-- grain: till_key, record_source
-- reads: int_till_records_matched, int_orders_set_aside, int_adjustments_set_aside, int_adjustments_matched, stg_orders
-- units: order currency; paid with tax and shipping
--
-- Several payments of one order are added. Tills state refunds without tax and shipping, payments state all the money: so
-- refunds differ only where tax and shipping of the order cannot be the reason.

with given_back as (
    select order_key, currency, sum(amount) as amount
    from int_adjustments_set_aside
    where order_key is not null
    group by order_key, currency
),
records as (
    select
        matched.till_key,
        record.source as record_source,
        count(*) as records,
        string_agg(record.order_id, ', ' order by record.order_id) as record_ids,
        min(matched.known_by) as known_by,
        min(record.currency) as currency,
        count(distinct record.currency) as currencies,
        cast(sum(record.paid) as decimal(18, 4)) as paid,
        sum(record.tax_and_shipping) as tax_and_shipping,
        cast(coalesce(sum(given_back.amount), 0) as decimal(18, 4)) as refunds
    from int_till_records_matched as matched
    inner join int_orders_set_aside as record
        on matched.record_key = record.order_key
    left join given_back
        on record.order_key = given_back.order_key
        and record.currency = given_back.currency
    where matched.state = 'matched'
    group by matched.till_key, record.source
),
adjusted as (
    select order_key, sum(amount) as amount
    from int_adjustments_matched
    where state = 'matched'
    group by order_key
),
sides as (
    select
        records.*,
        stg_orders.source as till_source,
        stg_orders.order_id,
        stg_orders.channel,
        stg_orders.occurred_at as order_at,
        stg_orders.currency as till_currency,
        cast(stg_orders.gross - coalesce(stg_orders.discount, 0) + coalesce(stg_orders.tax, 0) + coalesce(stg_orders.shipping, 0) as decimal(18, 4)) as till_paid,
        stg_orders.tax + stg_orders.shipping as till_tax_and_shipping,
        cast(coalesce(adjusted.amount, 0) as decimal(18, 4)) as till_refunds
    from records
    inner join stg_orders
        on records.till_key = stg_orders.id
    left join adjusted
        on records.till_key = adjusted.order_key
)
select
    *,
    case
        when currencies > 1 or currency <> till_currency then 'currency'
        when paid <> till_paid and till_tax_and_shipping is null then 'tax or shipping not stated'
        when paid <> till_paid then 'amount'
        when refunds + tax_and_shipping < till_refunds or refunds > till_refunds + till_tax_and_shipping then 'refunds'
        else 'none'
    end as difference
from sides
