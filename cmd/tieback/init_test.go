package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What init writes is valid as it is, complete, and never overwritten.
func TestInit(t *testing.T) {
	t.Setenv(keyVariable, "")
	dir := filepath.Join(t.TempDir(), "shop")
	r := tieback(t, "init", "--dir", dir)
	if r.code != exitDone {
		t.Fatalf("exit code %d: %s", r.code, r.err)
	}
	for _, phrase := range []string{"Keep a copy in a safe place", "cd " + dir, "tieback validate", "tieback load"} {
		if !strings.Contains(r.err, phrase) {
			t.Errorf("init says\n%swant %q", r.err, phrase)
		}
	}
	for _, name := range []string{"tieback.yaml", "tieback.settings.json", "tieback.key", "business/programs.csv", "business/costs.csv", "business/ledger.csv"} {
		if path := filepath.Join(dir, name); !strings.Contains(r.out, path+"\n") {
			t.Errorf("init does not name %s:\n%s", path, r.out)
		}
	}
	key, err := os.ReadFile(filepath.Join(dir, "tieback.key"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "tieback.key")); err != nil || info.Mode().Perm() != 0o600 || len(strings.TrimSpace(string(key))) != 64 {
		t.Errorf("the key has %d bytes and mode %v (%v), want 64 digits that only the owner may read", len(key), info.Mode(), err)
	}
	if strings.Contains(r.out+r.err, strings.TrimSpace(string(key))) {
		t.Error("the key is shown")
	}
	t.Chdir(dir)
	if out := succeed(t, "validate", "business/programs.csv", "business/costs.csv", "business/ledger.csv"); out != "tieback.yaml is valid: 2 programs with 6 rules\n3 rows in 3 files are valid\n" {
		t.Errorf("validate says\n%s", out)
	}
	text, err := os.ReadFile("tieback.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := bySchema(t, compiledSchema(t), string(text)); err != nil {
		t.Errorf("the schema refuses what init wrote: %v", err)
	}
	fail(t, exitMisused, []string{"tieback.yaml", "tieback.key", "business/costs.csv", "there already"}, "init")
	if again, err := os.ReadFile("tieback.key"); err != nil || string(again) != string(key) {
		t.Errorf("%v; the key was changed", err)
	}
}

// Where one file is there already, none is written.
func TestInitWritesAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	costs := filepath.Join(dir, "business", "costs.csv")
	if err := writeNew(costs, []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fail(t, exitMisused, []string{costs + ": there already"}, "init", "--dir", dir)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v (%v); init wrote beside it", entries, err)
	}
	if text, err := os.ReadFile(costs); err != nil || string(text) != "mine\n" {
		t.Errorf("%q (%v); the file was changed", text, err)
	}
}

// A key in the environment goes first, so a second one in a file would only confuse.
func TestInitWithAKeyInTheEnvironment(t *testing.T) {
	t.Setenv(keyVariable, testKey)
	dir := t.TempDir()
	r := tieback(t, "init", "--dir", dir)
	if r.code != exitDone || !strings.Contains(r.err, "no key file was written") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tieback.key")); err == nil {
		t.Error("a key file was written")
	}
}
