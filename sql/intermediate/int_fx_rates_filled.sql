-- int_fx_rates_filled: the price of each currency in the reporting currency on each day.
--
-- grain: currency, date_day
-- reads: stg_fx_rates, stg_orders, stg_adjustments, stg_cost_entries, stg_claims, stg_plan_targets, stg_ledger_totals, stg_program_policies, stg_pilots, stg_settings, int_days_listed
-- units: reporting currency for one unit of currency
--
-- A rate holds until the next one. Before the first one nothing is known: null, never 1.
-- Where only the opposite pair is quoted, its inverse is used, to twelve places.

with currencies as (
    select currency from stg_orders
    union
    select currency from stg_adjustments
    union
    select currency from stg_cost_entries
    union
    select currency from stg_claims where currency is not null
    union
    select currency from stg_plan_targets where currency is not null
    union
    select currency from stg_ledger_totals
    union
    select currency from stg_program_policies
    union
    select currency from stg_pilots where currency is not null
    union
    select reporting_currency from stg_settings
),
quoted as (
    select
        stg_fx_rates.base as currency,
        stg_fx_rates.date as date_day,
        stg_fx_rates.rate,
        0 as inverse
    from stg_fx_rates
    inner join stg_settings
        on stg_fx_rates.quote = stg_settings.reporting_currency
    union all
    select
        stg_fx_rates.quote as currency,
        stg_fx_rates.date as date_day,
        cast(1 / nullif(stg_fx_rates.rate, 0) as decimal(28, 12)) as rate,
        1 as inverse
    from stg_fx_rates
    inner join stg_settings
        on stg_fx_rates.base = stg_settings.reporting_currency
),
ranked as (
    select
        *,
        row_number() over (partition by currency, date_day order by inverse) as choice
    from quoted
),
spans as (
    select
        currency,
        date_day as from_day,
        lead(date_day) over (partition by currency order by date_day) as before_day,
        rate
    from ranked
    where choice = 1
)
select
    currencies.currency,
    int_days_listed.date_day,
    case when currencies.currency = stg_settings.reporting_currency then cast(1 as decimal(28, 12)) else spans.rate end as rate
from currencies
cross join int_days_listed
cross join stg_settings
left join spans
    on currencies.currency = spans.currency
    and int_days_listed.date_day >= spans.from_day
    and (spans.before_day is null or int_days_listed.date_day < spans.before_day)
