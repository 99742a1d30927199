package report

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tieback/warehouse"
)

// near compares figures to the digits that are checked by hand.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The numbers of testdata/pays.sql, added up by hand; T⁻¹_998(.95) = 1.64638 for
// the pilot of care, z = 1.64485 for all that is normal.
func TestTheAnswerOfTestedPrograms(t *testing.T) {
	p, _ := ParsePeriod("2026-Q1", now)
	m, err := readMarts(context.Background(), snapshotOf(t, "pays"), p)
	if err != nil {
		t.Fatal(err)
	}
	v := newView(m, p)
	c := v.now
	margin := 20000.0 + 22000 + 24000 + 4000 + 3000 + 2000
	cost := 9000.0 + 10000 + 11000 + 3*5000
	all := cost + 5000 + 6000 + 7000 + 3*2000
	careSE, couponSE := 2000.0+2200+2400, 500.0+400+300
	careAway, couponAway := 1000.0+1100+1200, 200.0+150+100
	half := math.Hypot(1.64638*careSE, 1.64485*math.Sqrt(careAway*careAway+couponSE*couponSE+couponAway*couponAway))
	near(t, "cost", c.cost.Float64(), cost, 0)
	near(t, "cost of all", c.allCost.Float64(), all, 0)
	near(t, "margin", c.margin.Estimate, margin, 0)
	near(t, "margin's lower bound", c.margin.Lo, margin-half, .5)
	near(t, "margin's upper bound", c.margin.Hi, margin+half, .5)
	near(t, "return", c.roi.Estimate, margin/cost-1, 1e-12)
	near(t, "return's lower bound", c.roi.Lo, (margin-half)/cost-1, 1e-4)
	near(t, "return on all", c.whole.Estimate, margin/all-1, 1e-12)
	near(t, "share with evidence", c.share(), cost/all, 1e-12)
	near(t, "hurdle", c.roi.Hurdle, .2, 1e-12)
	// P(T_998 > −(roi − .2)/se) at t = 2.8038 is .99743.
	near(t, "probability", c.roi.PAboveHurdle, .99743, 2e-5)
	for i, want := range []gradeShare{{"A", 9000 / cost}, {"B", 15000 / cost}, {"C", 21000 / cost}} {
		if c.grades[i].grade != want.grade {
			t.Fatalf("grades are %v", c.grades)
		}
		near(t, "share of grade "+want.grade, c.grades[i].share, want.share, 1e-12)
	}
	near(t, "return of the quarter before", v.before.roi.Estimate, 30000.0/20000-1, 1e-12)
	ratio, _ := v.overClaim()
	near(t, "over-claim", ratio, 3*(450000+260000)/(3*(300000+55000.0)), 1e-12)
	last, _ := v.lastTouchReturn()
	near(t, "last-touch return", last, 3*(60000+30000)*1.1*.4/cost-1, 1e-9)
	headroom, _ := v.headroom() // care only: the two others are ahead of their limits
	near(t, "headroom", headroom.Float64(), 12000, 0)
	complete, _ := v.completeness() // one of four categories missing for one of four programs
	near(t, "completeness", complete, 15.0/16, 1e-12)
	// 24,000 came in January, 25,000 in February: 45,000 are back after 21/25 of February, on the 24th.
	day, ok := v.payback()
	if !ok[0] || day[0].Format("2006-01-02") != "2026-02-24" {
		t.Errorf("paid back %v %v, want 2026-02-24", day[0], ok[0])
	}
}

func TestMonthsOfAPilotAddTheirErrorsAndPilotsDoNot(t *testing.T) {
	one := func(program, pilot string, margin warehouse.Money, se, away float64) warehouse.ProgramReturn {
		margin *= 10_000
		return warehouse.ProgramReturn{ProgramID: program, Pilot: pilot, IncrementalMargin: &margin, PilotSE: &se, TransportSE: &away}
	}
	for _, c := range []struct {
		name string
		rows []warehouse.ProgramReturn
		se   float64
	}{
		{"two months of a pilot", []warehouse.ProgramReturn{one("a", "p", 10, 3, 0), one("a", "p", 10, 4, 0)}, 7},
		{"a month that the pilot's error lowers", []warehouse.ProgramReturn{one("a", "p", 10, 3, 0), one("a", "p", 10, -1, 0)}, 2},
		{"two programs", []warehouse.ProgramReturn{one("a", "p", 10, 3, 0), one("b", "q", 10, 4, 0)}, 5},
		{"two programs on one pilot", []warehouse.ProgramReturn{one("a", "p", 10, 3, 0), one("b", "p", 10, 4, 0)}, 7},
		{"what may differ elsewhere", []warehouse.ProgramReturn{one("a", "p", 10, 3, 2), one("a", "p", 10, 0, 2)}, 5},
	} {
		near(t, c.name, marginOf(c.rows).SE, c.se, 1e-12)
	}
}

// Books that name no market have a row of their own, which repeats the orders of the markets.
func TestBooksOfAllMarketsCountEachOrderOnce(t *testing.T) {
	page := pageOf(t, "pays", "2026-Q1")
	if books := page.Status[2]; books.Value != "closed, residual 0.00 EUR and 0.00 USD" || books.Attention {
		t.Errorf("books: %+v", books)
	}
	for _, r := range page.Sections[1].Figures[0].Table.Rows {
		if r.Total && r.Cells[1].Text == "EUR" && r.Cells[5].Value != "150000.0000" {
			t.Errorf("net revenue in EUR is %s, want 3 × 50,000", r.Cells[5].Value)
		}
	}
}

func TestWithoutEvidenceNoReturnIsPrinted(t *testing.T) {
	page := pageOf(t, "nothing", "2026-03")
	said := strings.Join(page.Answer.Headline, " ")
	for _, want := range []string{"no program has been piloted", "214,000 USD of margin", "credit, not cause", "influencers, which takes 57 % of the money"} {
		if !strings.Contains(said, want) {
			t.Errorf("the headline %q does not say %q", said, want)
		}
	}
	for _, r := range page.Answer.Figure.Table.Rows {
		for _, i := range []int{2, 3, 4} { // margin, return, probability
			if c := r.Cells[i]; c.Value != "" || c.Text != notKnown {
				t.Errorf("%s: %s is %q, want not known", r.Cells[0].Text, page.Answer.Figure.Table.Columns[i].Name, c.Text)
			}
		}
	}
	if books := page.Status[2]; strings.Contains(books.Value, "0.00") || !books.Attention {
		t.Errorf("without totals from the books the strip says %q", books.Value)
	}
}

func TestSocialThatDidNotPayIsSaidSo(t *testing.T) {
	page := pageOf(t, "stop", "2026-Q1")
	if !strings.Contains(page.Answer.Headline[0], "did not earn what it cost") || !strings.Contains(page.Answer.Headline[0], "upper bound") {
		t.Errorf("headline: %q", page.Answer.Headline)
	}
	if page.Answer.Decide[0].Action != "stop" {
		t.Errorf("decide: %v", page.Answer.Decide)
	}
	if books := page.Status[2]; books.Value != "closed, residual 312.40 USD" || !books.Attention {
		t.Errorf("books: %+v", books)
	}
	if title := page.Sections[1].Title; title != "The books and the orders differ in 1 of 2 months and markets" {
		t.Errorf("bridge: %q", title)
	}
	all := written(t, page, "csv") + written(t, page, "json") + written(t, page, "html")
	for _, secret := range []string{"9.5", "300.0000", "29999.9"} { // the tiny pilot's effect, the tiny program's credit
		if regexp.MustCompile(`[>",]` + regexp.QuoteMeta(secret)).MatchString(all) {
			t.Errorf("%s is about fewer people than may be printed", secret)
		}
	}
}

func TestHTMLStandsAlone(t *testing.T) {
	for _, c := range companies {
		page := written(t, pageOf(t, c.name, c.period), "html")
		lower := strings.ToLower(page)
		for _, bad := range []string{"<script", "http:", "https:", "src=", "href=", "@import", "url(http", "onload="} {
			if strings.Contains(lower, bad) {
				t.Errorf("%s: the page contains %q", c.name, bad)
			}
		}
		if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`) {
			t.Errorf("%s: no content security policy", c.name)
		}
		for _, at := range regexp.MustCompile(`<svg class="chart"`).FindAllStringIndex(page, -1) {
			rest := page[at[0]:]
			if !regexp.MustCompile(`^<svg [^>]*><title [^>]*>[^<]+</title><desc [^>]*>[^<]+</desc>`).MatchString(rest) {
				t.Errorf("%s: a chart without title or description: %.80s", c.name, rest)
			}
			if table := strings.Index(rest, "<table"); table < 0 || strings.Contains(rest[:table], "</figure>") {
				t.Errorf("%s: no table under the chart %.80s", c.name, rest)
			}
		}
		for _, table := range strings.Split(page, "<table")[1:] {
			if !strings.Contains(table, `<th scope="col"`) || !strings.Contains(table, `<th scope="row"`) {
				t.Errorf("%s: a table without headers: %.80s", c.name, table)
			}
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %s stands twice", c.name, m[1])
			}
			ids[m[1]] = true
		}
		answer := page[strings.Index(page, `id="answer"`):strings.Index(page, `id="claims"`)]
		if m := regexp.MustCompile(`(?i)\b(likes?|followers?|impressions?|reach)\b`).FindString(answer); m != "" {
			t.Errorf("%s: the answer speaks of %s", c.name, m)
		}
	}
}

func TestJSONHoldsOnlyNumbersThatAre(t *testing.T) {
	for _, c := range companies {
		text := written(t, pageOf(t, c.name, c.period), "json")
		var page jsonPage
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(page.Sections) != 7 {
			t.Errorf("%s: %d sections", c.name, len(page.Sections))
		}
		for _, s := range page.Sections {
			for _, table := range s.Tables {
				for _, row := range table.Rows {
					if len(row) != len(table.Columns) {
						t.Errorf("%s, table %s: %d keys for %d columns", c.name, table.ID, len(row), len(table.Columns))
					}
				}
			}
		}
	}
}

func TestCSVIsSafeInASpreadsheet(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, pageOf(t, "stop", "2026-Q1"), "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guarded := false
	for _, row := range rows {
		for _, cell := range row {
			if cell == "" {
				continue
			}
			if _, err := strconv.ParseFloat(cell, 64); err != nil && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("a spreadsheet would compute %q", cell)
			}
			guarded = guarded || strings.HasPrefix(cell, "'=coupon")
		}
	}
	if !guarded {
		t.Error("the program named like a formula is not in the file")
	}
	for cell, want := range map[string]string{"-1.5": "-1.5", "+2": "+2", "-": "'-", "=1": "'=1", "@x": "'@x", "+Inf": "'+Inf", "-1+2": "'-1+2", "a=1": "a=1", "": ""} {
		if got := guard(cell); got != want {
			t.Errorf("guard(%q) = %q, want %q", cell, got, want)
		}
	}
}

// The last section says of each figure whether it is known; of a figure about fewer than ten people it says nothing.
func TestLastSectionJudgesEveryFigure(t *testing.T) {
	page := pageOf(t, "pays", "2026-Q1")
	last := page.Sections[len(page.Sections)-1]
	if want := "Of 8 figures 3 are known, 1 assumed, 1 suppressed, 1 immature and 2 not known"; last.Title != want {
		t.Errorf("title %q, want %q", last.Title, want)
	}
	states := map[string]string{}
	for _, r := range last.Figures[0].Table.Rows {
		states[r.Cells[0].Text] = r.Cells[1].Text
	}
	for figure, want := range map[string]string{"portable relationships": notKnown, "pilot return": immature, "expected margin": suppressed, "margin": assumed, "net revenue": "known"} {
		if states[figure] != want {
			t.Errorf("%s is %s, want %s", figure, states[figure], want)
		}
	}
	// Half-life needs more than data, so the shortest way is the consents.
	if want := "The shortest way to know more: consent.changed with purpose contact. It brings portable relationships."; last.Paragraphs[1] != want {
		t.Errorf("%q, want %q", last.Paragraphs[1], want)
	}
}

// New and returning customers are hidden together where one of them is of fewer than ten people.
func TestFewNewCustomersAreHidden(t *testing.T) {
	n := func(i int64) *int64 { return &i }
	cac := 12.5
	v := &view{marts: marts{suppressBelow: 10}}
	for _, c := range []struct {
		customers, fresh, repeat *int64
		want                     []string
	}{
		{n(100), n(40), n(70), []string{"100", "40", "70", "12.50"}},
		{n(100), n(9), n(95), []string{"100", suppressed, suppressed, suppressed}},
		{n(100), n(95), n(9), []string{"100", suppressed, suppressed, suppressed}},
		{n(9), n(9), n(0), []string{suppressed, suppressed, suppressed, suppressed}},
		{n(100), n(0), n(100), []string{"100", "0", "100", "—"}},
	} {
		r := warehouse.KPI{Customers: c.customers, NewCustomers: c.fresh, RepeatCustomers: c.repeat, CAC: &cac}
		for i, cell := range v.customerCells(r) {
			if cell.Text != c.want[i] {
				t.Errorf("%d customers, %d new, %d back: cell %d is %q, want %q", *c.customers, *c.fresh, *c.repeat, i, cell.Text, c.want[i])
			}
		}
	}
}

// Social touched whom it is credited with: a visit that no rule gives to a program may have come from anywhere.
func TestOnlyCreditOfProgramsIsSocial(t *testing.T) {
	p, _ := ParsePeriod("2026-03", now)
	m, err := readMarts(context.Background(), snapshotOf(t, "nothing"), p)
	if err != nil {
		t.Fatal(err)
	}
	money := func(units int64) *warehouse.Money { x := warehouse.Money(units * 10000); return &x }
	credit := func(program string, revenue, margin *warehouse.Money) warehouse.Credit {
		return warehouse.Credit{Model: m.info["credit_model"], ProgramID: program, MonthStart: p.From, NetRevenue: revenue, Margin: margin}
	}
	visits := credit("(unassigned)", money(900), money(500))
	for _, c := range []struct {
		credits []warehouse.Credit
		want    string
	}{
		{[]warehouse.Credit{visits, credit("care", money(300), money(100))}, "100 USD of margin came from people social also touched"},
		{[]warehouse.Credit{visits, credit("care", money(300), nil)}, "300 USD of revenue came from people social also touched"},
		{[]warehouse.Credit{visits}, "but no revenue of them to a program"},
		{[]warehouse.Credit{credit("(unassigned)", money(0), nil)}, "but no revenue of them to a program"},
		{nil, "No order of the period can be tied to a touch"},
	} {
		v := newView(m, p)
		v.credits = c.credits
		if got := v.creditNotCause(); !strings.Contains(got, c.want) {
			t.Errorf("%q does not say %q", got, c.want)
		}
	}
}

// A cost without an exchange rate is in no sum, and no sum then goes for all.
func TestCostWithoutARateIsNotSpentFree(t *testing.T) {
	p, _ := ParsePeriod("2026-03", now)
	m, err := readMarts(context.Background(), snapshotOf(t, "nothing"), p)
	if err != nil {
		t.Fatal(err)
	}
	m.costs[0].Spend = nil // care
	v := newView(m, p)
	if got := v.costTitle(); !strings.HasPrefix(got, "Social cost 57,000 USD and what has no exchange rate") {
		t.Errorf("title %q", got)
	}
	if got := v.completenessFact(); !got.Attention || !strings.Contains(got.Value, "some without an exchange rate") {
		t.Errorf("completeness %q", got.Value)
	}
	if got := strings.Join(v.headline(), " "); !strings.Contains(got, "100 % of the money that has an exchange rate") {
		t.Errorf("headline %q", got)
	}
	rows := v.costs().Figures[0].Table.Rows
	if last := rows[len(rows)-1]; !last.Total || last.Cells[1].Text != notKnown {
		t.Errorf("last row of costs: %v", last)
	}
	if _, ok := v.lastTouchReturn(); ok {
		t.Error("a return on all spend is said of a part of it")
	}
	m.costs[1].Spend = nil
	if got, want := newView(m, p).costTitle(), "What social cost is not known: what was entered has no exchange rate to USD"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}
