-- int_link_persons_listed: the person of every token that a link or an unlink names.
--
-- grain: token
-- reads: stg_identity_links, stg_identity_unlinks, int_identities_resolved
--
-- A token that no link in force names is a person of its own. This is what a publication keeps, so that the next one can say whose orders links have moved.

with tokens as (
    select a as token from stg_identity_links
    union
    select b from stg_identity_links
    union
    select a from stg_identity_unlinks
    union
    select b from stg_identity_unlinks
)
select
    tokens.token,
    coalesce(identities.person_id, tokens.token) as person_id
from tokens
left join int_identities_resolved as identities
    on tokens.token = identities.token
