-- stg_program_rules: the rules that say to which program something belongs, first match wins.
--
-- grain: rule_order
-- reads: meta.program_rule
--
-- Words are LIKE patterns in lower case with ! as escape; null matches anything.

select
    rule_order,
    program_id,
    platform,
    campaign,
    utm_source,
    utm_campaign,
    coupon,
    venue,
    cost_center
from meta.program_rule
