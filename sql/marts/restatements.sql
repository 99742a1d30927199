-- restatements: every time a published figure moved: from what, to what, and in which snapshot.
--
-- grain: figure, subject, month_start, snapshot_id
-- reads: meta.published_figure, int_figures_listed
-- units: reporting currency; ledger figures in their own
--
-- Each snapshot leaves its monthly figures behind where they differ from the last ones. The build that is under way has the number after them.

with present as (
    select
        (select coalesce(max(snapshot_id), 0) + 1 from meta.published_figure) as snapshot_id,
        cast(null as timestamp) as published_at,
        figure,
        subject,
        month_start,
        amount
    from int_figures_listed
),
history as (
    select snapshot_id, published_at, figure, subject, month_start, amount from meta.published_figure
    union all
    select * from present
),
moves as (
    select
        *,
        lag(amount) over (partition by figure, subject, month_start order by snapshot_id) as old_amount,
        lag(snapshot_id) over (partition by figure, subject, month_start order by snapshot_id) as old_snapshot_id
    from history
)
select
    figure,
    subject,
    month_start,
    snapshot_id,
    old_snapshot_id,
    old_amount,
    amount as new_amount,
    cast(amount - old_amount as decimal(38, 4)) as change,
    published_at
from moves
where old_snapshot_id is not null and amount is distinct from old_amount
