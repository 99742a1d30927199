package warehouse_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	files "tieback/sql"
)

// Every figure with a definition is judged, every model named holds figures, and every input a figure names is judged: one that
// is misspelled would drop out of the join and the figure look better known than it is.
func TestAnswerableHoldsEveryFigure(t *testing.T) {
	f := newFixture(t)
	f.mustBuild(settings())
	snapshot := openSnapshot(t, f.Path)
	column := func(query string) []string {
		var values []string
		for _, row := range snapshotRows(t, snapshot, query) {
			values = append(values, row[0])
		}
		return values
	}
	figures := column("select figure from answerable order by place")
	for _, figure := range column("select figure from catalog") {
		if !slices.Contains(figures, figure) {
			t.Errorf("%s is defined in catalog and not judged in answerable", figure)
		}
	}
	tables := column("select table_name from duckdb_tables()")
	for _, model := range column("select distinct model from answerable where model is not null") {
		if !slices.Contains(tables, model) {
			t.Errorf("answerable names %s, which is no mart", model)
		}
	}
	var inputs []string
	for _, row := range f.rows("int_inputs_judged", "input") {
		inputs = append(inputs, row[0])
	}
	text, err := files.Files.ReadFile("marts/answerable.sql")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?m)^ +\([0-9]+, '.*, '([^']+)'\),?$`).FindAllStringSubmatch(string(text), -1)
	if len(lists) != len(figures) {
		t.Errorf("%d lists of inputs for %d figures", len(lists), len(figures))
	}
	used := make(map[string]bool)
	for _, list := range lists {
		for _, input := range strings.Split(list[1], ",") {
			used[input] = true
			if !slices.Contains(inputs, input) {
				t.Errorf("a figure needs %q, which int_inputs_judged does not judge", input)
			}
		}
	}
	for _, input := range inputs {
		if !used[input] {
			t.Errorf("%s is judged and no figure needs it", input)
		}
	}
}
