-- 0006_restatements: what the last publication was made of, so that a figure that moves can say why.
--
-- The reason of a move is found by comparing what the last publication was made of with what there is now, not by offsets: a
-- replayed dead letter, a topic made anew, a batch that came while models were built, all show as what they are.

-- The build that is under way, or the last one: the snapshot it would publish, the last batch before it began, and what its
-- figures are defined by. A mark is a hash of a text; it says equal or not.
create table meta.build (
    snapshot_id bigint,
    batch_id bigint,
    settings_mark varchar,
    accounts_mark varchar,
    models_mark varchar
);

-- Every publication with its clock: as_of_day in its reporting time zone.
create table meta.publication (
    snapshot_id bigint,
    published_at timestamp,
    batch_id bigint,
    as_of_day date,
    maturity_days integer,
    reporting_currency varchar,
    settings_mark varchar,
    accounts_mark varchar,
    models_mark varchar
);

-- Orders and adjustments as the last publication counted them, a row each; columns as in int_sale_entries_listed.
create table meta.published_sale (
    entry_kind varchar,
    source varchar,
    entry_id varchar,
    order_id varchar,
    row_id uuid,
    happened_at timestamp,
    known_at timestamp,
    booked_month date,
    market varchar,
    currency varchar,
    booked decimal(18, 4),
    earned_day date,
    earned decimal(18, 4),
    margin decimal(18, 4),
    margin_basis varchar,
    fx_rate decimal(28, 12),
    lines bigint,
    lines_mark hugeint,
    person_id uuid,
    credited varchar
);

-- Cost entries by program and month as the last publication counted them; columns as in int_cost_entries_listed.
create table meta.published_cost (
    source varchar,
    entry_id varchar,
    row_id uuid,
    known_at timestamp,
    program_id varchar,
    month_start date,
    spend decimal(38, 4),
    spend_reporting decimal(38, 16)
);

-- The person of every token that a link or an unlink names, as the last publication resolved it.
create table meta.published_person (
    token uuid,
    person_id uuid
);

-- Why the figures of each snapshot moved; columns as in restatements_by_reason.
create table meta.published_reason (
    snapshot_id bigint,
    figure varchar,
    subject varchar,
    month_start date,
    place integer,
    reason varchar,
    entries bigint,
    contribution decimal(38, 4)
);

-- What an estimate rests on: the pilot that speaks for a program, and its units. Null for figures that are sums.
alter table meta.published_figure add column basis varchar;
