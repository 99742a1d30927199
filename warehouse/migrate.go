package warehouse

import (
	"context"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"

	files "tieback/sql"
)

// migration is one numbered file of sql/schema.
type migration struct {
	version    int
	name, text string
}

func migrations() ([]migration, error) {
	names, err := fs.Glob(files.Files, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var list []migration
	last := 0
	for _, name := range names {
		base := strings.TrimSuffix(strings.TrimPrefix(name, "schema/"), ".sql")
		version, err := strconv.Atoi(base[:4])
		if err != nil || version <= last {
			return nil, fmt.Errorf("migration %s does not follow number %04d", name, last)
		}
		last = version
		text, err := files.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, base, string(text)})
	}
	return list, nil
}

// migrate brings the schema up to date. A file that holds tables but no record of
// our migrations is foreign; one with later migrations was written by a later tieback.
func (w *Warehouse) migrate(ctx context.Context) error {
	list, err := migrations()
	if err != nil {
		return err
	}
	applied, err := w.applied(ctx)
	if err != nil {
		return err
	}
	latest := list[len(list)-1].version
	for version := range applied {
		if version > latest {
			return fmt.Errorf("%s was written by a later tieback (schema %d, this one knows %d); use that one", w.Path, version, latest)
		}
	}
	for _, m := range list {
		if applied[m.version] {
			continue
		}
		if err := w.applyMigration(ctx, m); err != nil {
			return fmt.Errorf("migrate %s to %s: %w", w.Path, m.name, err)
		}
	}
	if len(applied) < len(list) {
		// Replaying DDL from the write-ahead log is where DuckDB has failed before: leave nothing to replay.
		if err := w.checkpoint(ctx); err != nil {
			return fmt.Errorf("checkpoint after migrating: %w", err)
		}
	}
	return nil
}

// applied lists the migrations that the file has. They need not be the first ones: a gap in the numbers is filled when its
// migration comes.
func (w *Warehouse) applied(ctx context.Context) (map[int]bool, error) {
	var ours, tables int
	err := w.db.QueryRowContext(ctx, `
		select
			count(*) filter (where schema_name = 'meta' and table_name = 'migration' and comment like 'tieback%'),
			count(*)
		from duckdb_tables()
		where not temporary`).Scan(&ours, &tables)
	if err != nil {
		return nil, explainOpen(w.Path, err)
	}
	if ours == 0 && tables > 0 {
		return nil, fmt.Errorf("%s is a DuckDB file of something else (%d tables, none of them ours); choose another path with --warehouse", w.Path, tables)
	}
	if ours == 0 {
		return nil, nil
	}
	rows, err := w.db.QueryContext(ctx, "select version from meta.migration")
	if err != nil {
		return nil, fmt.Errorf("read the schema version: %w", err)
	}
	defer rows.Close()
	versions := make(map[int]bool)
	for rows.Next() {
		var version int
		if err := rows.Scan(&version); err != nil {
			return nil, fmt.Errorf("read the schema version: %w", err)
		}
		versions[version] = true
	}
	return versions, rows.Err()
}

func (w *Warehouse) applyMigration(ctx context.Context, m migration) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, m.text); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "insert into meta.migration values (?, ?, ?)", m.version, m.name, w.now().UTC()); err != nil {
		return err
	}
	return tx.Commit()
}
