package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const liftData = "../../../shared/data/"

// liftFile is a data set beside the repository; the test is skipped where it is absent.
func liftFile(t *testing.T, name string) string {
	t.Helper()
	if _, err := os.Stat(liftData + name); err != nil {
		t.Skipf("%s is not here: the data set lies beside the repository", liftData+name)
	}
	return liftData + name
}

func liftArgs(file, method string, more ...string) []string {
	return append([]string{"study", "lift", "--input", file, "--method", method, "--unit-col", "unit", "--time-col", "day", "--outcome-col", "sales"}, more...)
}

// decodeLift reads the JSON and insists on exactly the keys of the contract and the two beyond it.
func decodeLift(t *testing.T, out string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	want := strings.Fields("method valid treated periods_pre periods_post average average_lo average_hi cumulative cumulative_lo cumulative_hi relative p level " +
		"pre_rmse l2 scaled_l2 iroas iroas_lo iroas_hi weights time_weights warnings checks placebos")
	for _, key := range want {
		if _, ok := got[key]; !ok {
			t.Errorf("no key %q in %s", key, out)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	return got
}

func nearly(t *testing.T, what string, got any, want, within float64) {
	t.Helper()
	if v, ok := got.(float64); !ok || math.Abs(v-want) > within {
		t.Errorf("%s = %v, want %g ± %g", what, got, want, within)
	}
}

// GeoLift's walkthrough (reference/methods.md §3.3).
func TestStudyLiftGeoLift(t *testing.T) {
	file := liftFile(t, "geolift/GeoLift_Test.csv")
	args := []string{"study", "lift", "--input", file, "--method", "sc", "--demean", "--unit-col", "location", "--time-col", "date", "--outcome-col", "Y",
		"--treated", "chicago,portland", "--start", "2021-04-01", "--end", "2021-04-15", "--format", "json"}
	got := decodeLift(t, succeed(t, args...))
	nearly(t, "average", got["average"], 155.556, 5e-4)
	nearly(t, "cumulative", got["cumulative"], 4667, .5)
	nearly(t, "relative", got["relative"], .0542319, 5e-8)
	nearly(t, "l2", got["l2"], 909.489, 5e-4)
	nearly(t, "scaled_l2", got["scaled_l2"], .1636, 5e-5)
	nearly(t, "cincinnati", got["weights"].(map[string]any)["cincinnati"], .2272, 5e-5)
	nearly(t, "periods before", got["periods_pre"], 90, 0)
	nearly(t, "periods during", got["periods_post"], 15, 0)
	if got["valid"] != true || fmt.Sprint(got["treated"]) != "[chicago portland]" || got["iroas"] != nil {
		t.Errorf("valid %v, treated %v, iroas %v", got["valid"], got["treated"], got["iroas"])
	}
	if again := succeed(t, args...); again != succeed(t, args...) {
		t.Error("two runs differ")
	}
}

// Google's example (reference/methods.md §3.2); in this file assignment 1 is the treatment.
func TestStudyLiftGoogle(t *testing.T) {
	file := liftFile(t, "google_geo/example_data_for_post_analysis.csv")
	got := decodeLift(t, succeed(t, "study", "lift", "--input", file, "--method", "tbr", "--unit-col", "geo", "--time-col", "date", "--outcome-col", "response",
		"--cost-col", "cost", "--treated-col", "assignment", "--pre-start", "2015-01-05", "--start", "2015-02-16", "--end", "2015-03-15", "--level", ".8", "--format", "json"))
	nearly(t, "iroas", got["iroas"], 2.946742, 5e-7)
	nearly(t, "iroas_lo", got["iroas_lo"], 2.946742-.120548, 1e-6)
	nearly(t, "iroas_hi", got["iroas_hi"], 2.946742+.120548, 1e-6)
	nearly(t, "cumulative", got["cumulative"], 147337.1, .05)
	nearly(t, "average", got["average"], 147337.12168/(28*50), 1e-6)
}

// liftRows is a small file: sales of n units over days 1 to 20, cost on the first two from day 15 on.
func liftRows(n int, sales func(unit, day int) string) string {
	var b strings.Builder
	b.WriteString("unit,day,sales,cost\n")
	for u := range n {
		for d := 1; d <= 20; d++ {
			cost := 0
			if u < 2 && d >= 15 {
				cost = 5
			}
			fmt.Fprintf(&b, "u%02d,%d,%s,%d\n", u, d, sales(u, d), cost)
		}
	}
	return b.String()
}

func wavy(u, d int) string {
	return fmt.Sprintf("%.3f", 100+10*math.Sin(float64(d))+3*math.Sin(float64(7*u*u+3*d*(u+1))))
}

func TestStudyLiftRefuses(t *testing.T) {
	p := newPlace(t)
	good := liftRows(12, wavy)
	window := []string{"--treated", "u00", "--start", "15", "--end", "20"}
	for name, c := range map[string]struct {
		content, method string
		flags           []string
		code            int
		phrases         []string
	}{
		"empty file":        {"", "did", window, 1, []string{"is empty"}},
		"header only":       {"unit,day,sales\n", "did", window, 1, []string{"no rows"}},
		"one row":           {"unit,day,sales\nu00,15,3\n", "did", window, 1, []string{"no row lies before --start 15"}},
		"constant":          {liftRows(12, func(int, int) string { return "5" }), "sc", window, 1, []string{"same number everywhere"}},
		"no control":        {liftRows(1, wavy), "tbr", window, 1, []string{"every unit is treated"}},
		"repeated period":   {good + "u03,4,9,0\n", "sdid", window, 1, []string{`unit "u03" has two rows at 4`}},
		"unbalanced":        {strings.Replace(good, "u05,7,", "u05,77,", 1), "sc", window, 1, []string{"not balanced: 1 of 240 rows", `unit "u05" at 7`}},
		"NaN":               {strings.Replace(good, "u03,4,"+wavy(3, 4), "u03,4,NaN", 1), "did", window, 1, []string{"line 65", `"NaN", not a number`}},
		"text":              {strings.Replace(good, "u03,4,"+wavy(3, 4), "u03,4,many", 1), "did", window, 1, []string{"line 65", `"many", not a number`}},
		"empty cell":        {strings.Replace(good, "u03,4,"+wavy(3, 4), "u03,4,", 1), "did", window, 1, []string{"line 65", "is empty"}},
		"no unit":           {strings.Replace(good, "u03,4,", ",4,", 1), "did", window, 1, []string{"line 65", "a unit is needed"}},
		"time of two kinds": {strings.Replace(good, "u03,4,", "u03,2026-01-04,", 1), "did", window, 1, []string{"line 65", "not an integer as in line 2"}},
		"no time":           {strings.Replace(good, "u00,1,", "u00,soon,", 1), "did", window, 1, []string{"line 2", "neither a date"}},
		"collinear":         {liftRows(12, func(u, d int) string { return fmt.Sprint((u + 1) * d) }), "tbr", window, 1, []string{"exact multiple"}},
		"flat before":       {liftRows(12, func(u, d int) string { return fmt.Sprint(u + d/15*u) }), "tbr", window, 1, []string{"does not move before the start"}},
		"unknown treated":   {good, "did", []string{"--treated", "nowhere", "--start", "15", "--end", "20"}, 1, []string{`no row has "nowhere"`, "u00, u01", "2 more"}},
		"unknown value":     {good, "did", []string{"--treated-col", "cost", "--start", "15", "--end", "20"}, 1, []string{`no row has "1" (--treated-value)`}},
		"unknown column":    {good, "did", append([]string{"--cost-col", "spend"}, window...), 1, []string{`no column "spend" (--cost-col)`}},
		"start after end":   {good, "did", []string{"--treated", "u00", "--start", "20", "--end", "15"}, 1, []string{"starts after it ends"}},
		"no pre-period":     {good, "did", []string{"--treated", "u00", "--start", "1", "--end", "15"}, 1, []string{"no row lies before --start 1"}},
		"late pre-period":   {good, "did", []string{"--treated", "u00", "--pre-start", "15", "--start", "15", "--end", "20"}, 1, []string{"pre-period starts no earlier"}},
		"after the file":    {good, "did", []string{"--treated", "u00", "--start", "30", "--end", "40"}, 1, []string{"no row lies between the start and the end"}},
		"treated elsewhere": {good + "u99,90,3,0\n", "did", []string{"--treated", "u99,u00", "--start", "15", "--end", "20"}, 1, []string{`treated unit "u99" has no row between`}},
		"units of no unit":  {good, "bsts", []string{"--unit-col", "", "--x-cols", "cost", "--treated", "u00", "--start", "15", "--end", "20"}, 2, []string{"all rows are the treated series"}},
		"two of columns":    {good, "bsts", []string{"--x-cols", "cost", "--treated", "u00,u01", "--start", "15", "--end", "20"}, 1, []string{"covariates of one series"}},

		"date for integers": {good, "did", []string{"--treated", "u00", "--start", "2026-01-01", "--end", "20"}, 2, []string{"--start 2026-01-01", "written as an integer"}},
		"method":            {good, "magic", window, 2, []string{"--method magic is none of"}},
		"nobody treated":    {good, "did", []string{"--start", "15", "--end", "20"}, 2, []string{"name the treated units"}},
		"treated twice":     {good, "did", append([]string{"--treated-col", "cost"}, window...), 2, []string{"either --treated"}},
		"stray value":       {good, "did", append([]string{"--treated-value", "2"}, window...), 2, []string{"name that column"}},
		"demean":            {good, "did", append([]string{"--demean"}, window...), 2, []string{"belongs to --method sc"}},
		"covariates":        {good, "did", append([]string{"--x-cols", "cost"}, window...), 2, []string{"belongs to --method bsts"}},
		"level":             {good, "did", append([]string{"--level", "90"}, window...), 2, []string{"--level 90 is not between 0 and 1"}},
		"no end":            {good, "did", []string{"--treated", "u00", "--start", "15"}, 2, []string{"--end is missing"}},
		"format":            {good, "did", append([]string{"--format", "xml"}, window...), 2, []string{"--format xml is none of"}},
	} {
		t.Run(name, func(t *testing.T) {
			fail(t, c.code, c.phrases, liftArgs(p.file(strings.ReplaceAll(name, " ", "_")+".csv", c.content), c.method, c.flags...)...)
		})
	}
}

// Every method gives finite figures or null with a warning, in every format; too few controls is no failure.
func TestStudyLiftMethods(t *testing.T) {
	p := newPlace(t)
	file := p.file("many.csv", liftRows(24, wavy))
	few := p.file("few.csv", liftRows(5, wavy))
	for _, method := range []string{"did", "tbr", "gbr", "sc", "sdid", "bsts"} {
		out := succeed(t, liftArgs(file, method, "--treated", "u00,u01", "--start", "15", "--end", "20", "--cost-col", "cost", "--format", "json")...)
		got := decodeLift(t, out)
		for key, value := range got {
			if value == nil && len(got["warnings"].([]any)) == 0 {
				t.Errorf("%s: %s is null without a warning", method, key)
			}
		}
		if got["average"] == nil || got["p"] == nil || got["average_lo"] == nil || got["iroas"] == nil {
			t.Errorf("%s: %s", method, out)
		}
		table := succeed(t, liftArgs(file, method, "--treated", "u00,u01", "--start", "15", "--end", "20")...)
		if !strings.Contains(table, method+": on average") || !strings.Contains(table, "threshold:") {
			t.Errorf("table of %s:\n%s", method, table)
		}
		csv := succeed(t, liftArgs(file, method, "--treated", "u00,u01", "--start", "15", "--end", "20", "--format", "csv")...)
		if !strings.HasPrefix(csv, "figure,of,value,lo,hi\naverage,,") || strings.Contains(csv, "NaN") {
			t.Errorf("csv of %s:\n%s", method, csv)
		}
	}
	got := decodeLift(t, succeed(t, liftArgs(few, "sc", "--treated", "u00", "--start", "15", "--end", "20", "--format", "json")...))
	if got["valid"] != false || got["average"] == nil || got["average_lo"] != nil || got["p"] == nil || !strings.Contains(fmt.Sprint(got["warnings"]), "too few controls") {
		t.Errorf("four controls: %v", got)
	}
}

// Dates are ordered as dates, whatever the order of rows.
func TestStudyLiftOrder(t *testing.T) {
	p := newPlace(t)
	lines := strings.Split(strings.TrimSpace(liftRows(12, wavy)), "\n")
	for i := range lines[1:] {
		cells := strings.Split(lines[1+i], ",")
		cells[1] = fmt.Sprintf("2026-01-%02s", cells[1])
		lines[1+i] = strings.Join(cells, ",")
	}
	forward := p.file("forward.csv", strings.Join(lines, "\n"))
	for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	backward := p.file("backward.csv", strings.Join(lines, "\n"))
	flags := []string{"--treated", "u03", "--start", "2026-01-15", "--end", "2026-01-20", "--format", "json"}
	if a, b := succeed(t, liftArgs(forward, "sdid", flags...)...), succeed(t, liftArgs(backward, "sdid", flags...)...); a != b {
		t.Errorf("the order of rows shows:\n%s\n%s", a, b)
	}
}

// A check that could not be made has no value in the table, as it is null in JSON.
func TestStudyLiftUnknownCheck(t *testing.T) {
	var rows []string
	for _, row := range strings.Split(liftRows(12, wavy), "\n") {
		if !strings.HasPrefix(row, "u00,12,") {
			rows = append(rows, row)
		}
	}
	file := newPlace(t).file("gap.csv", strings.Join(rows, "\n"))
	table := succeed(t, liftArgs(file, "bsts", "--treated", "u00", "--start", "15", "--end", "20")...)
	if strings.Contains(table, "NaN") || !strings.Contains(table, "in-time placebo p: not known, threshold") {
		t.Errorf("a check that could not be made:\n%s", table)
	}
	csv := succeed(t, liftArgs(file, "bsts", "--treated", "u00", "--start", "15", "--end", "20", "--format", "csv")...)
	if !strings.Contains(csv, "\nvalid,,false,,\n") || !strings.Contains(csv, "the in-time placebo cannot be computed") {
		t.Errorf("CSV does not say that the result is not valid:\n%s", csv)
	}
}

// The google series of ../shared/data/causalimpact through the command: R's CausalImpact says 27 (4.5) on average, 804 in all and [18, 36] at
// 95 % (R_summary_google_data.txt beside it). One series with its covariates needs no unit.
func TestStudyLiftStructural(t *testing.T) {
	const file = "../../../shared/data/causalimpact/google_data.csv"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the data set is absent:", err)
	}
	plot := filepath.Join(t.TempDir(), "impact.svg")
	got := decodeLift(t, succeed(t, "study", "lift", "--input", file, "--method", "bsts", "--time-col", "date", "--outcome-col", "y", "--x-cols", "x1,x2",
		"--start", "2020-03-02", "--end", "2020-03-31", "--level", ".95", "--format", "json", "--plot", plot))
	average, lo, hi := got["average"].(float64), got["average_lo"].(float64), got["average_hi"].(float64)
	if math.Abs(average-27) > 1 || math.Abs(lo-18) > 1 || math.Abs(hi-36) > 1 {
		t.Errorf("%.2f [%.2f, %.2f], want near 27 [18, 36]", average, lo, hi)
	}
	if math.Abs(got["cumulative"].(float64)-30*average) > 1e-9*30*average {
		t.Errorf("cumulative %v is not 30 periods of %v", got["cumulative"], average)
	}
	if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "<svg") {
		t.Errorf("the chart: %.60s (%v)", svg, err)
	}
}
