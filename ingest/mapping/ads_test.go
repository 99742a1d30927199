package mapping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A map imports nothing, so that the ads maps hold what they share four times. A fault that is mended in one is mended in all.
func TestAdsMapsShareOneRow(t *testing.T) {
	shared := func(name string) string {
		text, err := os.ReadFile(filepath.Join("maps", name+".jq"))
		if err != nil {
			t.Fatal(err)
		}
		_, row, found := strings.Cut(string(text), "\n# One row becomes")
		row, _, closed := strings.Cut(row, " end);\n")
		if !found || !closed {
			t.Fatalf("%s has no row", name)
		}
		return row
	}
	for _, name := range []string{"google-ads", "tiktok-ads", "linkedin-ads"} {
		if d := cmp.Diff(shared("meta-ads"), shared(name)); d != "" {
			t.Errorf("meta-ads − %s +\n%s", name, d)
		}
	}
}
