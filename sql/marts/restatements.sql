-- restatements: every time a published figure of a month that was over moved: from what, to what, in which snapshot, and why.
--
-- grain: figure, subject, month_start, snapshot_id
-- reads: int_figures_moved, restatements_by_reason
-- units: reporting currency; ledger figures in their own
--
-- A month that was not over when it was published last is no restatement: its figure grew. What each reason brought stands in
-- restatements_by_reason.

with reasons as (
    select
        figure,
        subject,
        month_start,
        snapshot_id,
        string_agg(reason, ', ' order by place) as reasons
    from restatements_by_reason
    group by figure, subject, month_start, snapshot_id
)
select
    moved.figure,
    moved.subject,
    moved.month_start,
    moved.snapshot_id,
    moved.old_snapshot_id,
    moved.old_amount,
    moved.new_amount,
    moved.change,
    reasons.reasons,
    moved.period_state,
    moved.published_at
from int_figures_moved as moved
inner join reasons
    on moved.figure = reasons.figure
    and moved.subject = reasons.subject
    and moved.month_start = reasons.month_start
    and moved.snapshot_id = reasons.snapshot_id
