-- build_info: the settings and clocks that this snapshot was built with.
--
-- grain: name
-- reads: int_clock_read, stg_settings

select 'as_of' as name, strftime(as_of, '%Y-%m-%d %H:%M:%S') as value from int_clock_read
union all
select 'data_through', strftime(data_through, '%Y-%m-%d %H:%M:%S') from int_clock_read
union all
select 'history_from', cast(history_from as varchar) from int_clock_read
union all
select 'maturity_days', cast(maturity_days as varchar) from int_clock_read
union all
select 'reporting_currency', reporting_currency from stg_settings
union all
select 'time_zone', time_zone from stg_settings
union all
select 'credit_model', credit_model from stg_settings
union all
select 'lookback_days', cast(lookback_days as varchar) from stg_settings
union all
select 'suppress_below', cast(suppress_below as varchar) from stg_settings
union all
select 'company', company from stg_settings
union all
select 'definition_version', '1'
