package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tieback/evidence"
	"tieback/warehouse"
)

func model(name string, reads ...string) warehouse.Model {
	return warehouse.Model{Name: name, Layer: warehouse.Marts, Sentence: "a row.", Grain: []string{"x"}, Reads: reads, Query: "select 1 as x"}
}

func TestOrder(t *testing.T) {
	order, err := warehouse.Order([]warehouse.Model{model("c", "b", "raw.sale_order"), model("a", "meta.word"), model("b", "a")})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range order {
		names = append(names, m.Name)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(names, want) {
		t.Errorf("order %v, want %v", names, want)
	}
	for _, c := range []struct {
		name   string
		models []warehouse.Model
		want   string
	}{
		{"a loop", []warehouse.Model{model("a", "b"), model("b", "c"), model("c", "a")}, "c and a read each other"},
		{"a model that reads itself", []warehouse.Model{model("a", "a")}, "a and a read each other"},
		{"an unknown read", []warehouse.Model{model("a", "fct_orders")}, "a reads fct_orders, which is no model"},
		{"one name twice", []warehouse.Model{model("a", "raw.x"), model("a", "raw.y")}, "two models are called a"},
	} {
		if _, err := warehouse.Order(c.models); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestHeadersAreRead(t *testing.T) {
	m, err := warehouse.ParseModel("sales", "-- sales: what was sold.\n--\n-- grain: day, shop\n-- reads: fct_orders, dim_date\n-- units: dollars\n--\n-- Prose: with a colon.\n\nselect 1")
	if err != nil {
		t.Fatal(err)
	}
	if m.Sentence != "what was sold." || !slices.Equal(m.Grain, []string{"day", "shop"}) || !slices.Equal(m.Reads, []string{"fct_orders", "dim_date"}) || m.Units != "dollars" {
		t.Errorf("read %+v", m)
	}
	for text, want := range map[string]string{
		"-- other: x.\n-- grain: a\n-- reads: b\n": `the header must begin with "-- sales: what a row is about"`,
		"select 1":                                      "the header of sales lacks its sentence, grain or reads",
		"-- sales: x.\n-- grain: a\nselect 1":           "the header of sales lacks its sentence, grain or reads",
		"-- sales: x.\n-- reads: a\nselect 1":           "the header of sales lacks its sentence, grain or reads",
		"-- sales:\n-- grain: a\n-- reads: b\nselect 1": "the header of sales lacks its sentence, grain or reads",
	} {
		if _, err := warehouse.ParseModel("sales", text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func sale(id, day, gross string) string {
	return fmt.Sprintf(`{"id":%q,"source":"shop","type":"sale.order","time":"%sT10:00:00Z","order_id":%q,"gross":%q,"currency":"USD","customer":"c-%s"}`, id, day, id, gross, id)
}

// ownModels builds with an analyst's model beside ours.
func ownModels(t *testing.T, f *fixture, name, text string) (warehouse.Built, error) {
	t.Helper()
	own, err := warehouse.ModelsFrom(fstest.MapFS{name + ".sql": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return f.Build(context.Background(), warehouse.Build{Settings: settings(), Computed: evidence.Models(), Own: own, Log: slog.New(slog.DiscardHandler)})
}

func TestOwnModelsAndTheirGrain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"), sale("O-2", "2026-03-02", "50.00"))
	if _, err := ownModels(t, f, "sales_by_day", "-- sales_by_day: what was sold on each day.\n--\n-- grain: order_date\n-- reads: fct_orders\n\nselect order_date, gross from fct_orders"); err == nil ||
		err.Error() != "build sales_by_day: grain (order_date) is not unique: 1 repeated keys" {
		t.Errorf("a grain that repeats gives %v", err)
	}
	if _, err := warehouse.OpenSnapshot(context.Background(), f.Path); err == nil || !strings.Contains(err.Error(), "there is no snapshot beside") {
		t.Errorf("after a build that failed: %v, want no snapshot", err)
	}
	if _, err := ownModels(t, f, "sales_by_day", "-- sales_by_day: what was sold on each day.\n--\n-- grain: order_date\n-- reads: fct_orders\n\nselect order_date, sum(gross) as gross from fct_orders group by order_date"); err != nil {
		t.Fatal(err)
	}
	rows := snapshotRows(t, openSnapshot(t, f.Path), "select cast(order_date as varchar), cast(gross as varchar) from sales_by_day")
	if want := "[[2026-03-02 150.0000]]"; fmt.Sprint(rows) != want {
		t.Errorf("the analyst's mart holds %v, want %s", rows, want)
	}
}

// A batch whose ledger does not add up is what the checks are for: it counts two messages and explains one.
func TestAFailingCheckPublishesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"))
	f.mustBuild(settings())
	before, err := os.Readlink(warehouse.SnapshotPath(f.Path))
	if err != nil {
		t.Fatal(err)
	}
	batch, release := f.cut("sales", sale("O-2", "2026-03-03", "50.00"))
	defer release()
	batch.Ranges[0].Consumed = 2
	if _, err := f.Append(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	_, err = f.buildAll(settings())
	var failed *warehouse.CheckError
	if !errors.As(err, &failed) || len(failed.Failed) != 1 || failed.Failed[0].Name != "messages_reconcile" || failed.Failed[0].Rows != 1 {
		t.Fatalf("build: %v, want check messages_reconcile to find 1 row", err)
	}
	if want := "1 checks failed, nothing was published:\n  messages_reconcile: 1 rows, the first topic sales, partition 0, difference 1"; err.Error() != want {
		t.Errorf("the error says %q, want %q", err, want)
	}
	after, err := os.Readlink(warehouse.SnapshotPath(f.Path))
	if err != nil || after != before {
		t.Errorf("the link points to %s (%v), want %s still", after, err, before)
	}
	if rows := snapshotRows(t, openSnapshot(t, f.Path), "select order_id from fct_orders"); len(rows) != 1 {
		t.Errorf("the snapshot holds %v, want the one order of before", rows)
	}
}

// retold are the models that compare a build with what was published before.
var retold = []string{
	"restatements", "restatements_by_reason", "int_publication_compared", "int_figures_moved", "int_sale_entries_paired", "int_sale_entries_moved",
	"int_cost_entries_moved", "int_path_reasons_found", "int_estimate_reasons_found",
}

// hashes reads every mart and intermediate table as one hash of its rows in order, but for those that depend on what was published before.
func hashes(t *testing.T, f *fixture) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, row := range f.rows("duckdb_tables() where schema_name in ('marts', 'intermediate')", "table_name") {
		if name := row[0]; !slices.Contains(retold, name) {
			found[name] = f.one("md5(string_agg(line, chr(10) order by line))", "(select cast(whole as varchar) as line from "+name+" as whole) as lines")
		}
	}
	return found
}
