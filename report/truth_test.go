package report

import (
	"strings"
	"testing"
)

// Every row that "make truth" wrote stands in one of the tables, with its own numbers, and the page says how it was made.
func TestEveryMethodStandsOnThePage(t *testing.T) {
	tables := recovery()
	rows := 0
	for _, table := range tables {
		rows += len(table.Rows)
		for _, r := range table.Rows {
			if len(r.Cells) != len(table.Columns) {
				t.Errorf("%s: %q has %d cells under %d columns", table.ID, r.Cells[0].Text, len(r.Cells), len(table.Columns))
			}
		}
	}
	if rows != len(truth.Rows) || rows < 50 {
		t.Errorf("%d rows in the tables, %d in truth.json", rows, len(truth.Rows))
	}
	for _, want := range []string{"2,000 worlds", "seed 663", "seed 1"} {
		if !strings.Contains(tables[0].Note, want) {
			t.Errorf("the note %q does not say %q", tables[0].Note, want)
		}
	}
	first := truth.Rows[0]
	if cell := tables[0].Rows[0].Cells[3]; cell.Value != plain(*first.Coverage) || !strings.HasPrefix(cell.Text, tenths(*first.Coverage)) {
		t.Errorf("%s held the truth in %+v, want %v", first.Method, cell, *first.Coverage)
	}
}

// The paragraph says what the rows of the invented companies say, and nothing of a rule that was not tried.
func TestTheParagraphOnTruth(t *testing.T) {
	v := pageView("last_non_direct")
	said := v.recovered()
	welch, ok := truthOf("fixed pilot, Welch", "the invented company")
	credit, also := truthOf("credit, last non-direct", "the invented company")
	if !ok || !also {
		t.Fatal("the rows of the invented company are missing")
	}
	for _, want := range []string{"Of 2,000 invented companies", "held the truth in " + tenths(*welch.Coverage), "“last non-direct” credited programs with " + tenths(*credit.Bias) + " more", "wrongly about " + tenths(*credit.Wrong)} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
	v = pageView("by hand")
	if said := v.recovered(); strings.Contains(said, "credit") {
		t.Errorf("of a rule that was not tried it says %q", said)
	}
}

func pageView(rule string) *view {
	return &view{marts: marts{info: map[string]string{"credit_model": rule}}}
}
