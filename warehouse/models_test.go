package warehouse_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"tieback/evidence"
	files "tieback/sql"
	"tieback/transform"
	"tieback/warehouse"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/models")

// TestModels reads the cases of testdata/models. The comment of a file is one sentence that a business person can review,
// with the arithmetic behind the wanted numbers. Its sections are
//
//	settings      lines "name: value", over the defaults of tieback.yaml
//	programs      lines "program: field=word, field=word": one rule each, first match wins; expected_costs=media+staff, seed_budget,
//	              hurdle and reinvest belong to the program
//	own_accounts  lines "platform person"
//	tills         lines "channel source"
//	events…       one event a line, in flat JSON; each section is a file of its own, loaded one after another
//	want/M.csv    what model M holds: the header names the columns or expressions; "where …" after .csv selects rows
//
// Built is what the wanted models need, and the checks of sql/checks over it must pass.
func TestModels(t *testing.T) {
	files, err := filepath.Glob("testdata/models/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, file)
		})
	}
}

func runCase(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	f := newFixture(t)
	s := settings()
	for _, section := range archive.Files {
		body := string(section.Data)
		switch {
		case section.Name == "settings":
			for _, line := range split(body) {
				name, value, _ := strings.Cut(line, ":")
				s.Values[name] = strings.TrimSpace(value)
			}
		case section.Name == "programs":
			s.Programs = programs(t, body)
		case section.Name == "own_accounts":
			s.OwnAccounts = ownAccounts(t, f.secret, body)
		case section.Name == "tills":
			s.Tills = tills(t, body)
		case strings.HasPrefix(section.Name, "events"):
			f.append("file:"+section.Name, split(body)...)
		}
	}
	f.buildFor(t, s, archive)
	for i, section := range archive.Files {
		from, ok := strings.CutPrefix(section.Name, "want/")
		if !ok {
			continue
		}
		got := f.csv(t, strings.Replace(from, ".csv", "", 1), string(section.Data))
		if diff := cmp.Diff(string(section.Data), got); diff != "" && !*update {
			t.Errorf("%s\n%s (- want, + got):\n%s", strings.TrimSpace(string(archive.Comment)), section.Name, diff)
		}
		archive.Files[i].Data = []byte(got)
	}
	if formatted := txtar.Format(archive); *update && !bytes.Equal(formatted, text) {
		if err := os.WriteFile(file, formatted, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// buildFor builds the models that a case wants, with all they read.
func (f *fixture) buildFor(t *testing.T, s warehouse.Settings, archive *txtar.Archive) {
	t.Helper()
	all, err := warehouse.AllModels(evidence.Models())
	if err != nil {
		t.Fatal(err)
	}
	needed := make(map[string]bool)
	for _, section := range archive.Files {
		if from, ok := strings.CutPrefix(section.Name, "want/"); ok {
			name, _, _ := strings.Cut(from, ".csv")
			needed[name] = true
		}
	}
	if len(needed) == 0 {
		t.Fatal("the case wants nothing")
	}
	models := closure(all, needed)
	known := make(map[string]bool)
	for _, m := range all {
		known[m.Name] = true
	}
	if err := f.BuildSome(t.Context(), s, models, checksOver(t, known, needed)); err != nil {
		t.Fatal(err)
	}
}

// closure lists the needed models with all they read, and notes these as needed.
func closure(all []warehouse.Model, needed map[string]bool) []warehouse.Model {
	for _, m := range all {
		if m.Erases {
			needed[m.Name] = true
		}
	}
	for _, m := range slices.Backward(all) { // readers come before what they read
		if needed[m.Name] {
			for _, r := range m.Reads {
				needed[r] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m warehouse.Model) bool { return !needed[m.Name] })
}

// checksOver returns the checks that name no model but those that are built.
func checksOver(t *testing.T, known, built map[string]bool) []string {
	t.Helper()
	names, err := fs.Glob(files.Files, "checks/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no checks (%v)", err)
	}
	var checks []string
	for _, name := range names {
		text, err := files.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words := regexp.MustCompile(`\w+`).FindAllString(string(text), -1)
		if !slices.ContainsFunc(words, func(word string) bool { return known[word] && !built[word] }) {
			checks = append(checks, string(text))
		}
	}
	return checks
}

// csv writes the rows of a relation with the columns of want's header.
func (f *fixture) csv(t *testing.T, from, want string) string {
	t.Helper()
	columns, err := csv.NewReader(strings.NewReader(want)).Read()
	if err != nil {
		t.Fatalf("%s: %v", from, err)
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	if err := out.WriteAll(append([][]string{columns}, f.rows(from, columns...)...)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// programs reads the rules of a case; a program's lines make its rules in the order of the file.
func programs(t *testing.T, text string) []warehouse.Program {
	t.Helper()
	var list []warehouse.Program
	for _, line := range split(text) {
		id, rest, _ := strings.Cut(line, ":")
		i := slices.IndexFunc(list, func(p warehouse.Program) bool { return p.ID == id })
		if i < 0 {
			i = len(list)
			list = append(list, warehouse.Program{ID: id, Name: id})
		}
		var rule warehouse.Rule
		for _, pair := range strings.Split(rest, ",") {
			field, word, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if err := set(&list[i], &rule, field, word); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
		if rule != (warehouse.Rule{}) {
			list[i].Rules = append(list[i].Rules, rule)
		}
	}
	return list
}

func set(p *warehouse.Program, r *warehouse.Rule, field, word string) error {
	into := map[string]*string{
		"platform": &r.Platform, "campaign": &r.Campaign, "utm_source": &r.UTMSource, "utm_campaign": &r.UTMCampaign, "coupon": &r.Coupon,
		"venue": &r.Venue, "cost_center": &r.CostCenter, "seed_budget": &p.SeedBudget, "hurdle": &p.Hurdle, "reinvest": &p.Reinvest,
	}
	switch {
	case into[field] != nil:
		*into[field] = word
	case field == "expected_costs":
		p.ExpectedCosts = strings.Split(word, "+")
	default:
		return fmt.Errorf("no field %q", field)
	}
	return nil
}

func ownAccounts(t *testing.T, secret *transform.Secret, text string) []warehouse.OwnAccount {
	t.Helper()
	var list []warehouse.OwnAccount
	for _, line := range split(text) {
		platform, person, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("%q: want platform and person", line)
		}
		list = append(list, warehouse.OwnAccount{Platform: platform, PersonToken: secret.TokenText(platform, person)})
	}
	return list
}

func tills(t *testing.T, text string) []warehouse.Till {
	t.Helper()
	var list []warehouse.Till
	for _, line := range split(text) {
		channel, source, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("%q: want channel and source", line)
		}
		list = append(list, warehouse.Till{Channel: channel, Source: source})
	}
	return list
}
