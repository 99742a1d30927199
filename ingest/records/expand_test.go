package records_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest/records"
)

// A folder is read in the order of the bytes of its paths, without what is hidden and what is no data.
func TestExpand(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"b.csv", "a/z.ndjson.gz", "a/Y.parquet", "a-1.json", ".hidden.csv", ".git/x.csv", "README.md", "c/notes.txt", "c/deep/d.TSV"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	relative := func(paths []string) (list []string) {
		for _, p := range paths {
			list = append(list, strings.TrimPrefix(p, root+"/"))
		}
		return list
	}
	for name, c := range map[string]struct {
		options        records.Options
		names          []string
		files, skipped []string
	}{
		"folder":             {records.Options{}, []string{root}, []string{"a-1.json", "a/Y.parquet", "a/z.ndjson.gz", "b.csv", "c/deep/d.TSV"}, []string{"README.md", "c/notes.txt"}},
		"folder of one kind": {records.Options{Format: records.CSV}, []string{root + "/c"}, []string{"c/deep/d.TSV", "c/notes.txt"}, nil},
		"pattern":            {records.Options{}, []string{root + "/*.[cj]s*"}, []string{"a-1.json", "b.csv"}, nil},
		"pattern of folders": {records.Options{}, []string{root + "/?"}, []string{"a/Y.parquet", "a/z.ndjson.gz", "c/deep/d.TSV"}, []string{"c/notes.txt"}},
		"as named":           {records.Options{}, []string{root + "/b.csv", "-", root + "/README.md"}, []string{"b.csv", "-", "README.md"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files, skipped, err := c.options.Expand(c.names)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{c.files, c.skipped}, [][]string{relative(files), relative(skipped)}); diff != "" {
				t.Errorf("files and skipped (-want +got):\n%s", diff)
			}
		})
	}
	_, _, err := records.Options{}.Expand([]string{root + "/missing", root + "/*.xlsx", root + "/[", "/dev/null"})
	for _, phrase := range []string{"missing: no such file", "no file matches " + root + "/*.xlsx", "is no pattern", "/dev/null is no regular file"} {
		if err == nil || !strings.Contains(err.Error(), phrase) {
			t.Errorf("%v, want %q", err, phrase)
		}
	}
}
