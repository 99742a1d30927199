package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examples is the folder of the maps and settings that the pages in docs work with.
var examples = filepath.Join("..", "..", "docs", "examples")

// dataSet is the path of a public data set, which lies beside the repository; the test is skipped where it does not.
func dataSet(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the data set is not beside the repository: %v", err)
	}
	return path
}

// The maps that docs/maps.md shows are the files that it says they are.
func TestShownMapsAreTheExamples(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "maps.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kag.jq", "olist.jq", "ads-manager.jq"} {
		file, err := os.ReadFile(filepath.Join(examples, name))
		if err != nil {
			t.Fatal(err)
		}
		_, shown, found := strings.Cut(string(page), "```jq\n# "+name)
		shown, _, _ = strings.Cut(shown, "```")
		if !found {
			t.Errorf("docs/maps.md does not show %s", name)
		}
		if diff := cmp.Diff(string(file), "# "+name+shown); diff != "" {
			t.Errorf("%s: - the file, + the page:\n%s", name, diff)
		}
		if n := strings.Count(string(file), "\n"); n > 11 {
			t.Errorf("%s has %d lines; about ten were promised", name, n)
		}
	}
}

// rowOf is the cells of a row of a report as text; cells are set apart by two spaces or more.
func rowOf(t *testing.T, text, table, first string) []string {
	t.Helper()
	_, rest, found := strings.Cut(text, table)
	rest, _, _ = strings.Cut(rest, "\n\n")
	for _, line := range strings.Split(rest, "\n") {
		if cells := regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1); cells[0] == first {
			return cells[1:]
		}
	}
	t.Fatalf("the report (table found: %t) has no row %q in %q:\n%s", found, first, table, rest)
	return nil
}

// The wanted figures are those of a spreadsheet over the published file: impressions, spend and approved conversions by xyz_campaign_id. Spend is
// rounded to four places an ad.
func TestReportOfFacebookAds(t *testing.T) {
	ads := dataSet(t, "kag_facebook_ads", "KAG_conversion_data.csv")
	p := newPlace(t)
	settings := filepath.Join(examples, "kag.yaml")
	p.do("load", ads, "--map", filepath.Join(examples, "kag.jq"), "--source", "kag", "--settings", settings)
	p.do("build", "--settings", settings)
	text := p.do("report", "--period", "2017-08", "--format", "text", "--settings", settings)
	for campaign, want := range map[string]string{
		// impressions, share, clicks, conversions, media, media for each
		"campaign 1178": "facebook|204,823,716|96 %|—|872|55,662.15|63.83",
		"campaign 936":  "facebook|8,128,187|4 %|—|183|2,893.37|15.81",
		"campaign 916":  "facebook|482,925|< 1 %|—|24|149.71|6.24",
	} {
		if got := strings.Join(rowOf(t, text, "What platforms count, by program", campaign), "|"); got != want {
			t.Errorf("%s: %s, want %s", campaign, got, want)
		}
	}
}

// The wanted shares are won leads by origin, as counted in the published files. One of the deals was won before its lead came, and is told apart.
func TestReportOfOlistLeads(t *testing.T) {
	leads := dataSet(t, "olist_marketing_funnel", "olist_marketing_qualified_leads_dataset.csv")
	deals := dataSet(t, "olist_marketing_funnel", "olist_closed_deals_dataset.csv")
	p := newPlace(t)
	settings := filepath.Join(examples, "olist.yaml")
	p.do("load", leads, deals, "--map", filepath.Join(examples, "olist.jq"), "--source", "olist", "--settings", settings)
	p.do("build", "--settings", settings)
	text := p.do("report", "--period", "2017-06..2018-05", "--format", "text", "--settings", settings)
	for origin, want := range map[string]string{
		"social":            "1,350|75|5.56 %|0",
		"organic_search":    "2,296|271|11.80 %|suppressed",
		"other_publicities": "65|suppressed|suppressed|suppressed",
	} {
		if got := strings.Join(rowOf(t, text, "Visitors by where they came from first", origin), "|"); got != want {
			t.Errorf("%s: %s, want %s", origin, got, want)
		}
	}
	if got, want := p.one("select sum(visitors), sum(buyers), sum(buyers_before) from marts.visitors_by_origin_month"), "8000|842|1"; got != want {
		t.Errorf("leads and deals %s, want %s", got, want)
	}
}

// A file as Ads Manager makes it: two days of two campaigns and their sum, then a month of one. The month's cost lies on its own days.
func TestLoadOfAnAdsManagerFile(t *testing.T) {
	p := newPlace(t)
	daily := p.file("daily.csv", `Campaign name,Day,Amount spent (USD),Impressions,Reporting starts,Reporting ends
,,150.30,6000,2026-03-02,2026-03-03
"Spring, video",2026-03-02,100.10,4000,2026-03-02,2026-03-03
"Spring, video",2026-03-03,20.10,1000,2026-03-02,2026-03-03
Brand,2026-03-02,30.10,1000,2026-03-02,2026-03-03
`)
	monthly := p.file("monthly.csv", "Campaign name,Amount spent (USD),Impressions,Reporting starts,Reporting ends\nBrand,2800.00,90000,2026-02-01,2026-02-28\n")
	p.do("load", daily, monthly, "--map", filepath.Join(examples, "ads-manager.jq"), "--source", "ads-manager")
	if got, want := p.one("select count(*), sum(amount), sum(date_diff('day', starts_on, ends_before)) from raw.cost_entry"), "4|2950.3000|31"; got != want {
		t.Errorf("costs %s, want %s", got, want)
	}
	if got, want := p.one("select count(*), sum(value) from raw.social_counter"), "6|6000"; got != want {
		t.Errorf("counters %s, want %s", got, want)
	}
	if got, want := p.one("select sum(outputs) from meta.left_out"), "1"; got != want {
		t.Errorf("%s rows are left out, want %s", got, want)
	}
}
