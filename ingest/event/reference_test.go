package event_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest/event"
)

var update = flag.Bool("update", false, "write docs/events.md and docs/schema anew")

// TestReferenceIsCurrent compares the generated pages with what stands in docs.
func TestReferenceIsCurrent(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	var page bytes.Buffer
	if err := event.WriteReference(&page); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{filepath.Join(docs, "events.md"): page.Bytes()}
	for _, typ := range event.Types {
		schema, err := event.JSONSchema(typ)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(schema) {
			t.Fatalf("the schema of %s is not JSON", typ.Name)
		}
		files[filepath.Join(docs, "schema", typ.Name+".schema.json")] = schema
	}
	for name, want := range files {
		if *update {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s is not what the declarations say; run: go test ./ingest/event -update\n%s", name, d)
		}
	}
	schemas, err := filepath.Glob(filepath.Join(docs, "schema", "*.schema.json"))
	if err != nil || len(schemas) != len(event.Types) {
		t.Errorf("%d schemas for %d types, %v", len(schemas), len(event.Types), err)
	}
}
