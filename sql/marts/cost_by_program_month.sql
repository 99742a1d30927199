-- cost_by_program_month: what each program cost in each month, by category, and what is missing.
--
-- grain: program_id, month_start
-- reads: fct_costs_daily, dim_program
-- units: reporting currency; months in the reporting time zone; completeness as a ratio
--
-- A category without an entry is null, and so is an amount without a rate: neither is 0.
-- Expected categories that have no entry in the month, not even of 0, are missing: the return is then an upper bound.

with monthly as (
    select
        program_id,
        cast(date_trunc('month', date_day) as date) as month_start,
        category,
        case when category in ('media', 'staff', 'agency', 'tools', 'content', 'incentives') then 0 else 1 end as is_other,
        case when count(*) = count(spend_reporting) then sum(spend_reporting) end as spend
    from fct_costs_daily
    group by program_id, cast(date_trunc('month', date_day) as date), category
),
sums as (
    select
        program_id,
        month_start,
        cast(case when count(*) = count(spend) then sum(spend) end as decimal(38, 4)) as spend,
        cast(max(case when category = 'media' then spend end) as decimal(18, 4)) as spend_media,
        cast(max(case when category = 'staff' then spend end) as decimal(18, 4)) as spend_staff,
        cast(max(case when category = 'agency' then spend end) as decimal(18, 4)) as spend_agency,
        cast(max(case when category = 'tools' then spend end) as decimal(18, 4)) as spend_tools,
        cast(max(case when category = 'content' then spend end) as decimal(18, 4)) as spend_content,
        cast(max(case when category = 'incentives' then spend end) as decimal(18, 4)) as spend_incentives,
        cast(case when sum(is_other) = count(case when is_other = 1 then spend end) then sum(case when is_other = 1 then spend end) end as decimal(38, 4)) as spend_other
    from monthly
    group by program_id, month_start
),
expected as (
    select
        dim_program.program_id,
        trim(parts.category) as category
    from dim_program
    cross join unnest(string_split(coalesce(dim_program.expected_costs, ''), ',')) as parts (category)
    where trim(parts.category) <> ''
),
covered as (
    select
        sums.program_id,
        sums.month_start,
        count(*) as expected_categories,
        count(monthly.category) as covered_categories,
        string_agg(case when monthly.category is null then expected.category end, ',' order by expected.category) as missing
    from sums
    inner join expected
        on sums.program_id = expected.program_id
    left join monthly
        on sums.program_id = monthly.program_id
        and sums.month_start = monthly.month_start
        and expected.category = monthly.category
    group by sums.program_id, sums.month_start
)
select
    sums.program_id,
    sums.month_start,
    dim_program.currency,
    sums.spend,
    sums.spend_media,
    sums.spend_staff,
    sums.spend_agency,
    sums.spend_tools,
    sums.spend_content,
    sums.spend_incentives,
    sums.spend_other,
    dim_program.expected_costs as expected_categories,
    coalesce(covered.missing, '') as missing_categories,
    cast(coalesce(covered.covered_categories * 1.0000 / covered.expected_categories, 1) as decimal(9, 4)) as completeness
from sums
inner join dim_program
    on sums.program_id = dim_program.program_id
left join covered
    on sums.program_id = covered.program_id
    and sums.month_start = covered.month_start
