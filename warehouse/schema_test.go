package warehouse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest/event"
)

// columnTypes says how DuckDB keeps each kind of field.
var columnTypes = map[event.Kind]string{
	event.Text: "VARCHAR", event.Unit: "VARCHAR", event.Object: "VARCHAR", event.Word: "UINTEGER", event.Name: "UINTEGER", event.Currency: "UINTEGER",
	event.Ref: "UUID", event.Token: "UUID", event.Money: "DECIMAL(18,4)", event.Rate: "DECIMAL(28,12)", event.Time: "TIMESTAMP",
	event.Date: "DATE", event.Int: "BIGINT", event.Bool: "BOOLEAN", event.URL: "VARCHAR",
}

// The DDL of sql/schema is written by hand; what it must say follows from the declarations of ingest/event.
func TestRawTablesFollowTheDeclarations(t *testing.T) {
	f := newFixture(t)
	got := make(map[string][]string)
	for _, row := range f.rows("duckdb_columns() where schema_name = 'raw'", "table_name", "1000 + column_index", "column_name", "data_type") {
		got[row[0]] = append(got[row[0]], row[2]+" "+row[3])
	}
	want := make(map[string][]string)
	for _, typ := range event.Types {
		var columns []string
		for _, field := range typ.Fields {
			kind := columnTypes[field.Kind]
			if field.Kind == event.Enum {
				kind = "ENUM('" + strings.Join(field.Values, "', '") + "')"
			}
			columns = append(columns, field.Name+" "+kind)
		}
		want[typ.Table()] = append(columns, "source UINTEGER", "id UUID", "revision BIGINT", "occurred_at TIMESTAMP", "known_at TIMESTAMP",
			"kafka_topic UINTEGER", "kafka_partition INTEGER", "kafka_offset BIGINT")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sql/schema differs from ingest/event (- declared, + in the table):\n%s", diff)
	}
	if n := f.one("count(*)", "duckdb_constraints() where schema_name in ('raw', 'meta') and constraint_type in ('PRIMARY KEY', 'UNIQUE')"); n != "0" {
		t.Errorf("the tables have %s keys; a key cuts inserts to a third", n)
	}
}
