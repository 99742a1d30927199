-- data_quality: what was read, what was set aside, and what could not be matched.
--
-- grain: measure, subject
-- reads: meta.reconciliation, meta.erased, meta.dead_letter, meta.left_out, meta.unplaced, meta.offset_gap, stg_repeated_ids, int_links_set_aside, fct_orders, fct_touches, int_adjustments_matched, int_engagements_enriched, int_null_paths_found, int_orders_set_aside, int_orders_paired, int_till_records_compared, till_differences
-- units: counts
--
-- Per topic: consumed = written + duplicates + conflicts + dead_letters + left_out, exactly; difference must be 0.

with topics as (
    select case when topic like 'file:%' then 'files' else topic end as topic, consumed, written, duplicates, conflicts, dead_letters, left_out, difference
    from meta.reconciliation
),
counted as (
    select 'consumed' as measure, topic as subject, sum(consumed) as value, '' as note from topics group by topic
    union all
    select 'written', topic, sum(written), '' from topics group by topic
    union all
    select 'duplicates', topic, sum(duplicates), '' from topics group by topic
    union all
    select 'conflicts', topic, sum(conflicts), 'same id, other content: the first stays' from topics group by topic
    union all
    select 'dead_letters', topic, sum(dead_letters), '' from topics group by topic
    union all
    select 'left_out', topic, sum(left_out), 'tombstones, rules of maps, and what was nothing without an erased person' from topics group by topic
    union all
    select 'left_out_reason', reason, sum(outputs), 'by a map: messages, and parts of messages' from meta.left_out group by reason
    union all
    select 'difference', topic, sum(difference), 'consumed less all others, must be 0' from topics group by topic
    union all
    select 'erased_tokens', '(all)', count(*), 'identities of persons who asked to be erased' from meta.erased
    union all
    select 'dead_letter_code', code, count(*), '' from meta.dead_letter group by code
    union all
    select 'unplaced_fields', event_type, sum(unknown_fields), 'fields that the type does not declare' from meta.unplaced group by event_type
    union all
    select 'other_values', event_type, sum(other_values), 'words stored as other' from meta.unplaced group by event_type
    union all
    select 'offset_gaps', '(all)', count(*), 'messages were deleted before they were read' from meta.offset_gap
    union all
    select 'ids_on_two_days', event_type, copies, 'the same source and id on another day: the one known first stays' from stg_repeated_ids where copies > 0
    union all
    select 'links_set_aside', '(all)', count(*), 'would have joined two customers' from int_links_set_aside
    union all
    select 'orders_total', '(all)', count(*), '' from fct_orders
    union all
    select 'orders_matched', '(all)', count(customer_id), 'orders with a person' from fct_orders
    union all
    select 'orders_touched', '(all)', count(distinct order_key), 'orders with a touch' from fct_touches
    union all
    select 'margin_basis', margin_basis, count(*), 'orders' from fct_orders group by margin_basis
    union all
    select 'orders_without_rate', '(all)', count(*) - count(net_revenue_reporting), 'orders in a currency without a rate on their day' from fct_orders
    union all
    select 'adjustments', state, count(*), '' from int_adjustments_matched group by state
    union all
    select 'till_records', source, count(*), 'orders that another source than the till reports: compared, not counted' from int_orders_set_aside group by source
    union all
    select 'till_agreed', record_source, sum(records), 'of them those that say what the till says' from int_till_records_compared where difference = 'none' group by record_source
    union all
    select 'till_differences', concat(reported_by, ': ', difference), sum(records), 'of them those in till_differences' from till_differences where reported_by is not null group by reported_by, difference
    union all
    select 'till_orders_without_record', till, count(*), 'paid in another way, or not at all' from till_differences where reported_by is null group by till
    union all
    select 'orders_counted_twice', concat(source, ' and ', other_source), count(distinct order_key), 'sales that both may report; tills in the settings names the one that counts'
    from int_orders_paired
    where is_counted and other_is_counted and source < other_source and may_be_same_channel and days_apart < 7
    group by source, other_source
    union all
    select 'engagements_withdrawn', '(all)', count(*), '' from int_engagements_enriched where is_withdrawn
    union all
    select 'engagements_linked', '(all)', count(resolved_id), 'engagements of a linked person' from int_engagements_enriched
    union all
    select 'paths_without_order', case when is_open then 'open' else 'ended' end, count(*), 'open: an order may still come, so they take no part in credit' from int_null_paths_found where touch_number = 1 group by is_open
)
select
    measure,
    subject,
    cast(coalesce(value, 0) as bigint) as value,
    note
from counted
