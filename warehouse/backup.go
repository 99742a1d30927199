package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
)

// A backup is a DuckDB file with everything that cannot be computed again: the schemas raw and meta as they stood between two
// batches, positions and sealed dead letters among them. Models are left out: a build makes them from raw. It is as secret as
// the warehouse (mode 0600).

// BackupStem is what the backups beside a warehouse are called, before their number.
func BackupStem(warehouse string) string {
	return strings.TrimSuffix(warehouse, filepath.Ext(warehouse)) + ".backup"
}

// LatestBackup is the newest backup beside a warehouse.
func LatestBackup(warehouse string) (string, error) {
	files, err := series(BackupStem(warehouse))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", fmt.Errorf("there is no backup beside %s; tieback backup makes one, and without any tieback ingest reads everything that Kafka still holds into a new warehouse", warehouse)
	}
	return files[len(files)-1], nil
}

// Backup writes a backup beside the warehouse, numbered after the last one, and removes those that keep does not keep. With
// a name it writes that file, which must not exist yet, and removes nothing. Batches may be appended meanwhile.
func (w *Warehouse) Backup(ctx context.Context, name string, keep Retention) (file string, err error) {
	defer explained(&err)
	numbered := name == ""
	if numbered {
		stem := BackupStem(w.Path)
		files, err := series(stem)
		if err != nil {
			return "", err
		}
		name = nameOf(stem, 1)
		if n := len(files); n > 0 {
			name = nameOf(stem, numberOf(stem, files[n-1])+1)
		}
	}
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is there already; a backup never overwrites anything, choose another name", name)
	}
	// Nobody else may look into the file, also while it is written; a torn one never gets its name. The folder has a name of
	// this warehouse's, so that the one that a killed process left is found and removed.
	folder := filepath.Join(filepath.Dir(name), fmt.Sprintf(".tieback-backup-%08x", w.mark()))
	os.RemoveAll(folder)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for the backup: %w", explainWrite(err))
	}
	defer os.RemoveAll(folder)
	part := filepath.Join(folder, "part.duckdb")
	if err := w.copyTo(ctx, part); err != nil {
		return "", fmt.Errorf("back up to %s: %w", name, explainWrite(err))
	}
	if err := errors.Join(os.Chmod(part, 0o600), os.Rename(part, name)); err != nil {
		return "", fmt.Errorf("finish the backup: %w", err)
	}
	if !numbered {
		return name, nil
	}
	return name, prune(BackupStem(w.Path), name, keep, w.now())
}

// mark is a number that two warehouses seldom share.
func (w *Warehouse) mark() uint32 {
	path, err := filepath.Abs(w.Path)
	if err != nil {
		path = w.Path
	}
	return crc32.ChecksumIEEE([]byte(path))
}

// copyTo makes a new warehouse with the same schema and copies raw and meta into it, in one transaction: positions and rows
// are those of the same moment.
func (w *Warehouse) copyTo(ctx context.Context, file string) error {
	empty, err := Open(ctx, file, Options{Holder: "tieback backup", Now: w.now})
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "attach '"+quoteText(file)+"' as backup"); err != nil {
		return err
	}
	err = copyTables(ctx, conn)
	_, detachErr := conn.ExecContext(context.WithoutCancel(ctx), "detach backup")
	return errors.Join(err, detachErr)
}

func copyTables(ctx context.Context, conn *sql.Conn) error {
	tables, err := keptTables(ctx, conn)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, table := range tables {
		for _, statement := range []string{"delete from backup." + table, "insert into backup." + table + " by name select * from " + table} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "checkpoint backup")
	return err
}

// keptTables lists the tables of the schemas raw and meta.
func keptTables(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rows, err := conn.QueryContext(ctx, `
		select schema_name || '.' || table_name
		from duckdb_tables()
		where database_name = current_database() and schema_name in ('raw', 'meta') and not temporary
		order by 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, rows.Err()
}
