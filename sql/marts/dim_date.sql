-- dim_date: every day of the data, with its week, month, quarter and fiscal period.
--
-- grain: date_day
-- reads: int_days_listed, int_clock_read, stg_settings
-- units: reporting time zone
--
-- A day is complete when the data reaches beyond it, and mature when so many days have passed that refunds have come.

with local_clock as (
    select
        cast((int_clock_read.as_of at time zone 'UTC') at time zone stg_settings.time_zone as date) as as_of_day,
        int_clock_read.maturity_days,
        coalesce(stg_settings.fiscal_year_starts, 1) as first_month
    from int_clock_read
    cross join stg_settings
)
select
    int_days_listed.date_day,
    cast(date_trunc('week', int_days_listed.date_day) as date) as week_start,
    cast(date_trunc('month', int_days_listed.date_day) as date) as month_start,
    cast(date_trunc('quarter', int_days_listed.date_day) as date) as quarter_start,
    concat(
        'FY',
        cast(extract(year from int_days_listed.date_day) + case when local_clock.first_month > 1 and extract(month from int_days_listed.date_day) >= local_clock.first_month then 1 else 0 end as varchar),
        '-P',
        lpad(cast((extract(month from int_days_listed.date_day) - local_clock.first_month + 12) % 12 + 1 as varchar), 2, '0')
    ) as fiscal_period,
    int_days_listed.date_day < local_clock.as_of_day as is_complete,
    date_diff('day', int_days_listed.date_day, local_clock.as_of_day) > local_clock.maturity_days as is_mature
from int_days_listed
cross join local_clock
