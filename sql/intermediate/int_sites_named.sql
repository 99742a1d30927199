-- int_sites_named: the platform behind each site that a referrer names.
--
-- grain: site
-- reads: stg_visits, stg_orders
--
-- Sites that are no known platform keep their own name.

with referrers as (
    select referrer from stg_visits where referrer is not null
    union
    select referrer from stg_orders where referrer is not null
),
sites as (
    select distinct lower(regexp_extract(referrer, '^[A-Za-z]+://([^/:?#]+)', 1)) as site from referrers
),
platforms as (
    select *
    from (
        values
            ('facebook', '(^|[.])(facebook[.]com|fb[.]me)$'),
            ('instagram', '(^|[.])instagram[.]com$'),
            ('x', '(^|[.])(t[.]co|x[.]com|twitter[.]com)$'),
            ('tiktok', '(^|[.])tiktok[.]com$'),
            ('linkedin', '(^|[.])(linkedin[.]com|lnkd[.]in)$'),
            ('youtube', '(^|[.])(youtube[.]com|youtu[.]be)$'),
            ('pinterest', '(^|[.])(pinterest[.][a-z.]+|pin[.]it)$'),
            ('reddit', '(^|[.])reddit[.]com$'),
            ('bluesky', '(^|[.])bsky[.]app$'),
            ('google', '(^|[.])google[.][a-z.]+$'),
            ('bing', '(^|[.])bing[.]com$')
    ) as list (platform, pattern)
)
select
    sites.site,
    coalesce(min(platforms.platform), sites.site) as platform
from sites
left join platforms
    on regexp_matches(sites.site, platforms.pattern)
where sites.site <> ''
group by sites.site
