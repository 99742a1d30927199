-- No rule gives a negative share of an order that earned something.
select order_key, model, program_id from int_credits_split where entry_number = 0 and net_revenue < 0
