-- stg_settings: the scalar settings of the build, in one row.
--
-- grain: reporting_currency
-- reads: meta.setting

select
    max(case when name = 'reporting_currency' then value end) as reporting_currency,
    max(case when name = 'time_zone' then value end) as time_zone,
    cast(max(case when name = 'fiscal_year_starts' then value end) as integer) as fiscal_year_starts,
    max(case when name = 'home_market' then value end) as home_market,
    cast(max(case when name = 'margin_rate' then value end) as decimal(28, 12)) as margin_rate,
    cast(max(case when name = 'lookback_days' then value end) as integer) as lookback_days,
    max(case when name = 'credit_model' then value end) as credit_model,
    coalesce(cast(max(case when name = 'markov_order' then value end) as integer), 1) as markov_order,
    cast(max(case when name = 'maturity_days' then value end) as integer) as maturity_days,
    cast(max(case when name = 'suppress_below' then value end) as integer) as suppress_below,
    cast(max(case when name = 'identity_min_confidence' then value end) as decimal(28, 12)) as identity_min_confidence,
    max(case when name = 'expected_costs' then value end) as expected_costs,
    max(case when name = 'company' then value end) as company
from meta.setting
