-- int_credits_split: each order and each of its adjustments, split among programs, platforms and venues by each rule.
--
-- grain: order_key, model, program_id, platform, venue, entry_number
-- reads: int_orders_valued, int_adjustments_matched, int_credit_weights_computed
-- units: order currency; *_reporting in the reporting currency; orders in ten-thousandths as decimals
--
-- Entry 0 is the order, entry n its n-th adjustment. Amounts are split in ten-thousandths by largest remainder, ties to
-- the smallest event key. Running totals are split, and an entry is the difference of two of them: so the parts of an order
-- always sum to it, and a full refund takes back exactly what each part had. What goes to one part alone, most of it, needs no split.

with credited as (
    select distinct order_key from int_credit_weights_computed
),
entries as (
    select
        orders.order_key,
        0 as entry_number,
        orders.order_date as booked_date,
        orders.revenue as net_revenue,
        try_cast(orders.revenue * orders.fx_rate as decimal(18, 4)) as net_revenue_reporting,
        try_cast(orders.margin * orders.fx_rate as decimal(18, 4)) as margin_reporting
    from int_orders_valued as orders
    inner join credited
        on orders.order_key = credited.order_key
    union all
    select
        adjustments.order_key,
        row_number() over (partition by adjustments.order_key order by adjustments.adjusted_at, adjustments.adjustment_key),
        adjustments.booked_date,
        -adjustments.amount,
        try_cast(-adjustments.amount * adjustments.fx_rate as decimal(18, 4)),
        try_cast(-adjustments.margin * adjustments.fx_rate as decimal(18, 4))
    from int_adjustments_matched as adjustments
    inner join credited
        on adjustments.order_key = credited.order_key
    where adjustments.state = 'matched'
),
running as (
    select
        order_key,
        entry_number,
        booked_date,
        cast(sum(net_revenue) over upto * 10000 as bigint) as net_revenue,
        cast(sum(net_revenue_reporting) over upto * 10000 as bigint) as net_revenue_reporting,
        cast(sum(margin_reporting) over upto * 10000 as bigint) as margin_reporting
    from entries
    window upto as (partition by order_key order by entry_number rows between unbounded preceding and current row)
),
shares as (
    select
        order_key,
        model,
        program_id,
        platform,
        venue,
        cast(sum(weight) as hugeint) as weight,
        min(touch_key) as tie
    from int_credit_weights_computed
    group by order_key, model, program_id, platform, venue
),
totals as (
    select
        *,
        sum(weight) over (partition by order_key, model) as total,
        count(*) over (partition by order_key, model) as parts
    from shares
),
-- What an entry moves the running totals by, in ten-thousandths.
moves as (
    select
        order_key,
        entry_number,
        booked_date,
        net_revenue - coalesce(lag(net_revenue) over entries_of, 0) as net_revenue,
        net_revenue_reporting - coalesce(lag(net_revenue_reporting) over entries_of, 0) as net_revenue_reporting,
        margin_reporting - coalesce(lag(margin_reporting) over entries_of, 0) as margin_reporting,
        case when entry_number = 0 then 10000 else 0 end as orders
    from running
    window entries_of as (partition by order_key order by entry_number)
),
amounts as (
    select totals.*, running.entry_number, running.booked_date, measure.name as measure, measure.amount
    from totals
    inner join running
        on totals.order_key = running.order_key
    cross join lateral (
        values
            ('net_revenue', running.net_revenue),
            ('net_revenue_reporting', running.net_revenue_reporting),
            ('margin_reporting', running.margin_reporting),
            ('orders', cast(10000 as bigint))
    ) as measure (name, amount)
    where totals.parts > 1 and measure.amount is not null
),
floors as (
    select
        *,
        cast(abs(amount) * weight // total as bigint) as part,
        cast(abs(amount) * weight % total as hugeint) as rest
    from amounts
),
ranked as (
    select
        *,
        abs(amount) - sum(part) over (partition by order_key, model, entry_number, measure) as left_over,
        row_number() over (partition by order_key, model, entry_number, measure order by rest desc, tie, program_id, platform, venue) as turn
    from floors
),
split as (
    select
        *,
        sign(amount) * (part + case when turn <= left_over then 1 else 0 end) as units
    from ranked
),
wide as (
    select
        order_key,
        model,
        program_id,
        platform,
        venue,
        entry_number,
        booked_date,
        max(case when measure = 'net_revenue' then units end) as net_revenue,
        max(case when measure = 'net_revenue_reporting' then units end) as net_revenue_reporting,
        max(case when measure = 'margin_reporting' then units end) as margin_reporting,
        max(case when measure = 'orders' then units end) as orders
    from split
    group by order_key, model, program_id, platform, venue, entry_number, booked_date
),
moved as (
    select
        order_key,
        model,
        program_id,
        platform,
        venue,
        entry_number,
        booked_date,
        net_revenue - coalesce(lag(net_revenue) over entries_of, 0) as net_revenue,
        net_revenue_reporting - coalesce(lag(net_revenue_reporting) over entries_of, 0) as net_revenue_reporting,
        margin_reporting - coalesce(lag(margin_reporting) over entries_of, 0) as margin_reporting,
        case when entry_number = 0 then orders else 0 end as orders
    from wide
    window entries_of as (partition by order_key, model, program_id, platform, venue order by entry_number)
    union all
    select
        totals.order_key,
        totals.model,
        totals.program_id,
        totals.platform,
        totals.venue,
        moves.entry_number,
        moves.booked_date,
        moves.net_revenue,
        moves.net_revenue_reporting,
        moves.margin_reporting,
        moves.orders
    from totals
    inner join moves
        on totals.order_key = moves.order_key
    where totals.parts = 1
),
final as (
    select
        order_key,
        model,
        program_id,
        platform,
        venue,
        entry_number,
        booked_date,
        cast(net_revenue * 0.0001 as decimal(18, 4)) as net_revenue,
        cast(net_revenue_reporting * 0.0001 as decimal(18, 4)) as net_revenue_reporting,
        cast(margin_reporting * 0.0001 as decimal(18, 4)) as margin_reporting,
        cast(orders * 0.0001 as decimal(18, 4)) as orders
    from moved
)
select * from final
