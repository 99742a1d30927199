-- 0002_raw: one table for each event type, columns as in docs/events.md, then the envelope.
--
-- Words and names are codes of meta.word; persons are tokens; id is the hash of (source, id).
-- No table has a key or an index: they would slow inserts, and deleted rows would keep their space.

create table raw.social_engagement (
    platform uinteger,
    action enum ('view', 'click', 'like', 'share', 'save', 'comment', 'reply', 'mention', 'message', 'review', 'follow', 'unfollow', 'answer', 'referral', 'visit', 'other'),
    person uuid,
    direction enum ('inbound', 'outbound'),
    actor enum ('customer', 'employee', 'brand', 'agency', 'bot', 'unknown'),
    venue uinteger,
    content_id uinteger,
    thread_id uuid,
    in_reply_to uuid,
    crosspost_of uinteger,
    program uinteger,
    campaign uinteger,
    market uinteger,
    region uinteger,
    language uinteger,
    personal boolean,
    promotional boolean,
    paid boolean,
    undo boolean,
    text_hash uuid,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.social_content (
    platform uinteger,
    content_id uinteger,
    venue uinteger,
    program uinteger,
    campaign uinteger,
    market uinteger,
    language uinteger,
    format uinteger,
    promotional boolean,
    author enum ('brand', 'employee', 'agency', 'customer'),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.social_counter (
    platform uinteger,
    metric uinteger,
    value bigint,
    content_id uinteger,
    venue uinteger,
    program uinteger,
    campaign uinteger,
    market uinteger,
    region uinteger,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.web_visit (
    visitor uuid,
    customer uuid,
    landing_url varchar,
    referrer varchar,
    utm_source uinteger,
    utm_medium uinteger,
    utm_campaign uinteger,
    click_id varchar,
    market uinteger,
    region uinteger,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.platform_claim (
    platform uinteger,
    starts_on date,
    ends_before date,
    conversions decimal(18, 4),
    conversions_value decimal(18, 4),
    spend decimal(18, 4),
    currency uinteger,
    program uinteger,
    campaign uinteger,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.platform_shock (
    platform uinteger,
    kind enum ('api', 'price', 'policy', 'algorithm', 'outage'),
    note varchar,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.sale_order (
    order_id varchar,
    gross decimal(18, 4),
    currency uinteger,
    customer uuid,
    email uuid,
    visitor uuid,
    discount decimal(18, 4),
    tax decimal(18, 4),
    shipping decimal(18, 4),
    cost_of_goods decimal(18, 4),
    variable_cost decimal(18, 4),
    market uinteger,
    region uinteger,
    channel uinteger,
    venue uinteger,
    program uinteger,
    coupon uinteger,
    utm_source uinteger,
    utm_medium uinteger,
    utm_campaign uinteger,
    click_id varchar,
    landing_url varchar,
    referrer varchar,
    self_reported_source uinteger,
    cocreated boolean,
    subscription_id varchar,
    ledger_ref varchar,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.sale_line (
    order_id varchar,
    line_id varchar,
    sku uinteger,
    quantity decimal(18, 4),
    gross decimal(18, 4),
    currency uinteger,
    discount decimal(18, 4),
    cost_of_goods decimal(18, 4),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.sale_adjustment (
    order_id varchar,
    adjustment_id varchar,
    kind enum ('refund', 'cancel', 'chargeback', 'correction'),
    amount decimal(18, 4),
    currency uinteger,
    cost_of_goods decimal(18, 4),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.product_cost (
    sku uinteger,
    cost_of_goods decimal(18, 4),
    currency uinteger,
    starts_on date,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.cost_entry (
    amount decimal(18, 4),
    currency uinteger,
    starts_on date,
    ends_before date,
    category uinteger,
    entry_id varchar,
    program uinteger,
    cost_center uinteger,
    platform uinteger,
    venue uinteger,
    campaign uinteger,
    market uinteger,
    region uinteger,
    activity uinteger,
    hours decimal(18, 4),
    delivery enum ('inhouse', 'agency', 'volunteer'),
    ledger_ref varchar,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.ledger_total (
    starts_on date,
    ends_before date,
    currency uinteger,
    net_revenue decimal(18, 4),
    market uinteger,
    closed boolean,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.fx_rate (
    base uinteger,
    quote uinteger,
    rate decimal(28, 12),
    date date,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.plan_target (
    figure uinteger,
    starts_on date,
    ends_before date,
    amount decimal(18, 4),
    currency uinteger,
    program uinteger,
    market uinteger,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.series_value (
    series uinteger,
    date date,
    value decimal(28, 12),
    market uinteger,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.program_policy (
    program uinteger,
    seed_budget decimal(18, 4),
    currency uinteger,
    reinvest decimal(28, 12),
    hurdle decimal(28, 12),
    stage enum ('feasibility', 'strategy', 'pilot', 'scale', 'integrate'),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.identity_link (
    a_kind uinteger,
    a uuid,
    b_kind uinteger,
    b uuid,
    method enum ('login', 'declared', 'email', 'order_match', 'probabilistic'),
    confidence decimal(28, 12),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.identity_unlink (
    a_kind uinteger,
    a uuid,
    b_kind uinteger,
    b uuid,
    method enum ('login', 'declared', 'email', 'order_match', 'probabilistic'),
    confidence decimal(28, 12),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.pilot_registered (
    pilot uinteger,
    program uinteger,
    unit enum ('person', 'venue', 'region', 'market'),
    control uinteger,
    metric enum ('margin', 'revenue', 'orders'),
    starts_on date,
    ends_before date,
    assignment enum ('random', 'other'),
    analysis enum ('fixed', 'sequential'),
    allocation varchar,
    hurdle decimal(28, 12),
    planned_units bigint,
    minimum_effect decimal(18, 4),
    cost_per_unit decimal(18, 4),
    currency uinteger,
    hypothesis varchar,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.pilot_assigned (
    pilot uinteger,
    unit_id varchar,
    arm uinteger,
    unit enum ('person', 'venue', 'region', 'market'),
    stratum uinteger,
    covariate decimal(18, 4),
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.consent_changed (
    person_kind uinteger,
    person uuid,
    purpose enum ('analytics', 'contact'),
    granted boolean,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);

create table raw.privacy_erasure (
    person_kind uinteger,
    person uuid,
    source uinteger,
    id uuid,
    revision bigint,
    occurred_at timestamp,
    known_at timestamp,
    kafka_topic uinteger,
    kafka_partition integer,
    kafka_offset bigint
);
