-- restatements: figures of earlier snapshots that have moved since, and by how much.
--
-- grain: figure, subject, month_start, snapshot_id
-- reads: meta.published_figure, int_figures_listed
-- units: reporting currency
--
-- Each published snapshot leaves its monthly figures behind; a row says what the last one that said otherwise said.

with latest as (
    select
        *,
        row_number() over (partition by figure, subject, month_start order by snapshot_id desc) as place
    from meta.published_figure
)
select
    latest.figure,
    latest.subject,
    latest.month_start,
    latest.snapshot_id,
    latest.amount as old_amount,
    int_figures_listed.amount as new_amount,
    cast(coalesce(int_figures_listed.amount, 0) - coalesce(latest.amount, 0) as decimal(18, 4)) as change,
    latest.published_at
from latest
left join int_figures_listed
    on latest.figure = int_figures_listed.figure
    and latest.subject = int_figures_listed.subject
    and latest.month_start = int_figures_listed.month_start
where latest.place = 1 and latest.amount is distinct from int_figures_listed.amount
