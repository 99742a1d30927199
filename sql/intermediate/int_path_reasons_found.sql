-- int_path_reasons_found: why orders that are themselves as published are credited differently since the last publication.
--
-- grain: source, order_id, place
-- reads: int_sale_entries_paired, int_publication_compared, int_link_persons_listed, meta.published_person, meta.touched_day, stg_settings
--
-- place is the reason in the order of precedence: 1 late event: engagements or visits came that happened within the lookback of the
-- order, a day more on either side because marked days are in UTC; 2 correction: others came, which withdraw what was
-- known; 4 identity: links or unlinks moved a token to or from the order's person, or own accounts changed; 7 definition.

with credited as (
    select source, order_id, old_person_id, person_id, coalesce(earned_day, old_earned_day) as order_day
    from int_sale_entries_paired
    where entry_kind = 'order' and own_place is null and credited is distinct from old_credited
),
persons as (
    select published.person_id as old_person_id, present.person_id
    from int_link_persons_listed as present
    full outer join meta.published_person as published
        on present.token = published.token
    cross join int_publication_compared as publication
    where (publication.links_came or publication.erasures_came) and present.person_id is distinct from published.person_id
),
moved_persons as (
    select old_person_id as person_id from persons where old_person_id is not null
    union
    select person_id from persons where person_id is not null
),
touched_days as (
    select distinct meta.touched_day.day
    from meta.touched_day
    where
        meta.touched_day.table_name in ('social_engagement', 'web_visit')
        and meta.touched_day.batch_id > (select max(batch_id) from int_publication_compared)
),
late as (
    select distinct credited.source, credited.order_id
    from credited
    cross join stg_settings
    inner join touched_days
        on touched_days.day >= credited.order_day - stg_settings.lookback_days - 1
        and touched_days.day <= credited.order_day + 1
),
linked as (
    select distinct credited.source, credited.order_id
    from credited
    inner join moved_persons
        on moved_persons.person_id in (credited.person_id, credited.old_person_id)
    union
    select credited.source, credited.order_id
    from credited
    cross join int_publication_compared as publication
    where publication.accounts_changed
),
found as (
    select source, order_id, 1 as place from late
    union all
    select source, order_id, 4 from linked
    union all
    select credited.source, credited.order_id, 7
    from credited
    cross join int_publication_compared as publication
    where publication.definition_changed
),
others as (
    select credited.source, credited.order_id
    from credited
    left join found
        on credited.source = found.source
        and credited.order_id = found.order_id
    where found.order_id is null
)
select source, order_id, place from found
union all
select others.source, others.order_id, case when publication.touches_came then 2 when publication.erasures_came then 4 else 8 end
from others
cross join int_publication_compared as publication
