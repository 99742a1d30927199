-- int_sale_entries_moved: what each order and adjustment moved in each monthly figure since the last publication, and why.
--
-- grain: figure, subject, month_start, entry_kind, source, entry_id, step
-- reads: int_sale_entries_paired, int_publication_compared
-- units: reporting currency; ledger figures in their own
--
-- The steps of an entry sum to its move exactly: it leaves one month or market and enters another; or, where it stays, its amount
-- moves at the old rate, then the rate moves. place is the reason in the order of precedence: 1 late event, 2 correction, 3 adjustment,
-- 4 identity, 6 cost, 7 definition, 8 unexplained. amount is null where either end is not known.

with measured as (
    select
        entries.*,
        measure.*,
        publication.currency_changed,
        publication.rates_came,
        publication.product_costs_came,
        case when publication.definition_changed then 7 else 8 end as last_place
    from int_sale_entries_paired as entries
    cross join int_publication_compared as publication
    cross join lateral (
        values
            ('ledger net revenue', concat(entries.old_market, ' ', entries.old_currency), entries.old_booked_month, entries.old_booked, cast(1 as decimal(28, 12)), concat(entries.market, ' ', entries.currency), entries.booked_month, entries.booked, cast(1 as decimal(28, 12))),
            ('ledger net revenue', concat('(all) ', entries.old_currency), entries.old_booked_month, entries.old_booked, 1, concat('(all) ', entries.currency), entries.booked_month, entries.booked, 1),
            ('net revenue', '(all)', cast(date_trunc('month', entries.old_earned_day) as date), entries.old_earned, entries.old_fx_rate, '(all)', cast(date_trunc('month', entries.earned_day) as date), entries.earned, entries.fx_rate),
            ('margin', '(all)', cast(date_trunc('month', entries.old_earned_day) as date), entries.old_margin, entries.old_fx_rate, '(all)', cast(date_trunc('month', entries.earned_day) as date), entries.margin, entries.fx_rate)
    ) as measure (figure, old_subject, old_month, old_base, old_rate, new_subject, new_month, new_base, new_rate)
),
placed as (
    select
        *,
        not is_new and not is_gone and old_month is not null and new_month is not null and old_month = new_month and old_subject = new_subject as stays,
        coalesce(own_place, case when entry_kind = 'adjustment' then order_place end, last_place) as row_place,
        coalesce(
            own_place,
            case when entry_kind = 'adjustment' then order_place end,
            case when figure = 'margin' then lines_place end,
            case when figure = 'margin' and entry_kind = 'adjustment' then sibling_place end,
            case when figure = 'margin' and product_costs_came and margin_basis = 'known' then 6 end,
            last_place
        ) as base_place,
        case
            when earned_day <> old_earned_day then coalesce(own_place, order_place, last_place)
            when currency_changed then 7
            when rates_came then 6
            else last_place
        end as rate_place
    from measured
),
steps as (
    select figure, old_subject as subject, old_month as month_start, entry_kind, source, entry_id, order_id, old_earned_day as order_day, 'leaves' as step, row_place as place,
        -try_cast(old_base * old_rate as decimal(18, 4)) as amount
    from placed
    where not stays and not is_new and old_month is not null
    union all
    select figure, new_subject, new_month, entry_kind, source, entry_id, order_id, earned_day, 'enters', row_place, try_cast(new_base * new_rate as decimal(18, 4))
    from placed
    where not stays and not is_gone and new_month is not null
    union all
    select figure, new_subject, new_month, entry_kind, source, entry_id, order_id, earned_day, 'amount', base_place,
        try_cast(new_base * old_rate as decimal(18, 4)) - try_cast(old_base * old_rate as decimal(18, 4))
    from placed
    where stays and new_base is distinct from old_base
    union all
    select figure, new_subject, new_month, entry_kind, source, entry_id, order_id, earned_day, 'rate', rate_place,
        try_cast(new_base * new_rate as decimal(18, 4)) - try_cast(new_base * old_rate as decimal(18, 4))
    from placed
    where stays and new_rate is distinct from old_rate
)
select * from steps
