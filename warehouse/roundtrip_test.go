package warehouse_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest/event"
	"tieback/transform"
)

// sample is a value for the i-th field of a type, as JSON holds it, and as its column prints it. Neighbors differ, so that two
// columns of one type that change places show.
func sample(f *event.Field, i int) (in any, out string) {
	text := fmt.Sprintf("%s-%d", strings.ToLower(f.Name), i)
	switch f.Kind {
	case event.Money:
		return fmt.Sprintf("%d.5", i+1), fmt.Sprintf("%d.5000", i+1)
	case event.Rate:
		return fmt.Sprintf("0.%02d", i+1), fmt.Sprintf("0.%02d0000000000", i+1)
	case event.Currency:
		code := "A" + string(rune('A'+i)) + "A"
		return code, code
	case event.Time:
		at := knownAt.Add(-time.Duration(i) * time.Hour)
		return at.Format(time.RFC3339), at.Format("2006-01-02 15:04:05")
	case event.Date:
		day := knownAt.AddDate(0, 0, i).Format("2006-01-02")
		return day, day
	case event.Int:
		return i + 1, fmt.Sprint(i + 1)
	case event.Bool:
		return i%2 == 0, fmt.Sprint(i%2 == 0)
	case event.Enum:
		return f.Values[len(f.Values)-1], f.Values[len(f.Values)-1]
	case event.Object:
		return map[string]int{"a": i}, fmt.Sprintf(`{"a":%d}`, i)
	}
	return text, text
}

// stored adds what transform makes of a sample: persons become tokens; references are hashes, of which only the presence is looked at.
func stored(f *event.Field, in any, out string, fields map[string]any, secret *transform.Secret) string {
	switch f.Kind {
	case event.Token:
		kind := f.TokenKind
		if name, ok := strings.CutPrefix(kind, "@"); ok {
			kind = fields[name].(string)
		}
		return secret.TokenText(kind, in.(string))
	case event.Ref:
		return "set"
	}
	return out
}

// Rows are inserted by the place of their columns, straight or, where the batch holds duplicates, through a temporary
// table: on both ways every field of every type must come to its own column.
func TestEveryFieldComesToItsColumn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var lines, again []string
	want := make(map[string]map[string]string)
	for _, typ := range event.Types {
		fields := map[string]any{"id": "first", "source": typ.Name, "type": typ.Name, "time": knownAt.Add(-time.Hour).Format(time.RFC3339)}
		columns := make(map[string]string)
		outs := make([]string, len(typ.Fields))
		for i := range typ.Fields {
			fields[typ.Fields[i].Name], outs[i] = sample(&typ.Fields[i], i)
		}
		for i := range typ.Fields {
			field := &typ.Fields[i]
			columns[field.Name] = stored(field, fields[field.Name], outs[i], fields, f.secret)
		}
		want[typ.Table()] = columns
		for _, id := range []string{"first", "second"} {
			fields["id"] = id
			line, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			if id == "first" {
				lines = append(lines, string(line))
			}
			again = append(again, string(line))
		}
	}
	types := int64(len(event.Types))
	if got := f.append("log", lines...); got.Written != types {
		t.Fatalf("the first batch: %+v, want %d written", got, types)
	}
	if got := f.append("log", again...); got.Written != types || got.Duplicates != types {
		t.Fatalf("the second batch: %+v, want %d written and as many duplicates", got, types)
	}
	for _, typ := range event.Types {
		for offset := range 2 {
			got := make(map[string]string)
			for i := range typ.Fields {
				field := &typ.Fields[i]
				expression := "first_row." + field.Name
				switch columnTypes[field.Kind] {
				case "UINTEGER":
					expression = "(select word from meta.word where code = first_row." + field.Name + ")"
				case "UUID":
					if field.Kind == event.Ref {
						expression = "case when first_row." + field.Name + " is not null then 'set' end"
					}
				}
				got[field.Name] = f.one(expression, fmt.Sprintf("(select * from raw.%s order by kafka_offset limit 1 offset %d) as first_row", typ.Table(), offset))
			}
			if diff := cmp.Diff(want[typ.Table()], got); diff != "" {
				t.Errorf("%s, row %d (- want, + got):\n%s", typ.Name, offset+1, diff)
			}
		}
	}
}
