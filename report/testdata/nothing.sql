-- Nothing is known: no pilot, no books, no claims; people social touched bought all the same.
insert into build_info values
    ('as_of', '2026-05-04T06:00:00Z'), ('data_through', '2026-05-03'), ('reporting_currency', 'USD'), ('time_zone', 'UTC'),
    ('credit_model', 'last_non_direct'), ('lookback_days', '30'), ('suppress_below', '10'), ('definition_version', '3'), ('maturity_days', '30');
insert into dim_program values ('care', 'community care', null, null, null, null), ('creators', 'influencers', null, null, null, null);
insert into ledger_bridge_by_month
values ('2026-03-01', 'US', 'USD', 1000000, 50000, 10000, 940000, null, null, 535000, 405000, null, null, 'not reconciled',
    1000000, 50000, 10000, 940000, null, null, 535000, 405000);
insert into credit_by_model_program_month values
    ('last_non_direct', 'care', '2026-03-01', 'USD', 4000, 400000, 160000, 'D'), ('last_non_direct', 'creators', '2026-03-01', 'USD', 1300, 135000, 54000, 'D'),
    ('last', 'care', '2026-03-01', 'USD', 4100, 410000, 164000, 'D'), ('last', 'creators', '2026-03-01', 'USD', 1200, 125000, 50000, 'D');
insert into cost_by_program_month values
    ('care', '2026-03-01', 'USD', 43000, null, 43000, null, null, null, null, null, 'media,staff,content,tools', 'media,content,tools', 0.25),
    ('creators', '2026-03-01', 'USD', 57000, 50000, 0, null, 0, 7000, null, null, 'media,staff,content,tools', '', 1);
insert into return_by_program_month (program_id, month_start, currency, attributed_revenue, attributed_margin, cost, state) values
    ('care', '2026-03-01', 'USD', 400000, 160000, 43000, 'not known'), ('creators', '2026-03-01', 'USD', 135000, 54000, 57000, 'not known');
insert into data_quality values
    ('consumed', 'files', 70000, null), ('written', 'files', 70000, null), ('duplicates', 'files', 0, null), ('conflicts', 'files', 0, null),
    ('dead_letters', 'files', 0, null), ('left_out', 'files', 0, null), ('difference', 'files', 0, null);
insert into answerable values
    (1, 'ledger residual', 'not known', 'ledger.total with net_revenue of every month', 'ledger_bridge_by_month', null),
    (2, 'program return', 'not known', 'pilot.registered before the pilot starts, and pilot.assigned for every unit', 'return_by_program_month', null),
    (3, 'pilot return', 'not known', 'pilot.registered before the pilot starts, and pilot.assigned for every unit', 'pilot_results', null);
