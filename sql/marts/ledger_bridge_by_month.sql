-- ledger_bridge_by_month: from gross to net revenue as booked, what of it touched social, and what the books say.
--
-- grain: month_start, market, currency
-- reads: int_ledger_entries_booked, stg_ledger_totals
-- units: currency of the orders; *_reporting in the reporting currency; months in the reporting time zone
--
-- net_revenue = gross - discounts - adjustments = attributed + unattributed, exactly. residual = net_revenue - ledger_total; where the
-- books say nothing it is null, not 0. Books without a market stand in rows of the market (all).

with totals as (
    select
        starts_on as month_start,
        coalesce(market, '(all)') as market,
        currency,
        net_revenue as ledger_total,
        coalesce(closed, false) as closed
    from stg_ledger_totals
    where
        starts_on = cast(date_trunc('month', starts_on) as date)
        and ends_before = cast(starts_on + interval '1' month as date)
),
entries as (
    select * from int_ledger_entries_booked
    union all
    select int_ledger_entries_booked.* replace ('(all)' as market)
    from int_ledger_entries_booked
    inner join totals
        on int_ledger_entries_booked.month_start = totals.month_start
        and int_ledger_entries_booked.currency = totals.currency
        and totals.market = '(all)'
),
sums as (
    select
        month_start,
        market,
        currency,
        cast(sum(gross) as decimal(38, 4)) as gross,
        cast(sum(discount) as decimal(38, 4)) as discounts,
        cast(sum(adjustment) as decimal(38, 4)) as adjustments,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
        cast(sum(case when is_matched then net_revenue else 0 end) as decimal(38, 4)) as matched,
        cast(sum(case when is_touched then net_revenue else 0 end) as decimal(38, 4)) as touched,
        cast(sum(attributed) as decimal(38, 4)) as attributed,
        cast(sum(gross_reporting) as decimal(38, 4)) as gross_reporting,
        cast(sum(discount_reporting) as decimal(38, 4)) as discounts_reporting,
        cast(sum(net_revenue_reporting) as decimal(38, 4)) as net_revenue_reporting,
        cast(sum(case when is_matched then net_revenue_reporting else 0 end) as decimal(38, 4)) as matched_reporting,
        cast(sum(case when is_touched then net_revenue_reporting else 0 end) as decimal(38, 4)) as touched_reporting,
        cast(sum(attributed_reporting) as decimal(38, 4)) as attributed_reporting,
        count(*) - count(net_revenue_reporting) as unpriced
    from entries
    group by month_start, market, currency
),
final as (
    select
        coalesce(sums.month_start, totals.month_start) as month_start,
        coalesce(sums.market, totals.market) as market,
        coalesce(sums.currency, totals.currency) as currency,
        coalesce(sums.gross, 0) as gross,
        coalesce(sums.discounts, 0) as discounts,
        coalesce(sums.adjustments, 0) as adjustments,
        coalesce(sums.net_revenue, 0) as net_revenue,
        coalesce(sums.matched, 0) as matched,
        coalesce(sums.touched, 0) as touched,
        coalesce(sums.attributed, 0) as attributed,
        cast(coalesce(sums.net_revenue, 0) - coalesce(sums.attributed, 0) as decimal(38, 4)) as unattributed,
        totals.ledger_total,
        cast(coalesce(sums.net_revenue, 0) - totals.ledger_total as decimal(38, 4)) as residual,
        case
            when totals.ledger_total is null then 'not reconciled'
            when not totals.closed then 'open'
            else 'reconciled'
        end as state,
        case when sums.unpriced > 0 then null else sums.gross_reporting end as gross_reporting,
        case when sums.unpriced > 0 then null else sums.discounts_reporting end as discounts_reporting,
        case when sums.unpriced > 0 then null else cast(sums.gross_reporting - sums.discounts_reporting - sums.net_revenue_reporting as decimal(38, 4)) end as adjustments_reporting,
        case when sums.unpriced > 0 then null else sums.net_revenue_reporting end as net_revenue_reporting,
        case when sums.unpriced > 0 then null else sums.matched_reporting end as matched_reporting,
        case when sums.unpriced > 0 then null else sums.touched_reporting end as touched_reporting,
        case when sums.unpriced > 0 then null else sums.attributed_reporting end as attributed_reporting,
        case when sums.unpriced > 0 then null else cast(sums.net_revenue_reporting - sums.attributed_reporting as decimal(38, 4)) end as unattributed_reporting
    from sums
    full outer join totals
        on sums.month_start = totals.month_start
        and sums.market = totals.market
        and sums.currency = totals.currency
)
select * from final
