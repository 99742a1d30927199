package warehouse_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieback/evidence"
	"tieback/warehouse"
)

func TestEveryModelHasAHeader(t *testing.T) {
	models, err := warehouse.AllModels(evidence.Models())
	if err != nil {
		t.Fatal(err)
	}
	names := map[warehouse.Layer]*regexp.Regexp{
		warehouse.Staging:      regexp.MustCompile(`^stg_[a-z_]+s$`),
		warehouse.Intermediate: regexp.MustCompile(`^int_[a-z_]+_[a-z]+$`),
		warehouse.Marts:        regexp.MustCompile(`^((dim|fct)_[a-z_]+|[a-z_]+_(by_[a-z_]+|results|info|quality)|[a-z_]+_differences|answerable|catalog|restatements)$`),
	}
	for _, m := range models {
		if m.Sentence == "" || len(m.Grain) == 0 || len(m.Reads) == 0 {
			t.Errorf("%s: sentence %q, grain %v, reads %v; want all three", m.Name, m.Sentence, m.Grain, m.Reads)
		}
		if !names[m.Layer].MatchString(m.Name) {
			t.Errorf("%s stands in %s, whose names look like %s", m.Name, m.Layer, names[m.Layer])
		}
		for _, r := range m.Reads {
			if strings.HasPrefix(r, "raw.") && m.Layer != warehouse.Staging {
				t.Errorf("%s reads %s; only staging reads raw tables", m.Name, r)
			}
		}
	}
}

// A model is built where nothing exists but what its header declares, so that an undeclared read fails; and each declared
// read is taken away in turn, so that one that is not needed shows.
func TestModelsReadWhatTheyDeclare(t *testing.T) {
	f := newFixture(t)
	f.mustBuild(settings())
	models, err := warehouse.AllModels(evidence.Models())
	if err != nil {
		t.Fatal(err)
	}
	layers := make(map[string]warehouse.Layer)
	for _, m := range models {
		layers[m.Name] = m.Layer
	}
	columns := make(map[string][]string)
	from := "duckdb_columns() where schema_name in ('staging', 'intermediate', 'marts', 'raw', 'meta')"
	for _, row := range f.rows(from, "table_name", "1000 + column_index", "column_name", "data_type", "schema_name") {
		name := row[0]
		if row[4] == "raw" || row[4] == "meta" {
			name = row[4] + "." + name
		}
		columns[name] = append(columns[name], row[2]+" "+row[3])
	}
	for _, m := range models {
		if m.Layer == warehouse.Marts && m.Units == "" && strings.Contains(fmt.Sprint(columns[m.Name]), "DECIMAL(18,4)") {
			t.Errorf("%s holds money and states no units", m.Name)
		}
		if faults := readFaults(t, m, layers, columns); len(faults) > 0 {
			t.Errorf("%s:\n  %s", m.Name, strings.Join(faults, "\n  "))
		}
	}
}

// readFaults builds the model over empty tables of what it declares, then without each of them.
func readFaults(t *testing.T, m warehouse.Model, layers map[string]warehouse.Layer, columns map[string][]string) []string {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.EmptyDB()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec := func(query string) {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			t.Fatalf("%s: %s: %v", m.Name, query, err)
		}
	}
	for _, schema := range []string{"raw", "meta", "staging", "intermediate", "marts"} {
		exec("create schema " + schema)
	}
	full := func(read string) string {
		if strings.Contains(read, ".") {
			return read
		}
		return string(layers[read]) + "." + read
	}
	for _, read := range m.Reads {
		exec("create table " + full(read) + " (" + strings.Join(columns[read], ", ") + ")")
	}
	if err := warehouse.BuildOne(ctx, conn, m); err != nil {
		return []string{"it reads something its header does not declare: " + err.Error()}
	}
	return append(notNeeded(ctx, conn, m, full, exec), strayTables(t, ctx, conn, m)...)
}

// notNeeded lists declared reads without which the model builds just as well.
func notNeeded(ctx context.Context, conn *sql.Conn, m warehouse.Model, full func(string) string, exec func(string)) []string {
	var faults []string
	for _, read := range m.Reads {
		schema, name, _ := strings.Cut(full(read), ".")
		exec("drop " + map[bool]string{true: "view", false: "table"}[m.Layer == warehouse.Staging] + " if exists " + string(m.Layer) + "." + m.Name)
		exec("alter table " + schema + "." + name + " rename to taken_away")
		if warehouse.BuildOne(ctx, conn, m) == nil {
			faults = append(faults, "its header declares "+read+", which it does not read")
		}
		exec("alter table " + schema + ".taken_away rename to " + name)
	}
	return faults
}

// strayTables makes sure that a build leaves nothing but the model behind.
func strayTables(t *testing.T, ctx context.Context, conn *sql.Conn, m warehouse.Model) []string {
	t.Helper()
	var faults []string
	rows, err := conn.QueryContext(ctx, "select table_name from duckdb_tables() where not temporary")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		known := name == m.Name || slices.ContainsFunc(m.Reads, func(r string) bool { return r == name || strings.HasSuffix(r, "."+name) })
		if !known {
			faults = append(faults, "it leaves "+name+" behind")
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return faults
}

// The test above must bite.
func TestUndeclaredAndIdleReadsAreFound(t *testing.T) {
	layers := map[string]warehouse.Layer{"stg_a": warehouse.Staging, "stg_b": warehouse.Staging}
	columns := map[string][]string{"stg_a": {"x integer"}, "stg_b": {"y integer"}}
	m := warehouse.Model{Name: "int_joined", Layer: warehouse.Intermediate, Grain: []string{"x"}, Reads: []string{"stg_a"}, Query: "select x from stg_a cross join stg_b"}
	if faults := readFaults(t, m, layers, columns); len(faults) != 1 || !strings.Contains(faults[0], "does not declare") {
		t.Errorf("an undeclared read gives %q", faults)
	}
	m.Reads, m.Query = []string{"stg_a", "stg_b"}, "select x from stg_a"
	if faults := readFaults(t, m, layers, columns); len(faults) != 1 || !strings.Contains(faults[0], "declares stg_b, which it does not read") {
		t.Errorf("an idle read gives %q", faults)
	}
}
