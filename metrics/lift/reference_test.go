package lift_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"tieback/metrics/lift"
)

const dataFolder = "../../../shared/data/"

// readRows reads a CSV file by column name; the data sets lie beside the repository.
func readRows(t testing.TB, path string, comma rune) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here: the data set lies beside the repository", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma = comma
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for c, name := range records[0] {
			row[name] = record[c]
		}
		rows = append(rows, row)
	}
	return rows
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func day(t testing.TB, text string) lift.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return lift.Time{At: d.Unix() / 86400, Label: text}
}

func panel(t testing.TB, rows []lift.Observation, window lift.Window, hasCost bool) *lift.Panel {
	t.Helper()
	p, err := lift.NewPanel(rows, window, hasCost)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// geolift is GeoLift's simulated test: chicago and portland, days 91 to 105.
func geolift(t testing.TB) *lift.Panel {
	t.Helper()
	var rows []lift.Observation
	for _, row := range readRows(t, dataFolder+"geolift/GeoLift_Test.csv", ',') {
		rows = append(rows, lift.Observation{
			Unit: row["location"], Time: day(t, row["date"]), Outcome: number(t, row["Y"]),
			Treated: row["location"] == "chicago" || row["location"] == "portland",
		})
	}
	return panel(t, rows, lift.Window{PreStart: day(t, "2021-01-01").At, Start: day(t, "2021-04-01").At, End: day(t, "2021-04-15").At}, false)
}

// googleGeo is the example of Google's geo experiments: 100 geos, test from 2015-02-16 to 2015-03-15.
func googleGeo(t testing.TB) *lift.Panel {
	t.Helper()
	group := map[string]string{}
	for _, row := range readRows(t, dataFolder+"google_geo/geoassignment.csv", ',') {
		group[row["geo"]] = row["geo.group"]
	}
	var rows []lift.Observation
	for _, row := range readRows(t, dataFolder+"google_geo/salesandcost.csv", ',') {
		rows = append(rows, lift.Observation{
			Unit: row["geo"], Time: day(t, row["date"]), Outcome: number(t, row["sales"]), Cost: number(t, row["cost"]), Treated: group[row["geo"]] == "2",
		})
	}
	return panel(t, rows, lift.Window{PreStart: day(t, "2015-01-05").At, Start: day(t, "2015-02-16").At, End: day(t, "2015-03-15").At}, true)
}

// california is Proposition 99: packs of cigarettes per head in 39 states, 1970–2000, tax from 1989.
func california(t testing.TB) *lift.Panel {
	t.Helper()
	var rows []lift.Observation
	for _, row := range readRows(t, "testdata/california_prop99.csv", ',') {
		rows = append(rows, lift.Observation{
			Unit: row["state"], Time: lift.Time{At: int64(number(t, row["year"])), Label: row["year"]},
			Outcome: number(t, row["packs_per_head"]), Treated: row["state"] == "California",
		})
	}
	return panel(t, rows, lift.Window{PreStart: 1970, Start: 1989, End: 2000}, false)
}

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.12g, want %.12g ± %g", what, got, want, within)
	}
}
