-- 0003_published: what every published snapshot said, so that a figure that moves can be told.

create table meta.published_figure (
    snapshot_id bigint,
    published_at timestamp,
    figure varchar,
    subject varchar,
    month_start date,
    amount decimal(38, 4)
);
