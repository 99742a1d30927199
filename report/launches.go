package report

import (
	"fmt"
	"strings"
)

// findingLevel is the share of false findings that the report accepts among the launches it calls told from noise.
const findingLevel = .10

// methodNames are the methods for places in words.
var methodNames = map[string]string{
	"welch": "Welch", "cuped": "CUPED", "shared control": "shared control", "permutation": "permutation", "did": "difference in differences", "gbr": "geo-based regression",
	"sc": "synthetic control", "sdid": "synthetic difference in differences", "tbr": "time-based regression",
}

func methodName(id string) string {
	if name, ok := methodNames[id]; ok {
		return name
	}
	return id
}

// methodTable sets what every method says of the pilots of places beside the one that decides.
func (v *view) methodTable() Table {
	t := Table{ID: "methods", Caption: "Pilots of venues, regions and markets by every method; the one that decides is marked *", Columns: words("pilot", "arm", "method")}
	t.Columns = append(t.Columns, Column{Name: "effect of all units and days", Numeric: true}, Column{Name: "p", Numeric: true}, Column{Name: "checks"})
	known := map[string]bool{}
	for _, r := range v.marts.pilots {
		known[r.Pilot] = true
	}
	for _, r := range v.methods {
		if !known[r.Pilot] { // began after the period
			continue
		}
		name := methodName(r.Method)
		if r.IsDeciding {
			name += " *"
		}
		checks := "passed"
		if !r.ChecksPassed {
			checks = "failed"
		}
		if r.Total == nil {
			checks = "cannot be computed"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(r.Pilot), text(r.Arm), text(name), interval(floats(r.Total, r.TotalLo, r.TotalHi), estimate.amounts), number(r.P, pValue), text(checks)}})
	}
	t.Note = "The deciding method is fixed by how units were assigned and how many there are, not by what it finds. Where the others differ, their checks say why."
	return t
}

// launchTable has the launches that began before the period ended.
func (v *view) launchTable() Table {
	t := Table{ID: "launches", Caption: "Programs that began in a place while others were without them: the first twelve weeks", Columns: words("program", "place", "began", "compared with")}
	t.Columns = append(t.Columns, columns(v.currency, "incremental margin")...)
	t.Columns = append(t.Columns, Column{Name: "change", Numeric: true}, Column{Name: "q", Numeric: true}, Column{Name: "placebo p", Numeric: true}, Column{Name: "grade"}, Column{Name: "state"})
	for _, r := range v.launches {
		with := plural(int(r.Donors), "place")
		cells := []Cell{text(v.name(r.ProgramID)), text(placeWords(r.Place)), text(r.LaunchedOn.Format("2 Jan 2006")), text(fmt.Sprintf("%s, %s before", with, plural(int(r.PreWeeks), "week")))}
		switch {
		case r.People < v.suppressBelow:
			cells = append(cells, hidden(), hidden(), hidden(), hidden(), dash())
		case r.State == "running":
			cells = append(cells, tooYoung(), tooYoung(), dash(), dash(), dash())
		default:
			margin := interval(monies(r.IncrementalMargin, r.IncrementalLo, r.IncrementalHi), estimate.amounts)
			q := number(r.Q, pValue)
			if r.State == immature {
				q = tooYoung()
			}
			cells = append(cells, margin, number(r.Relative, func(x float64) string { return signed(100*x, 0) + " %" }), q, number(r.PlaceboP, pValue), text(r.Grade))
		}
		t.Rows = append(t.Rows, Row{Cells: append(cells, text(r.State))})
	}
	t.Note = fmt.Sprintf("Synthetic difference in differences by week, the same for every launch, read once. Intervals are 90 %%. q is p adjusted for all launches that were read; "+
		"of those with q at or below .10 one in ten may be false. Places of fewer than %d buyers are suppressed.", v.suppressBelow)
	return t
}

// placeWords writes de as DE, and us/new york as New York, US.
func placeWords(place string) string {
	market, region, _ := strings.Cut(place, "/")
	if region == "" {
		return strings.ToUpper(market)
	}
	words := strings.Fields(region)
	for i, word := range words {
		words[i] = sentence(word)
	}
	return strings.Join(words, " ") + ", " + strings.ToUpper(market)
}

// launchLine says in one sentence what the launches tell, no more than their q allows.
func (v *view) launchLine() string {
	valid, read, moved := 0, 0, []string(nil)
	for _, r := range v.launches {
		if r.Q == nil || r.People < v.suppressBelow { // not read, or nothing could be computed
			continue
		}
		read++
		if r.State != "valid" {
			continue
		}
		valid++
		if r.Q != nil && *r.Q <= findingLevel && r.IncrementalMargin != nil {
			verb := "raised"
			if *r.IncrementalMargin < 0 {
				verb = "lowered"
			}
			moved = append(moved, fmt.Sprintf("%s %s margin in %s", v.name(r.ProgramID), verb, placeWords(r.Place)))
		}
	}
	if read == 0 {
		return ""
	}
	said := "Beside pilots, 1 launch was read as a quasi-experiment"
	if read > 1 {
		said = "Beside pilots, " + count(float64(read)) + " launches were read as quasi-experiments"
	}
	switch {
	case valid == 0:
		return said + "; none passed its checks, so none is evidence."
	case valid == read:
		said += ", grade B, for every check passed. "
	default:
		said += fmt.Sprintf("; %s passed every check and has grade B. ", count(float64(valid)))
		if valid > 1 {
			said = strings.Replace(said, " has grade B", " have grade B", 1)
		}
	}
	if len(moved) == 0 {
		return said + "None can be told from what places do by themselves, with so many read."
	}
	return said + sentence(list(moved)) + ": that much can be told from what places do by themselves."
}

// launchItems are what a reader must know of single launches.
func (v *view) launchItems() []string {
	var items []string
	for _, r := range v.launches {
		if r.People < v.suppressBelow {
			continue
		}
		for _, w := range splitWarnings(r.Warnings) {
			items = append(items, fmt.Sprintf("%s in %s: %s", v.name(r.ProgramID), placeWords(r.Place), w))
		}
	}
	return items
}
