-- stg_tills: the sources whose orders count, by channel; where there are none, all sources count.
--
-- grain: channel, source
-- reads: meta.till
--
-- The channel * stands for every channel without a till of its own, and for orders that name none.

select
    channel,
    source
from meta.till
