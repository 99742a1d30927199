// Package warehouse keeps events in a DuckDB file, builds the models over them, checks them and publishes snapshots.
package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Options of Open. A zero field takes DuckDB's default.
type Options struct {
	// MemoryLimit is DuckDB's during a build, such as 2GB. Between builds less is enough: appendResources.
	MemoryLimit string
	// Threads are those of a build; 0: one a core.
	Threads int
	// Holder says who holds the warehouse, for the message to a second process: "tieback ingest".
	Holder string
	// KeyFingerprint identifies the token key; a warehouse refuses another one than its first. Empty: not checked.
	KeyFingerprint string
	// Now is the clock of committed_at and the like.
	Now func() time.Time

	readOnly bool
}

// Warehouse is an open DuckDB file. Its methods may be called from several goroutines.
type Warehouse struct {
	// Path is the DuckDB file.
	Path string
	db   *sql.DB
	lock *fileLock
	now  func() time.Time
	// file is the database file, to keep blocks of it during a checkpoint. It is closed after DuckDB has closed the file: closing it
	// earlier would drop DuckDB's lock.
	file *os.File
	// writing is held by a checkpoint alone, and shared by all who write.
	writing sync.RWMutex
	// building are the resources of a build.
	building resources
	// room guards guests, how many want these resources now.
	room   sync.Mutex
	guests int
	// writer is the one connection that Append uses.
	writer *sql.Conn
	append appendState
}

// What a caller may want to tell apart, for errors.Is.
var (
	// ErrHeld is wrapped by errors that say which process holds the warehouse.
	ErrHeld = errors.New("the warehouse is in use")
	// ErrDiskFull: what was under way was not written.
	ErrDiskFull = errors.New("the disk is full")
	// ErrInvalid: after a fatal error DuckDB refuses everything until the file is opened again.
	ErrInvalid = errors.New("the database no longer answers")
)

// Open opens the warehouse for writing, makes it if there is none, and brings its
// schema up to date. One process may hold it at a time: a second one gets ErrHeld.
func Open(ctx context.Context, path string, o Options) (opened *Warehouse, err error) {
	defer explained(&err)
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the warehouse: %w", err)
	}
	lock, err := lockFile(path+".lock", o.Holder, o.Now())
	if err != nil {
		return nil, err
	}
	if err := putBack(path); err != nil {
		lock.release()
		return nil, err
	}
	db, err := openDB(path, o)
	if err != nil {
		lock.release()
		return nil, explainOpen(path, err)
	}
	w := &Warehouse{Path: path, db: db, lock: lock, now: o.Now}
	if w.file, err = os.Open(path); err != nil {
		return nil, errors.Join(explainOpen(path, err), w.Close())
	}
	if err := w.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *Warehouse) prepare(ctx context.Context, o Options) error {
	if err := w.migrate(ctx); err != nil {
		return err
	}
	if o.KeyFingerprint != "" {
		if err := w.checkKey(ctx, o.KeyFingerprint); err != nil {
			return err
		}
	}
	var err error
	if w.writer, err = w.db.Conn(ctx); err != nil {
		return explainOpen(w.Path, err)
	}
	if w.building, err = w.buildResources(ctx, o); err != nil {
		return err
	}
	if err := w.give(ctx, appendResources); err != nil {
		return err
	}
	if err := w.syncErased(ctx); err != nil {
		return err
	}
	return w.append.load(ctx, w.db, w.now())
}

// Close writes everything to the main file and releases the lock.
func (w *Warehouse) Close() (err error) {
	defer explained(&err)
	var errs []error
	if w.writer != nil {
		errs = append(errs, w.writer.Close())
		if info, err := os.Stat(w.Path + ".wal"); err == nil && info.Size() > 0 {
			errs = append(errs, w.checkpoint(context.Background()))
		}
	}
	errs = append(errs, w.db.Close())
	if w.file != nil {
		_ = w.file.Close() // only read
	}
	w.lock.release()
	return errors.Join(errs...)
}

// Healthy says whether the database still answers: after a fatal error DuckDB
// refuses everything although the process lives on.
func (w *Warehouse) Healthy(ctx context.Context) error {
	var one int
	if err := w.db.QueryRowContext(ctx, "select 1").Scan(&one); err != nil {
		return fmt.Errorf("%w, start again: %w", ErrInvalid, err)
	}
	return nil
}

// openDB opens a DuckDB file; an empty path is a database in memory.
func openDB(path string, o Options) (*sql.DB, error) {
	if o.readOnly {
		path += "?access_mode=READ_ONLY"
	}
	own := []string{"set timezone = 'UTC'"}
	// The first connection sets what holds for all: to set it while others plan queries is a race inside DuckDB.
	whole := []string{
		// DuckDB issues #22849 and #24363: this rule returned wrong values for, or lost, rows of row_number() = 1.
		"set disabled_optimizers = 'top_n_window_elimination'",
		// Only Warehouse.checkpoint makes checkpoints.
		"set wal_autocheckpoint = '1TB'",
		"pragma disable_checkpoint_on_shutdown",
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
	}
	var first sync.Mutex
	connector, err := duckdb.NewConnector(path, func(conn driver.ExecerContext) error {
		first.Lock()
		defer first.Unlock()
		for _, s := range append(own, whole...) {
			if _, err := conn.ExecContext(context.Background(), s, nil); err != nil {
				return err
			}
		}
		whole = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// explainOpen turns DuckDB's refusals to open a file into sentences.
func explainOpen(path string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "Conflicting lock"):
		return fmt.Errorf("%w: another program has %s open; analysts should open the snapshot beside it (%w)", ErrHeld, path, err)
	case strings.Contains(text, "not a valid DuckDB"):
		return fmt.Errorf("%s is not a DuckDB file; choose another path with --warehouse or move the file away (%w)", path, err)
	case strings.Contains(text, "Corrupt database file"):
		return fmt.Errorf("%s is damaged; move it away with all files whose names begin with its own, and tieback restore the newest backup (%w)", path, err)
	case strings.Contains(text, "newer") && strings.Contains(text, "version"):
		return fmt.Errorf("%s was written by a newer DuckDB; use the tieback that wrote it (%w)", path, err)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// checkKey stores the key's fingerprint on first use and refuses another one later.
func (w *Warehouse) checkKey(ctx context.Context, fingerprint string) error {
	var stored string
	err := w.db.QueryRowContext(ctx, "select value from meta.identity where name = 'key_fingerprint'").Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = w.db.ExecContext(ctx, "insert into meta.identity values ('key_fingerprint', ?)", fingerprint)
		return err
	}
	if err != nil {
		return fmt.Errorf("read the fingerprint of the token key: %w", err)
	}
	if stored != fingerprint {
		return fmt.Errorf("%s was made with another token key (fingerprint %s, given %s): the same persons would become strangers; set TIEBACK_KEY or key_file to the first key, or start a new warehouse", w.Path, stored, fingerprint)
	}
	return nil
}

// quoteText doubles quotes for a literal in SQL.
func quoteText(s string) string { return strings.ReplaceAll(s, "'", "''") }
