package warehouse_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieback/evidence"
	"tieback/warehouse"
)

// Every mart of an empty company must be there with all its comments: what an analyst opens first.
func TestEveryMartAndColumnHasAComment(t *testing.T) {
	f := newFixture(t)
	f.mustBuild(settings())
	snapshot := openSnapshot(t, f.Path)
	models, err := warehouse.AllModels(evidence.Models())
	if err != nil {
		t.Fatal(err)
	}
	var marts []string
	for _, m := range models {
		if m.Layer == warehouse.Marts {
			marts = append(marts, m.Name)
		}
	}
	slices.Sort(marts)
	var tables []string
	for _, row := range snapshotRows(t, snapshot, "select table_name, coalesce(comment, '') from duckdb_tables() where schema_name = 'main' order by table_name") {
		tables = append(tables, row[0])
		if row[1] == "" {
			t.Errorf("table %s has no comment", row[0])
		}
	}
	if !slices.Equal(tables, marts) {
		t.Errorf("the snapshot holds %v, want the marts %v", tables, marts)
	}
	named := make(map[string]bool) // column and table.column
	columns := make(map[string][]string)
	for _, row := range snapshotRows(t, snapshot, "select table_name, column_name, coalesce(comment, '') from duckdb_columns() where schema_name = 'main' and not internal order by table_name, column_index") {
		table, column, comment := row[0], row[1], row[2]
		if !strings.HasSuffix(comment, ".") {
			t.Errorf("%s.%s: the comment %q is no sentence; write one in sql/columns.txt", table, column, comment)
		}
		named[column], named[table+"."+column] = true, true
		columns[table] = append(columns[table], column)
	}
	for table, list := range columns {
		// A name that DuckDB reads as a keyword fails here, where it stands without quotes.
		snapshotRows(t, snapshot, "select "+strings.Join(list, ", ")+" from "+table+" limit 0")
		for _, column := range list {
			if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(column) {
				t.Errorf("%s.%s needs quotes", table, column)
			}
		}
	}
	for _, name := range commentedNames(t) {
		if !named[name] {
			t.Errorf("sql/columns.txt speaks of %s, which no mart has", name)
		}
	}
}

// commentedNames lists the names in front of the colons of sql/columns.txt.
func commentedNames(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../sql/columns.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range split(string(text)) {
		if line[0] != '#' {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
	}
	return names
}

func openSnapshot(t *testing.T, path string) *warehouse.Snapshot {
	t.Helper()
	snapshot, err := warehouse.OpenSnapshot(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snapshot.Close() })
	return snapshot
}

// snapshotRows runs a query on a snapshot; all its columns must be text.
func snapshotRows(t *testing.T, s *warehouse.Snapshot, query string) [][]string {
	t.Helper()
	rows, err := s.Texts(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}
