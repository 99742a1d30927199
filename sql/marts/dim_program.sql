-- dim_program: the programs, from the settings and from what events name.
--
-- grain: program_id
-- reads: stg_programs, stg_program_policies, stg_pilots, int_costs_assigned, int_engagements_enriched, int_orders_valued, stg_claims, stg_settings, int_fx_rates_filled
-- units: seed_budget in the reporting currency; hurdle and reinvest as ratios
--
-- The settings win over program.policy events. (unassigned) holds what no rule matched.

with policies as (
    select
        policies.program as program_id,
        policies.stage,
        try_cast(policies.seed_budget * rates.rate as decimal(18, 4)) as seed_budget,
        policies.hurdle,
        policies.reinvest
    from stg_program_policies as policies
    left join int_fx_rates_filled as rates
        on policies.currency = rates.currency
        and cast(policies.occurred_at as date) = rates.date_day
),
named as (
    select program_id from stg_programs
    union
    select program_id from policies
    union
    select program from stg_pilots
    union
    select program_id from int_costs_assigned
    union
    select program_id from int_engagements_enriched
    union
    select program from int_orders_valued where program is not null
    union
    select program from stg_claims where program is not null
    union
    select '(unassigned)'
)
select
    named.program_id,
    coalesce(stg_programs.name, named.program_id) as name,
    coalesce(stg_programs.stage, policies.stage) as stage,
    coalesce(stg_programs.seed_budget, policies.seed_budget) as seed_budget,
    cast(coalesce(stg_programs.hurdle, policies.hurdle, 0) as decimal(28, 12)) as hurdle,
    cast(coalesce(stg_programs.reinvest, policies.reinvest, 1) as decimal(28, 12)) as reinvest,
    coalesce(stg_programs.expected_costs, stg_settings.expected_costs) as expected_costs,
    stg_settings.reporting_currency as currency
from named
cross join stg_settings
left join stg_programs
    on named.program_id = stg_programs.program_id
left join policies
    on named.program_id = policies.program_id
