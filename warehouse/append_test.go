package warehouse_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/warehouse"
)

// standsAt fails unless the warehouse holds so many orders and its log stands there; 0 is a log that was never read.
func (f *fixture) standsAt(orders, position int64) {
	f.t.Helper()
	if n := f.one("count(*)", "raw.sale_order"); n != fmt.Sprint(orders) {
		f.t.Errorf("%s orders are in the warehouse, want %d", n, orders)
	}
	positions, err := f.Positions(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	if got := positions["sales"][0].Next; got != position {
		f.t.Errorf("the log stands at %d, want %d", got, position)
	}
	if n := f.one("coalesce(sum(difference), 0)", "meta.reconciliation"); n != "0" {
		f.t.Errorf("the ledger of messages is off by %s", n)
	}
}

func TestABatchThatBeginsElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "1.00"), sale("O-2", "2026-03-02", "1.00"))
	for _, first := range []int64{0, 1, 3} {
		f.next["sales"] = first
		batch, release := f.cut("sales", sale("O-3", "2026-03-02", "1.00"))
		_, err := f.Append(context.Background(), batch)
		release()
		want := fmt.Sprintf("sales partition 0: the batch begins at offset %d but the warehouse stands at 2; start ingest again", first)
		if err == nil || err.Error() != want {
			t.Errorf("a batch from %d: %v, want %s", first, err, want)
		}
	}
	f.standsAt(2, 2)
}

func TestNothingIsWrittenWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	batch, release := f.cut("sales", sale("O-1", "2026-03-02", "1.00"))
	defer release()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Append(ended, batch); err == nil {
		t.Error("Append under an ended context succeeded")
	}
	f.standsAt(0, 0)
	// The batch is whole still, so the next attempt may take it.
	if _, err := f.Append(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	f.standsAt(1, 1)
}

// A statement that fails late, after words, keys and the rows of another table were written, takes all of them back.
func TestNothingIsWrittenWhenAStatementFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	batch, release := f.cut("sales", sale("O-1", "2026-03-02", "1.00"),
		`{"id":"e-1","type":"social.engagement","time":"2026-03-02T10:00:00Z","platform":"facebook","action":"like"}`, `{"no":"event"}`)
	defer release()
	good := batch.Rows["social_engagement"]
	schema := arrow.NewSchema([]arrow.Field{{Name: "no_such_column", Type: arrow.PrimitiveTypes.Int64}, {Name: "seq", Type: arrow.PrimitiveTypes.Uint32}}, nil)
	wrong := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer wrong.Release()
	wrong.Field(0).(*array.Int64Builder).Append(1)
	wrong.Field(1).(*array.Uint32Builder).Append(1)
	bad := wrong.NewRecordBatch()
	defer bad.Release()
	batch.Rows["social_engagement"] = bad
	if _, err := f.Append(context.Background(), batch); err == nil || !strings.Contains(err.Error(), "social_engagement") {
		t.Fatalf("Append of a record with a wrong column: %v, want an error that names its table", err)
	}
	f.standsAt(0, 0)
	for _, table := range []string{"word", "seen", "seen_late", "batch", "dead_letter", "position", "touched_day"} {
		if n := f.one("count(*)", "meta."+table); n != "0" {
			t.Errorf("meta.%s holds %s rows of a batch that failed", table, n)
		}
	}
	batch.Rows["social_engagement"] = good
	outcome, err := f.Append(context.Background(), batch)
	if err != nil || outcome != (warehouse.Outcome{Written: 2}) {
		t.Fatalf("the same batch without the fault: %+v, %v", outcome, err)
	}
	f.standsAt(1, 3)
}

func TestDuplicatesAndConflicts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, other := sale("O-1", "2026-03-02", "1.00"), sale("O-1", "2026-03-02", "2.00")
	elsewhere := strings.Replace(one, `"shop"`, `"shop-2"`, 1)
	structured := `{"specversion":"1.0","id":"O-1","source":"shop","type":"sale.order","time":"2026-03-02T11:00:00+01:00","data":{"currency":"usd","gross":1,"order_id":"O-1","customer":"c-O-1"}}`
	visit := `{"id":"O-1","source":"shop","type":"web.visit","time":"2026-03-02T10:00:00Z","visitor":"v"}`
	for _, step := range []struct {
		name  string
		lines []string
		want  warehouse.Outcome
	}{
		{"twice in a batch, then with other content", []string{one, one, other, sale("O-2", "2026-03-02", "1.00")}, warehouse.Outcome{Written: 2, Duplicates: 1, Conflicts: 1}},
		{"again in the next batch, in another form", []string{one, structured}, warehouse.Outcome{Duplicates: 2}},
		{"with other content in the next batch", []string{other}, warehouse.Outcome{Conflicts: 1}},
		{"as an event of another type", []string{visit}, warehouse.Outcome{Conflicts: 1}},
		{"from another source", []string{elsewhere}, warehouse.Outcome{Written: 1}},
		{"for another day, which staging decides", []string{sale("O-1", "2026-03-03", "1.00")}, warehouse.Outcome{Written: 1}},
		{"for that day again", []string{sale("O-1", "2026-03-03", "1.00"), sale("O-1", "2026-03-03", "2.00")}, warehouse.Outcome{Duplicates: 1, Conflicts: 1}},
		{"for the first day again", []string{one}, warehouse.Outcome{Duplicates: 1}},
	} {
		if got := f.append("sales", step.lines...); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
	}
	f.standsAt(4, 13)
	got := fmt.Sprint(f.rows("meta.reconciliation", "consumed", "written", "duplicates", "conflicts", "dead_letters", "left_out", "difference"))
	// 13 = 4 written + 5 duplicates + 4 conflicts.
	if want := "[[13 4 5 4 0 0 0]]"; got != want {
		t.Errorf("the ledger of messages says %s, want %s", got, want)
	}
	if n := f.one("count(*)", "meta.dead_letter where code = 'conflict' and field = 'id'"); n != "4" {
		t.Errorf("%s conflicts are dead letters, want 4", n)
	}
}

// Keys that come more than two days behind the stream lie apart, and are found there, also by the next process.
func TestLateKeysAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tieback.duckdb")
	late, later := sale("O-1", "2026-03-02", "1.00"), sale("O-2", "2026-03-03", "1.00")
	t.Run("first process", func(t *testing.T) {
		f := openFixture(t, path)
		f.append("sales", sale("O-9", "2026-03-20", "1.00"))
		if got := f.append("sales", late, later, sale("O-3", "2026-03-19", "1.00")); got.Written != 3 {
			t.Errorf("late events: %+v, want 3 written", got)
		}
		if got := f.rows("(select 'seen' as place, occurred_at from meta.seen union all select 'late', occurred_at from meta.seen_late)", "place", "cast(occurred_at as date)"); fmt.Sprint(got) != "[[late 2026-03-02] [late 2026-03-03] [seen 2026-03-19] [seen 2026-03-20]]" {
			t.Errorf("keys are kept %v", got)
		}
		if got := f.append("sales", late, strings.Replace(later, "1.00", "2.00", 1)); got != (warehouse.Outcome{Duplicates: 1, Conflicts: 1}) {
			t.Errorf("late events again: %+v", got)
		}
		f.standsAt(4, 6)
	})
	t.Run("second process", func(t *testing.T) {
		f := openFixture(t, path)
		f.next["sales"] = 6
		if got := f.append("sales", late, sale("O-4", "2026-03-04", "1.00")); got != (warehouse.Outcome{Written: 1, Duplicates: 1}) {
			t.Errorf("late events in another process: %+v", got)
		}
		if n := f.one("count(*)", "meta.seen_late"); n != "3" {
			t.Errorf("%s keys lie apart, want 3", n)
		}
		// One batch over more days than are looked up singly.
		var lines []string
		for day := range 60 {
			lines = append(lines, sale("O-1", knownAt.AddDate(0, 0, day-250).Format("2006-01-02"), "1.00"))
		}
		if got := f.append("sales", lines...); got != (warehouse.Outcome{Written: 60}) {
			t.Errorf("sixty days: %+v", got)
		}
		if got := f.append("sales", lines...); got != (warehouse.Outcome{Duplicates: 60}) {
			t.Errorf("sixty days again: %+v", got)
		}
	})
}

// A batch is compared with the keys of its own days only, wherever they lie: history that is read behind the stream must
// not make every batch slower.
func TestOnlyKeysOfTheDaysAreLookedUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("costs", sale("O-0", "2026-08-30", "1.00"))
	for n := range 50 {
		f.append("sales", sale(fmt.Sprint("O-", n+1), knownAt.AddDate(0, 0, n-200).Format("2006-01-02"), "1.00"))
	}
	if n := f.one("count(*)", "meta.seen_late"); n != "50" {
		t.Fatalf("%s keys lie apart, want 50", n)
	}
	day := knownAt.AddDate(0, 0, -200).Truncate(24 * time.Hour)
	var many []time.Time
	for n := range 45 {
		many = append(many, day.AddDate(0, 0, n))
	}
	for _, c := range []struct {
		days []time.Time
		want string
	}{
		{many[:1], "1"}, {[]time.Time{many[3], many[9]}, "2"}, {many, "45"}, {[]time.Time{time.Date(2026, 8, 30, 0, 0, 0, 0, time.UTC)}, "1"}, {[]time.Time{time.Date(2026, 8, 29, 0, 0, 0, 0, time.UTC)}, "0"},
	} {
		if n := f.one("count(*)", "("+warehouse.SeenQuery(c.days)+") as seen"); n != c.want {
			t.Errorf("%s keys are looked up for %d days, want %s", n, len(c.days), c.want)
		}
	}
}

// An event of a producer whose clock is years ahead makes nothing late that follows, in this process or the next.
func TestAClockYearsAheadMakesNothingLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tieback.duckdb")
	for run, first := range []string{sale("O-1", "2090-03-02", "1.00"), sale("O-2", "2026-08-31", "1.00")} {
		t.Run(fmt.Sprint("process ", run+1), func(t *testing.T) {
			f := openFixture(t, path)
			f.next["sales"] = 2 * int64(run)
			f.known = time.Date(2090, 3, 3, 0, 0, 0, 0, time.UTC)
			if got := f.append("sales", first); got.Written != 1 {
				t.Fatalf("%+v, want 1 written; dead letters %v", got, f.rows("meta.dead_letter", "code", "reason"))
			}
			f.append("sales", sale(fmt.Sprint("O-", run+3), "2026-08-31", "1.00"))
			if n := f.one("count(*)", "meta.seen_late"); n != "0" {
				t.Errorf("%s keys lie apart, want none", n)
			}
		})
	}
}

// What could not be decoded is kept to the byte, and neither it nor any event leaves a person's id on the disk.
func TestPersonsAndDeadLettersAreSealed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "tieback.duckdb")
	payload := "{\"customer\":\"needle-7731\",\x00\xff}"
	t.Run("fill", func(t *testing.T) {
		f := openFixture(t, path)
		f.append("sales", strings.Replace(sale("O-1", "2026-03-02", "1.00"), "c-O-1", "needle-7731", 1), payload)
		var sealed []byte
		if err := f.DB().QueryRow("select payload from meta.dead_letter where code = 'not_utf8' and kafka_offset = 1").Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		plain, err := f.secret.Open(sealed)
		if err != nil || string(plain) != payload {
			t.Errorf("unsealed %q (%v), want %q", plain, err, payload)
		}
		f.mustBuild(settings())
	})
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v (%v)", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("needle-7731")) {
			t.Errorf("%s holds a raw personal id", filepath.Base(name))
		}
	}
}

func TestGapsAreRecorded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "1.00"))
	if err := f.RecordGap(context.Background(), "sales", 0, 1, 5, 9, 5); err != nil {
		t.Fatal(err)
	}
	f.standsAt(1, 5)
	if got := fmt.Sprint(f.rows("meta.offset_gap", "topic", "partition", "stored_offset", "log_start", "log_end", "resumed_at")); got != "[[sales 0 1 5 9 5]]" {
		t.Errorf("recorded %s", got)
	}
	f.next["sales"] = 5
	f.append("sales", sale("O-2", "2026-03-02", "1.00"))
	f.standsAt(2, 6)
}
