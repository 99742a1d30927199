-- int_publication_compared: what the last publication went by, and what has changed or come since.
--
-- grain: snapshot_id
-- reads: meta.publication, meta.build, meta.touched_day, stg_settings
--
-- One row, or none before anything was published. What came is told by the batches since the build of that publication began; one that
-- came while it was built counts as since.

with last_publication as (
    select *
    from meta.publication
    where snapshot_id = (select max(snapshot_id) from meta.publication)
),
came as (
    select distinct meta.touched_day.table_name
    from meta.touched_day
    where meta.touched_day.batch_id > (select batch_id from last_publication)
)
select
    last_publication.snapshot_id,
    last_publication.batch_id,
    last_publication.as_of_day,
    last_publication.settings_mark <> build.settings_mark or last_publication.models_mark <> build.models_mark as definition_changed,
    last_publication.accounts_mark <> build.accounts_mark as accounts_changed,
    last_publication.reporting_currency <> stg_settings.reporting_currency as currency_changed,
    exists (select 1 from came where table_name = 'fx_rate') as rates_came,
    exists (select 1 from came where table_name = 'product_cost') as product_costs_came,
    exists (select 1 from came where table_name in ('identity_link', 'identity_unlink')) as links_came,
    exists (select 1 from came where table_name = 'privacy_erasure') as erasures_came,
    exists (select 1 from came where table_name in ('pilot_registered', 'pilot_assigned')) as pilots_came,
    exists (select 1 from came where table_name in ('social_engagement', 'web_visit')) as touches_came
from last_publication
cross join meta.build as build
cross join stg_settings
