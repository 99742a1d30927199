package tieback_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tieback"

// foreign is a part of the world outside the module that some rooms must not touch.
type foreign struct {
	name  string
	paths []string // each with everything below it
	calls []string // functions, where importing the package is fine and calling these is not
}

var (
	kafka = foreign{name: "Kafka", paths: []string{"github.com/segmentio/kafka-go", "github.com/twmb/franz-go"}}
	arrow = foreign{name: "Arrow", paths: []string{"github.com/apache/arrow-go", "github.com/apache/arrow"}}
	sqldb = foreign{name: "SQL", paths: []string{"database/sql", "github.com/duckdb", "github.com/marcboeker"}}
	gonum = foreign{name: "gonum", paths: []string{"gonum.org/v1/gonum"}}
	files = foreign{name: "files", paths: []string{"os", "io/ioutil", "path/filepath"}}
	clock = foreign{name: "the clock", calls: []string{
		"time.Now", "time.Since", "time.Until", "time.Sleep",
		"time.After", "time.AfterFunc", "time.Tick", "time.NewTimer", "time.NewTicker",
	}}
)

// room says which other packages of ours a package and those below it may import, and what else they must not touch.
// The longest matching path counts. A room may always import from its own tree.
type room struct {
	path    string
	ours    []string
	mustNot []foreign
	reason  string
}

var rooms = []room{
	{
		"ingest/event", nil, []foreign{kafka, arrow, sqldb},
		"an event's declaration is the contract: every room may depend on it, so it depends on none, and on no transport or store",
	},
	{
		"ingest", []string{"ingest/event"}, []foreign{arrow, sqldb},
		"ingest moves messages and hands over batches; what becomes of them is decided by its caller, so that the loop can be tested without a database",
	},
	{
		"ingest/mapping", []string{"ingest/event"}, []foreign{kafka, arrow, sqldb},
		"a map is a function from a record to events: the same wherever the record came from, so that preview, load and ingest agree",
	},
	{
		"ingest/records", []string{"ingest", "ingest/event"}, []foreign{kafka, sqldb},
		"records turns files of foreign formats into the JSON that topics hold; it alone of ingest reads Arrow, because Parquet and Arrow files are made of it",
	},
	{
		"ingest/registry", []string{"ingest/event"}, []foreign{arrow, sqldb},
		"registry turns a message of another encoding into the JSON of the contract, one by one; what becomes of it is ingest's",
	},
	{
		"transform", []string{"ingest/event"}, []foreign{kafka, sqldb},
		"transform turns events into record batches: the same bytes whether they came from Kafka or a file, and whoever stores them",
	},
	{
		"sql", nil, []foreign{kafka, arrow, sqldb},
		"sql is an embed.FS: its files run unchanged in the DuckDB shell, with no Go around them",
	},
	{
		"warehouse", []string{"sql"}, []foreign{kafka, gonum},
		"warehouse keeps, builds and publishes tables; a statistic in here would have no interval and no grade",
	},
	{
		"metrics", nil, []foreign{kafka, arrow, sqldb, files, clock},
		"metrics is arithmetic over plain numbers: the same numbers give the same answer, here and in a reader's own notebook",
	},
	{
		"evidence", []string{"warehouse", "metrics"}, []foreign{kafka, files, clock},
		"evidence reads facts from the warehouse and writes estimates back; anything else it read would be in no model's header",
	},
	{
		"report", []string{"metrics", "warehouse"}, []foreign{kafka},
		"report lays out rows of marts that were checked and published; it reads no stream, so the same snapshot gives the same page",
	},
	{
		"simulate", []string{"ingest/event"}, []foreign{kafka, sqldb},
		"simulate is the yardstick: it must not share a line with what it measures, except the contract",
	},
	{
		"truth", []string{"simulate", "metrics"}, []foreign{kafka, arrow, sqldb},
		"truth is where the yardstick and what it measures meet; neither may know the other, and no warehouse stands between them",
	},
	{
		"cmd/truth", []string{"truth"}, nil,
		"the command writes what truth found; it is apart from cmd/tieback because nobody needs it who only uses the product",
	},
	{
		"cmd/tieback", []string{"*"}, nil,
		"the command is the only place where rooms meet",
	},
}

// vagueNames say nothing about what is inside, so everything ends up inside.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "pkg", "internal", "config"}

// source is one parsed Go file; dir and name are relative to the module's root.
type source struct {
	dir, name string
	file      *ast.File
	fset      *token.FileSet
	lines     int
}

func (s source) String() string { return path.Join(s.dir, s.name) }

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// imports calls f with each imported path and the name it has in the file.
func (s source) imports(f func(path, name string)) {
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		f(imported, name)
	}
}

// sources parses every Go file of the module, tests included, without asking the go command: files behind build tags count.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := path.Base(p)
			if p != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || p == "bin" || p == "data" || p == "reports") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{path.Dir(p), path.Base(p), file, fset, bytes.Count(text, []byte("\n"))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryPackageHasOneSentence(t *testing.T) {
	packages := map[string]string{} // folder → package name
	sentences := map[string][]string{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		packages[s.dir] = s.file.Name.Name
		if s.file.Doc != nil {
			sentences[s.dir] = append(sentences[s.dir], s.file.Doc.Text())
		}
	}
	for dir, name := range packages {
		want := "Package " + name + " "
		if name == "main" {
			want = "Command " + path.Base(dir) + " "
		}
		switch docs := sentences[dir]; {
		case len(docs) != 1:
			t.Errorf("%s has %d package comments, want 1: %q and what it is for, in one file", dir, len(docs), want+"…")
		case !strings.HasPrefix(docs[0], want):
			t.Errorf("%s: package comment starts %.40q, want %q", dir, docs[0], want+"…")
		case !strings.Contains(docs[0], "."):
			t.Errorf("%s: package comment %.40q has no full sentence", dir, docs[0])
		}
	}
}

func TestImportArrows(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		r, ok := roomOf(s.dir)
		if !ok {
			t.Errorf("%s: %s is in no room of style_test.go; add it, with what it may import and the reason", s, s.dir)
			continue
		}
		for _, fault := range r.faults(s) {
			t.Errorf("%s (%s)", fault, r.reason)
		}
	}
}

func roomOf(dir string) (room, bool) {
	var found room
	for _, r := range rooms {
		if below(dir, r.path) && len(r.path) > len(found.path) {
			found = r
		}
	}
	return found, found.path != ""
}

// below says whether p is root or lies under it.
func below(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

func (r room) faults(s source) []string {
	var faults []string
	names := map[string]string{} // in this file → import path
	s.imports(func(imported, name string) {
		names[name] = imported
		if ours, is := strings.CutPrefix(imported, module+"/"); is && !r.mayImport(ours) {
			faults = append(faults, fmt.Sprintf("%s: %s must not import %s", s, r.path, ours))
		}
		for _, f := range r.mustNot {
			if slices.ContainsFunc(f.paths, func(p string) bool { return below(imported, p) }) {
				faults = append(faults, fmt.Sprintf("%s: %s must not touch %s, imports %s", s, r.path, f.name, imported))
			}
		}
	})
	ast.Inspect(s.file, func(n ast.Node) bool {
		used, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		qualifier, ok := used.X.(*ast.Ident)
		if !ok || names[qualifier.Name] == "" {
			return true
		}
		call := names[qualifier.Name] + "." + used.Sel.Name
		for _, f := range r.mustNot {
			if slices.Contains(f.calls, call) {
				faults = append(faults, fmt.Sprintf("%s: %s must not touch %s, uses %s", s.fset.Position(n.Pos()), r.path, f.name, call))
			}
		}
		return true
	})
	return faults
}

func (r room) mayImport(ours string) bool {
	return below(ours, r.path) || slices.Contains(r.ours, "*") ||
		slices.ContainsFunc(r.ours, func(allowed string) bool { return below(ours, allowed) })
}

func TestNoVaguePackageNames(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if seen[s.dir] {
			continue
		}
		seen[s.dir] = true
		for _, name := range append(strings.Split(s.dir, "/"), s.file.Name.Name) {
			if slices.Contains(vagueNames, name) {
				t.Errorf("%s: %q does not say what is inside; name the package after what it provides", s, name)
			}
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, s := range sources(t) {
		limit := 500
		if s.file.Name.Name == "main" && s.name == "main.go" {
			limit = 50
		}
		if s.lines > limit && !ast.IsGenerated(s.file) {
			t.Errorf("%s has %d lines, want at most %d: one noun, one file; main only starts a command", s, s.lines, limit)
		}
	}
}

// The broker of the integration tests and that of the compose file are the same, or the tests prove another one.
func TestOneKafkaVersion(t *testing.T) {
	pinned := found(t, "ci/kafka/pom.xml", `<kafka\.version>(.+)</kafka\.version>`)
	if len(pinned) != 1 {
		t.Fatalf("ci/kafka/pom.xml names %d versions of Kafka, want 1: %q", len(pinned), pinned)
	}
	images := found(t, "docker-compose.yml", `image: apache/kafka:(\S+)`)
	if len(images) == 0 {
		t.Error("docker-compose.yml names no apache/kafka image")
	}
	for _, image := range images {
		if image != pinned[0] {
			t.Errorf("docker-compose.yml runs apache/kafka:%s, want %s as in ci/kafka/pom.xml", image, pinned[0])
		}
	}
}

// found returns the first group of each match of pattern in the file.
func found(t *testing.T, name, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var groups []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		groups = append(groups, match[1])
	}
	return groups
}
