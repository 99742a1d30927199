package tieback_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/evidence"
	"tieback/warehouse"
)

var updateDocs = flag.Bool("update", false, "write docs/metrics.md and docs/marts.md anew")

// TestDocsOfFiguresAndMartsAreCurrent builds an empty warehouse and compares its catalog and comments with the pages in docs.
func TestDocsOfFiguresAndMartsAreCurrent(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "empty.duckdb")
	w, err := warehouse.Open(ctx, path, warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Build(ctx, warehouse.Build{
		Settings: warehouse.Settings{Values: map[string]string{"reporting_currency": "USD", "time_zone": "UTC", "credit_model": "last_non_direct", "lookback_days": "30", "suppress_below": "10", "identity_min_confidence": "0.8"}},
		Computed: evidence.Models(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	snapshot, err := warehouse.OpenSnapshot(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	pages := map[string]string{"metrics.md": figuresPage(t, snapshot), "marts.md": martsPage(t, snapshot)}
	for name, want := range pages {
		name = filepath.Join("docs", name)
		if *updateDocs {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, string(got)); d != "" {
			t.Errorf("%s is not what the models say; run: go test . -update\n%s", name, d)
		}
	}
}

func figuresPage(t *testing.T, s *warehouse.Snapshot) string {
	var b strings.Builder
	b.WriteString(figuresHead)
	err := s.Each(context.Background(), "select figure, definition, formula, unit, coalesce(grade, ''), coalesce(caveat, ''), model from catalog order by figure", func(rows *sql.Rows) error {
		var figure, definition, formula, unit, grade, caveat, model string
		if err := rows.Scan(&figure, &definition, &formula, &unit, &grade, &caveat, &model); err != nil {
			return err
		}
		fmt.Fprintf(&b, "| **%s** | %s | %s | %s | %s | %s | [`%s`](marts.md#%s) |\n", figure, definition, formula, unit, grade, caveat, model, model)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(figuresTail)
	return b.String()
}

const figuresHead = `# Figures

<!-- Generated from sql/marts/catalog.sql by "go test . -update". Do not edit. -->

One definition for each figure; the report and the snapshot's table ` + "`catalog`" + ` read the same one.

| figure | what it is | formula | unit | grade | caveat | model |
|---|---|---|---|---|---|---|
`

const figuresTail = `
## Grades

**A** randomized, registered before its start, analyzed as registered, arms of the planned sizes, mature · **B** quasi-experiment with its checks passed ·
**C** calibrated by an A or B result · **D** attribution rule or uncalibrated correlation · **E** self-reported. Only A to C may be called incremental; D is
attributed; what platforms say is claimed. The three never share a column.

## Intervals

Two-sided 90 % unless said; how often they hold the truth where it is known: [truth](truth.md). "Lower bound" is the lower end of that interval. The chance that a return exceeds its hurdle is what a flat prior
says: T((return − hurdle) / standard error).

## Two clocks

Ledger figures count an adjustment when it is booked. Credit, pilots and returns count it on the day of its order. A period is immature until its end plus the
maturity: by then 95 of 100 refunds have come. Immature periods are shown, never decide, and never raise what may be spent.

## Decisions of a pilot

On the registered metric only: *scale* if the lower end of the return lies above the hurdle, *stop* if the upper end lies below it, else *iterate*, with
the units in each arm that would settle it. A fixed pilot decides once, when it is mature; a sequential one only by its always-valid interval,
and it is not stopped while it runs, since its whole cost is counted then and only a part of its margin has come.
How a pilot's result becomes a program's return: [decision 5](decisions/0005-return.md). Pilots of venues, regions and markets, and launches:
[decision 16](decisions/0016-places-and-launches.md).
`

func martsPage(t *testing.T, s *warehouse.Snapshot) string {
	var b strings.Builder
	b.WriteString("# What analysts find\n\n<!-- Generated from the comments of the snapshot by \"go test . -update\". Do not edit. -->\n\n" +
		"Open `data/tieback.snapshot.duckdb` with any DuckDB client. Every table and column carries the comment printed here. Money is `decimal(18,4)`, sums over many rows `decimal(38,4)`.\n")
	table := ""
	err := s.Each(context.Background(), `
		select tables.table_name, coalesce(tables.comment, ''), columns.column_name, columns.data_type, coalesce(columns.comment, '')
		from duckdb_tables() as tables
		inner join duckdb_columns() as columns on tables.table_oid = columns.table_oid
		order by tables.table_name, columns.column_index`, func(rows *sql.Rows) error {
		var name, sentence, column, kind, comment string
		if err := rows.Scan(&name, &sentence, &column, &kind, &comment); err != nil {
			return err
		}
		if name != table {
			table = name
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| column | type | |\n|---|---|---|\n", name, sentence)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", column, strings.ToLower(kind), comment)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every test that docs/invariants.md names exists.
func TestInvariantsNameTests(t *testing.T) {
	text, err := os.ReadFile("docs/invariants.md")
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			there[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(text, -1)
	if len(named) < 50 {
		t.Errorf("%d tests are named, want more", len(named))
	}
	for _, match := range named {
		if !there[string(match[1])] {
			t.Errorf("docs/invariants.md names %s, which no file has", match[1])
		}
	}
}
