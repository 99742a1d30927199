package warehouse_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	files "tieback/sql"
	"tieback/warehouse"
)

func TestASecondOpenSaysWhoHoldsIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := warehouse.Open(context.Background(), f.Path, warehouse.Options{})
	want := fmt.Sprintf("the warehouse is in use: the test (process %d, since 2026-09-01 00:00:00 UTC) holds %s; stop it, or wait until it has ended", os.Getpid(), f.Path)
	if !errors.Is(err, warehouse.ErrHeld) || err.Error() != want {
		t.Errorf("a second open in this process: %v, want %s", err, want)
	}
	// The refused open must not have dropped DuckDB's own lock, which closing the file would do: another program is refused too.
	cmd := exec.Command(os.Args[0], "-test.run=^TestOpenInAnotherProcess$", "-test.v")
	cmd.Env = append(os.Environ(), "TIEBACK_TEST_WAREHOUSE="+f.Path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), want) || !strings.Contains(string(out), "another program has "+f.Path+" open") {
		t.Errorf("in another process:\n%s\nwant %s, and DuckDB's refusal", out, want)
	}
	if err := f.Healthy(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestOpenInAnotherProcess is what the test above runs in another process; by itself it does nothing.
func TestOpenInAnotherProcess(t *testing.T) {
	path := os.Getenv("TIEBACK_TEST_WAREHOUSE")
	if path == "" {
		t.Skip("runs in another process only")
	}
	_, err := warehouse.Open(context.Background(), path, warehouse.Options{})
	t.Log(err)
	// A program that takes no notice of our lock file, such as DuckDB's shell.
	if err := os.Rename(path+".lock", path+".lock.aside"); err != nil {
		t.Fatal(err)
	}
	_, err = warehouse.Open(context.Background(), path, warehouse.Options{})
	if !errors.Is(err, warehouse.ErrHeld) {
		t.Errorf("%v is not ErrHeld", err)
	}
	t.Log(err)
}

func TestClosedWarehousesOpenAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "folder", "tieback.duckdb")
	for i := range 2 {
		w, err := warehouse.Open(context.Background(), path, warehouse.Options{KeyFingerprint: "one"})
		if err != nil {
			t.Fatalf("open %d: %v", i+1, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := warehouse.Open(context.Background(), path, warehouse.Options{KeyFingerprint: "two"})
	if err == nil || !strings.Contains(err.Error(), "was made with another token key (fingerprint one, given two): the same persons would become strangers") {
		t.Errorf("another key gives %v", err)
	}
	w, err := warehouse.Open(context.Background(), path, warehouse.Options{})
	if err != nil {
		t.Fatalf("without a key, to query: %v", err)
	}
	w.Close()
}

// run executes statements on a DuckDB file from outside.
func run(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestFilesThatAreNoWarehouse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	foreign, text, later := filepath.Join(folder, "foreign.duckdb"), filepath.Join(folder, "text.duckdb"), filepath.Join(folder, "later.duckdb")
	run(t, foreign, "create table sales (x integer)")
	if err := os.WriteFile(text, []byte(strings.Repeat("order_id,gross\n", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := warehouse.Open(context.Background(), later, warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	run(t, later, "insert into meta.migration values (99, '0099_later', now())")
	for path, want := range map[string]string{
		foreign: "^" + foreign + ` is a DuckDB file of something else \(1 tables, none of them ours\); choose another path with --warehouse$`,
		text:    "^" + text + " is not a DuckDB file; choose another path with --warehouse or move the file away",
		later:   "^" + later + ` was written by a later tieback \(schema 99, this one knows \d+\); use that one$`,
	} {
		w, err := warehouse.Open(context.Background(), path, warehouse.Options{})
		if err == nil {
			w.Close()
		}
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%v, want %s", err, want)
		}
		// A file that was refused must not stay locked.
		if _, err := warehouse.Open(context.Background(), path, warehouse.Options{}); errors.Is(err, warehouse.ErrHeld) {
			t.Errorf("after the refusal: %v", err)
		}
	}
	run(t, foreign, "insert into sales values (1)")
}

// A warehouse that stopped at the second migration, and one that lacks a migration before its latest: both get what they lack, once.
func TestAnOlderSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files.Files, "schema/*.sql")
	if err != nil || len(names) < 3 {
		t.Fatalf("migrations %v, %v", names, err)
	}
	for what, has := range map[string][]int{"the first two": {0, 1}, "all but the third": append([]int{0, 1}, from(3, len(names)-1)...)} {
		file := filepath.Join(t.TempDir(), "tieback.duckdb")
		for _, i := range has {
			text, err := files.Files.ReadFile(names[i])
			if err != nil {
				t.Fatal(err)
			}
			if what == "all but the third" && strings.Contains(string(text), "published_figure") {
				continue // it adds to what the third makes
			}
			name := strings.TrimSuffix(path.Base(names[i]), ".sql")
			run(t, file, string(text), fmt.Sprintf("insert into meta.migration values (%s, '%s', now())", name[:4], name))
		}
		f := openFixture(t, file)
		if n := f.one("count(*)", "meta.published_figure"); n != "0" {
			t.Errorf("%s: the table of migration 3 has %s rows, want 0", what, n)
		}
		if got, want := f.one("count(distinct version) || ' of ' || count(*)", "meta.migration"), fmt.Sprintf("%d of %d", len(names), len(names)); got != want {
			t.Errorf("%s: %s migrations are written down, want each once: %s", what, got, want)
		}
	}
}

// An earlier version took two dead letters back that were one message, stored twice: the ledger adds up again, and other lines stay.
func TestALedgerThatAReplayBrokeIsMended(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files.Files, "schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tieback.duckdb")
	for _, name := range names {
		if path.Base(name) >= "0009" {
			break
		}
		text, err := files.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		name = strings.TrimSuffix(path.Base(name), ".sql")
		run(t, file, string(text), fmt.Sprintf("insert into meta.migration values (%s, '%s', now())", name[:4], name))
	}
	run(t, file, `insert into meta.batch values
		(1, 'sales', 0, 0, 3, 3, 1, 0, 0, 2, 0, now()), (2, 'sales', 0, 1, 3, 2, 0, 0, 0, 2, 0, now()), -- the two stored twice
		(3, 'sales', 0, null, null, 0, 2, 0, 0, -4, 0, now()),
		(4, 'sales', 0, null, null, 0, -1, 0, 0, 0, 1, now()), -- an erasure
		(5, 'people', 0, 0, 9, 9, 8, 0, 0, 0, 0, now()) -- nothing that a replay did`)
	f := openFixture(t, file)
	want := "[[people 8 0 0 0 1] [sales 2 2 0 1 0]]"
	if got := fmt.Sprint(f.rows("meta.reconciliation", "topic", "written", "duplicates", "dead_letters", "left_out", "difference")); got != want {
		t.Errorf("the ledger %s, want %s", got, want)
	}
}

// from lists the numbers from first to last.
func from(first, last int) []int {
	var list []int
	for i := first; i <= last; i++ {
		list = append(list, i)
	}
	return list
}

// What DuckDB says when it gives up, at once and from then on, is told from what it says of a full disk. The texts are DuckDB 1.5's.
func TestFatalErrorsAreKnown(t *testing.T) {
	for text, want := range map[string]error{
		"FATAL Error: Failed to create checkpoint because of error: failed to pin block of size 256.0 KiB":                                               warehouse.ErrInvalid,
		"FATAL Error: Failed: database has been invalidated because of a previous fatal error. The database must be restarted prior to being used again": warehouse.ErrInvalid,
		"FATAL Error: Failed to create checkpoint because of error: Could not write file \"w.duckdb\": No space left on device":                          warehouse.ErrDiskFull,
		"write tieback.duckdb.kept: no space left on device":                                                                                             warehouse.ErrDiskFull,
	} {
		if got := warehouse.ExplainWrite(errors.New(text)); !errors.Is(got, want) {
			t.Errorf("%s is taken for %v, want %v", text, got, want)
		}
	}
	if got := warehouse.ExplainWrite(errors.New("Constraint Error: no")); errors.Is(got, warehouse.ErrInvalid) {
		t.Errorf("a refused statement is taken for %v", got)
	}
}
