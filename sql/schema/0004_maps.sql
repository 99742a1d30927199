-- 0004_maps: messages of which a map makes several events.

-- Which of the message's events a dead letter is about, from 1; 0: the whole message. counts is false where the message is
-- counted by another of its events: then the dead letter stands beside it in no sum.
alter table meta.dead_letter add column event_number integer default 0;
alter table meta.dead_letter add column counts boolean default true;

-- What maps left out, by reason: whole messages, and parts of messages of which other parts became events.
create table meta.left_out (
    batch_id bigint,
    topic varchar,
    reason varchar,
    outputs bigint
);
