-- restatements_by_reason: why each restated figure moved, and how much of the move each reason brought.
--
-- grain: figure, subject, month_start, snapshot_id, reason
-- reads: int_figures_moved, int_sale_entries_moved, int_cost_entries_moved, int_estimate_reasons_found, int_publication_compared, meta.build, meta.published_reason
-- units: reporting currency; ledger figures in their own
--
-- The contributions of a move sum to it exactly. They are null for estimates, whose reasons are named and not split, and where either
-- end of the move is not known. Costs in other currencies are rounded by day: less than a cent counts with the first reason, more would
-- be unexplained. not recorded: published before reasons were kept.

with parts as (
    select figure, subject, month_start, place, amount from int_sale_entries_moved
    union all
    select 'cost', program_id, month_start, place, amount from int_cost_entries_moved
    union all
    select 'incremental margin', program_id, month_start, place, null from int_estimate_reasons_found
),
moves as (
    select moved.*
    from int_figures_moved as moved
    inner join meta.build as build
        on moved.snapshot_id = build.snapshot_id
),
sums as (
    select
        moves.figure,
        moves.subject,
        moves.month_start,
        moves.change,
        parts.place,
        count(*) as entries,
        cast(case when count(moves.change) > 0 and count(*) = count(parts.amount) then sum(parts.amount) end as decimal(38, 4)) as amount
    from moves
    inner join parts
        on moves.figure = parts.figure
        and moves.subject = parts.subject
        and moves.month_start = parts.month_start
    group by moves.figure, moves.subject, moves.month_start, moves.change, parts.place
),
rests as (
    select
        moves.figure,
        moves.subject,
        moves.month_start,
        count(sums.place) as reasons,
        min(sums.place) as first_place,
        moves.change - case when count(sums.place) = count(sums.amount) then coalesce(sum(sums.amount), 0) end as rest
    from moves
    left join sums
        on moves.figure = sums.figure
        and moves.subject = sums.subject
        and moves.month_start = sums.month_start
    group by moves.figure, moves.subject, moves.month_start, moves.change
),
explained as (
    select
        sums.figure,
        sums.subject,
        sums.month_start,
        sums.place,
        case when sums.figure <> 'incremental margin' then sums.entries end as entries,
        case when rests.rest is not null then sums.amount + case when sums.place = rests.first_place and abs(rests.rest) < 0.01 then rests.rest else 0 end end as contribution
    from sums
    inner join rests
        on sums.figure = rests.figure
        and sums.subject = rests.subject
        and sums.month_start = rests.month_start
    union all
    select rests.figure, rests.subject, rests.month_start, 8, null, case when rests.figure <> 'incremental margin' then rests.rest end
    from rests
    where rests.reasons = 0 or (abs(rests.rest) >= 0.01 and rests.figure <> 'incremental margin')
),
present as (
    select
        build.snapshot_id,
        explained.figure,
        explained.subject,
        explained.month_start,
        explained.place,
        case explained.place when 1 then 'late event' when 2 then 'correction' when 3 then 'adjustment' when 4 then 'identity' when 5 then 'evidence' when 6 then 'cost' when 7 then 'definition' else 'unexplained' end as reason,
        cast(sum(explained.entries) as bigint) as entries,
        cast(case when count(*) = count(explained.contribution) then sum(explained.contribution) end as decimal(38, 4)) as contribution
    from explained
    cross join meta.build as build
    inner join int_publication_compared as publication
        on publication.snapshot_id < build.snapshot_id
    group by build.snapshot_id, explained.figure, explained.subject, explained.month_start, explained.place
),
told as (
    select snapshot_id, figure, subject, month_start, place, reason, entries, contribution from meta.published_reason
    union all
    select snapshot_id, figure, subject, month_start, place, reason, entries, contribution from present
)
select
    moved.figure,
    moved.subject,
    moved.month_start,
    moved.snapshot_id,
    coalesce(told.place, 9) as place,
    coalesce(told.reason, 'not recorded') as reason,
    told.entries,
    told.contribution
from int_figures_moved as moved
left join told
    on moved.snapshot_id = told.snapshot_id
    and moved.figure = told.figure
    and moved.subject = told.subject
    and moved.month_start = told.month_start
