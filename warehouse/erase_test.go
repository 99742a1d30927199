package warehouse_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tieback/ingest/event"
	"tieback/warehouse"
)

// erasure is the event by which a person asks to be erased.
func erasure(kind, person, at string) string {
	return fmt.Sprintf(`{"id":"erase-%s-%s","source":"crm","type":"privacy.erasure","time":%q,"person_kind":%q,"person":%q}`, kind, person, at, kind, person)
}

// holders lists the columns of some schemas that hold a token, by the person whose it is; meta.erased is no such place.
func (f *fixture) holders(tokens map[string]string, schemas ...string) map[string][]string {
	f.t.Helper()
	var persons []string
	for person, token := range tokens {
		persons = append(persons, "('"+person+"', '"+token+"')")
	}
	if _, err := f.DB().Exec("set memory_limit = '1GB'"); err != nil { // more than appends have
		f.t.Fatal(err)
	}
	columns := make(map[string][]string) // by table
	from := "duckdb_columns() where data_type in ('UUID', 'VARCHAR') and schema_name in ('" + strings.Join(schemas, "', '") + "')"
	for _, c := range f.rows(from, "schema_name", "table_name", "column_name") {
		if table := c[0] + "." + c[1]; table != "meta.erased" {
			columns[table] = append(columns[table], "select '"+table+"."+c[2]+"' as place, cast("+c[2]+" as varchar) as held from "+table)
		}
	}
	found := make(map[string][]string)
	for _, parts := range columns {
		from := "(" + strings.Join(parts, " union all ") + ") as held inner join (values " + strings.Join(persons, ", ") + ") as persons (person, token) on contains(held.held, persons.token)"
		for _, row := range f.rows(from, "person", "place") {
			found[row[0]] = append(found[row[0]], row[1])
		}
	}
	return found
}

// Every field of the contract that can hold a person is emptied of an erased one: in staging as soon as the event is there, in raw with the
// next build. A field that is added to the contract and forgotten in sql/staging or purge.go fails here.
func TestEveryFieldLosesAnErasedPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := make(map[string]string)
	var erasures, lines []string
	for _, typ := range event.Types {
		for i := range typ.Fields {
			field := &typ.Fields[i]
			if field.Kind != event.Unit && (field.Kind != event.Token || field.TokenKind == "text") {
				continue
			}
			person := typ.Name + " " + field.Name
			fields := map[string]any{"id": person, "source": "test", "type": typ.Name, "time": knownAt.Add(-time.Hour).Format(time.RFC3339)}
			for j := range typ.Fields {
				fields[typ.Fields[j].Name], _ = sample(&typ.Fields[j], j)
			}
			kind := field.TokenKind
			if name, ok := strings.CutPrefix(kind, "@"); ok {
				kind = fields[name].(string)
			}
			if field.Kind == event.Unit {
				delete(fields, "unit") // persons, by default
			}
			fields[field.Name] = person
			line, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
			tokens[person] = f.secret.TokenText(kind, person)
			erasures = append(erasures, erasure(kind, person, "2026-01-01T00:00:00Z"))
		}
	}
	if len(tokens) < 13 {
		t.Fatalf("only %d fields hold persons: %v", len(tokens), tokens)
	}
	f.append("log", erasures...)
	f.mustBuild(settings())
	if got := f.append("log", lines...); got.Written != int64(len(lines)) {
		t.Fatalf("%+v, want %d written", got, len(lines))
	}
	raw, staging := f.holders(tokens, "raw"), f.holders(tokens, "staging")
	for person := range tokens {
		if len(raw[person]) == 0 {
			t.Errorf("raw does not hold %s at first: the test shows nothing", person)
		}
		for _, place := range staging[person] {
			if !strings.HasPrefix(place, "staging.stg_identity_pairs.") && !strings.HasPrefix(place, "staging.stg_erasures.") {
				t.Errorf("%s: %s shows a person who was erased before", person, place)
			}
		}
	}
	f.mustBuild(settings())
	for person, places := range f.holders(tokens, "raw", "staging", "intermediate", "marts", "meta") {
		t.Errorf("%s is left in %v", person, places)
	}
	if n := f.one("coalesce(sum(difference), 0)", "meta.reconciliation"); n != "0" {
		t.Errorf("the ledger of messages is off by %s", n)
	}
}

// Snapshots that hold an erased person go as soon as one without that person is published, and not before.
func TestErasureRemovesSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append("sales", sale("O-1", "2026-03-02", "100.00"), sale("O-2", "2026-03-02", "50.00"))
	f.mustBuild(settings())
	f.mustBuild(settings())
	f.append("people", erasure("customer", "c-O-1", "2026-03-05T00:00:00Z"))
	spoil := func(by string) { // a ledger that does not add up: the build erases and publishes nothing
		if _, err := f.DB().Exec("update meta.batch set consumed = consumed " + by + " where topic = 'sales'"); err != nil {
			t.Fatal(err)
		}
	}
	spoil("+ 1")
	if built, err := f.buildAll(settings()); err == nil || built.Erased != (warehouse.Erasure{Tokens: 1, Changed: 2}) {
		t.Fatalf("%+v, %v; want one identity erased, and that a check fails", built, err)
	}
	if got := versions(t, f.Path); len(got) != 2 {
		t.Errorf("snapshots %v, want both: none is without the person", got)
	}
	spoil("- 1")
	if built := f.mustBuild(settings()); built.Erased != (warehouse.Erasure{}) {
		t.Errorf("%+v was erased again", built.Erased)
	}
	if got := versions(t, f.Path); !slices.Equal(got, []string{"tieback.snapshot.000003.duckdb"}) {
		t.Errorf("snapshots %v, want the new one only", got)
	}
	f.mustBuild(settings())
	if got := versions(t, f.Path); len(got) != 2 {
		t.Errorf("snapshots %v, want what was published after the erasure", got)
	}
}

// The warehouse and the file beside it learn from each other who is erased, whichever of the two is older.
func TestErasedTokensAreKeptTwice(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "tieback.duckdb")
	list := warehouse.ErasedPath(path)
	lines := func() int {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "\n") - 1 // without the head
	}
	t.Run("nobody", func(t *testing.T) {
		f := openFixture(t, path)
		f.append("sales", sale("O-1", "2026-03-02", "100.00"))
		f.mustBuild(settings())
		if _, err := os.Stat(list); !os.IsNotExist(err) {
			t.Errorf("there is a list of nobody: %v", err)
		}
	})
	t.Run("one", func(t *testing.T) {
		f := openFixture(t, path)
		f.next["people"] = 0
		f.append("people", erasure("customer", "c-O-1", "2026-03-05T00:00:00Z"))
		f.mustBuild(settings())
		if lines() != 1 {
			t.Errorf("%d tokens in the file, want 1", lines())
		}
	})
	t.Run("the file is lost", func(t *testing.T) {
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
		openFixture(t, path)
		if lines() != 1 {
			t.Errorf("%d tokens in the file, want 1", lines())
		}
	})
	t.Run("the warehouse is older", func(t *testing.T) {
		f := openFixture(t, path)
		token := f.secret.TokenText("customer", "c-O-2")
		file, err := os.OpenFile(list, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(file, "%s 2026-03-06T00:00:00Z true\n", token)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	})
	f := openFixture(t, path)
	f.next["sales"] = 1
	f.append("sales", sale("O-2", "2026-03-02", "50.00"))
	f.mustBuild(settings())
	if n := f.one("count(*)", "meta.erased"); n != "2" {
		t.Errorf("%s tokens in the warehouse, want 2", n)
	}
	if n := f.one("count(customer)", "raw.sale_order"); n != "0" {
		t.Errorf("%s orders name a person, want none", n)
	}
}
