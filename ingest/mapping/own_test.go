package mapping_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// documented returns the worker of a map that docs/maps.md shows; its first line names it.
func documented(t *testing.T, name string) *mapping.Worker {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "maps.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, program, found := strings.Cut(string(page), "```jq\n# "+name)
	if !found {
		t.Fatalf("docs/maps.md shows no map %s", name)
	}
	program, _, _ = strings.Cut(program, "```")
	if lines := strings.Count(program, "\n"); lines > 12 {
		t.Errorf("%s has %d lines; the page promises about ten", name, lines)
	}
	m, err := mapping.New(name, "# "+name+program)
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// eachRow gives f the rows of a public data set as objects of header and text; the test is skipped where the set is not beside the repository.
func eachRow(t *testing.T, name string, f func(record []byte)) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the data set is not beside the repository: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := csv.NewReader(file)
	header, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		object := make(map[string]string, len(header))
		for i, column := range header {
			object[column] = row[i]
		}
		record, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		f(record)
	}
}

// decoded runs a map on a record and gives f each event as the decoder reads it.
func decoded(t *testing.T, w *mapping.Worker, record []byte, f func(field func(name string) *event.Value, row *event.Row)) {
	t.Helper()
	made := w.Run(record)
	if made.Fault != nil {
		t.Fatalf("%v\n%s", made.Fault, record)
	}
	var row event.Row
	for _, text := range made.Events {
		if err := (&event.Decoder{}).Decode(&event.Message{Value: text, Timestamp: known}, &row); err != nil || row.UnknownFields > 0 {
			t.Fatalf("%v, %d unknown fields\n%s", err, row.UnknownFields, text)
		}
		f(func(name string) *event.Value { return &row.Values[row.Type.Field(name)] }, &row)
	}
}

// The wanted figures are those of a spreadsheet over the published file: spend, approved conversions and impressions by xyz_campaign_id.
func TestTheOwnMapOfFacebookAds(t *testing.T) {
	type total struct{ spend, purchases, impressions int64 }
	totals, all := make(map[string]*total), int64(0)
	w, ads := documented(t, "kag.jq"), 0
	eachRow(t, "kag_facebook_ads/KAG_conversion_data.csv", func(record []byte) {
		ads++
		decoded(t, w, record, func(field func(string) *event.Value, row *event.Row) {
			program := string(field("program").Text)
			if totals[program] == nil {
				totals[program] = &total{}
			}
			switch row.Type.Name {
			case "cost.entry":
				totals[program].spend += field("amount").Int
			case "platform.claim":
				totals[program].purchases += field("conversions").Int
			case "social.counter":
				totals[program].impressions += field("value").Int
				all += field("value").Int
			}
		})
	})
	if ads != 1143 || len(totals) != 3 {
		t.Fatalf("%d ads of %d campaigns, want 1143 of 3", ads, len(totals))
	}
	for program, want := range map[string]string{"kag-1178": "63.83", "kag-936": "15.81", "kag-916": "6.24"} {
		got := totals[program]
		if cost := big.NewRat(got.spend, got.purchases).FloatString(2); cost != want {
			t.Errorf("%s: cost per purchase %s, want %s", program, cost, want)
		}
	}
	if share := big.NewRat(100*totals["kag-1178"].impressions, all).FloatString(0); share != "96" {
		t.Errorf("campaign 1178 has %s %% of impressions, want 96", share)
	}
}

// The wanted shares are won leads by origin, as counted in the published files.
func TestTheOwnMapOfOlistLeads(t *testing.T) {
	w := documented(t, "olist.jq")
	origin, won := make(map[string]string), make(map[string]bool)
	eachRow(t, "olist_marketing_funnel/olist_marketing_qualified_leads_dataset.csv", func(record []byte) {
		decoded(t, w, record, func(field func(string) *event.Value, _ *event.Row) {
			origin[string(field("visitor").Text)] = string(field("utm_source").Text)
		})
	})
	eachRow(t, "olist_marketing_funnel/olist_closed_deals_dataset.csv", func(record []byte) {
		decoded(t, w, record, func(field func(string) *event.Value, _ *event.Row) { won[string(field("visitor").Text)] = true })
	})
	if len(origin) != 8000 || len(won) != 842 {
		t.Fatalf("%d leads and %d deals, want 8000 and 842", len(origin), len(won))
	}
	for from, want := range map[string]string{"social": "5.56", "organic_search": "11.80"} {
		var leads, deals int64
		for lead, o := range origin {
			if o == from {
				leads++
				if won[lead] {
					deals++
				}
			}
		}
		if got := big.NewRat(100*deals, leads).FloatString(2); got != want {
			t.Errorf("%s wins %s %% of %d leads, want %s", from, got, leads, want)
		}
	}
}

// Every built-in map has its line on the page, and the page names no other.
func TestThePageListsEveryMap(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "maps.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := mapping.Names()
	for _, name := range names {
		if n := strings.Count(string(page), fmt.Sprintf("\n| `%s` | ", name)); n != 1 {
			t.Errorf("docs/maps.md has %d lines for %s, want 1", n, name)
		}
	}
	_, table, _ := strings.Cut(string(page), "## Built-in maps")
	table, _, _ = strings.Cut(table, "## An own map")
	if n := strings.Count(table, "\n| `"); n != len(names) {
		t.Errorf("docs/maps.md lists %d maps, there are %d", n, len(names))
	}
}
