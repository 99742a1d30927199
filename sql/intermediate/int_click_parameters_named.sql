-- int_click_parameters_named: the platform behind each query parameter that marks a click.
--
-- grain: click_parameter
-- reads: stg_settings
--
-- The parameters that ingest keeps of landing pages. A click id that an event states says nothing of whose it is.

select
    list.click_parameter,
    list.platform
from stg_settings
cross join (
    values
        ('gclid', 'google'),
        ('gbraid', 'google'),
        ('wbraid', 'google'),
        ('dclid', 'google'),
        ('msclkid', 'bing'),
        ('fbclid', 'facebook'),
        ('igshid', 'instagram'),
        ('ttclid', 'tiktok'),
        ('twclid', 'x'),
        ('li_fat_id', 'linkedin'),
        ('epik', 'pinterest'),
        ('rdt_cid', 'reddit'),
        ('sccid', 'snapchat')
) as list (click_parameter, platform)
