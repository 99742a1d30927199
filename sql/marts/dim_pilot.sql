-- dim_pilot: the pilots, as they stood before they started.
--
-- grain: pilot
-- reads: stg_pilots
-- units: amounts in the pilot's currency

select
    pilot,
    program as program_id,
    unit,
    control,
    metric,
    starts_on,
    ends_before,
    assignment,
    analysis,
    allocation,
    hurdle,
    planned_units,
    minimum_effect,
    cost_per_unit,
    currency,
    hypothesis,
    registered_in_time
from stg_pilots
