-- stg_own_accounts: the company's own accounts, as tokens.
--
-- grain: platform, person
-- reads: meta.own_account

select distinct
    platform,
    person
from meta.own_account
