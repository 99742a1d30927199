-- 0001_meta: what the warehouse keeps about itself.

create schema raw;
create schema staging;
create schema intermediate;
create schema marts;
create schema meta;

create table meta.migration (
    version integer,
    name varchar,
    applied_at timestamp
);
comment on table meta.migration is 'tieback schema migrations';

-- Facts about this warehouse that never change, such as the fingerprint of its token key.
create table meta.identity (
    name varchar,
    value varchar
);

-- The dictionary of names and words; raw tables hold the codes.
create table meta.word (
    code uinteger,
    word varchar
);

-- Where every log goes on. It moves in the transaction of the rows.
create table meta.position (
    topic varchar,
    partition integer,
    next_offset bigint,
    updated_at timestamp
);

-- Every key ever written, for deduplication: seen in the order of the stream,
-- seen_late what came more than two days behind it.
create table meta.seen (
    key uuid,
    occurred_at timestamp,
    content_hash ubigint
);
create table meta.seen_late (
    key uuid,
    occurred_at timestamp,
    content_hash ubigint
);

-- The ledger of batches: what each commit took from each partition.
create table meta.batch (
    batch_id bigint,
    topic varchar,
    partition integer,
    first_offset bigint,
    next_offset bigint,
    consumed bigint,
    written bigint,
    duplicates bigint,
    conflicts bigint,
    dead_letters bigint,
    left_out bigint,
    committed_at timestamp
);

-- Days that a batch wrote to, so that a restatement can say why a figure moved.
create table meta.touched_day (
    batch_id bigint,
    table_name varchar,
    day date
);

-- What the decoder could not place: fields that no type declares, words stored as other.
create table meta.unplaced (
    batch_id bigint,
    event_type varchar,
    unknown_fields bigint,
    other_values bigint
);

-- Messages that could not become rows. Payload, key and headers are sealed.
create table meta.dead_letter (
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint,
    known_at timestamp,
    code varchar,
    field varchar,
    reason varchar,
    payload blob,
    message_key blob,
    headers blob
);

-- Positions that a log no longer held when ingest started.
create table meta.offset_gap (
    topic varchar,
    partition integer,
    stored_offset bigint,
    log_start bigint,
    log_end bigint,
    resumed_at bigint,
    found_at timestamp
);

-- The settings of the last build, as the models read them.
create table meta.setting (
    name varchar,
    value varchar
);
create table meta.program (
    program_id varchar,
    name varchar,
    stage varchar,
    seed_budget decimal(18, 4),
    hurdle decimal(28, 12),
    reinvest decimal(28, 12),
    expected_costs varchar
);
create table meta.program_rule (
    rule_order integer,
    program_id varchar,
    platform varchar,
    campaign varchar,
    utm_source varchar,
    utm_campaign varchar,
    coupon varchar,
    venue varchar,
    cost_center varchar
);
create table meta.own_account (
    platform varchar,
    person uuid
);

-- Every snapshot that was published.
create table meta.snapshot (
    snapshot_id bigint,
    file varchar,
    published_at timestamp
);

-- Per partition: consumed = written + duplicates + conflicts + dead letters + left out, exactly.
create view meta.reconciliation as
select
    topic,
    partition,
    sum(consumed) as consumed,
    sum(written) as written,
    sum(duplicates) as duplicates,
    sum(conflicts) as conflicts,
    sum(dead_letters) as dead_letters,
    sum(left_out) as left_out,
    sum(consumed) - sum(written) - sum(duplicates) - sum(conflicts) - sum(dead_letters) - sum(left_out) as difference
from meta.batch
group by topic, partition;
