-- answerable: which figures can be said with the data that is there, and what each other one still needs.
--
-- grain: figure
-- reads: int_inputs_judged, int_inputs_counted
--
-- A figure is as well known as the least known of its inputs: not known, immature, assumed, known. A figure without a model is
-- not known, whatever the data: this version computes none. place: the order of docs/metrics.md.

with figures as (
    select *
    from (
        values
            (1, 'net revenue', 'fct_orders', true, 'orders,rates'),
            (2, 'margin', 'fct_orders', true, 'orders,rates,cost of goods'),
            (3, 'full cost', 'cost_by_program_month', false, 'costs,cost rates,cost categories'),
            (4, 'cost completeness', 'cost_by_program_month', false, 'costs'),
            (5, 'ledger residual', 'ledger_bridge_by_month', false, 'orders,books'),
            (6, 'attributed', 'credit_by_model_program_month', false, 'orders,rates,cost of goods,touches'),
            (7, 'claimed', 'fct_claims', false, 'claims'),
            (8, 'over-claim', 'claimed_attributed_incremental_by_platform_month', false, 'orders,rates,claims'),
            (9, 'incremental margin', 'return_by_program_month', false, 'orders,rates,cost of goods,evidence'),
            (10, 'program return', 'return_by_program_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence'),
            (11, 'company return', 'return_by_program_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence'),
            (12, 'paid back', 'return_by_program_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence'),
            (13, 'iroas', 'return_by_program_month', false, 'orders,rates,costs,cost rates,cost categories,evidence'),
            (14, 'incrementality factor', 'return_by_program_month', false, 'orders,rates,cost of goods,touches,pilots'),
            (15, 'earned headroom', 'invested_and_earned_by_program_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence,seed budgets'),
            (16, 'lead ratio', 'invested_and_earned_by_program_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence,seed budgets'),
            (17, 'pilot return', 'pilot_results', false, 'pilots,pilot costs'),
            (18, 'pilot decision', 'pilot_results', false, 'pilots,pilot costs'),
            (19, 'mer', 'kpi_by_month', false, 'orders,rates,costs,cost rates,cost categories'),
            (20, 'margin efficiency', 'kpi_by_month', false, 'orders,rates,cost of goods,costs,cost rates,cost categories'),
            (21, 'average order', 'kpi_by_month', false, 'orders,rates'),
            (22, 'new customers', 'kpi_by_month', true, 'orders,customers'),
            (23, 'repeat rate', 'kpi_by_month', true, 'orders,customers'),
            (24, 'cac', 'kpi_by_month', true, 'orders,customers,costs,cost rates,cost categories'),
            (25, 'incremental cac', null, false, 'orders,customers,costs,cost rates,cost categories,evidence'),
            (26, 'payback', null, false, 'orders,rates,cost of goods,customers,costs,cost rates,cost categories'),
            (27, 'npv', null, false, 'orders,rates,cost of goods,costs,cost rates,cost categories,evidence'),
            (28, 'plan', 'kpi_by_month', false, 'plans'),
            (29, 'lift by region', null, false, 'orders,rates,cost of goods,regions'),
            (30, 'expected margin', 'dim_customer', true, 'orders,rates,cost of goods,customers,returning customers'),
            (31, 'customer cohorts', 'customer_cohorts_by_month', true, 'orders,rates,customers'),
            (32, 'relationship ladder', 'dim_customer', true, 'orders,customers,links,messages out,threads'),
            (33, 'ladder transitions', null, false, 'orders,customers,links,messages out,threads'),
            (34, 'half-life of relationships', null, false, 'links,messages out,threads'),
            (35, 'margin by rung', null, false, 'orders,rates,cost of goods,customers,links,messages out,threads'),
            (36, 'personal attention', 'fct_engagements', false, 'messages out,reply texts'),
            (37, 'promotion ratio', 'dim_content', false, 'contents'),
            (38, 'return of an hour', null, false, 'orders,rates,cost of goods,costs,evidence,hours'),
            (39, 'first reply', 'first_replies_by_platform_month', false, 'messages out,threads'),
            (40, 'share answered', 'first_replies_by_platform_month', false, 'messages out,threads'),
            (41, 'signs of trust', null, false, 'messages out,threads,consents'),
            (42, 'concentration on platforms', null, false, 'orders,rates,cost of goods,touches'),
            (43, 'portable relationships', 'dim_customer', true, 'orders,customers,links,consents'),
            (44, 'captive margin', null, false, 'orders,rates,cost of goods,customers,returning customers,links,consents'),
            (45, 'loss of reach', null, false, 'orders,rates,cost of goods,counters'),
            (46, 'effect of shocks', null, false, 'orders,rates,cost of goods,shocks'),
            (47, 'cross-posting share', null, false, 'cross-posts'),
            (48, 'counters', 'fct_counters_daily', false, 'counters'),
            (49, 'vanity verdict', null, false, 'orders,rates,cost of goods,two years of counters'),
            (50, 'launch effect', 'launch_results', false, 'orders,rates,cost of goods,launches')
    ) as list (place, figure, model, is_about_customers, inputs)
),
needed as (
    select
        figures.place,
        case int_inputs_judged.state when 'not known' then 3 when 'immature' then 2 when 'assumed' then 1 else 0 end as rank,
        int_inputs_judged.place as input_place,
        int_inputs_judged.needs
    from figures
    cross join unnest(string_split(figures.inputs, ',')) as parts (input)
    inner join int_inputs_judged
        on parts.input = int_inputs_judged.input
),
summed as (
    select
        place,
        max(rank) as rank,
        string_agg(needs, '; ' order by input_place) filter (where needs <> '') as needs
    from needed
    group by place
)
select
    figures.figure,
    figures.place,
    case
        when figures.model is null or summed.rank = 3 then 'not known'
        when summed.rank = 2 then 'immature'
        when summed.rank = 1 then 'assumed'
        else 'known'
    end as state,
    coalesce(concat_ws('; ', summed.needs, case when figures.model is null then 'a version that computes it' end), '') as needs,
    figures.model,
    case when figures.is_about_customers then int_inputs_counted.customers end as people
from figures
cross join int_inputs_counted
inner join summed
    on figures.place = summed.place
