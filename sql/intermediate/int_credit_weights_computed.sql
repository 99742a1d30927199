-- int_credit_weights_computed: the share of each order that each rule gives to each of its touches, as whole numbers.
--
-- grain: order_key, model, touch_number
-- reads: fct_touches, int_removal_effects_computed
--
-- first, last: all to one touch. last_non_direct: the last one that is not direct, the last one where all are.
-- linear: equal for each occurrence. position: 40/20/40, two touches half each, one all. time_decay: halves every 7 days,
-- to nine digits and never to nothing. shapley: equal for each distinct channel, a program on a platform. markov: in proportion to the
-- channels' removal effects. Within a channel its touches share equally, to nine digits. What buyers say takes no part.

with touches as (
    select
        order_key,
        touch_number,
        touch_key,
        platform,
        venue,
        program_id,
        touched_at,
        days_before_order,
        row_number() over (partition by order_key order by touch_number) as place,
        count(*) over (partition by order_key) as touches,
        max(case when platform <> '(direct)' then touch_number end) over (partition by order_key) as last_not_direct,
        row_number() over (partition by order_key, program_id, platform order by touch_number) as channel_place,
        count(*) over (partition by order_key, program_id, platform) as channel_touches
    from fct_touches
    where evidence <> 'self_reported'
),
weights as (
    select *, 'first' as model, case when place = 1 then 1 else 0 end as weight from touches
    union all
    select *, 'last', case when place = touches then 1 else 0 end from touches
    union all
    select *, 'last_non_direct', case when touch_number = last_not_direct or (last_not_direct is null and place = touches) then 1 else 0 end from touches
    union all
    select *, 'linear', 1 from touches
    union all
    select
        *,
        'position',
        case
            when touches <= 2 then 1
            when place in (1, touches) then 2 * (touches - 2)
            else 1
        end
    from touches
    union all
    select *, 'time_decay', greatest(cast(round(1000000000 * power(2, -days_before_order / 7.0)) as bigint), 1) from touches
    union all
    select *, 'shapley', 1000000000 * channel_place // channel_touches - 1000000000 * (channel_place - 1) // channel_touches from touches
    union all
    select
        touches.*,
        'markov',
        effects.weight * touches.channel_place // touches.channel_touches - effects.weight * (touches.channel_place - 1) // touches.channel_touches
    from touches
    inner join int_removal_effects_computed as effects
        on touches.program_id = effects.program_id
        and touches.platform = effects.platform
)
select
    order_key,
    model,
    touch_number,
    touch_key,
    platform,
    venue,
    program_id,
    cast(weight as bigint) as weight
from weights
where weight > 0
