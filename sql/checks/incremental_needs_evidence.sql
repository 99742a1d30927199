-- Only grades A to C may be called incremental.
select program_id, month_start from return_by_program_month
where incremental_margin is not null and (grade is null or grade not in ('A', 'B', 'C'))
union all
select program_id, month_start from return_by_program_month
where state = 'not known' and (roi is not null or incremental_margin is not null)
