-- int_figures_moved: every time a published figure of a month that was over moved.
--
-- grain: figure, subject, month_start, snapshot_id
-- reads: meta.published_figure, meta.snapshot, meta.publication, meta.build, int_figures_listed
-- units: reporting currency; ledger figures in their own
--
-- Each snapshot leaves its monthly figures behind where they differ from the last ones; the build that is under way has the
-- number after them. A month that was not over when it was published last is left out: its figure grew. period_state says
-- whether its refunds had come by then, for figures that count them on the day of the order.

with latest as (
    select
        *,
        row_number() over (partition by figure, subject, month_start order by snapshot_id desc) as place
    from meta.published_figure
),
present as (
    select
        build.snapshot_id,
        cast(null as timestamp) as published_at,
        coalesce(figures.figure, latest.figure) as figure,
        coalesce(figures.subject, latest.subject) as subject,
        coalesce(figures.month_start, latest.month_start) as month_start,
        figures.amount,
        figures.basis
    from int_figures_listed as figures
    full outer join (select * from latest where place = 1) as latest
        on figures.figure = latest.figure
        and figures.subject = latest.subject
        and figures.month_start = latest.month_start
    cross join meta.build as build
),
history as (
    select snapshot_id, published_at, figure, subject, month_start, amount, basis from meta.published_figure
    union all
    select snapshot_id, published_at, figure, subject, month_start, amount, basis from present
),
steps as (
    select
        *,
        lag(snapshot_id) over moves as old_snapshot_id,
        lag(amount) over moves as old_amount,
        lag(basis) over moves as old_basis
    from history
    window moves as (partition by figure, subject, month_start order by snapshot_id)
),
clocks as (
    select
        snapshots.snapshot_id,
        coalesce(publications.as_of_day, cast(snapshots.published_at as date)) as as_of_day,
        coalesce(publications.maturity_days, 0) as maturity_days
    from meta.snapshot as snapshots
    left join meta.publication as publications
        on snapshots.snapshot_id = publications.snapshot_id
    union all
    select snapshot_id, null, null from meta.build
),
before as (
    select
        snapshot_id,
        lag(as_of_day) over (order by snapshot_id) as as_of_day,
        lag(maturity_days) over (order by snapshot_id) as maturity_days
    from clocks
)
select
    steps.figure,
    steps.subject,
    steps.month_start,
    steps.snapshot_id,
    steps.old_snapshot_id,
    steps.old_amount,
    steps.amount as new_amount,
    cast(steps.amount - steps.old_amount as decimal(38, 4)) as change,
    steps.old_basis,
    steps.basis as new_basis,
    case
        when steps.figure in ('net revenue', 'margin', 'incremental margin')
            and date_diff('day', cast(steps.month_start + interval '1' month as date), before.as_of_day) < before.maturity_days
            then 'immature'
        else 'closed'
    end as period_state,
    steps.published_at
from steps
inner join before
    on steps.snapshot_id = before.snapshot_id
where
    steps.old_snapshot_id is not null
    and steps.amount is distinct from steps.old_amount
    and cast(steps.month_start + interval '1' month as date) <= before.as_of_day
