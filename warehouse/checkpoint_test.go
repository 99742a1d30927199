package warehouse_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieback/warehouse"
)

// died is a warehouse of a process that was killed in the middle of a checkpoint: its files as they lay there.
type died struct {
	*testing.T
	path string
	rows string
	// places are where blocks of metadata begin, size is how long one is.
	places []int64
	size   int64
}

// dieInCheckpoint appends what stays in the log, and begins a checkpoint.
func dieInCheckpoint(t *testing.T) died {
	t.Helper()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	if err := f.Close(); err != nil { // the file holds metadata now
		t.Fatal(err)
	}
	f = openFixture(t, f.Path)
	f.next["sales"] = 1
	f.append("sales", sale("O-2", "2026-03-03", "10.00"), sale("O-3", "2026-03-04", "10.00"))
	ctx := context.Background()
	if err := f.KeepMetadata(ctx); err != nil {
		t.Fatal(err)
	}
	d := died{T: t, path: filepath.Join(t.TempDir(), "died.duckdb"), rows: f.one("count(*)", "raw.sale_order")}
	var err error
	if d.places, d.size, err = f.MetadataBlocks(ctx); err != nil || len(d.places) == 0 {
		t.Fatalf("%d blocks of metadata, %v", len(d.places), err)
	}
	for _, ending := range []string{"", ".wal", ".kept"} {
		content, err := os.ReadFile(f.Path + ending)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(d.path+ending, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// change writes into one of the files.
func (d died) change(ending string, at int64, bytes string) {
	d.Helper()
	file, err := os.OpenFile(d.path+ending, os.O_RDWR, 0)
	if err != nil {
		d.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte(bytes), at); err != nil {
		d.Fatal(err)
	}
}

// tear leaves each block of metadata half written.
func (d died) tear() {
	for _, place := range d.places {
		d.change("", place+8, strings.Repeat("torn", int(d.size/8)))
	}
}

func (d died) opens() {
	d.Helper()
	f := openFixture(d.T, d.path)
	if got := f.one("count(*)", "raw.sale_order"); got != d.rows {
		d.Errorf("%s orders after the start, want %s", got, d.rows)
	}
	if _, err := os.Stat(warehouse.KeptPath(d.path)); !errors.Is(err, os.ErrNotExist) {
		d.Errorf("what was kept stays behind (%v)", err)
	}
	f.mustBuild(settings())
	if err := f.Close(); err != nil {
		d.Error(err)
	}
	f = openFixture(d.T, d.path)
	if got := f.one("count(*)", "raw.sale_order"); got != d.rows {
		d.Errorf("%s orders after a checkpoint and another start, want %s", got, d.rows)
	}
}

// A process that is killed while DuckDB writes blocks of metadata in their place leaves blocks that are neither old nor new. The next
// start puts the old ones back.
func TestTornCheckpointIsUndone(t *testing.T) {
	t.Parallel()
	d := dieInCheckpoint(t)
	d.tear()
	d.opens()
}

// Without what was kept that file does not open: the test before would fail if nothing were put back.
func TestTornFileIsRefused(t *testing.T) {
	t.Parallel()
	d := dieInCheckpoint(t)
	d.tear()
	if err := os.Remove(warehouse.KeptPath(d.path)); err != nil {
		t.Fatal(err)
	}
	_, err := warehouse.Open(context.Background(), d.path, warehouse.Options{})
	if err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), "tieback restore") {
		t.Errorf("%v, want that the file is damaged and what to do", err)
	}
}

// A process that died before its checkpoint began left what it kept half written: nothing is put back.
func TestKeptBlocksAreCutOff(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d died){
		"cut off": func(d died) {
			if err := os.Truncate(warehouse.KeptPath(d.path), 100_000); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(d died) {
			if err := os.Truncate(warehouse.KeptPath(d.path), 0); err != nil {
				t.Fatal(err)
			}
		},
		"another byte": func(d died) { d.change(".kept", 20_000, "?") },
	} {
		t.Run(name, func(t *testing.T) {
			d := dieInCheckpoint(t)
			spoil(d)
			d.opens()
		})
	}
}

// A process that died right after its checkpoint left what it kept, which is older than the file: nothing is put back.
func TestKeptBlocksOfACheckpointThatEnded(t *testing.T) {
	t.Parallel()
	d := dieInCheckpoint(t)
	kept, err := os.ReadFile(warehouse.KeptPath(d.path))
	if err != nil {
		t.Fatal(err)
	}
	f := openFixture(t, d.path)
	f.mustBuild(settings())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(warehouse.KeptPath(d.path), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	d.opens()
}

// What killed builds, backups and restores left goes with the next one, and no restore lies down beside a log.
func TestLeftoversGo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	folder := filepath.Dir(f.Path)
	part := filepath.Join(folder, ".tieback.snapshot.part")
	for _, name := range []string{part, part + ".wal"} {
		if err := os.WriteFile(name, []byte("half a snapshot"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.mustBuild(settings())
	ctx := context.Background()
	stop, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.Backup(stop, "", warehouse.Retention{}); err == nil {
		t.Error("a backup that was canceled succeeded")
	}
	backup, err := f.Backup(ctx, "", warehouse.Retention{})
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v stay behind (%v)", left, err)
	}
	path := filepath.Join(t.TempDir(), "restored.duckdb")
	for _, ending := range []string{".wal", ".wal.checkpoint", ".wal.recovery", ".kept"} {
		if err := os.WriteFile(path+ending, []byte("of another warehouse"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := warehouse.Restore(ctx, path, backup, warehouse.Options{}); err == nil || !strings.Contains(err.Error(), path+ending+" is there already") {
			t.Errorf("%s: %v, want that it is there already", ending, err)
		}
		if err := os.Remove(path + ending); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".restoring"+ending, []byte("half a restore"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := warehouse.Restore(ctx, path, backup, warehouse.Options{}); err != nil {
		t.Error(err)
	}
}
