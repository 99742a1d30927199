package warehouse_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"tieback/evidence"
	"tieback/warehouse"
)

// TestWhyFiguresMove reads the cases of testdata/restatements. The comment of a file is one sentence with the arithmetic behind the
// wanted numbers. Its sections are those of testdata/models, each in front of it the number of the publication it comes before:
//
//	1/events, 2/events      events that come before the first publication, between the first and the second, and so on
//	2/settings, 2/programs, 2/tills  settings, rules and tills from then on
//	want/M.csv              what model M holds after the last publication
func TestWhyFiguresMove(t *testing.T) {
	files, err := filepath.Glob("testdata/restatements/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runRestatement(t, file)
		})
	}
}

func runRestatement(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	f := newFixture(t)
	s := settings()
	publication := ""
	publish := func() {
		if publication != "" {
			f.mustPublish(s)
			f.contributionsAddUp()
		}
	}
	for i, section := range archive.Files {
		number, name, _ := strings.Cut(section.Name, "/")
		body := string(section.Data)
		if number != publication {
			publish()
			publication = number
		}
		switch {
		case number == "want":
			got := f.csv(t, strings.Replace(name, ".csv", "", 1), body)
			if diff := cmp.Diff(body, got); diff != "" && !*update {
				t.Errorf("%s\n%s (- want, + got):\n%s", strings.TrimSpace(string(archive.Comment)), section.Name, diff)
			}
			archive.Files[i].Data = []byte(got)
		case name == "events":
			f.append("log", split(body)...)
		case name == "settings":
			for _, line := range split(body) {
				key, value, _ := strings.Cut(line, ":")
				s.Values[key] = strings.TrimSpace(value)
			}
		case name == "programs":
			s.Programs = programs(t, body)
		case name == "tills":
			s.Tills = tills(t, body)
		default:
			t.Fatalf("no section is called %s", section.Name)
		}
	}
	if formatted := txtar.Format(archive); *update && !bytes.Equal(formatted, text) {
		if err := os.WriteFile(file, formatted, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mustPublish builds and publishes what restatements are made of; mustBuild does so with all the rest.
func (f *fixture) mustPublish(s warehouse.Settings) {
	f.t.Helper()
	all, err := warehouse.AllModels(evidence.Models())
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.PublishSome(f.t.Context(), s, closure(all, map[string]bool{"restatements": true, "int_clock_read": true, "int_link_persons_listed": true})); err != nil {
		f.t.Fatal(err)
	}
}

// contributionsAddUp says that every move has a reason, and that where the reasons of a move are split they sum to it exactly.
func (f *fixture) contributionsAddUp() {
	f.t.Helper()
	from := `restatements inner join (
		select figure, subject, month_start, snapshot_id, count(*) as reasons, count(contribution) as split, sum(contribution) as contribution
		from restatements_by_reason
		group by figure, subject, month_start, snapshot_id
	) as parts using (figure, subject, month_start, snapshot_id)`
	if got, want := f.one("count(*)", from), f.one("count(*)", "restatements"); got != want {
		f.t.Errorf("%s of %s moves have reasons", got, want)
	}
	wrong := " where figure <> 'incremental margin' and restatements.reasons <> 'not recorded' and change is not null and (parts.reasons <> split or contribution <> change)"
	for _, row := range f.rows(from+wrong, "figure", "subject", "month_start", "change", "contribution", "restatements.reasons") {
		f.t.Errorf("the contributions do not sum to the move: %v", row)
	}
}

// moves lists what is restated, by reason.
func (f *fixture) moves() string {
	var lines []string
	for _, row := range f.rows("restatements_by_reason", "figure", "subject", "month_start", "snapshot_id", "reason", "contribution") {
		lines = append(lines, strings.Join(row, " "))
	}
	return strings.Join(lines, "\n")
}

// A build that finds nothing new tells nothing new, and does not forget what moved before.
func TestRestatementsStay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"), sale("O-2", "2026-04-02", "30.00"))
	f.mustBuild(settings())
	if n := f.one("count(*)", "restatements"); n != "0" {
		t.Fatalf("after the first build %s figures are restated, want none", n)
	}
	f.append("sales", sale("O-3", "2026-03-09", "50.00"))
	f.mustBuild(settings())
	want := "ledger net revenue (none) USD 2026-03-01 2 late event 50.0000\nnet revenue (all) 2026-03-01 2 late event 50.0000"
	for _, built := range []string{"after the late order", "a build later", "two builds later"} {
		if got := f.moves(); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", built, got, want)
		}
		f.mustBuild(settings())
	}
}

// A build that publishes nothing shows what would be restated, and leaves it to the next one.
func TestACheckRestatesNothingForGood(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	f.append("sales", sale("O-3", "2026-03-09", "50.00"))
	for range 2 {
		if _, err := f.Build(t.Context(), warehouse.Build{Settings: settings(), Computed: evidence.Models(), CheckOnly: true, Log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		if n := f.one("count(*)", "restatements where snapshot_id = 2"); n != "2" {
			t.Errorf("a check tells of %s moves, want 2", n)
		}
	}
	f.append("sales", sale("O-4", "2026-03-10", "7.00"))
	f.mustBuild(settings())
	if got := f.one("string_agg(distinct contribution, ', ')", "restatements_by_reason"); got != "57.0000" {
		t.Errorf("published after checks: %s, want 57.0000 from both orders", got)
	}
}

// What comes by other ways than the end of its log is late all the same: a dead letter that is replayed keeps its old offset,
// and the offsets of a topic that was made anew begin again.
func TestLateByOtherWays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	broken := `{"id":"O-2","source":"shop","type":"sale.order","time":"2026-03-03T10:00:00Z","order_id":"O-2","currency":"USD"}`
	f.append("sales", broken, sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	letters, err := f.DeadLetters(t.Context(), warehouse.DeadLetterFilter{})
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d dead letters, %v, want 1", len(letters), err)
	}
	f.next["sales"] = 0
	batch, release := f.cut("sales", sale("O-2", "2026-03-03", "20.00"))
	defer release()
	batch.Ranges, batch.Replayed = nil, letters
	if _, err := f.Append(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	f.mustBuild(settings())
	if err := f.RecordGap(t.Context(), "sales", 0, 2, 0, 5, 0); err != nil {
		t.Fatal(err)
	}
	f.append("sales", sale("O-3", "2026-03-04", "3.00"))
	f.mustBuild(settings())
	want := strings.Join([]string{
		"ledger net revenue (none) USD 2026-03-01 2 late event 20.0000", "ledger net revenue (none) USD 2026-03-01 3 late event 3.0000",
		"net revenue (all) 2026-03-01 2 late event 20.0000", "net revenue (all) 2026-03-01 3 late event 3.0000",
	}, "\n")
	if got := f.moves(); got != want {
		t.Errorf("restated\n%s\nwant\n%s", got, want)
	}
}

// A batch that comes while models are built is in none of this snapshot's figures, although it is in raw when it is published.
func TestABatchDuringABuildIsLateForTheNext(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	meanwhile := warehouse.Model{
		Name: "int_zz_appended", Layer: warehouse.Intermediate, Sentence: "nothing.", Grain: []string{"x"}, Reads: []string{"int_orders_valued"}, Columns: []warehouse.Column{{Name: "x", Type: "integer"}},
		Rows: func(context.Context, *warehouse.Reader, func(...any) error) error {
			f.append("sales", sale("O-2", "2026-03-09", "50.00"))
			return nil
		},
	}
	if _, err := f.Build(t.Context(), warehouse.Build{Settings: settings(), Computed: append(evidence.Models(), meanwhile), Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if n := f.one("count(*)", "restatements"); n != "0" {
		t.Errorf("%s figures are restated by an order that came while they were built, want none yet", n)
	}
	f.mustBuild(settings())
	want := "ledger net revenue (none) USD 2026-03-01 3 late event 50.0000\nnet revenue (all) 2026-03-01 3 late event 50.0000"
	if got := f.moves(); got != want {
		t.Errorf("restated\n%s\nwant\n%s", got, want)
	}
}

// A row that somebody changed by hand moves figures without any cause, and moves of before reasons were kept have none: both are said.
func TestWithoutAReason(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	change := func(statement string) {
		if _, err := f.DB().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	change("update raw.sale_order set gross = 90")
	f.mustBuild(settings())
	for _, table := range []string{"publication", "published_sale", "published_reason"} {
		change("delete from meta." + table)
	}
	f.mustBuild(settings())
	got := fmt.Sprint(f.rows("restatements", "figure", "snapshot_id", "old_amount", "new_amount", "reasons"))
	if want := "[[ledger net revenue 2 100.0000 90.0000 not recorded] [net revenue 2 100.0000 90.0000 not recorded]]"; got != want {
		t.Errorf("with nothing recorded %s, want %s", got, want)
	}
	change("update raw.sale_order set gross = 80")
	f.mustBuild(settings())
	want := "ledger net revenue (none) USD 2026-03-01 4 unexplained -10.0000\nnet revenue (all) 2026-03-01 4 unexplained -10.0000"
	if got := f.moves(); !strings.Contains(got, strings.Split(want, "\n")[0]) || !strings.Contains(got, strings.Split(want, "\n")[1]) {
		t.Errorf("restated\n%s\nwant\n%s", got, want)
	}
}
