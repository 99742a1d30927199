-- int_inputs_judged: whether each thing that figures are made of is there, and if not, which events, fields or settings bring it.
--
-- grain: input
-- reads: int_inputs_counted, int_evidence_counted, stg_settings
--
-- No sentence holds a semicolon: answerable joins them with one. known with something in needs: there is enough for the figure, and more would make it whole. assumed: something stands in.

with counted as (
    select
        int_inputs_counted.*,
        int_evidence_counted.*,
        stg_settings.reporting_currency as money
    from int_inputs_counted
    cross join int_evidence_counted
    cross join stg_settings
),
judged as (
    select 1 as place, 'orders' as input, case when orders = 0 then 'not known' else 'known' end as state,
        case when orders = 0 then 'sale.order with order_id, gross and currency' end as needs
    from counted
    union all
    select 2, 'rates', case when orders_without_rate > 0 then 'not known' else 'known' end,
        case when orders_without_rate > 0 then 'fx.rate to ' || money || ' for the days of ' || format('{:,} of {:,}', orders_without_rate, orders) || ' orders' end
    from counted
    union all
    select 3, 'cost of goods', case when orders_without_cost > 0 then 'not known' when orders_assumed > 0 then 'assumed' else 'known' end,
        case
            when orders_without_cost > 0 then 'cost_of_goods in sale.order or sale.line, or product.cost, for ' || format('{:,} of {:,}', orders_without_cost, orders) || ' orders, or margin_rate in the settings'
            when orders_assumed > 0 then 'cost_of_goods in sale.order or sale.line, or product.cost, for ' || format('{:,} of {:,}', orders_assumed, orders) || ' orders, where margin_rate stands in'
        end
    from counted
    union all
    select 4, 'customers', case when orders > 0 and customers = 0 then 'not known' else 'known' end,
        case when orders_without_customer > 0 then 'customer, email or visitor in sale.order, for ' || format('{:,} of {:,}', orders_without_customer, orders) || ' orders' end
    from counted
    union all
    select 5, 'returning customers', case when customers_valued = 0 then 'not known' else 'known' end,
        case when customers_valued = 0 then 'more orders: ' || coalesce(replace(unvalued_because, '; ', ', '), 'no customer has bought yet') end
    from counted
    union all
    select 6, 'costs', case when cost_months = 0 then 'not known' else 'known' end,
        case when cost_months = 0 then 'cost.entry with amount, currency, starts_on, ends_before and category' end
    from counted
    union all
    select 7, 'cost rates', case when cost_months_without_rate > 0 then 'not known' else 'known' end,
        case when cost_months_without_rate > 0 then 'fx.rate to ' || money || ' for the costs of ' || format('{:,} of {:,}', cost_months_without_rate, cost_months) || ' program months' end
    from counted
    union all
    select 8, 'cost categories', case when cost_months_incomplete > 0 then 'assumed' else 'known' end,
        case when cost_months_incomplete > 0 then 'cost.entry of ' || missing_categories || ' in ' || format('{:,} of {:,}', cost_months_incomplete, cost_months) || ' program months, where they count as nothing (an amount of 0 settles it)' end
    from counted
    union all
    select 9, 'books', case when book_months = book_months_missing then 'not known' else 'known' end,
        case
            when book_months = 0 then 'ledger.total with net_revenue of every month'
            when book_months_missing > 0 then 'ledger.total with net_revenue for ' || format('{:,} of {:,}', book_months_missing, book_months) || ' months by currency'
        end
    from counted
    union all
    select 10, 'touches', case when touches = 0 then 'not known' else 'known' end,
        case when touches = 0 then 'social.engagement with person and identity.link, or web.visit, or utm_source, coupon or referrer in sale.order' end
    from counted
    union all
    select 11, 'claims', case when claims = 0 then 'not known' else 'known' end, case when claims = 0 then 'platform.claim with conversions_value' end from counted
    union all
    select 12, 'pilots', case when pilots_valid > 0 then 'known' when pilots_young > 0 then 'immature' else 'not known' end,
        case
            when pilots_valid > 0 then null
            when pilots = 0 then 'pilot.registered before the pilot starts, and pilot.assigned for every unit'
            when pilots_young > 0 then 'time: ' || pilots_waiting || ' is not over, or its refunds are still to come'
            when pilots_failed is not null then 'a pilot that passes its checks: ' || pilots_failed
            else 'pilot.assigned for every unit of ' || pilots_unassigned
        end
    from counted
    union all
    select 13, 'pilot costs', case when pilots_valid > 0 and pilots_with_return = 0 then 'not known' else 'known' end,
        case when pilots_valid > 0 and pilots_with_return = 0 then 'cost_per_unit in pilot.registered' end
    from counted
    union all
    select 14, 'evidence', case when months_known > 0 then 'known' when months_immature > 0 or (pilots_valid = 0 and pilots_young > 0) then 'immature' else 'not known' end,
        case
            when months_known = 0 and months_immature > 0 then 'time: refunds of the months with evidence are still to come'
            when months_known = 0 and pilots_valid = 0 and pilots_young > 0 then 'time: ' || pilots_waiting || ' is not over, or its refunds are still to come'
            when pilots = 0 then 'pilot.registered before the pilot starts, and pilot.assigned for every unit'
            when programs_unproven is not null then 'a valid pilot for ' || programs_unproven
            when months_known = 0 then 'a valid pilot of a program that has cost.entry'
        end
    from counted
    union all
    select 15, 'seed budgets', case when seeds = 0 then 'not known' else 'known' end,
        case
            when seeds = 0 then 'seed_budget of the programs, in the settings or by program.policy'
            when programs_without_seed is not null then 'seed_budget of ' || programs_without_seed || ', in the settings or by program.policy'
        end
    from counted
    union all
    select 16, 'plans', case when plans = 0 then 'not known' else 'known' end, case when plans = 0 then 'plan.target for net_revenue, margin or spend' end from counted
    union all
    select 17, 'links', case when engagements_linked = 0 then 'not known' else 'known' end,
        case when engagements_linked = 0 then 'identity.link between persons on platforms and customers' end
    from counted
    union all
    select 18, 'messages out', case when messages_out = 0 then 'not known' else 'known' end,
        case when messages_out = 0 then 'outbound social.engagement, or own_accounts in the settings' end
    from counted
    union all
    select 19, 'threads', case when messages_in_threads = 0 then 'not known' else 'known' end,
        case when messages_in_threads = 0 then 'thread_id in social.engagement, of messages in and out' end
    from counted
    union all
    select 20, 'reply texts', case when replies_out = replies_unjudged then 'not known' else 'known' end,
        case
            when replies_out = 0 then 'outbound social.engagement with action reply, and personal or text_hash'
            when replies_unjudged > 0 then 'personal or text_hash in ' || format('{:,} of {:,}', replies_unjudged, replies_out) || ' replies (social.engagement)'
        end
    from counted
    union all
    select 21, 'hours', case when cost_entries_with_hours = 0 then 'not known' else 'known' end,
        case when cost_entries_with_hours = 0 then 'hours and activity in cost.entry' end
    from counted
    union all
    select 22, 'consents', case when consents = 0 then 'not known' else 'known' end, case when consents = 0 then 'consent.changed with purpose contact' end from counted
    union all
    select 23, 'counters', case when counters = 0 then 'not known' else 'known' end, case when counters = 0 then 'social.counter with metric and value' end from counted
    union all
    select 24, 'two years of counters', case when counter_weeks < 104 then 'not known' else 'known' end,
        case when counter_weeks < 104 then '104 weeks of social.counter, of which there are ' || cast(counter_weeks as varchar) end
    from counted
    union all
    select 25, 'contents', case when contents_judged = 0 then 'not known' else 'known' end, case when contents_judged = 0 then 'promotional in social.content' end from counted
    union all
    select 26, 'cross-posts', case when crossposts = 0 then 'not known' else 'known' end, case when crossposts = 0 then 'crosspost_of in social.engagement' end from counted
    union all
    select 27, 'shocks', case when shocks = 0 then 'not known' else 'known' end, case when shocks = 0 then 'platform.shock for each change of a platform' end from counted
    union all
    select 28, 'regions', case when regions < 10 then 'not known' else 'known' end,
        case when regions < 10 then 'region in sale.order, of at least 10 regions, of which there are ' || cast(regions as varchar) end
    from counted
    union all
    select 29, 'launches', case when launches_valid = 0 then 'not known' else 'known' end,
        case
            when launches = 0 then 'a program that begins in one place before it does in at least 9 others: cost.entry with market or region'
            when launches_valid = 0 then 'a launch that passes its checks (launch_results says why those of ' || cast(launches as varchar) || ' do not)'
        end
    from counted
)
select
    input,
    place,
    state,
    coalesce(needs, '') as needs
from judged
