-- catalog: the definition of every figure, as the report and the documentation use it.
--
-- grain: figure
-- reads: stg_settings

select
    figures.figure,
    figures.definition,
    figures.formula,
    figures.unit,
    figures.grade,
    figures.caveat,
    figures.model
from stg_settings
cross join (
    values
        ('net revenue', 'what customers paid for goods', 'gross - discount - adjustments', 'currency', null, 'tax and pass-through shipping are not revenue; the ledger counts adjustments when booked, everything else on the day of the order', 'fct_orders'),
        ('margin', 'what net revenue left over its own costs', 'net revenue - cost of goods - variable cost', 'currency', null, 'where no cost is known the configured rate stands in and the order says assumed', 'fct_orders'),
        ('full cost', 'everything a program cost', 'sum of cost.entry, spread by day', 'currency', null, 'below 90 % of the expected categories the return is an upper bound', 'cost_by_program_month'),
        ('attributed', 'revenue and margin of orders credited by a rule', 'order split by the rule, to the ten-thousandth', 'currency', 'D', 'credit is not cause', 'credit_by_model_program_month'),
        ('claimed', 'what platforms say they brought', 'sum of platform.claim', 'currency', 'E', 'platforms claim the same orders', 'fct_claims'),
        ('incremental margin', 'margin that would not have come without the program', 'pilot or launch total; elsewhere that total / credit of its units x credit', 'currency', 'A-C', 'from valid pilots, then valid launches; carried elsewhere with 20 % transport error', 'return_by_program_month'),
        ('program return', 'what a program earned over its cost', '(incremental margin - full cost) / full cost', 'ratio', 'A-C', 'undefined at cost 0; over the months the evidence covers', 'return_by_program_month'),
        ('pilot return', 'what a pilot earned over its cost', '(margin per outcome x lift - cost per unit) / cost per unit', 'ratio', 'A-B', 'by intention to treat; places that nobody drew are grade B at best; a failed check withholds grade and decision', 'pilot_results'),
        ('launch effect', 'what a program changed in the first twelve weeks in a place where it began', 'synthetic difference in differences by week against places without it', 'currency', 'B', 'nobody drew the place; a failed check withholds the grade, q counts every launch that was read', 'launch_results'),
        ('earned headroom', 'how much more may be spent on what is earned for certain', 'seed + reinvest x max(lower bound of cumulative incremental margin, 0) - cumulative cost', 'currency', 'A-C', 'immature months earn nothing', 'invested_and_earned_by_program_month'),
        ('lead ratio', 'how far spending runs ahead of return', 'cumulative cost / earned limit', 'ratio', 'A-C', 'above 1: ahead of what is earned', 'invested_and_earned_by_program_month'),
        ('ledger residual', 'what the books and the events disagree by', 'net revenue - ledger.total', 'currency', null, 'without books it is not known, never 0', 'ledger_bridge_by_month'),
        ('over-claim', 'how often platforms claim the same revenue', 'claimed / ledger net revenue', 'ratio', 'E', null, 'claimed_attributed_incremental_by_platform_month'),
        ('expected margin', 'what a customer is expected to earn over the next 12 months', 'expected purchases x expected margin of one, by month, discounted by 10 % a year', 'currency', 'D', 'extends past buying and says nothing of causes; not known below 50 customers who came back', 'dim_customer'),
        ('first reply', 'how soon a human answers who writes first', 'from the first message of a person on a thread to the first of the company after it; median and 90th percentile', 'hours', null, 'replies after more than 14 days answer nothing; bots never do', 'first_replies_by_platform_month'),
        ('share answered', 'how many conversations a human answered', 'answered / (conversations - open)', 'ratio', null, 'what is younger than 14 days and waits is open', 'first_replies_by_platform_month'),
        ('mer', 'revenue for each unit of spend', 'net revenue / spend', 'ratio', null, 'says nothing about cause', 'kpi_by_month'),
        ('cac', 'spend for each new customer', 'spend / new customers', 'currency', null, 'undefined where nobody is new', 'kpi_by_month')
) as figures (figure, definition, formula, unit, grade, caveat, model)
