-- The spread of cost entries over days keeps every ten-thousandth.
select daily.currency, daily.spend, entries.amount
from (select currency, sum(spend) as spend from fct_costs_daily group by currency) as daily
full outer join (select currency, sum(amount) as amount from int_costs_assigned group by currency) as entries
    on daily.currency = entries.currency
where daily.spend is distinct from entries.amount
