-- The orders behind the credit and the launches of a company: each of somebody else, but for the short films, whose orders are all of three people, and
-- for France, where six people ordered.
insert into fct_credits
select 'shop', program_id || month_start || n, case program_id when 'films' then cast(md5('person ' || (n % 3)) as uuid) end, month_start, model, program_id
from credit_by_model_program_month, generate_series(1, cast(orders as bigint)) numbers (n);
insert into fct_orders
select
    'shop', place || n, case place when 'fr' then cast(md5('person ' || (n % 6)) as uuid) end, upper(split_part(place, '/', 1)), nullif(upper(split_part(place, '/', 2)), ''),
    launched_on + cast(n % 80 as integer)
from launch_results, generate_series(1, orders) numbers (n);
