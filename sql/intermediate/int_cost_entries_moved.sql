-- int_cost_entries_moved: what each cost entry moved in the cost of each program and month since the last publication, and why.
--
-- grain: program_id, month_start, source, entry_id
-- reads: int_cost_entries_listed, meta.published_cost, int_publication_compared
-- units: reporting currency, before it is rounded
--
-- place is the reason in the order of precedence: 1 late event, 2 correction, 6 cost, 7 definition, 8 unexplained. amount is null where
-- either end is not known.

with cells as (
    select
        coalesce(present.program_id, published.program_id) as program_id,
        coalesce(present.month_start, published.month_start) as month_start,
        coalesce(present.source, published.source) as source,
        coalesce(present.entry_id, published.entry_id) as entry_id,
        present.entry_id is not null and published.entry_id is not null as stays,
        present.spend as new_spend,
        published.spend as old_spend,
        case when present.entry_id is null then 0 else present.spend_reporting end - case when published.entry_id is null then 0 else published.spend_reporting end as amount
    from int_cost_entries_listed as present
    full outer join meta.published_cost as published
        on present.source = published.source
        and present.entry_id = published.entry_id
        and present.program_id = published.program_id
        and present.month_start = published.month_start
    where
        present.entry_id is null
        or published.entry_id is null
        or present.spend_reporting is distinct from published.spend_reporting
),
entries_now as (
    select distinct source, entry_id, row_id, known_at from int_cost_entries_listed
),
entries_before as (
    select distinct source, entry_id, row_id, known_at from meta.published_cost
)
select
    cells.program_id,
    cells.month_start,
    cells.source,
    cells.entry_id,
    case
        when entries_before.entry_id is null then 6
        when entries_now.row_id <> entries_before.row_id then 2
        when entries_now.known_at <> entries_before.known_at then 1
        when cells.stays and cells.new_spend = cells.old_spend and publication.currency_changed then 7
        when cells.stays and cells.new_spend = cells.old_spend and publication.rates_came then 6
        when publication.definition_changed then 7
        else 8
    end as place,
    cells.amount
from cells
cross join int_publication_compared as publication
left join entries_now
    on cells.source = entries_now.source
    and cells.entry_id = entries_now.entry_id
left join entries_before
    on cells.source = entries_before.source
    and cells.entry_id = entries_before.entry_id
