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

const studyData = "../../../shared/data/"

// studyJSON runs a study that must succeed and reads its JSON.
func studyJSON(t *testing.T, into any, args ...string) {
	t.Helper()
	out := succeed(t, append(append([]string{"study"}, args...), "--format", "json")...)
	if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
		t.Errorf("not JSON: %s", out)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func dataFile(t *testing.T, name string) string {
	t.Helper()
	if _, err := os.Stat(studyData + name); err != nil {
		t.Skip("the data set lies beside the repository: ", err)
	}
	return studyData + name
}

func wantNear(t *testing.T, what string, got any, want, tolerance float64) {
	t.Helper()
	if g, ok := got.(float64); !ok || math.Abs(g-want) > tolerance {
		t.Errorf("%s = %v, want %v within %g", what, got, want, tolerance)
	}
}

// Methods reference 2.3; Fader, Hardie and Lee (2005), Fader and Hardie (note 025).
func TestStudyCLVOnCDNOW(t *testing.T) {
	file := dataFile(t, "cdnow/btyd_cdnowElog.csv")
	customers := filepath.Join(t.TempDir(), "customers.csv")
	for _, id := range []string{"sampleid", "masterid"} {
		var got struct {
			Model      string
			Params, SE map[string]float64
			SELog      map[string]float64 `json:"se_log"`
			LogLik     float64
			Converged  bool
			GammaGamma map[string]any `json:"gamma_gamma"`
			Holdout    map[string]any
			Warnings   []string
		}
		studyJSON(t, &got, "clv", "--input", file, "--id-col", id, "--date-col", "date", "--amount-col", "sales", "--calibration-end", "1997-09-30", "--customers", customers)
		for name, want := range map[string]float64{"r": .24259452, "alpha": 4.4136020, "a": .7929219, "b": 2.4259065} {
			wantNear(t, name, got.Params[name], want, 2e-6)
		}
		wantNear(t, "log-likelihood", got.LogLik, -9582.4292067, 1e-6)
		wantNear(t, "se of log a", got.SELog["a"], .23424, 1e-5)
		wantNear(t, "se of a", got.SE["a"], .1857, 5e-5)
		wantNear(t, "se of b", got.SE["b"], .7054, 5e-5)
		wantNear(t, "p", got.GammaGamma["p"], 6.25, .005)
		wantNear(t, "q", got.GammaGamma["q"], 3.74, .005)
		wantNear(t, "gamma", got.GammaGamma["gamma"], 15.44, .005)
		wantNear(t, "holdout", got.Holdout["actual"], 1882, 0)
		wantNear(t, "predicted", got.Holdout["predicted"], 1653.41, .01)
		wantNear(t, "weeks", got.Holdout["weeks"], 39, 0)
		if got.Model != "bgnbd" || !got.Converged || len(got.Warnings) != 0 {
			t.Errorf("%+v", got)
		}
	}
	text, err := os.ReadFile(customers)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); len(lines) != 2358 || !strings.HasPrefix(lines[1], "4,2,30.428571428571427,38.857142857142854,22.345,0.7266") {
		t.Errorf("%d lines, the second %s", len(lines), lines[1])
	}
}

// orders writes a file of orders for the tests below.
func ordersFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte("id,day,amount\n"+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Checks that fail warn, and what is not known is null.
func TestStudyCLVWarns(t *testing.T) {
	var lines []string
	for i := range 40 {
		for j := range 3 {
			lines = append(lines, fmt.Sprintf("c%d,2026-01-%02d,%d", i, 1+10*j, 10))
		}
	}
	var got map[string]any
	studyJSON(t, &got, "clv", "--input", ordersFile(t, lines...), "--id-col", "id", "--date-col", "day", "--amount-col", "amount")
	warnings := fmt.Sprint(got["warnings"])
	for _, want := range []string{"only 40 customers came back", "bgnbd did not converge", "Gamma-Gamma did not converge", "no value", "predictions are not checked"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("warnings %s, want one with %q", warnings, want)
		}
	}
	if got["converged"] != false || got["value"].(map[string]any)["total"] != nil {
		t.Errorf("%v", got)
	}
}

func TestStudyCLVRefuses(t *testing.T) {
	good := "a,2026-01-01,5"
	for name, c := range map[string]struct {
		lines   []string
		code    int
		phrases []string
		more    []string
	}{
		"nobody came back":   {[]string{good, "b,20260102,4"}, 1, []string{"no customer bought on a second day"}, nil},
		"no such day":        {[]string{good, "b,2026-02-30,4"}, 1, []string{"line 3", "2026-02-30", "not a day"}, nil},
		"no amount":          {[]string{good, "b,2026-02-03,"}, 1, []string{"line 3", "empty"}, nil},
		"amount is NaN":      {[]string{good, "b,2026-02-03,NaN"}, 1, []string{"line 3", "not a number"}, nil},
		"no customer":        {[]string{good, ",2026-02-03,4"}, 1, []string{"line 3", "a customer is needed"}, nil},
		"no rows":            {nil, 1, []string{"no rows"}, nil},
		"before all orders":  {[]string{good}, 1, []string{"later --calibration-end"}, []string{"--calibration-end", "2025-01-01"}},
		"wrong calibration":  {[]string{good}, 2, []string{"--calibration-end"}, []string{"--calibration-end", "soon"}},
		"unknown model":      {[]string{good}, 2, []string{"bgnbd, paretonbd or mbgnbd"}, []string{"--model", "nbd"}},
		"unknown column":     {[]string{good}, 1, []string{`no column "who"`, "id, day, amount"}, []string{"--id-col", "who"}},
		"discount":           {[]string{good}, 2, []string{"--discount"}, []string{"--discount", "-1"}},
		"margin rate":        {[]string{good}, 2, []string{"--margin-rate"}, []string{"--margin-rate", "NaN"}},
		"months":             {[]string{good}, 2, []string{"--horizon-months"}, []string{"--horizon-months", "0"}},
		"customers unusable": {[]string{good, "a,2026-01-05,2", "b,2026-01-01,2", "b,2026-01-09,3"}, 1, []string{"no such file or directory"}, []string{"--customers", "missing/folder/c.csv"}},
	} {
		t.Run(name, func(t *testing.T) {
			fail(t, c.code, c.phrases, append([]string{"study", "clv", "--input", ordersFile(t, c.lines...), "--id-col", "id", "--date-col", "day", "--amount-col", "amount"}, c.more...)...)
		})
	}
	fail(t, 2, []string{"--amount-col is missing"}, "study", "clv", "--input", "x", "--id-col", "id", "--date-col", "day")
}
