-- Tested programs paid; one was stopped, one was never tested, one is being tested.
insert into build_info values
    ('as_of', '2026-05-04T06:00:00Z'), ('data_through', '2026-05-03'), ('reporting_currency', 'USD'), ('time_zone', 'America/New_York'),
    ('credit_model', 'last_non_direct'), ('lookback_days', '30'), ('suppress_below', '10'), ('definition_version', '3'), ('maturity_days', '30'),
    ('company', 'Harbor & Pine');
insert into dim_program values
    ('care', 'community care', 'run', 20000, 0.2, 0.5), ('coupons', 'coupon posts', 'pilot', 10000, 0.2, 0.5),
    ('creators', 'influencers', 'pilot', 15000, 0.2, 0.5), ('films', 'short films', 'pilot', 8000, 0.2, 0.5);
-- Net revenue: 300,000 USD at home and 50,000 EUR, 55,000 USD, a month abroad, where the books name no market.
insert into ledger_bridge_by_month
select
    m, 'US', 'USD', 340000, 25000, 15000, 300000, 240000, 120000, 90000.50, 209999.50, 300000, 0, 'reconciled',
    340000, 25000, 15000, 300000, 240000, 120000, 90000.50, 209999.50
from (values (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m)
union all
select
    m, market, 'EUR', 56000, 4000, 2000, 50000, 30000, 15000, 10000, 40000, total, total - 50000, state,
    61600, 4400, 2200, 55000, 33000, 16500, 11000, 44000
from (values (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m),
    (values ('DE', null, 'not reconciled'), ('(all)', 50000, 'reconciled')) markets (market, total, state);
insert into credit_by_model_program_month
select model, program_id, m, 'USD', orders, revenue * factor, revenue * factor * 0.4, 'D'
from (values (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m),
    (values ('first', 0.9), ('last', 1.1), ('last_non_direct', 1.0), ('linear', 0.95), ('position', 0.97), ('time_decay', 1.02)) models (model, factor),
    (values ('care', 60000, 900), ('coupons', 30000, 450), ('creators', 10000, 150), ('films', 1000, 6)) programs (program_id, revenue, orders);
insert into cost_by_program_month
select
    program_id, m, 'USD', spend, spend * 0.5, spend * 0.3, null, case when program_id = 'creators' then null else spend * 0.1 end,
    spend * 0.1, null, case when program_id = 'creators' then spend * 0.1 else null end, 'media,staff,content,tools',
    case when program_id = 'creators' then 'tools' else '' end, case when program_id = 'creators' then 0.75 else 1 end
from (values (date '2026-01-01', 0), (date '2026-02-01', 1), (date '2026-03-01', 2)) months (m, n),
    (values ('care', 9000, 1000), ('coupons', 5000, 0), ('creators', 5000, 1000), ('films', 2000, 0)) programs (program_id, base, growth),
    lateral (select base + n * growth as spend) s;
insert into cost_by_program_month (program_id, month_start, currency, spend, spend_media, expected_categories, missing_categories, completeness)
values ('care', '2025-11-01', 'USD', 20000, 20000, 'media', '', 1);
insert into return_by_program_month (
    program_id, month_start, currency, attributed_revenue, attributed_margin, incremental_revenue, incremental_margin, grade, coverage, cost,
    hurdle, state, pilot, pilot_se, transport_se, df, method, warnings)
values
    ('care', '2025-11-01', 'USD', 60000, 24000, 75000, 30000, 'C', 1, 20000, 0.2, 'known', 'care-2025', 3000, 1000, 998, 'calibrated', null),
    ('care', '2026-01-01', 'USD', 60000, 24000, 50000, 20000, 'A', 1, 9000, 0.2, 'known', 'care-2025', 2000, 1000, 998, 'pilot', null),
    ('care', '2026-02-01', 'USD', 60000, 24000, 55000, 22000, 'C', 1, 10000, 0.2, 'known', 'care-2025', 2200, 1100, 998, 'calibrated', 'the factor is carried to people outside the pilot'),
    ('care', '2026-03-01', 'USD', 60000, 24000, 60000, 24000, 'C', 1, 11000, 0.2, 'known', 'care-2025', 2400, 1200, 998, 'calibrated', 'the factor is carried to people outside the pilot'),
    ('coupons', '2026-01-01', 'USD', 30000, 12000, 10000, 4000, 'B', 1, 5000, 0.2, 'known', 'coupon-test', 500, 200, null, 'difference in differences', null),
    ('coupons', '2026-02-01', 'USD', 30000, 12000, 7500, 3000, 'B', 1, 5000, 0.2, 'known', 'coupon-test', 400, 150, null, 'difference in differences', null),
    ('coupons', '2026-03-01', 'USD', 30000, 12000, 5000, 2000, 'B', 1, 5000, 0.2, 'known', 'coupon-test', 300, 100, null, 'difference in differences', null),
    ('creators', '2026-01-01', 'USD', 10000, 4000, null, null, null, null, 5000, 0.2, 'not known', null, null, null, null, null, null),
    ('creators', '2026-02-01', 'USD', 10000, 4000, null, null, null, null, 6000, 0.2, 'not known', null, null, null, null, null, null),
    ('creators', '2026-03-01', 'USD', 10000, 4000, null, null, null, null, 7000, 0.2, 'not known', null, null, null, null, null, null);
insert into pilot_results (
    pilot, program, arm, metric, is_decisive, units_treated, units_control, mean_treated, mean_control, lift, se, lo, hi, level, t, df, p, srm_p,
    roi, roi_lo, roi_hi, p_above_hurdle, hurdle, units_to_settle, decision, grade, state, warnings)
values
    ('care-2025', 'care', 'reply', 'margin', true, 21306, 21307, 3.412, 2.642, 0.769827, 0.145247, 0.530917, 1.008737, 0.9, 5.3001, 998, 0.0000001, 0.904,
        1.12, 0.634, 1.606, 0.999, 0.2, null, 'scale', 'A', 'valid', null),
    ('care-2025', 'care', 'reply', 'orders', false, 21306, 21307, 0.0125, 0.0107, 0.0018, 0.0010, 0.0001, 0.0035, 0.9, 1.8, 998, 0.07, 0.904,
        null, null, null, null, 0.2, null, null, 'A', 'valid', null),
    ('coupon-test', 'coupons', 'coupon', 'margin', true, 12000, 12000, 1.01, 0.95, 0.06, 0.02, 0.0271, 0.0929, 0.9, 3, 23998, 0.003, 0.41,
        -0.42, -0.73, -0.11, 0.001, 0.2, null, 'stop', 'A', 'valid', 'outcomes are nearly all zero'),
    ('films-1', 'films', 'film', 'margin', true, 800, 812, 1.4, 1.2, 0.2, 0.5, -0.62, 1.02, 0.9, 0.4, 1600, 0.69, 0.77,
        null, null, null, null, 0.2, null, null, null, 'running', null);
insert into claimed_attributed_incremental_by_platform_month
select
    platform, m, 'USD', claimed, attributed, incremental, incremental * 0.8, incremental * 1.2
from (values (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m),
    (values ('instagram', 450000, 50000, 40000), ('tiktok', 260000, 30000, 15000), ('youtube', null, 21000, null)) platforms (platform, claimed, attributed, incremental);
insert into invested_and_earned_by_program_month
values
    ('care', '2025-11-01', 'USD', 20000, 0.5, 20000, 20000, 30000, 24500, 32250, 12250, 0.620155, null, 'known'),
    ('care', '2026-01-01', 'USD', 20000, 0.5, 9000, 29000, 50000, 40900, 40450, 11450, 0.716935, null, 'known'),
    ('care', '2026-02-01', 'USD', 20000, 0.5, 10000, 39000, 72000, 58900, 49450, 10450, 0.788675, null, 'known'),
    ('care', '2026-03-01', 'USD', 20000, 0.5, 11000, 50000, 96000, 84000, 62000, 12000, 0.806452, null, 'known'),
    ('coupons', '2026-01-01', 'USD', 10000, 0.5, 5000, 5000, 4000, 3100, 11550, 6550, 0.4329, null, 'known'),
    ('coupons', '2026-02-01', 'USD', 10000, 0.5, 5000, 10000, 7000, 5450, 12725, 2725, 0.785855, null, 'known'),
    ('coupons', '2026-03-01', 'USD', 10000, 0.5, 5000, 15000, 9000, 6900, 13450, -1550, 1.115242, '2026-03-01', 'known'),
    ('creators', '2026-01-01', 'USD', 15000, 0.5, 5000, 5000, null, null, 15000, 10000, 0.333333, null, 'not known'),
    ('creators', '2026-02-01', 'USD', 15000, 0.5, 6000, 11000, null, null, 15000, 4000, 0.733333, null, 'not known'),
    ('creators', '2026-03-01', 'USD', 15000, 0.5, 7000, 18000, null, null, 15000, -3000, 1.2, '2026-03-01', 'not known');
insert into kpi_by_month
select m, 'USD', 4200, 355000, 142000, 23000, 900, 3100, 2200, 15.4, 6.2, 25.6, 84.5, 0.71, 350000, 140000, 22000
from (values (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m);
insert into build_info values ('history_from', '2024-11-01');
insert into data_quality values
    ('consumed', 'social', 2900000, null), ('written', 'social', 2890000, null), ('duplicates', 'social', 9990, null), ('conflicts', 'social', 0, null),
    ('dead_letters', 'social', 10, null), ('left_out', 'social', 0, null), ('difference', 'social', 0, null),
    ('consumed', 'sales', 204882, null), ('written', 'sales', 204880, null), ('duplicates', 'sales', 0, null), ('conflicts', 'sales', 0, null),
    ('dead_letters', 'sales', 2, null), ('left_out', 'sales', 0, null), ('difference', 'sales', 0, null),
    ('dead_letter_code', 'bad_decimal', 9, null), ('dead_letter_code', 'unknown_type', 3, null),
    ('links_set_aside', '', 14, 'links that would merge two customers'), ('orders_matched', '', 9100, null), ('orders_total', '', 12600, null),
    ('margin_basis', 'known', 11000, null), ('margin_basis', 'assumed', 1500, 'configured rate'), ('margin_basis', 'not known', 100, null),
    ('late_events', '', 211, null);
insert into answerable values
    (1, 'net revenue', 'known', '', 'fct_orders', 9100),
    (2, 'margin', 'assumed', 'cost_of_goods in sale.order or sale.line, or product.cost, for 1,500 of 12,600 orders, where margin_rate stands in', 'fct_orders', 9100),
    (3, 'ledger residual', 'known', '', 'ledger_bridge_by_month', null),
    (4, 'program return', 'known', 'a valid pilot for influencers (no valid pilot)', 'return_by_program_month', null),
    (5, 'pilot return', 'immature', 'time: films-1 is not over, or its refunds are still to come', 'pilot_results', null),
    (6, 'half-life of relationships', 'not known', 'outbound social.engagement, or own_accounts in the settings; a version that computes it', null, null),
    (7, 'portable relationships', 'not known', 'consent.changed with purpose contact', 'dim_customer', 9100),
    (8, 'expected margin', 'known', '', 'dim_customer', 4);
insert into catalog values
    ('program return', 'what a program''s full cost brought back beyond itself', '(incremental margin − cost) / cost', 'ratio', 'A–C', 'undefined at cost 0', 'return_by_program_month'),
    ('net revenue', 'gross less discounts and adjustments; tax is not revenue', 'gross − discounts − adjustments', 'currency', 'books', null, 'ledger_bridge_by_month');
-- A pilot of six regions, its methods, two launches that were read and one that runs, and how far credit moves.
update pilot_results set method = 'welch';
insert into pilot_results (
    pilot, program, arm, metric, is_decisive, units_treated, units_control, mean_treated, mean_control, lift, se, lo, hi, level, t, df, p, srm_p,
    roi, roi_lo, roi_hi, hurdle, units_to_settle, decision, grade, state, warnings, unit, method)
values
    ('dark-regions', 'films', 'shown', 'margin', true, 4, 4, 64.5, 51, 652.7, null, -6, 1262.4, 0.9, null, null, 0.114286, 1,
        0.31, -1.01, 1.52, 0.2, 61, 'iterate', 'A', 'valid', '112 of 9800 orders in the pilot''s days name no region and count for nobody', 'region', 'permutation');
insert into pilot_estimates_by_method (pilot, program_id, arm, metric, method, is_deciding, units_treated, units_control, pre_days, post_days, total, total_lo, total_hi, level, p, checks_passed, warnings)
values
    ('dark-regions', 'films', 'shown', 'margin', 'permutation', true, 4, 4, 91, 28, 2610.8, -24, 5049.6, 0.9, 0.114286, true, null),
    ('dark-regions', 'films', 'shown', 'margin', 'did', false, 4, 4, 91, 28, 2400.1, null, null, 0.9, 0.2, false, 'too few controls to try as if treated, so the interval is not known'),
    ('dark-regions', 'films', 'shown', 'margin', 'tbr', false, 4, 4, 91, 28, 2702.6, 1511.2, 3894, 0.9, 0.0004, true, null),
    ('dark-regions', 'films', 'shown', 'margin', 'gbr', false, 4, 4, 91, 28, null, null, null, 0.9, null, false, 'too few units for a regression over units');
insert into launch_results (program_id, place, unit, launched_on, ends_before, seen_by, method, donors, pre_weeks, orders, currency, incremental_margin, incremental_lo, incremental_hi,
    attributed_margin, level, p, q, relative, pre_error, scaled_l2, placebo_p, grade, state, warnings)
values
    ('coupons', 'de', 'market', '2025-09-01', '2025-11-24', 'cost', 'sdid', 21, 34, 4100, 'USD', 9200, 4100, 14300, 15000, 0.9, 0.0455, 0.091, 0.112, 0.41, 0.3, 0.62, 'B', 'valid', null),
    ('films', 'us/ohio', 'region', '2025-10-06', '2025-12-29', 'activity', 'sdid', 14, 39, 700, 'USD', -300, -1900, 1300, 900, 0.9, 0.6, 0.6, -0.021, 0.8, 0.7, 0.03, 'D', 'invalid',
        'the method finds an effect before the treatment began (p of a treatment that never was, in the last third of the pre-period 0.03, threshold: above 0.05)'),
    ('films', 'jp', 'market', '2026-02-02', '2026-04-27', 'cost', 'sdid', 11, 52, 210, 'USD', null, null, null, null, 0.9, null, null, null, null, null, null, 'D', 'running', 'it is read once, when its 12 weeks are over'),
    ('films', 'fr', 'market', '2025-08-04', '2025-10-27', 'cost', 'sdid', 12, 30, 24, 'USD', 40, -90, 170, 10, 0.9, 0.7, 0.7, 0.1, 0.9, 0.9, 0.5, 'B', 'valid', null);
insert into credit_intervals_by_model_program (model, program_id, currency, people, net_revenue, net_revenue_lo, net_revenue_hi, level, grade)
select model, program_id, 'USD', people, revenue * factor, revenue * factor * 0.93, revenue * factor * 1.08, 0.9, 'D'
from (values ('first', 0.9), ('last', 1.1), ('last_non_direct', 1.0), ('linear', 0.95), ('position', 0.97), ('time_decay', 1.02), ('markov', 0.88), ('shapley', 0.96)) models (model, factor),
    (values ('care', 410000, 2700), ('coupons', 160000, 1300), ('creators', 52000, 450), ('films', 1000, 6)) programs (program_id, revenue, people);
insert into reach_by_program_platform_month
select program_id, platform, m, 'USD', impressions, clicks, media, conversions
from (values (date '2025-11-01'), (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m),
    (values ('care', 'instagram', 40000, 800, 1500, 20), ('coupons', 'instagram', 160000, 900, 2500, 10), ('creators', 'tiktok', null, null, 1000, null))
        parts (program_id, platform, impressions, clicks, media, conversions);
insert into visitors_by_origin_month
select origin, m, visitors, buyers, before, buyers
from (values (date '2025-11-01'), (date '2026-01-01'), (date '2026-02-01'), (date '2026-03-01')) months (m),
    (values ('instagram', 450, 25, 0), ('google', 765, 90, 4), ('bing', 50, 2, 0), ('(direct)', 3, 1, 0)) parts (origin, visitors, buyers, before);
