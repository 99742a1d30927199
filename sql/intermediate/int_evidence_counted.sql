-- int_evidence_counted: how far pilots and programs are, in one row, with the names of those that lack something.
--
-- grain: pilots
-- reads: dim_pilot, pilot_results, launch_results, return_by_program_month, dim_program
--
-- A pilot has a result once its units are assigned. Programs are those that cost something.

with pilots as (
    select
        dim_pilot.pilot,
        max(case when results.is_decisive then results.state end) as state,
        max(case when results.is_decisive then results.roi end) as roi,
        min(case when results.is_decisive then results.warnings end) as warnings
    from dim_pilot
    left join pilot_results as results
        on dim_pilot.pilot = results.pilot
    group by dim_pilot.pilot
),
pilots_counted as (
    select
        count(*) as pilots,
        count(*) filter (where state = 'valid') as pilots_valid,
        count(*) filter (where state = 'valid' and roi is not null) as pilots_with_return,
        count(*) filter (where state in ('immature', 'running')) as pilots_young,
        string_agg(replace(pilot, ';', ','), ', ' order by pilot) filter (where state is null) as pilots_unassigned,
        string_agg(replace(pilot, ';', ','), ', ' order by pilot) filter (where state in ('immature', 'running')) as pilots_waiting,
        string_agg(replace(pilot, ';', ',') || coalesce(' (' || replace(warnings, ';', ',') || ')', ''), ', ' order by pilot) filter (where state = 'invalid') as pilots_failed
    from pilots
),
returns as (
    select
        program_id,
        count(*) filter (where state = 'known') as months_known,
        count(*) filter (where state = 'immature') as months_immature,
        count(cost) as months_with_cost,
        min(method) filter (where state = 'not known') as because
    from return_by_program_month
    group by program_id
),
returns_counted as (
    select
        coalesce(sum(returns.months_known), 0) as months_known,
        coalesce(sum(returns.months_immature), 0) as months_immature,
        string_agg(replace(dim_program.name, ';', ',') || ' (' || replace(returns.because, ';', ',') || ')', ', ' order by dim_program.name)
            filter (where returns.months_known = 0 and returns.because is not null) as programs_unproven
    from returns
    inner join dim_program
        on returns.program_id = dim_program.program_id
    where returns.program_id <> '(unassigned)' and returns.months_with_cost > 0
),
seeds as (
    select
        count(seed_budget) as seeds,
        string_agg(replace(name, ';', ','), ', ' order by name) filter (where seed_budget is null) as programs_without_seed
    from dim_program
    where program_id <> '(unassigned)'
)
select
    pilots_counted.*,
    returns_counted.*,
    seeds.*,
    (select count(*) from launch_results where state = 'valid') as launches_valid,
    (select count(*) from launch_results) as launches
from pilots_counted
cross join returns_counted
cross join seeds
