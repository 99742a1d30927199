package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eightWeeks is a series with a weekly pattern, a missing day and six more a day from the seventh week on.
func eightWeeks() Impact {
	i := Impact{Title: "Clicks & visits: campaign of March", Unit: "clicks per day", Post: 42}
	day := time.Date(2026, 1, 26, 0, 0, 0, 0, time.UTC)
	for t := range 56 {
		expected := 120 + 12*math.Sin(float64(t)*2*math.Pi/7) + float64(t)/4
		observed := expected + 4*math.Sin(float64(t)*1.9)
		if t >= i.Post {
			observed += 22
		}
		if t == 20 {
			observed = math.NaN()
		}
		i.Times = append(i.Times, day.AddDate(0, 0, t).Format(time.DateOnly))
		i.Observed, i.Counterfactual = append(i.Observed, observed), append(i.Counterfactual, expected)
		width := 7 + max(0, float64(t-i.Post))/4
		i.Lo, i.Hi = append(i.Lo, expected-width), append(i.Hi, expected+width)
	}
	return i
}

func TestImpactSVGIsWhatItWas(t *testing.T) {
	bare := eightWeeks()
	bare.Lo, bare.Hi, bare.Title = nil, nil, "Without an interval"
	for name, impact := range map[string]Impact{"impact": eightWeeks(), "impact_bare": bare} {
		got, err := ImpactSVG(impact)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs from what it was; if that is meant, run go test ./report -update and look at it", file)
		}
	}
}

// Whatever is drawn must be well-formed, hold no number that is none, and stay on the sheet.
func TestImpactSVGHoldsAnySeries(t *testing.T) {
	scaled := func(scale, shift float64) Impact {
		i := eightWeeks()
		for _, series := range [][]float64{i.Observed, i.Counterfactual, i.Lo, i.Hi} {
			for t := range series {
				series[t] = scale*series[t] + shift
			}
		}
		return i
	}
	two := Impact{Times: []string{"before", "after, with a label that is far too long"}, Observed: []float64{5, math.NaN()}, Counterfactual: []float64{5, 5}, Post: 1, Title: `<b> & "quotes"`}
	for name, i := range map[string]Impact{
		"thousands": scaled(1e4, 0), "tiny": scaled(1e-9, 0), "huge": scaled(1e12, 0), "negative": scaled(-3, -900), "offset": scaled(1e-3, 1e6), "two": two, "constant": scaled(0, 7),
	} {
		svg, err := ImpactSVG(i)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		decoder := xml.NewDecoder(strings.NewReader(string(svg)))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range start.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: %s of %s is %s", name, a.Name.Local, start.Name.Local, a.Value)
				}
				if a.Name.Local != "points" {
					continue
				}
				for _, point := range strings.Fields(a.Value) {
					var x, y float64
					if _, err := fmt.Sscanf(point, "%f,%f", &x, &y); err != nil || x < 0 || x > impactWidth || y < impactOutcome || y > impactHeight {
						t.Errorf("%s: the point %s (%v) is off the sheet", name, point, err)
					}
				}
			}
		}
	}
}

func TestImpactSVGRefuses(t *testing.T) {
	for says, change := range map[string]func(*Impact){
		"at least two periods":       func(i *Impact) { *i = Impact{Times: []string{"a"}} },
		"55 observed values":         func(i *Impact) { i.Observed = i.Observed[1:] },
		"0 upper ends":               func(i *Impact) { i.Hi = nil },
		"nothing before or after":    func(i *Impact) { i.Post = 0 },
		"no number to draw":          func(i *Impact) { i.Counterfactual[3] = math.NaN() },
		"2026-01-30 has no number":   func(i *Impact) { i.Observed[4] = math.Inf(1) },
		"has no end to draw":         func(i *Impact) { i.Hi[50] = math.Inf(1) },
		"start at period 57 of 56 l": func(i *Impact) { i.Post = 56 },
	} {
		i := eightWeeks()
		change(&i)
		if svg, err := ImpactSVG(i); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v with %d bytes, want one that says %q", err, len(svg), says)
		}
	}
}
