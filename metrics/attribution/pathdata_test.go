package attribution_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"tieback/metrics/attribution"
)

const pathDataFolder = "../../../shared/data/channelattribution_pathdata/"

// pathData reads PathData of the package ChannelAttribution: 10,000 rows, 19,785 conversions, 68,602 nulls.
func pathData(t testing.TB, nulls bool) *attribution.Paths {
	t.Helper()
	p := &attribution.Paths{}
	for _, row := range readCSV(t, "Data.csv", ';') {
		var channels []string
		for name := range strings.SplitSeq(row["path"], ">") {
			channels = append(channels, strings.TrimSpace(name))
		}
		totals := attribution.Totals{Conversions: float(t, row["total_conversions"]), Value: float(t, row["total_conversion_value"])}
		if nulls {
			totals.Nulls = float(t, row["total_null"])
		}
		add(t, p, totals, channels...)
	}
	return p
}

func readCSV(t testing.TB, name string, comma rune) []map[string]string {
	t.Helper()
	file, err := os.Open(pathDataFolder + name)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here: the data set lies beside the repository", pathDataFolder+name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma = comma
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for c, column := range records[0] {
			row[column] = record[c]
		}
		rows = append(rows, row)
	}
	return rows
}

func float(t testing.TB, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func add(t testing.TB, p *attribution.Paths, totals attribution.Totals, channels ...string) {
	t.Helper()
	if err := p.Add(channels, totals, nil); err != nil {
		t.Fatal(err)
	}
}

// near compares to a relative error.
func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %.15g, want %.15g", what, got, want)
	}
}

// Wanted: heuristic_models of the R package ChannelAttribution 2.2.4 on the same file.
func TestRulesOnPathData(t *testing.T) {
	p := pathData(t, true)
	first, last, linear := p.First(), p.Last(), p.Linear()
	rows := readCSV(t, "expected_heuristic.csv", ',')
	if len(rows) != len(p.Channels()) {
		t.Fatalf("%d channels, want %d", len(p.Channels()), len(rows))
	}
	for i, row := range rows {
		if p.Channels()[i] != row["channel_name"] {
			t.Fatalf("channel %d is %s, want %s", i, p.Channels()[i], row["channel_name"])
		}
		for _, c := range []struct {
			column string
			got    float64
		}{
			{"first_touch_conversions", first.Conversions[i]}, {"first_touch_value", first.Value[i]},
			{"last_touch_conversions", last.Conversions[i]}, {"last_touch_value", last.Value[i]},
			{"linear_touch_conversions", linear.Conversions[i]}, {"linear_touch_value", linear.Value[i]},
		} {
			near(t, row["channel_name"]+" "+c.column, c.got, float(t, row[c.column]), 1e-9)
		}
	}
}

// Wanted: the 40/20/40 split of the same rows, computed with another program (SOURCE.txt beside the file).
func TestPositionOnPathData(t *testing.T) {
	p := pathData(t, true)
	position := p.Position()
	for i, row := range readCSV(t, "expected_position.csv", ',') {
		near(t, row["channel_name"], position.Conversions[i], float(t, row["position_40_20_40"]), 1e-9)
	}
}

// Wanted: the same chain solved with another program (scipy's sparse LU), to the places of its files.
func TestMarkovOnPathData(t *testing.T) {
	for name, nulls := range map[string]bool{"exact_markov_order1_null.csv": true, "exact_markov_order1_nonull.csv": false} {
		m, err := pathData(t, nulls).Markov(1)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range readCSV(t, name, ',') {
			for _, c := range []struct {
				column      string
				got, within float64
			}{
				{"removal_effect_conversions", m.Effects.Conversions[i], 1e-12}, {"removal_effect_value", m.Effects.Value[i], 1e-12},
				{"attributed_conversions", m.Credit.Conversions[i], 1e-8}, {"attributed_value", m.Credit.Value[i], 1e-8},
			} {
				if want := float(t, row[c.column]); math.Abs(c.got-want) > c.within {
					t.Errorf("%s %s %s = %.15g, want %.15g", name, row["channel_name"], c.column, c.got, want)
				}
			}
		}
	}
}

// At every order the chain converts as often as the rows do: 19,785 of 88,387. The states are the distinct windows of
// the file, counted with another program.
func TestOrdersOnPathData(t *testing.T) {
	p := pathData(t, true)
	states := map[int]int{1: 12, 2: 120, 3: 933, 4: 3975}
	for order := 1; order <= 4; order++ {
		m, err := p.Markov(order)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "P(conversion)", m.PConversion, .22384513559686378, 1e-12)
		if want := states[order]; m.States != want {
			t.Errorf("order %d has %d states, want %d", order, m.States, want)
		}
		sumsTo(t, p, m.Credit)
	}
}

// sumsTo checks what every model promises.
func sumsTo(t *testing.T, p *attribution.Paths, c attribution.Credit) {
	t.Helper()
	conversions, value := 0.0, 0.0
	for i := range c.Conversions {
		if !(c.Conversions[i] >= 0) || !(c.Value[i] >= 0) {
			t.Errorf("%s is credited with %g conversions and %g of value", p.Channels()[i], c.Conversions[i], c.Value[i])
		}
		conversions += c.Conversions[i]
		value += c.Value[i]
	}
	near(t, "the sum of conversions", conversions, p.Total().Conversions, 1e-9)
	near(t, "the sum of value", value, p.Total().Value, 1e-9)
}
