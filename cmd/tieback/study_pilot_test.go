package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type pilotStudy struct {
	SRMP    float64 `json:"srm_p"`
	Level   float64
	Valid   bool
	Results []map[string]any
}

// Methods reference 3.1 and its file expected_itt_welch.csv; intervals at 90 % by scipy 1.17.1 as in metrics/hillstrom_test.go.
func TestStudyPilotOnHillstrom(t *testing.T) {
	file := dataFile(t, "hillstrom/hillstrom.csv")
	common := []string{"pilot", "--input", file, "--arm-col", "segment", "--control", "No E-Mail"}
	var got pilotStudy
	studyJSON(t, &got, append(common, "--outcome", "spend", "--covariate", "history", "--value-per-unit", ".4", "--cost-per-unit", ".10", "--allocation", "Mens E-Mail=1,Womens E-Mail=1,No E-Mail=1")...)
	wantNear(t, "srm_p", got.SRMP, .9036929575604196, 1e-9)
	if !got.Valid || got.Level != .9 || len(got.Results) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []map[string]float64{
		{"units_treated": 21307, "units_control": 21306, "mean_treated": 1.422616511, "mean_control": .652789355, "lift": .769827156, "se": .145246560,
			"t": 5.300140358, "df": 36671.157977, "p": 1.1638149682e-07, "cuped_lift": .7674384994, "cuped_se": .1452150422, "cuped_lo": .5285749773, "cuped_hi": 1.0063020215,
			"roi": 2.0793086, "roi_lo": 1.1236471560, "roi_hi": 3.0349700912},
		{"units_treated": 21387, "lift": .424412216, "se": .130332859, "t": 3.256371576, "p": .00112939710, "roi": .6976489, "roi_lo": -.1598848645, "roi_hi": 1.5551825920},
	} {
		for name, value := range want {
			wantNear(t, fmt.Sprint(got.Results[i]["arm"], " ", name), got.Results[i][name], value, 1e-6*max(1, value))
		}
	}
	if got.Results[0]["decision"] != "scale" || got.Results[1]["decision"] != "iterate" {
		t.Errorf("decisions %v, %v", got.Results[0]["decision"], got.Results[1]["decision"])
	}

	for outcome, want := range map[string][2]float64{"visit": {.076589564, .045233107}, "conversion": {.006805007, .003111058}} {
		studyJSON(t, &got, append(common, "--outcome", outcome, "--level", ".95")...)
		for i := range want {
			wantNear(t, outcome, got.Results[i]["lift"], want[i], 1e-9)
		}
	}
	studyJSON(t, &got, append(common, "--outcome", "spend", "--level", ".95")...)
	wantNear(t, "lo at 95 %", got.Results[0]["lo"], .485139733, 1e-9)
	wantNear(t, "hi at 95 %", got.Results[0]["hi"], 1.054514579, 1e-9)

	// A third of the control's rows are lost: the numbers stay, the decision goes.
	studyJSON(t, &got, append(common, "--outcome", "spend", "--value-per-unit", ".4", "--cost-per-unit", ".10", "--allocation", "Mens E-Mail=1,Womens E-Mail=1,No E-Mail=1.5")...)
	if got.Valid || got.Results[0]["decision"] != nil || !strings.Contains(fmt.Sprint(got.Results[0]["warnings"]), "not of the planned sizes") {
		t.Errorf("%+v", got)
	}
	wantNear(t, "return of a failed pilot", got.Results[0]["roi"], 2.0793086, 1e-6)
}

var pilotKeys = strings.Fields("arm units_treated units_control mean_treated mean_control lift se lo hi t df p cuped_lift cuped_se cuped_lo cuped_hi seq_lo seq_hi mde roi roi_lo roi_hi p_above_hurdle units_to_settle decision warnings")

func armsFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "arms.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every key is always there; what cannot be computed is null and a warning says why.
func TestStudyPilotKeysAndNulls(t *testing.T) {
	file := armsFile(t, "arm,y,x", "c,1,7", "c,2,7", "c,0,7", "a,3,7", "a,4,7", "a,9,7", "b,5,7")
	var got pilotStudy
	studyJSON(t, &got, "pilot", "--input", file, "--arm-col", "arm", "--control", "c", "--outcome", "y", "--covariate", "x", "--value-per-unit", "1", "--cost-per-unit", "0")
	for _, arm := range got.Results {
		keys := make([]string, 0)
		for key := range arm {
			keys = append(keys, key)
		}
		want := slices.Clone(pilotKeys)
		slices.Sort(keys)
		slices.Sort(want)
		if !slices.Equal(keys, want) {
			t.Errorf("keys %v, want %v", keys, want)
		}
	}
	a, b := got.Results[0], got.Results[1]
	if a["cuped_lift"] != nil || a["roi"] != nil || a["decision"] != nil {
		t.Errorf("%+v", a)
	}
	for _, phrase := range []string{"covariate does not vary", "undefined at zero cost"} {
		if !strings.Contains(fmt.Sprint(a["warnings"]), phrase) {
			t.Errorf("warnings %v, want %q", a["warnings"], phrase)
		}
	}
	if b["lift"] != nil || !strings.Contains(fmt.Sprint(b["warnings"]), "at least 2 are needed") {
		t.Errorf("%+v", b)
	}
	for _, format := range []string{"table", "csv"} {
		out := succeed(t, "study", "pilot", "--input", file, "--arm-col", "arm", "--control", "c", "--outcome", "y", "--format", format)
		if strings.Contains(out, "NaN") || !strings.Contains(out, "units_to_settle") {
			t.Errorf("%s: %s", format, out)
		}
	}
}

func TestStudyPilotRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		lines   []string
		code    int
		phrases []string
		more    []string
	}{
		"empty":              {nil, 1, []string{"is empty"}, nil},
		"no rows":            {[]string{"arm,y"}, 1, []string{"no rows"}, nil},
		"one row":            {[]string{"arm,y", "c,1"}, 1, []string{"nothing to compare with"}, nil},
		"one row an arm":     {[]string{"arm,y", "c,1", "a,2"}, 1, []string{"at least 2 are needed"}, nil},
		"one arm only":       {[]string{"arm,y", "c,1", "c,2"}, 1, []string{`every row is in arm "c"`}, nil},
		"constant outcome":   {[]string{"arm,y", "c,1", "c,1", "a,1", "a,1"}, 1, []string{"does not vary"}, nil},
		"no control":         {[]string{"arm,y", "a,1", "b,1"}, 1, []string{`no row has the control "c"`, "a, b"}, nil},
		"text for a number":  {[]string{"arm,y", "c,1", "a,many"}, 1, []string{"line 3", `"many", not a number`}, nil},
		"NaN":                {[]string{"arm,y", "c,1", "a,NaN"}, 1, []string{"line 3", "not a number"}, nil},
		"infinity":           {[]string{"arm,y", "c,1", "a,Inf"}, 1, []string{"line 3", "not a number"}, nil},
		"no arm":             {[]string{"arm,y", "c,1", ",2"}, 1, []string{"line 3", "an arm is needed"}, nil},
		"allocation":         {[]string{"arm,y", "c,1", "a,2"}, 2, []string{"control=.5,treated=.5"}, []string{"--allocation", "half"}},
		"arm without share":  {[]string{"arm,y", "c,1", "a,2"}, 2, []string{`no share to arm "a"`}, []string{"--allocation", "c=.5,d=.5"}},
		"level":              {[]string{"arm,y", "c,1", "a,2"}, 2, []string{"--level 90"}, []string{"--level", "90"}},
		"value without cost": {[]string{"arm,y", "c,1", "a,2"}, 2, []string{"belong together"}, []string{"--value-per-unit", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			fail(t, c.code, c.phrases, append([]string{"study", "pilot", "--input", armsFile(t, c.lines...), "--arm-col", "arm", "--control", "c", "--outcome", "y"}, c.more...)...)
		})
	}
}
