package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieback/warehouse"
)

// everything lists all rows of raw and meta as text, but for the migrations' clock.
func everything(t *testing.T, f *fixture) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, table := range f.rows("duckdb_tables() where schema_name in ('raw', 'meta') and table_name <> 'migration'", "schema_name || '.' || table_name") {
		for _, row := range f.rows("(select to_json(t) as line from "+table[0]+" as t)", "line") {
			all[table[0]] = append(all[table[0]], row[0])
		}
	}
	return all
}

// A backup holds everything that cannot be computed again, whatever was appended while it was written comes after it, and a
// warehouse restored from it goes on as the first would have.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFixture(t)
	lines := company(t)
	half := len(lines) / 2
	f.append("log", append(lines[:half:half], "no event", `{"id":"x"}`)...)
	f.mustBuild(settings())
	want := everything(t, f)
	backup, err := f.Backup(ctx, "", warehouse.Retention{Keep: 2})
	if err != nil {
		t.Fatal(err)
	}
	if name := filepath.Base(backup); name != "tieback.backup.000001.duckdb" {
		t.Errorf("the backup is called %s", name)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v (%v), want that nobody else may read it: it holds sealed dead letters", info.Mode(), err)
	}
	f.append("log", lines[half:]...)
	f.mustBuild(settings())
	marts := hashes(t, f)

	path := filepath.Join(t.TempDir(), "new", "tieback.duckdb")
	o := warehouse.Options{Threads: 1, KeyFingerprint: testSecret(t, 7).Fingerprint(), Now: func() time.Time { return knownAt }}
	if err := warehouse.Restore(ctx, path, backup, o); err != nil {
		t.Fatal(err)
	}
	restored := openFixture(t, path)
	if diff := cmp.Diff(want, everything(t, restored)); diff != "" {
		t.Errorf("raw and meta (-at the backup +restored):\n%s", diff)
	}
	letters, err := restored.DeadLetters(ctx, warehouse.DeadLetterFilter{})
	if err != nil || len(letters) != 2 {
		t.Fatalf("%d dead letters, %v, want 2", len(letters), err)
	}
	if plain, err := restored.secret.Open(letters[0].Payload); err != nil || string(plain) != "no event" {
		t.Errorf("a dead letter came back as %q, %v", plain, err)
	}
	restored.next["log"] = int64(half) + 2
	restored.append("log", lines[half:]...)
	restored.mustBuild(settings())
	got := hashes(t, restored)
	if diff := cmp.Diff(marts, got); diff != "" {
		t.Errorf("marts (-never lost +restored):\n%s", diff)
	}
}

// Restore overwrites nothing, and takes nothing that is no backup of this key.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	backup, err := f.Backup(ctx, filepath.Join(t.TempDir(), "mine.duckdb"), warehouse.Retention{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Backup(ctx, backup, warehouse.Retention{}); err == nil || !strings.Contains(err.Error(), "never overwrites") {
		t.Errorf("a second backup under the same name: %v", err)
	}
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	write := func(name string) {
		if err := os.WriteFile(path(name), []byte("something"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("there.duckdb")
	write("log.duckdb.wal")
	write("text.duckdb")
	o := warehouse.Options{Threads: 1, KeyFingerprint: testSecret(t, 7).Fingerprint(), Now: time.Now}
	other := o
	other.KeyFingerprint = testSecret(t, 8).Fingerprint()
	for name, c := range map[string]struct {
		path, from string
		o          warehouse.Options
		want       string
	}{
		"a warehouse is there":        {path("there.duckdb"), backup, o, "is there already; restore overwrites nothing"},
		"a log is there":              {path("log.duckdb"), backup, o, "log.duckdb.wal is there already"},
		"the warehouse is held":       {f.Path, backup, o, "the warehouse is in use: the test"},
		"no backup":                   {path("a.duckdb"), path("missing.duckdb"), o, "no such file"},
		"not a database":              {path("b.duckdb"), path("text.duckdb"), o, "is not a DuckDB file"},
		"a published snapshot":        {path("c.duckdb"), warehouse.SnapshotPath(f.Path), o, "is a published snapshot, which holds marts only"},
		"another token key":           {path("d.duckdb"), backup, other, "was made with another token key"},
		"a database of somebody else": {path("e.duckdb"), foreignDatabase(t), o, "is a DuckDB file of something else"},
	} {
		err := warehouse.Restore(ctx, c.path, c.from, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := os.Lstat(c.path + ".restoring"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a half-restored file stays behind", name)
		}
	}
	if content, err := os.ReadFile(path("there.duckdb")); err != nil || string(content) != "something" {
		t.Errorf("the file that was there holds %q (%v)", content, err)
	}
	if _, err := warehouse.LatestBackup(path("a.duckdb")); err == nil || !strings.Contains(err.Error(), "tieback backup makes one") {
		t.Errorf("the latest of no backups: %v", err)
	}
}

func foreignDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "foreign.duckdb")
	run(t, path, "create table sales (x integer)")
	return path
}

// The newest backups stay; a torn one leaves nothing behind.
func TestRetentionOfBackups(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	for range 3 {
		if _, err := f.Backup(context.Background(), "", warehouse.Retention{Keep: 2}); err != nil {
			t.Fatal(err)
		}
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Backup(canceled, "", warehouse.Retention{Keep: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("a backup that was given up: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.Contains(e.Name(), "backup") {
			names = append(names, e.Name())
		}
	}
	if diff := cmp.Diff([]string{"tieback.backup.000002.duckdb", "tieback.backup.000003.duckdb"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if latest, err := warehouse.LatestBackup(f.Path); err != nil || filepath.Base(latest) != "tieback.backup.000003.duckdb" {
		t.Errorf("the latest is %s (%v)", latest, err)
	}
	f.append("sales", sale("O-2", "2026-03-02", "100.00"))
}

// A commit whose context ends leaves the warehouse fit for the next one, wherever the context ended.
func TestAppendAfterACanceledAppend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	written := 0
	for i := range 30 {
		batch, release := f.cut("sales", sale("O-1", "2026-03-02", "100.00"), `{"id":"`+strings.Repeat("x", i+1)+`","type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"p","kind":"api"}`)
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*500*time.Microsecond)
		_, err := f.Append(ctx, batch)
		cancel()
		if err != nil {
			_, err = f.Append(context.Background(), batch)
		} else {
			written++
		}
		release()
		if err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
		f.next["sales"] = batch.Ranges[0].Next
	}
	t.Logf("%d of 30 were quicker than their deadline", written)
	if got := f.one("count(*) || ' ' || sum(consumed) || ' ' || count(distinct batch_id)", "meta.batch"); got != "30 60 30" {
		t.Errorf("lines, messages and batches of the ledger: %s, want 30 60 30", got)
	}
}

// A backup that is written while batches are appended holds whole batches: rows, keys, ledger and positions of one moment.
func TestBackupBesideAppends(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFixture(t)
	backups, failed := make(chan string, 8), make(chan error, 1)
	go func() {
		defer close(backups)
		for range 4 {
			file, err := f.Backup(ctx, "", warehouse.Retention{Keep: 10})
			if err != nil {
				failed <- err
				return
			}
			backups <- file
		}
	}()
	batches := 0
	var files []string
	for running := true; running; {
		lines := make([]string, 200)
		for i := range lines {
			lines[i] = sale(fmt.Sprintf("O-%d-%d", batches, i), "2026-03-02", "1.00")
		}
		f.append("sales", lines...)
		batches++
		select {
		case file, more := <-backups:
			if running = more; more {
				files = append(files, file)
			}
		default:
		}
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	amid := 0
	for i, file := range files {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i), "tieback.duckdb")
		if err := warehouse.Restore(ctx, path, file, warehouse.Options{Threads: 1, Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		restored := openFixture(t, path)
		rows := restored.one("count(*)", "raw.sale_order")
		for from, column := range map[string]string{"meta.seen": "count(*)", "meta.batch": "coalesce(sum(written), 0)", "meta.position": "coalesce(max(next_offset), 0)"} {
			if got := restored.one(column, from); got != rows {
				t.Errorf("backup %d: %s of %s is %s, want %s as there are rows", i+1, column, from, got, rows)
			}
		}
		if rows != "0" && rows != fmt.Sprint(200*batches) {
			amid++
		}
	}
	t.Logf("%d batches, %d of %d backups amid them", batches, amid, len(files))
	if amid == 0 || len(files) != 4 {
		t.Errorf("%d of %d backups were written amid the batches, want some of 4", amid, len(files))
	}
}
