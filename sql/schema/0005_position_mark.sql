-- 0005_position_mark: the last message that was read of each log, to recognize the log again.
--
-- last_hash is of its timestamp, key and value; null where no message was read yet, or before this version.

alter table meta.position add column last_offset bigint;
alter table meta.position add column last_hash bigint;
