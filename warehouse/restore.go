package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Restore makes the warehouse at path from a backup, and opens it once to see that it works. It never overwrites: a warehouse, or
// the log of one, that is there must be moved away first. What came after the backup, Kafka still holds: the next ingest reads on
// from the positions of the backup.
func Restore(ctx context.Context, path, backup string, o Options) (err error) {
	defer explained(&err)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of the warehouse: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	lock, err := lockFile(path+".lock", o.Holder, o.Now())
	if err != nil {
		return err
	}
	defer lock.release()
	// A log that stayed behind would be replayed into the restored file.
	for _, name := range databaseFiles(path) {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is there already; restore overwrites nothing: move it away first (and keep it until the restored warehouse is built)", name)
		}
	}
	part := path + ".restoring"
	if err := removeDatabase(part); err != nil { // what a restore that was killed left
		return fmt.Errorf("remove a restore that was not finished: %w", err)
	}
	if err := copyFile(backup, part); err != nil {
		return errors.Join(fmt.Errorf("restore from %s: %w", backup, explainWrite(err)), removeIfThere(part))
	}
	if err := tryOut(ctx, part, o); err != nil {
		return errors.Join(fmt.Errorf("restore from %s: %w", backup, err), removeDatabase(part), removeIfThere(part+".lock"), removeIfThere(ErasedPath(part)))
	}
	return errors.Join(os.Rename(part, path), removeIfThere(part+".lock"), removeIfThere(ErasedPath(part)))
}

// tryOut opens a copy of a backup as a warehouse: one that was written by an older tieback is brought up to date.
func tryOut(ctx context.Context, part string, o Options) error {
	snapshot, err := isSnapshot(ctx, part)
	if err != nil {
		return err
	}
	if snapshot {
		return errors.New("it is a published snapshot, which holds marts only; name a backup (tieback backup writes them), or let tieback ingest read everything that Kafka still holds into a new warehouse")
	}
	w, err := Open(ctx, part, o)
	if err != nil {
		return err
	}
	var partitions int
	err = w.db.QueryRowContext(ctx, "select count(*) from meta.reconciliation where difference <> 0").Scan(&partitions)
	if err == nil && partitions > 0 {
		err = fmt.Errorf("its ledger of messages does not add up in %d partitions; take an older backup", partitions)
	}
	return errors.Join(err, w.Close())
}

// isSnapshot says whether a file holds marts and no raw tables.
func isSnapshot(ctx context.Context, file string) (bool, error) {
	db, err := openDB(file, Options{readOnly: true})
	if err != nil {
		return false, explainOpen(file, err)
	}
	defer db.Close()
	var marts, raw int
	err = db.QueryRowContext(ctx, `
		select count(*) filter (where schema_name = 'main' and table_name = 'build_info'), count(*) filter (where schema_name = 'raw')
		from duckdb_tables()`).Scan(&marts, &raw)
	if err != nil {
		return false, explainOpen(file, err)
	}
	return marts > 0 && raw == 0, nil
}

// copyFile copies the bytes of a file that nobody has open for writing, and waits until they are on the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
