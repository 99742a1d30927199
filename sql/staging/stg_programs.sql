-- stg_programs: the programs of the settings.
--
-- grain: program_id
-- reads: meta.program

select
    program_id,
    name,
    stage,
    seed_budget,
    hurdle,
    reinvest,
    expected_costs
from meta.program
