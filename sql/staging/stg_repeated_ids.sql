-- stg_repeated_ids: how many copies of each raw table have an id that was known before, on another day.
--
-- grain: event_type
-- reads: raw.social_engagement, raw.social_content, raw.social_counter, raw.web_visit, raw.platform_claim, raw.platform_shock, raw.sale_order, raw.sale_line, raw.sale_adjustment, raw.product_cost, raw.cost_entry, raw.ledger_total, raw.fx_rate, raw.plan_target, raw.series_value, raw.program_policy, raw.identity_link, raw.identity_unlink, raw.pilot_registered, raw.pilot_assigned, raw.consent_changed, raw.privacy_erasure
--
-- The copy that was known first stays. The only staging view over all raw tables: it counts, and nothing joins it.

select 'social.engagement' as event_type, count(*) - count(distinct id) as copies from raw.social_engagement
union all
select 'social.content' as event_type, count(*) - count(distinct id) as copies from raw.social_content
union all
select 'social.counter' as event_type, count(*) - count(distinct id) as copies from raw.social_counter
union all
select 'web.visit' as event_type, count(*) - count(distinct id) as copies from raw.web_visit
union all
select 'platform.claim' as event_type, count(*) - count(distinct id) as copies from raw.platform_claim
union all
select 'platform.shock' as event_type, count(*) - count(distinct id) as copies from raw.platform_shock
union all
select 'sale.order' as event_type, count(*) - count(distinct id) as copies from raw.sale_order
union all
select 'sale.line' as event_type, count(*) - count(distinct id) as copies from raw.sale_line
union all
select 'sale.adjustment' as event_type, count(*) - count(distinct id) as copies from raw.sale_adjustment
union all
select 'product.cost' as event_type, count(*) - count(distinct id) as copies from raw.product_cost
union all
select 'cost.entry' as event_type, count(*) - count(distinct id) as copies from raw.cost_entry
union all
select 'ledger.total' as event_type, count(*) - count(distinct id) as copies from raw.ledger_total
union all
select 'fx.rate' as event_type, count(*) - count(distinct id) as copies from raw.fx_rate
union all
select 'plan.target' as event_type, count(*) - count(distinct id) as copies from raw.plan_target
union all
select 'series.value' as event_type, count(*) - count(distinct id) as copies from raw.series_value
union all
select 'program.policy' as event_type, count(*) - count(distinct id) as copies from raw.program_policy
union all
select 'identity.link' as event_type, count(*) - count(distinct id) as copies from raw.identity_link
union all
select 'identity.unlink' as event_type, count(*) - count(distinct id) as copies from raw.identity_unlink
union all
select 'pilot.registered' as event_type, count(*) - count(distinct id) as copies from raw.pilot_registered
union all
select 'pilot.assigned' as event_type, count(*) - count(distinct id) as copies from raw.pilot_assigned
union all
select 'consent.changed' as event_type, count(*) - count(distinct id) as copies from raw.consent_changed
union all
select 'privacy.erasure' as event_type, count(*) - count(distinct id) as copies from raw.privacy_erasure
