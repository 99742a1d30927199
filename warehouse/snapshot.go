package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// SnapshotPath is where analysts find the newest snapshot: a symbolic link beside the warehouse.
func SnapshotPath(warehouse string) string {
	return strings.TrimSuffix(warehouse, filepath.Ext(warehouse)) + ".snapshot.duckdb"
}

// snapshotStem is what the files of snapshots beside a warehouse are called, before their number.
func snapshotStem(warehouse string) string {
	return strings.TrimSuffix(SnapshotPath(warehouse), ".duckdb")
}

// publish copies the marts into a new, read-only file and moves the link to it. A name is
// never used twice: a client that died over an old file may have left a log that DuckDB would replay into a new one.
func (w *Warehouse) publish(ctx context.Context, conn *sql.Conn, models []Model, keep Retention) (string, error) {
	var id int64
	if err := conn.QueryRowContext(ctx, "select snapshot_id from meta.build").Scan(&id); err != nil {
		return "", fmt.Errorf("number the snapshot: %w", err)
	}
	link := SnapshotPath(w.Path)
	stem := snapshotStem(w.Path)
	file := nameOf(stem, id)
	// A torn copy never gets a number; one that a killed process left has the same name, and goes.
	part := filepath.Join(filepath.Dir(stem), "."+filepath.Base(stem)+".part")
	if err := removeDatabase(part); err != nil {
		return "", fmt.Errorf("remove a snapshot that was not finished: %w", err)
	}
	if err := copyMarts(ctx, conn, part, models); err != nil {
		return "", errors.Join(fmt.Errorf("copy the marts to %s: %w", file, explainWrite(err)), removeDatabase(part))
	}
	if err := errors.Join(os.Chmod(part, 0o444), os.Rename(part, file)); err != nil {
		return "", fmt.Errorf("make the snapshot read-only: %w", err)
	}
	next := link + ".next"
	if err := errors.Join(removeIfThere(next), os.Symlink(filepath.Base(file), next), os.Rename(next, link)); err != nil {
		return "", fmt.Errorf("move the snapshot link: %w", err)
	}
	if err := forgetSnapshots(ctx, conn, stem, file); err != nil {
		return "", err
	}
	if err := w.write(func() error { return w.record(ctx, conn, id, filepath.Base(file)) }); err != nil {
		return "", err
	}
	return link, prune(stem, file, keep, w.now().UTC())
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// databaseFiles are the names of a database and of what belongs to it: changes that are not in the file yet, those made during a
// checkpoint, both while DuckDB recovers from a crash, and what Warehouse.checkpoint keeps.
func databaseFiles(path string) []string {
	return []string{path, path + ".wal", path + ".wal.checkpoint", path + ".wal.recovery", keptPath(path)}
}

// removeDatabase removes a database that nobody has open.
func removeDatabase(path string) error {
	var errs []error
	for _, name := range databaseFiles(path) {
		errs = append(errs, removeIfThere(name))
	}
	return errors.Join(errs...)
}

// copyMarts writes every mart into schema main of a new file, with comments.
func copyMarts(ctx context.Context, conn *sql.Conn, file string, models []Model) (err error) {
	if _, err := conn.ExecContext(ctx, "attach '"+quoteText(file)+"' as snapshot"); err != nil {
		return err
	}
	defer func() {
		_, detachErr := conn.ExecContext(context.WithoutCancel(ctx), "detach snapshot")
		if err == nil {
			err = detachErr
		}
	}()
	for _, m := range models {
		if m.Layer != Marts {
			continue
		}
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("create table snapshot.main.%s as select * from marts.%s", m.Name, m.Name)); err != nil {
			return err
		}
	}
	if err := copyComments(ctx, conn); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "checkpoint snapshot")
	return err
}

// copyComments repeats the marts' comments in the snapshot.
func copyComments(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, `
		select 'table snapshot.main.' || table_name, comment
		from duckdb_tables()
		where schema_name = 'marts' and comment is not null
		union all
		select 'column snapshot.main.' || table_name || '.' || column_name, comment
		from duckdb_columns()
		where schema_name = 'marts' and comment is not null`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var statements []string
	for rows.Next() {
		var on, text string
		if err := rows.Scan(&on, &text); err != nil {
			return err
		}
		statements = append(statements, "comment on "+on+" is '"+quoteText(text)+"'")
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Snapshot is a published snapshot, open for reading.
type Snapshot struct {
	// Path is the versioned file, behind the link.
	Path string
	db   *sql.DB
}

// OpenSnapshot opens the newest snapshot of a warehouse.
func OpenSnapshot(ctx context.Context, warehouse string) (*Snapshot, error) {
	file, err := filepath.EvalSymlinks(SnapshotPath(warehouse))
	if err != nil {
		return nil, fmt.Errorf("there is no snapshot beside %s yet; run tieback build (%w)", warehouse, err)
	}
	db, err := openDB(file, Options{readOnly: true})
	if err != nil {
		return nil, explainOpen(file, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(explainOpen(file, err), db.Close())
	}
	return &Snapshot{Path: file, db: db}, nil
}

// Close closes the snapshot.
func (s *Snapshot) Close() error { return s.db.Close() }
