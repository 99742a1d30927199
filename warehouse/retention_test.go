package warehouse_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tieback/evidence"
	"tieback/warehouse"
)

// The newest stay, and what is young enough; the linked one stays in any case, and a reader keeps what it has open.
func TestRetentionOfSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	folder := filepath.Dir(f.Path)
	// Snapshots 8 to 12 were published so many days ago; names with more digits follow those with fewer.
	for n, days := range map[int]int{8: 40, 9: 30, 10: 6, 11: 5, 999_998: 1} {
		name := filepath.Join(folder, fmt.Sprintf("tieback.snapshot.%06d.duckdb", n))
		if err := os.WriteFile(name, nil, 0o444); err != nil {
			t.Fatal(err)
		}
		at := knownAt.AddDate(0, 0, -days)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []string{"tieback.snapshot.000001.duckdb.wal", "tieback.snapshot.1x.duckdb", "tieback.snapshot.0.txt"} {
		if err := os.WriteFile(filepath.Join(folder, other), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := func(keep warehouse.Retention, want ...string) {
		t.Helper()
		_, err := f.Build(context.Background(), warehouse.Build{Settings: settings(), Computed: evidence.Models(), Keep: keep, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range versions(t, f.Path) {
			var n int
			if _, err := fmt.Sscanf(name, "tieback.snapshot.%d.duckdb", &n); err == nil {
				got = append(got, fmt.Sprint(n))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("on the disk are %v, want %v", got, want)
		}
	}
	build(warehouse.Retention{Keep: 2, Younger: 10 * 24 * time.Hour}, "1", "10", "11", "999998")
	reader := openSnapshot(t, f.Path)
	build(warehouse.Retention{Keep: 1}, "2", "999998")
	if target, err := os.Readlink(warehouse.SnapshotPath(f.Path)); err != nil || target != "tieback.snapshot.000002.duckdb" {
		t.Errorf("the link points to %s (%v), want the new one, which stays although a higher number is there", target, err)
	}
	if rows := snapshotRows(t, reader, "select cast(count(*) as varchar) from build_info"); rows[0][0] == "0" {
		t.Error("the reader of a snapshot that was removed sees nothing")
	}
}
