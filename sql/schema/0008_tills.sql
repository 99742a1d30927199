-- 0008_tills: which source is the till of a channel, as the settings of the last build say.
--
-- * stands for every channel without a till of its own, and for orders that name none. No row: every source counts.

create table meta.till (
    channel varchar,
    source varchar
);
