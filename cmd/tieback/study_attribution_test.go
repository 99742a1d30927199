package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pathsFile writes a file for a study and returns its path.
func pathsFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "paths.csv")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// attributed is what the study's JSON holds; a null is nil.
type attributed struct {
	Models      []string `json:"models"`
	PConversion *float64 `json:"p_conversion"`
	Totals      map[string]*float64
	Results     []struct {
		Model, Channel     string
		Conversions, Value *float64
		Effect             *float64 `json:"removal_effect"`
		EffectByValue      *float64 `json:"removal_effect_value"`
	}
	Warnings []string
}

func attribute(t *testing.T, args ...string) attributed {
	t.Helper()
	var got attributed
	out := succeed(t, append([]string{"study", "attribution", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

// of is the number at a model and channel, NaN for null.
func (a attributed) of(t *testing.T, model, channel string) (conversions, value, effect, effectByValue float64) {
	t.Helper()
	for _, r := range a.Results {
		if r.Model == model && r.Channel == channel {
			read := func(f *float64) float64 {
				if f == nil {
					return math.NaN()
				}
				return *f
			}
			return read(r.Conversions), read(r.Value), read(r.Effect), read(r.EffectByValue)
		}
	}
	t.Fatalf("no row for %s by %s", channel, model)
	return
}

// The chain of the metrics test by hand: RE(a) = 4/7 and RE(b) = 5/7 of 7 conversions, 32/68 and 60/68 of a value of 68.
const handPaths = "path,conversions,value,nulls\na > b,2,30,2\na,2,8,4\n b ,3,30,3\n"

func TestStudyAttribution(t *testing.T) {
	got := attribute(t, "--input", pathsFile(t, handPaths))
	if want := []string{"first", "last", "last-non-direct", "linear", "position", "markov", "shapley"}; !slices.Equal(got.Models, want) {
		t.Errorf("models %v, want %v", got.Models, want)
	}
	if *got.PConversion != 7./16 || *got.Totals["conversions"] != 7 || *got.Totals["value"] != 68 || *got.Totals["nulls"] != 9 {
		t.Errorf("p %v of %v", *got.PConversion, got.Totals)
	}
	conversions, value, effect, byValue := got.of(t, "markov", "a")
	for _, c := range [][2]float64{{conversions, 7 * 4. / 9}, {value, 68 * 32. / 92}, {effect, 4. / 7}, {byValue, 32. / 68}} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("markov gives a %v %v by effects %v %v, want 28/9, 68·32/92, 4/7 and 32/68", conversions, value, effect, byValue)
			break
		}
	}
	if conversions, _, effect, _ = got.of(t, "first", "b"); conversions != 3 || !math.IsNaN(effect) {
		t.Errorf("first gives b %v with effect %v, want 3 and none", conversions, effect)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], `no channel is called "direct"`) {
		t.Errorf("warnings %q", got.Warnings)
	}
}

func TestStudyAttributionWritesTableAndCSV(t *testing.T) {
	file := pathsFile(t, handPaths)
	if got, want := succeed(t, "study", "attribution", "--input", file, "--models", "last,linear", "--format", "csv"),
		"model,channel,conversions,value,removal_effect,removal_effect_value\nlast,a,2,8,,\nlast,b,5,60,,\nlinear,a,3,23,,\nlinear,b,4,45,,\n"; got != want {
		t.Errorf("csv\n%s\nwant\n%s", got, want)
	}
	table := succeed(t, "study", "attribution", "--input", file, "--models", "shapley")
	for _, phrase := range []string{"3 paths, 7 conversions, probability of conversion 0.4375. Credit is not cause (grade D).\n", "model    channel  conversions  value  removal_effect", "\nshapley  b        4            45"} {
		if !strings.Contains(table, phrase) {
			t.Errorf("the table\n%s\nlacks %q", table, phrase)
		}
	}
}

// PathData is separated by semicolons and names its columns in its own way. Wanted: methods' exact table of order 1 and ChannelAttribution's last touch.
func TestStudyAttributionOnPathData(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "data", "channelattribution_pathdata", "Data.csv")
	if _, err := os.Stat(file); os.IsNotExist(err) {
		t.Skipf("%s is not here: the data set lies beside the repository", file)
	}
	got := attribute(t, "--input", file, "--models", "markov,last", "--order", "1")
	conversions, value, effect, byValue := got.of(t, "markov", "alpha")
	for _, c := range [][2]float64{{conversions, 5344.947682085}, {value, 18799.170626192}, {effect, .558399489508}, {byValue, .522985589587}} {
		if math.Abs(c[0]-c[1]) > 1e-8 {
			t.Errorf("markov gives alpha %v %v by effects %v %v", conversions, value, effect, byValue)
			break
		}
	}
	if conversions, value, _, _ = got.of(t, "last", "alpha"); conversions != 8447 || math.Abs(value-28414.2142743639) > 1e-8 {
		t.Errorf("last gives alpha %v %v", conversions, value)
	}
	fail(t, 1, []string{"none of the columns path", "--path-col", "--delimiter ';'"}, "study", "attribution", "--input", file, "--delimiter", ",")
}

func TestStudyAttributionWithAges(t *testing.T) {
	file := pathsFile(t, "touches\tn\tworth\tnot\tdays\n(Direct) > a > (Direct)\t7\t14\t1\t14 > 7 > 0\n")
	args := []string{"--input", file, "--path-col", "touches", "--conversions-col", "n", "--value-col", "worth", "--nulls-col", "not", "--ages-col", "days"}
	got := attribute(t, append(args, "--models", "time_decay,last_non_direct")...)
	// 1/4 + 1 of 7/4 for direct, 1/2 for a.
	if conversions, value, _, _ := got.of(t, "time-decay", "a"); math.Abs(conversions-2) > 1e-12 || math.Abs(value-4) > 1e-12 {
		t.Errorf("time decay gives a %v, %v, want 2 and 4", conversions, value)
	}
	if conversions, _, _, _ := got.of(t, "last-non-direct", "a"); conversions != 7 {
		t.Errorf("last-non-direct gives a %v, want 7", conversions)
	}
	if all := attribute(t, args...); !slices.Contains(all.Models, "time-decay") {
		t.Errorf("with ages the models are %v", all.Models)
	}
}

// What cannot be computed ends with 1 and a sentence, misuse with 2.
func TestStudyAttributionRefuses(t *testing.T) {
	for _, c := range []struct {
		content string
		code    int
		want    string
		args    []string
	}{
		{"", 1, "is empty", nil},
		{"path,conversions\n", 1, "has a header and no rows", nil},
		{"way,conversions\na,1\n", 1, "--path-col", nil},
		{"path,bought\na,1\n", 1, "--conversions-col", nil},
		{"path,conversions\na,1\n", 1, `has no column "worth" (--value-col)`, []string{"--value-col", "worth"}},
		{"path,conversions\na,1\nb,many\n", 1, `line 3: column "conversions" is "many", not a number`, nil},
		{"path,conversions\na,NaN\n", 1, `is "NaN", not a number`, nil},
		{"path,conversions\na,inf\n", 1, `is "inf", not a number`, nil},
		{"path,conversions,nulls\na,1,-4\n", 1, "line 2: nulls: -4 is below 0", nil},
		{"path,conversions,value\na,1,-4\n", 1, "line 2: value: -4 is below 0", nil},
		{"path,conversions,value\na,0,4\n", 1, "line 2: a value of 4 comes with no conversion", nil},
		{"path,conversions\n > ,1\n", 1, "has a touch: there is no channel to credit", nil},
		{"path,conversions,days\na > b,1,3\n", 1, "line 2: 2 touches have 1 ages", []string{"--ages-col", "days"}},
		{"path,conversions,days\na > b,1,3 > old\n", 1, `line 2: column "days": "old" is not a number of days`, []string{"--ages-col", "days"}},
		{handPaths, 2, "time-decay needs the age of each touch", []string{"--models", "first,time-decay"}},
		{handPaths, 2, `"best" is none of first, last`, []string{"--models", "best"}},
		{handPaths, 2, "--order 0", []string{"--order", "0"}},
		{handPaths, 2, "--format xml", []string{"--format", "xml"}},
	} {
		fail(t, c.code, []string{c.want}, append([]string{"study", "attribution", "--input", pathsFile(t, c.content)}, c.args...)...)
	}
	fail(t, 2, []string{"--input FILE"}, "study", "attribution")
	fail(t, 1, []string{"no such file"}, "study", "attribution", "--input", filepath.Join(t.TempDir(), "none.csv"))
}

// Data that are odd but can be computed give numbers, nulls and a warning; never NaN or an infinity.
func TestStudyAttributionWarns(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"path,conversions,value,nulls\na > b,1,5,1\n", "only one path"},
		{"path,conversions,value,nulls\na,1,5,1\na > a,1,5,1\n", "only one channel"},
		{"path,conversions,value,nulls\na,0,0,3\nb,0,0,3\n", "no path converted"},
		{"path,conversions,value,nulls\na,0,0,0\nb,0,0,0\n", "no path converted"},
		{"path,conversions,value,nulls\na,3,5,3\nb > c,0,0,3\n", "on no path that converted: b, c"},
		{"path,conversions,value,nulls\na,3,5,3\n,4,7,0\nb,1,1,1\n", "paths without a touch hold 4 conversions, a value of 7 and 0 nulls"},
		{"path,conversions,value,nulls\na,3,0,3\nb,1,0,1\n", "all value is 0"},
		{"path,conversions,nulls\na,3,3\nb,1,1\n", "--value-col"},
		{"path,conversions,value\na,3,3\nb,1,1\n", "--nulls-col"},
		{"path,conversions,value,nulls\na,3,3,0\nb,1,1,0\n", "every path converted"},
	} {
		out := succeed(t, "study", "attribution", "--format", "json", "--input", pathsFile(t, c.content))
		if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") || strings.Contains(out, "check failed") {
			t.Errorf("%q gives\n%s", c.content, out)
		}
		if !strings.Contains(out, c.want) {
			t.Errorf("%q warns of %s, want %q", c.content, out[strings.Index(out, `"warnings"`):], c.want)
		}
	}
	got := attribute(t, "--input", pathsFile(t, "path,conversions,value,nulls\na,0,0,3\nb,0,0,3\n"))
	if conversions, value, effect, byValue := got.of(t, "markov", "a"); conversions != 0 || value != 0 || !math.IsNaN(effect) || !math.IsNaN(byValue) || *got.PConversion != 0 {
		t.Errorf("without conversions: %v %v %v %v, want 0, 0 and two nulls", conversions, value, effect, byValue)
	}
}

func TestStudyAttributionFromStandardInput(t *testing.T) {
	var out, errOut bytes.Buffer
	code := run(t.Context(), strings.NewReader("path|conversions\nsearch > forum|2\n"), &out, &errOut, []string{"study", "attribution", "--input", "-", "--models", "last", "--format", "csv"})
	if want := "model,channel,conversions,value,removal_effect,removal_effect_value\nlast,forum,2,,,\nlast,search,0,,,\n"; code != 0 || out.String() != want {
		t.Errorf("exit code %d\n%s%s\nwant\n%s", code, out.String(), errOut.String(), want)
	}
}
