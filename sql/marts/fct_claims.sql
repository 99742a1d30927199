-- fct_claims: what platforms say they brought; claimed, neither credited nor caused.
--
-- grain: platform, program_id, campaign, starts_on, ends_before, currency
-- reads: stg_claims, int_attributes_matched, stg_settings, int_fx_rates_filled
-- units: claim currency; *_reporting in the reporting currency at the rate of the first day
--
-- A claim that names its program or currency restates one that left it to the rules or the reporting currency: the higher
-- revision is current.

with named as (
    select
        stg_claims.platform,
        coalesce(stg_claims.program, int_attributes_matched.program_id, '(unassigned)') as program_id,
        case when stg_claims.program is not null then 'stated' when int_attributes_matched.program_id is not null then 'rule' end as program_source,
        coalesce(stg_claims.campaign, '(none)') as campaign,
        stg_claims.starts_on,
        stg_claims.ends_before,
        coalesce(stg_claims.currency, stg_settings.reporting_currency) as currency,
        case when stg_claims.currency is not null then 'stated' else 'default' end as currency_source,
        stg_claims.conversions as claimed_conversions,
        stg_claims.conversions_value as claimed_value,
        stg_claims.spend as claimed_spend,
        stg_claims.known_at,
        stg_claims.revision,
        stg_claims.id
    from stg_claims
    cross join stg_settings
    left join int_attributes_matched
        on lower(stg_claims.platform) = int_attributes_matched.platform
        and lower(coalesce(stg_claims.campaign, '')) = int_attributes_matched.campaign
        and int_attributes_matched.venue = ''
        and int_attributes_matched.utm_source = ''
        and int_attributes_matched.utm_campaign = ''
        and int_attributes_matched.coupon = ''
        and int_attributes_matched.cost_center = ''
),
ranked as (
    select
        *,
        row_number() over (partition by platform, program_id, campaign, starts_on, ends_before, currency order by revision desc, known_at desc, id) as revision_number
    from named
)
select
    ranked.platform,
    ranked.program_id,
    ranked.program_source,
    ranked.campaign,
    ranked.starts_on,
    ranked.ends_before,
    ranked.currency,
    ranked.currency_source,
    ranked.claimed_conversions,
    ranked.claimed_value,
    ranked.claimed_spend,
    try_cast(ranked.claimed_value * int_fx_rates_filled.rate as decimal(18, 4)) as claimed_reporting,
    ranked.known_at
from ranked
left join int_fx_rates_filled
    on ranked.currency = int_fx_rates_filled.currency
    and ranked.starts_on = int_fx_rates_filled.date_day
where ranked.revision_number = 1
