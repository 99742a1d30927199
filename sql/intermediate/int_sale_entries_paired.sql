-- int_sale_entries_paired: orders and adjustments that differ from the last publication, before and now, with the reason.
--
-- grain: entry_kind, source, entry_id
-- reads: int_sale_entries_listed, meta.published_sale, int_publication_compared
-- units: currency of the entry
--
-- own_place is the reason of the entry's own row, as its place in the order of precedence (docs/operations.md): 1 late event,
-- 2 correction, 3 adjustment, 4 identity; null where its row is the one that was published. What an order's
-- entries share: order_place the order's own row, lines_place its lines, sibling_place its adjustments.

with paired as (
    select
        coalesce(present.entry_kind, published.entry_kind) as entry_kind,
        coalesce(present.source, published.source) as source,
        coalesce(present.entry_id, published.entry_id) as entry_id,
        coalesce(present.order_id, published.order_id) as order_id,
        published.entry_id is null as is_new,
        present.entry_id is null as is_gone,
        published.row_id as old_row_id,
        published.happened_at as old_happened_at,
        published.known_at as old_known_at,
        published.booked_month as old_booked_month,
        published.market as old_market,
        published.currency as old_currency,
        published.booked as old_booked,
        published.earned_day as old_earned_day,
        published.earned as old_earned,
        published.margin as old_margin,
        published.fx_rate as old_fx_rate,
        published.lines as old_lines,
        published.lines_mark as old_lines_mark,
        published.person_id as old_person_id,
        published.credited as old_credited,
        present.row_id,
        present.happened_at,
        present.known_at,
        present.booked_month,
        present.market,
        present.currency,
        present.booked,
        present.earned_day,
        present.earned,
        present.margin,
        present.margin_basis,
        present.fx_rate,
        present.lines,
        present.lines_mark,
        present.person_id,
        present.credited
    from int_sale_entries_listed as present
    full outer join meta.published_sale as published
        on present.entry_kind = published.entry_kind
        and present.source = published.source
        and present.entry_id = published.entry_id
    where
        present.entry_id is null
        or published.entry_id is null
        or present.row_id is distinct from published.row_id
        or present.happened_at is distinct from published.happened_at
        or present.known_at is distinct from published.known_at
        or present.booked_month is distinct from published.booked_month
        or present.market is distinct from published.market
        or present.currency is distinct from published.currency
        or present.booked is distinct from published.booked
        or present.earned_day is distinct from published.earned_day
        or present.earned is distinct from published.earned
        or present.margin is distinct from published.margin
        or present.fx_rate is distinct from published.fx_rate
        or present.lines is distinct from published.lines
        or present.lines_mark is distinct from published.lines_mark
        or present.person_id is distinct from published.person_id
        or present.credited is distinct from published.credited
),
owned as (
    select
        paired.*,
        case
            when paired.is_new and paired.entry_kind = 'order' then 1
            when paired.is_new then 3
            when paired.is_gone and publication.erasures_came then 4
            when paired.is_gone then null
            when paired.row_id <> paired.old_row_id then 2
            when paired.happened_at <> paired.old_happened_at or paired.known_at <> paired.old_known_at then 1
        end as own_place,
        case
            when paired.is_new or paired.is_gone then null
            when paired.lines is distinct from paired.old_lines then 1
            when paired.lines_mark is distinct from paired.old_lines_mark then 2
        end as own_lines_place
    from paired
    cross join int_publication_compared as publication
)
select
    *,
    min(case when entry_kind = 'order' then own_place end) over (partition by source, order_id) as order_place,
    min(own_lines_place) over (partition by source, order_id) as lines_place,
    min(case when entry_kind = 'adjustment' then own_place end) over (partition by source, order_id) as sibling_place
from owned
