-- The marts that a report reads, as the snapshot holds them.
create table build_info (name varchar, value varchar);
create table dim_program (program_id varchar, name varchar, stage varchar, seed_budget decimal(18, 4), hurdle decimal(28, 12), reinvest decimal(28, 12));
create table ledger_bridge_by_month (
    month_start date, market varchar, currency varchar, gross decimal(18, 4), discounts decimal(18, 4), adjustments decimal(18, 4),
    net_revenue decimal(18, 4), matched decimal(18, 4), touched decimal(18, 4), attributed decimal(18, 4), unattributed decimal(18, 4),
    ledger_total decimal(18, 4), residual decimal(18, 4), state varchar, gross_reporting decimal(18, 4), discounts_reporting decimal(18, 4),
    adjustments_reporting decimal(18, 4), net_revenue_reporting decimal(18, 4), matched_reporting decimal(18, 4), touched_reporting decimal(18, 4),
    attributed_reporting decimal(18, 4), unattributed_reporting decimal(18, 4));
create table fct_orders (source varchar, order_id varchar, customer_id uuid, market varchar, region varchar, order_date date);
create table fct_credits (source varchar, order_id varchar, customer_id uuid, month_start date, model varchar, program_id varchar);
create table credit_by_model_program_month (
    model varchar, program_id varchar, month_start date, currency varchar, orders decimal(18, 4), net_revenue decimal(18, 4), margin decimal(18, 4), grade varchar);
create table cost_by_program_month (
    program_id varchar, month_start date, currency varchar, spend decimal(18, 4), spend_media decimal(18, 4), spend_staff decimal(18, 4),
    spend_agency decimal(18, 4), spend_tools decimal(18, 4), spend_content decimal(18, 4), spend_incentives decimal(18, 4), spend_other decimal(18, 4),
    expected_categories varchar, missing_categories varchar, completeness double);
create table pilot_results (
    pilot varchar, program varchar, arm varchar, metric varchar, is_decisive boolean, units_treated bigint, units_control bigint,
    mean_treated double, mean_control double, lift double, se double, lo double, hi double, level double, t double, df double, p double, srm_p double,
    cuped_lift double, cuped_se double, seq_lo double, seq_hi double, incremental_total double, cost double, roi double, roi_lo double, roi_hi double,
    p_above_hurdle double, hurdle double, units_to_settle double, decision varchar, grade varchar, state varchar, warnings varchar,
    unit varchar default 'person', starts_on date default date '2020-01-01', ends_before date default date '2020-02-01', method varchar);
create table return_by_program_month (
    program_id varchar, month_start date, currency varchar, attributed_revenue decimal(18, 4), attributed_margin decimal(18, 4),
    incremental_revenue decimal(18, 4), incremental_margin decimal(18, 4), incremental_lo decimal(18, 4), incremental_hi decimal(18, 4),
    grade varchar, coverage double, cost decimal(18, 4), completeness double, roi double, roi_lo double, roi_hi double, p_above_hurdle double,
    hurdle double, state varchar, pilot varchar, pilot_se double, transport_se double, df double, method varchar, warnings varchar, launch_se double, launches varchar);
create table claimed_attributed_incremental_by_platform_month (
    platform varchar, month_start date, currency varchar, claimed decimal(18, 4), attributed decimal(18, 4), incremental decimal(18, 4),
    incremental_lo decimal(18, 4), incremental_hi decimal(18, 4));
create table invested_and_earned_by_program_month (
    program_id varchar, month_start date, currency varchar, seed_budget decimal(18, 4), reinvest decimal(28, 12), cost decimal(18, 4),
    cumulative_cost decimal(18, 4), cumulative_incremental decimal(18, 4), cumulative_lo decimal(18, 4), earned_limit decimal(18, 4),
    headroom decimal(18, 4), lead_ratio double, ahead_since date, state varchar);
create table kpi_by_month (
    month_start date, currency varchar, orders bigint, net_revenue decimal(18, 4), margin decimal(18, 4), spend decimal(18, 4), new_customers bigint,
    customers bigint, repeat_customers bigint, mer double, margin_efficiency double, cac double, aov double, repeat_rate double,
    planned_net_revenue decimal(18, 4), planned_margin decimal(18, 4), planned_spend decimal(18, 4));
create table data_quality (measure varchar, subject varchar, value double, note varchar);
create table answerable (place integer, figure varchar, state varchar, needs varchar, model varchar, people bigint);
create table catalog (figure varchar, definition varchar, formula varchar, unit varchar, grade varchar, caveat varchar, model varchar);
create table credit_intervals_by_model_program (
    model varchar, program_id varchar, currency varchar, people bigint, orders decimal(38, 4), orders_lo decimal(18, 4), orders_hi decimal(18, 4),
    net_revenue decimal(38, 4), net_revenue_lo decimal(18, 4), net_revenue_hi decimal(18, 4), margin decimal(38, 4), margin_lo decimal(18, 4), margin_hi decimal(18, 4),
    level double, grade varchar, warnings varchar);
create table pilot_estimates_by_method (
    pilot varchar, program_id varchar, arm varchar, metric varchar, method varchar, is_deciding boolean, units_treated bigint, units_control bigint, pre_days bigint,
    post_days bigint, total double, total_lo double, total_hi double, level double, se double, df double, p double, relative double, pre_error double, scaled_l2 double,
    placebo_p double, iroas double, iroas_lo double, iroas_hi double, checks_passed boolean, warnings varchar);
create table launch_results (
    program_id varchar, place varchar, unit varchar, launched_on date, ends_before date, seen_by varchar, method varchar, donors bigint, pre_weeks bigint, orders bigint,
    currency varchar, incremental_margin decimal(18, 4), incremental_lo decimal(18, 4), incremental_hi decimal(18, 4), incremental_revenue decimal(18, 4),
    revenue_lo decimal(18, 4), revenue_hi decimal(18, 4), attributed_margin decimal(18, 4), attributed_revenue decimal(18, 4), level double, p double, q double,
    relative double, pre_error double, scaled_l2 double, placebo_p double, grade varchar, state varchar, warnings varchar);
create table reach_by_program_platform_month (
    program_id varchar, platform varchar, month_start date, currency varchar, impressions decimal(38, 0), clicks decimal(38, 0), spend_media decimal(38, 4),
    claimed_conversions decimal(38, 4));
create table visitors_by_origin_month (origin varchar, month_start date, visitors bigint, buyers bigint, buyers_before bigint, orders bigint);
