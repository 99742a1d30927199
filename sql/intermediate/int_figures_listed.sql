-- int_figures_listed: the monthly figures that a restatement is told by.
--
-- grain: figure, subject, month_start
-- reads: ledger_bridge_by_month, kpi_by_month, cost_by_program_month, return_by_program_month
-- units: reporting currency, ledger figures in their own

select 'ledger net revenue' as figure, concat(market, ' ', currency) as subject, month_start, net_revenue as amount from ledger_bridge_by_month
union all
select 'net revenue', '(all)', month_start, net_revenue from kpi_by_month
union all
select 'margin', '(all)', month_start, margin from kpi_by_month
union all
select 'cost', program_id, month_start, spend from cost_by_program_month
union all
select 'incremental margin', program_id, month_start, incremental_margin from return_by_program_month
