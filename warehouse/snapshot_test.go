package warehouse_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tieback/warehouse"
)

// versions lists the snapshot files beside a warehouse, without the link.
func versions(t *testing.T, path string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "tieback.snapshot.*.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	slices.Sort(files)
	return files
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	built := f.mustBuild(settings())
	link := filepath.Join(filepath.Dir(f.Path), "tieback.snapshot.duckdb")
	if built.Snapshot != link || warehouse.SnapshotPath(f.Path) != link {
		t.Errorf("the snapshot is %s, want %s", built.Snapshot, link)
	}
	target, err := os.Readlink(link)
	if err != nil || target != "tieback.snapshot.000001.duckdb" {
		t.Fatalf("the link points to %q (%v), want the first version, without its folder so that both can be moved", target, err)
	}
	info, err := os.Stat(link)
	if err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("the snapshot has mode %v (%v), want read-only", info.Mode(), err)
	}
	old := openSnapshot(t, f.Path)
	count := func(s *warehouse.Snapshot) string {
		return snapshotRows(t, s, "select cast(count(*) as varchar) from fct_orders")[0][0]
	}
	// Four more were published since, say; with the next one there are six, of which five stay.
	for n := 2; n <= 5; n++ {
		if err := os.WriteFile(filepath.Join(filepath.Dir(f.Path), fmt.Sprintf("tieback.snapshot.%06d.duckdb", n)), nil, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	f.append("sales", sale("O-2", "2026-03-03", "10.00"))
	f.mustBuild(settings())
	want := []string{"tieback.snapshot.000002.duckdb", "tieback.snapshot.000003.duckdb", "tieback.snapshot.000004.duckdb", "tieback.snapshot.000005.duckdb", "tieback.snapshot.000006.duckdb"}
	if got := versions(t, f.Path); !slices.Equal(got, want) {
		t.Errorf("on the disk are %v, want %v", got, want)
	}
	if n := count(old); n != "1" {
		t.Errorf("the reader of the first snapshot, which is pruned, sees %s orders, want 1 still", n)
	}
	if n := count(openSnapshot(t, f.Path)); n != "2" {
		t.Errorf("the newest snapshot has %s orders, want 2", n)
	}
	if got := f.one("string_agg(snapshot_id, ' ' order by snapshot_id)", "meta.snapshot"); got != "1 6" {
		t.Errorf("published snapshots %s, want 1 and 6", got)
	}
}

// A name that was used must not come again: a client that died over an old file may have left a log that DuckDB would replay into a new one.
func TestSnapshotNamesAreNeverReused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	folder := filepath.Dir(f.Path)
	if err := os.WriteFile(filepath.Join(folder, "tieback.snapshot.000001.duckdb"), []byte("left by somebody"), 0o444); err != nil {
		t.Fatal(err)
	}
	f.mustBuild(settings())
	if target, _ := os.Readlink(warehouse.SnapshotPath(f.Path)); target != "tieback.snapshot.000002.duckdb" {
		t.Errorf("beside a file that nobody knows the first snapshot is %s, want 000002", target)
	}
	if err := os.Remove(filepath.Join(folder, "tieback.snapshot.000002.duckdb")); err != nil {
		t.Fatal(err)
	}
	f.mustBuild(settings())
	if target, _ := os.Readlink(warehouse.SnapshotPath(f.Path)); target != "tieback.snapshot.000003.duckdb" {
		t.Errorf("after the second was removed by hand the next is %s, want 000003", target)
	}
}

func TestSnapshotIsReadOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	s := openSnapshot(t, f.Path)
	if _, err := s.Texts(context.Background(), "delete from fct_orders"); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a delete gives %v, want a refusal: the snapshot is read-only", err)
	}
	var out bytes.Buffer
	for format, want := range map[warehouse.Format]string{
		warehouse.Table: "order_id  gross     margin\nO-1       100.0000  null\n",
		warehouse.CSV:   "order_id,gross,margin\nO-1,100.0000,\n",
		warehouse.JSON:  "[\n\t{\"order_id\":\"O-1\",\"gross\":100.0000,\"margin\":null}\n]\n",
	} {
		out.Reset()
		if err := s.Query(context.Background(), "select order_id, gross, margin from fct_orders;", format, &out); err != nil || out.String() != want {
			t.Errorf("%s: %q (%v), want %q", format, out.String(), err, want)
		}
	}
	out.Reset()
	if err := s.Query(context.Background(), "select order_id from fct_orders", warehouse.Parquet, &out); err != nil || !bytes.HasPrefix(out.Bytes(), []byte("PAR1")) {
		t.Errorf("parquet begins with %q (%v)", out.Bytes()[:min(4, out.Len())], err)
	}
	if err := s.Query(context.Background(), "select 1", "xml", &out); err == nil || err.Error() != "format xml is not one of table, csv, json, parquet" {
		t.Errorf("an unknown format gives %v", err)
	}
	if err := s.Query(context.Background(), "select * from orders", warehouse.Table, &out); err == nil || !strings.Contains(err.Error(), "the tables are listed by") {
		t.Errorf("an unknown table gives %v, want a hint how to list them", err)
	}
}
