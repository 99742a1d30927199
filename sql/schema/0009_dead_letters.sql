-- 0009_dead_letters: which message a dead letter is, beside its place in the log.
--
-- A topic that is made anew gives old places to other messages. The mark is a keyed hash of time, key, headers and value; null where
-- the letter was stored before this version: then its time tells it from others at its place.

alter table meta.dead_letter add column message_mark bigint;

-- The places that were searched may be those of other messages: all are searched once more.
drop table meta.searched_letter;
create table meta.searched_letter (
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint,
    message varchar,
    tokens bigint
);

-- A replay takes back as many messages as it counts anew. Where a dead letter had been stored twice, because a span of time was read again
-- ahead of ingest, it took back two and counted one. The other is a duplicate.
update meta.batch
set duplicates = duplicates - (written + duplicates + conflicts + dead_letters + left_out)
where first_offset is null and consumed = 0;
