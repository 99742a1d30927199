package warehouse_test

import (
	"slices"
	"strings"
	"testing"

	"tieback/ingest/event"
)

// notMarks are columns that end like a mark and are values of their own.
var notMarks = []string{"utm_source"}

// What is derived says so: a column x_source stands in the row of x, and a mart that has x where it can be derived has its mark.
func TestDerivedValuesAreMarked(t *testing.T) {
	f := newFixture(t)
	f.mustBuild(settings())
	columns := make(map[string][]string)
	for _, row := range snapshotRows(t, openSnapshot(t, f.Path), "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal") {
		columns[row[0]] = append(columns[row[0]], row[1])
	}
	marks := make(map[string]int)
	for table, list := range columns {
		for _, column := range list {
			of, isMark := strings.CutSuffix(column, "_source")
			if !isMark || slices.Contains(notMarks, column) {
				continue
			}
			if marks[table]++; of == "program" {
				of = "program_id"
			}
			if !slices.Contains(list, of) {
				t.Errorf("%s.%s marks no column of its row", table, column)
			}
		}
	}
	for table, values := range map[string][]string{
		"fct_engagements": {"direction", "actor", "personal", "program"},
		"fct_orders":      {"customer_id", "utm_source", "utm_medium", "utm_campaign", "margin", "is_first_order"},
		"fct_order_lines": {"cost_of_goods"}, "fct_touches": {"platform", "program"}, "fct_costs_daily": {"program"},
		"fct_claims": {"program", "currency"}, "dim_content": {"program"},
	} {
		for _, value := range values {
			if !slices.Contains(columns[table], value+"_source") {
				t.Errorf("%s does not say where %s comes from: it has no %s_source", table, value, value)
			}
		}
		if marks[table] != len(values) {
			t.Errorf("%s has %d marks, want the %d of %v", table, marks[table], len(values), values)
		}
	}
}

// Every click parameter that ingest keeps has a platform, and the models know no other.
func TestClickParametersHaveAPlatform(t *testing.T) {
	f := newFixture(t)
	f.mustBuild(settings())
	var named []string
	for _, row := range f.rows("int_click_parameters_named", "click_parameter") {
		named = append(named, row[0])
	}
	want := slices.Sorted(slices.Values(event.ClickParameters))
	if !slices.Equal(named, want) {
		t.Errorf("the models name %v, ingest keeps %v", named, want)
	}
}
