-- answerable: what can be said with the data that is there, and what each other figure still needs.
--
-- grain: figure
-- reads: fct_orders, cost_by_program_month, stg_ledger_totals, fct_engagements, fct_touches, fct_claims, pilot_results, return_by_program_month, stg_consents, dim_program, fct_counters_daily, stg_plan_targets
--
-- known: from events. assumed: a configured rate stands in. people: how many the figure is about, where that can be few.

with facts as (
    select
        (select count(*) from fct_orders) as orders,
        (select count(distinct customer_id) from fct_orders) as customers,
        (select count(*) from fct_orders where margin_basis = 'not known') as margin_unknown,
        (select count(*) from fct_orders where margin_basis = 'assumed') as margin_assumed,
        (select count(*) from fct_orders where net_revenue_reporting is null) as without_rate,
        (select count(*) from cost_by_program_month) as costs,
        (select count(*) from cost_by_program_month where completeness < 0.9) as incomplete_costs,
        (select count(*) from stg_ledger_totals) as ledgers,
        (select count(*) from fct_engagements) as engagements,
        (select count(*) from fct_engagements where direction = 'outbound') as outbound,
        (select count(*) from fct_touches where evidence <> 'self_reported') as touches,
        (select count(*) from fct_claims) as claims,
        (select count(*) from pilot_results) as pilots,
        (select count(*) from pilot_results where state = 'valid' and is_decisive) as valid_pilots,
        (select count(*) from pilot_results where state in ('immature', 'running')) as young_pilots,
        (select count(*) from return_by_program_month where state = 'known') as returns,
        (select count(*) from return_by_program_month where state = 'immature') as immature_returns,
        (select count(*) from stg_consents) as consents,
        (select count(*) from dim_program where seed_budget is not null) as seeds,
        (select count(*) from fct_counters_daily) as counters,
        (select count(*) from stg_plan_targets) as plans
),
figures as (
    select 'net revenue' as figure, case when orders = 0 then 'not known' when without_rate > 0 then 'assumed' else 'known' end as state,
        case when orders = 0 then 'sale.order' when without_rate > 0 then 'fx.rate for every currency' else '' end as needs, customers as people
    from facts
    union all
    select 'margin', case when orders = 0 or margin_unknown > 0 then 'not known' when margin_assumed > 0 then 'assumed' else 'known' end,
        case when orders = 0 then 'sale.order' when margin_unknown > 0 then 'sale.order cost_of_goods, sale.line or product.cost, or margin_rate in the settings' when margin_assumed > 0 then 'cost_of_goods of the orders that lack it' else '' end, customers
    from facts
    union all
    select 'ledger residual', case when ledgers > 0 then 'known' else 'not known' end, case when ledgers > 0 then '' else 'ledger.total' end, null from facts
    union all
    select 'full cost', case when costs = 0 then 'not known' else 'known' end,
        case when costs = 0 then 'cost.entry' when incomplete_costs > 0 then 'cost.entry for every expected category (0 counts)' else '' end, null
    from facts
    union all
    select 'attributed margin', case when touches = 0 then 'not known' when margin_unknown > 0 then 'not known' else 'known' end,
        case when touches = 0 then 'social.engagement with person and identity.link, web.visit, or utm, coupon, referrer of orders' else '' end, null
    from facts
    union all
    select 'claimed revenue', case when claims = 0 then 'not known' else 'known' end, case when claims = 0 then 'platform.claim' else '' end, null from facts
    union all
    select 'pilot return', case when valid_pilots > 0 then 'known' when young_pilots > 0 then 'immature' else 'not known' end,
        case when pilots = 0 then 'pilot.registered before its start and pilot.assigned' when valid_pilots = 0 then 'a pilot that passes its checks' else '' end, null
    from facts
    union all
    select 'program return', case when returns > 0 then 'known' when immature_returns > 0 then 'immature' else 'not known' end,
        case when returns > 0 then '' when costs = 0 then 'cost.entry and a valid pilot' else 'a valid pilot of the program' end, null
    from facts
    union all
    select 'earned headroom', case when returns > 0 and seeds > 0 then 'known' else 'not known' end,
        case when returns > 0 and seeds > 0 then '' when seeds = 0 then 'seed_budget of the programs' else 'a valid pilot' end, null
    from facts
    union all
    select 'personal attention', case when outbound > 0 then 'known' else 'not known' end, case when outbound > 0 then '' else 'outbound social.engagement, or own_accounts in the settings' end, null from facts
    union all
    select 'portable relationships', case when consents > 0 then 'known' else 'not known' end, case when consents > 0 then '' else 'consent.changed and identity.link' end, null from facts
    union all
    select 'counters', case when counters > 0 then 'known' else 'not known' end, case when counters > 0 then '' else 'social.counter' end, null from facts
    union all
    select 'plan', case when plans > 0 then 'known' else 'not known' end, case when plans > 0 then '' else 'plan.target' end, null from facts
)
select
    figure,
    state,
    needs,
    people
from figures
