-- 0007_erasure: who asked to be erased, by token, and what erasures did.

-- The tokens that are erased: the only place that keeps them, so that nothing brings them back. of_customer: when it was
-- erased, the token was a customer's or one of the identities of a customer.
create table meta.erased (
    token uuid,
    erased_at timestamp,
    of_customer boolean
);

-- What was done, without the tokens: a line for each time that erasures changed anything. Snapshots up to last_snapshot
-- were published before. batch_id is that of the lines in meta.batch and meta.touched_day.
create table meta.erasure (
    batch_id bigint,
    tokens bigint,
    rows_changed bigint,
    rows_deleted bigint,
    last_snapshot bigint,
    carried_out_at timestamp
);

-- Dead letters that were searched for erased persons when so many tokens were erased.
create table meta.searched_letter (
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint,
    tokens bigint
);
