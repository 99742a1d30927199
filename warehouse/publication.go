package warehouse

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A publication is what a snapshot was made of, as far as its successor must know it to say why a figure moved: the marks of
// its definitions, its clock, and the entries behind its figures. Comparing with what was counted, and not with offsets, is exact
// whatever happened to the logs: replayed dead letters, topics that were made anew, batches that came while models were built.

// restatedBy is the model whose figures a restatement is told by.
const restatedBy = "int_figures_listed"

// unmarked are the settings that no restated figure reads.
const unmarked = "'company', 'suppress_below', 'fiscal_year_starts', 'home_market', 'expected_costs'"

// announce writes down what this build is about to make, for the models that compare it with the last publication.
func (w *Warehouse) announce(ctx context.Context, conn *sql.Conn, models []Model) error {
	id, err := w.nextSnapshot(ctx, conn)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("announce the build: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "delete from meta.build"); err != nil {
		return fmt.Errorf("announce the build: %w", err)
	}
	if _, err := tx.ExecContext(ctx, announceBuild, id, marksOf(models)); err != nil {
		return fmt.Errorf("announce the build: %w", err)
	}
	return tx.Commit()
}

// nextSnapshot is the first number after the last snapshot's that no file has: beside a restored warehouse later ones may lie.
func (w *Warehouse) nextSnapshot(ctx context.Context, conn *sql.Conn) (int64, error) {
	var id int64
	if err := conn.QueryRowContext(ctx, "select coalesce(max(snapshot_id), 0) + 1 from meta.snapshot").Scan(&id); err != nil {
		return 0, fmt.Errorf("number the snapshot: %w", err)
	}
	for stem := snapshotStem(w.Path); ; id++ {
		if _, err := os.Lstat(nameOf(stem, id)); errors.Is(err, os.ErrNotExist) {
			return id, nil
		}
	}
}

const announceBuild = `
insert into meta.build
select
    cast(? as bigint),
    (select coalesce(max(batch_id), 0) from meta.batch),
    (
        select md5(coalesce(string_agg(line, chr(10) order by line), ''))
        from (
            select concat_ws(chr(31), name, value) as line from meta.setting where name not in (` + unmarked + `)
            union all
            select cast(to_json(rule) as varchar) from meta.program_rule as rule
            union all
            select concat_ws(chr(31), 'till', channel, source) from meta.till
        )
    ),
    (select md5(coalesce(string_agg(line, chr(10) order by line), '')) from (select concat_ws(chr(31), platform, person) as line from meta.own_account)),
    ?`

// marksOf hashes what defines the restated figures: the text of every model they are made of, without comments, and the version
// of computed ones.
func marksOf(models []Model) string {
	byName := make(map[string]*Model, len(models))
	for i := range models {
		byName[models[i].Name] = &models[i]
	}
	var lines []string
	var visit func(name string)
	visited := make(map[string]bool)
	visit = func(name string) {
		m := byName[name]
		if m == nil || visited[name] {
			return
		}
		visited[name] = true
		lines = append(lines, fmt.Sprintf("%s %d\n%s", m.Name, m.Version, withoutComments(m.Query)))
		for _, r := range m.Reads {
			visit(r)
		}
	}
	visit(restatedBy)
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// withoutComments leaves out the lines that are comments.
func withoutComments(query string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(query, "\n"), func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), "--")
	}), "\n")
}

// record keeps what was published under this number, in one transaction.
func (w *Warehouse) record(ctx context.Context, conn *sql.Conn, id int64, file string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("record the snapshot: %w", err)
	}
	defer tx.Rollback()
	now := w.now().UTC()
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"insert into meta.snapshot values (?, ?, ?)", []any{id, file, now}},
		{keepFigures, []any{id, now}},
		{keepReasons, []any{id}},
		{keepPublication, []any{id, now}},
		{"delete from meta.published_sale where rowid in (" + changedSales + ")", nil},
		{"insert into meta.published_sale by name " + newSales, nil},
		{"delete from meta.published_cost", nil},
		{"insert into meta.published_cost by name select * from int_cost_entries_listed", nil},
		{"delete from meta.published_person", nil},
		{"insert into meta.published_person by name select * from int_link_persons_listed", nil},
	} {
		if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
			return fmt.Errorf("record the snapshot: %s: %w", firstLine(s.query), explainWrite(err))
		}
	}
	return tx.Commit()
}

// keepFigures remembers the figures that differ from what was published last; one that is there no longer as null.
const keepFigures = `
insert into meta.published_figure (snapshot_id, published_at, figure, subject, month_start, amount, basis)
select
    cast(? as bigint),
    cast(? as timestamp),
    coalesce(figures.figure, latest.figure),
    coalesce(figures.subject, latest.subject),
    coalesce(figures.month_start, latest.month_start),
    figures.amount,
    figures.basis
from int_figures_listed as figures
full outer join (
    select *
    from (
        select
            *,
            row_number() over (partition by figure, subject, month_start order by snapshot_id desc) as place
        from meta.published_figure
    )
    where place = 1
) as latest
    on figures.figure = latest.figure
    and figures.subject = latest.subject
    and figures.month_start = latest.month_start
where latest.figure is null or latest.amount is distinct from figures.amount or latest.basis is distinct from figures.basis`

// keepReasons remembers why the figures of this snapshot moved.
const keepReasons = `
insert into meta.published_reason (snapshot_id, figure, subject, month_start, place, reason, entries, contribution)
select snapshot_id, figure, subject, month_start, place, reason, entries, contribution
from restatements_by_reason
where snapshot_id = ? and reason <> 'not recorded'`

const keepPublication = `
insert into meta.publication
select
    cast(? as bigint),
    cast(? as timestamp),
    build.batch_id,
    cast((int_clock_read.as_of at time zone 'UTC') at time zone stg_settings.time_zone as date),
    int_clock_read.maturity_days,
    stg_settings.reporting_currency,
    build.settings_mark,
    build.accounts_mark,
    build.models_mark
from meta.build as build
cross join stg_settings
cross join int_clock_read`

// changedSales are the entries of the last publication that are no longer as they were.
const changedSales = `
select published.rowid
from meta.published_sale as published
inner join int_sale_entries_paired as paired
    on published.entry_kind = paired.entry_kind
    and published.source = paired.source
    and published.entry_id = paired.entry_id`

// newSales are the entries that the last publication did not hold.
const newSales = `
select present.*
from int_sale_entries_listed as present
left join meta.published_sale as published
    on present.entry_kind = published.entry_kind
    and present.source = published.source
    and present.entry_id = published.entry_id
where published.entry_id is null`
