-- Social did not pay; the books are off by 312.40 USD; a hostile name and a tiny pilot.
insert into build_info values
    ('as_of', '2026-04-10 06:00:00'), ('data_through', '2026-04-09 21:14:03'), ('reporting_currency', 'USD'), ('time_zone', 'UTC'),
    ('credit_model', 'linear'), ('lookback_days', '30'), ('suppress_below', '10'), ('definition_version', '3'), ('maturity_days', '30'),
    ('company', '<script>alert(1)</script> Ltd');
insert into dim_program values ('coupons', '=coupon & <b>posts</b>', 'pilot', 10000, 0.2, 0.5), ('tiny', '-tiny', 'pilot', null, 0.2, null);
insert into ledger_bridge_by_month values
    ('2026-02-01', 'US', 'USD', 100000, 0, 0, 100000, 60000, 30000, 20000, 80000, 99687.6, 312.4, 'reconciled', 100000, 0, 0, 100000, 60000, 30000, 20000, 80000),
    ('2026-03-01', 'US', 'USD', 90000, 0, 0, 90000, 50000, 30000, 20000, 70000, 90000, 0, 'reconciled', 90000, 0, 0, 90000, 50000, 30000, 20000, 70000);
insert into credit_by_model_program_month values
    ('linear', 'coupons', '2026-02-01', 'USD', 200, 20000, 8000, 'D'), ('linear', 'coupons', '2026-03-01', 'USD', 200, 20000, 8000, 'D'),
    ('last', 'coupons', '2026-02-01', 'USD', 300, 30000, 12000, 'D'), ('last', 'coupons', '2026-03-01', 'USD', 300, 30000, 12000, 'D'),
    ('last', 'tiny', '2026-03-01', 'USD', 3, 300, 120, 'D');
insert into cost_by_program_month (program_id, month_start, currency, spend, spend_media, expected_categories, missing_categories, completeness) values
    ('coupons', '2026-02-01', 'USD', 10000, 10000, 'media,staff', 'staff', 0.5), ('coupons', '2026-03-01', 'USD', 10000, 10000, 'media,staff', '', 1),
    ('(unassigned)', '2026-03-01', 'USD', 1200, 1200, 'media,staff', 'staff', 0.5);
insert into return_by_program_month (
    program_id, month_start, currency, incremental_revenue, incremental_margin, grade, coverage, cost, hurdle, state, pilot, pilot_se, transport_se, df)
values
    ('coupons', '2026-02-01', 'USD', 7500, 3000, 'A', 1, 10000, 0.2, 'known', 'coupon-test', 600, 0, null),
    ('coupons', '2026-03-01', 'USD', null, null, null, null, 10000, 0.2, 'immature', null, null, null, null);
insert into pilot_results (
    pilot, program, arm, metric, is_decisive, units_treated, units_control, lift, se, lo, hi, level, srm_p, roi, roi_lo, roi_hi, hurdle, decision, grade, state, warnings)
values
    ('coupon-test', 'coupons', 'a', 'margin', true, 12000, 12000, 0.06, 0.02, 0.0271, 0.0929, 0.9, 0.41, -0.42, -0.73, 'infinity', 0.2, null, 'D', 'invalid', 'registered after its start'),
    ('coupon-test', 'coupons', 'b', 'margin', true, 12000, 12000, 0.06, 0.02, 0.0271, 0.0929, 0.9, 0.41, -0.72, -0.93, -0.51, 0.2, 'stop', 'A', 'valid', null),
    ('tiny-1', 'tiny', 'a', 'margin', true, 7, 4000, 9.5, 4, 2.9, 16.1, 0.9, 0.5, 12, 3, 21, 0.2, 'scale', 'A', 'valid', null);
insert into invested_and_earned_by_program_month values
    ('coupons', '2026-02-01', 'USD', 10000, 0.5, 10000, 10000, 3000, 2013, 11006.5, 1006.5, 0.908554, null, 'known'),
    ('coupons', '2026-03-01', 'USD', 10000, 0.5, 10000, 20000, 3000, 2013, 11006.5, -8993.5, 1.817108, '2026-03-01', 'immature');
insert into claimed_attributed_incremental_by_platform_month values
    ('instagram', '2026-02-01', 'USD', 5000, 20000, 7500, 5000, 10000), ('instagram', '2026-03-01', 'USD', 7000, 20000, null, null, null);
insert into data_quality values
    ('consumed', 'social', 1000, null), ('written', 'social', 900, null), ('duplicates', 'social', 40, null), ('conflicts', 'social', 0, null),
    ('dead_letters', 'social', 58, null), ('left_out', 'social', 0, null), ('difference', 'social', 2, null);
insert into answerable values (1, 'program return', 'known', '', 'return_by_program_month', null);
