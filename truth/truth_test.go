package truth

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieback/metrics"
)

// fewer are the worlds of slow studies on every change; of others 200 are played.
var fewer = map[string]int{
	"cohort": 100, "cohort, steady": 60, "cohort, rough": 10, "fixed pilot, some lost": 10, "fixed pilot, many lost": 10, "fixed pilot, spillover": 10, "factor, rough": 60, "region followed": 60, "regions rough, one": 40, "regions aimed, one": 10,
	"customer value": 60, "customer value, rough": 10, "company": 40,
}

// On every change fixed worlds are played, fewer than for the tables: exact intervals hold the truth in 82.5 to 96 % of 200
// worlds and conservative ones in 82.5 % or more, with room for chance where there are fewer worlds; decisions at the hurdle
// stay near 5 %. Rows beyond the assumptions count where the tables found nothing to
// explain but that effects differ.
func TestMethodsHoldTheTruth(t *testing.T) {
	studies := Studies()
	studies[len(studies)-1] = companies(15_000)[0]
	for _, s := range studies {
		o := Options{Seed: Development, Worlds: 200}
		if n, ok := fewer[s.Name]; ok {
			o.Worlds = n
		}
		if testing.Short() {
			o.Worlds = 3
		}
		all, err := Run(context.Background(), []Study{s}, o)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() {
			continue
		}
		room := math.Sqrt(200 / float64(o.Worlds))
		for _, r := range all {
			switch {
			case r.Misspecified && r.Note != "" && r.Note != noteNeyman || r.Claim == Rule || strings.Contains(r.Method, "not done"):
			case r.Hurdle:
				if most := Number(.05 + 3*math.Sqrt(.05*.95/float64(o.Worlds))); r.Scale > most || r.Stop > most {
					t.Errorf("%s, %s: at the hurdle %.1f %% scale and %.1f %% stop", r.Method, r.World, 100*r.Scale, 100*r.Stop)
				}
			case float64(r.Covered) < .9-.075*room || r.Claim == Exact && float64(r.Covered) > .9+.06*room:
				t.Errorf("%s, %s: held the truth in %.1f %% of %d worlds", r.Method, r.World, 100*r.Covered, o.Worlds)
			}
			if !r.Hurdle && !r.Misspecified && r.Claim == Exact && math.Abs(float64(r.Bias)) > 4*float64(r.BiasSE) {
				t.Errorf("%s, %s: biased by %.3g, Monte Carlo error %.3g", r.Method, r.World, r.Bias, r.BiasSE)
			}
		}
	}
}

// committed reads the tables of the last full run.
func committed(t *testing.T) *Page {
	t.Helper()
	text, err := os.ReadFile("../report/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadPage(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The page for people, the rows of the report and the studies are of one run.
func TestTablesBelongTogether(t *testing.T) {
	p := committed(t)
	page, err := os.ReadFile("../docs/truth.md")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Markdown(), string(page)); d != "" {
		t.Errorf("docs/truth.md is not made of report/truth.json; run: make truth\n%s", d)
	}
	if p.Seed != Final || p.Development != Development || p.Worlds != 2000 {
		t.Errorf("%d worlds with seed %d beside %d, want 2,000 with the final seed", p.Worlds, p.Seed, p.Development)
	}
	var rows, studied []Row
	for i := range p.Rows {
		rows = append(rows, p.Rows[i].Row)
	}
	for _, s := range Studies() {
		studied = append(studied, s.Rows...)
	}
	if d := cmp.Diff(studied, rows); d != "" {
		t.Errorf("the tables are of other studies; run: make truth\n%s", d)
	}
}

// What lies off its target says why, within the assumptions next to nothing does, and the product's rules keep their error
// at the hurdle.
func TestWhatIsOffTargetSaysWhy(t *testing.T) {
	within, off := 0, 0
	for _, r := range committed(t).Rows {
		if !r.Hurdle && !r.OnTarget() && r.Note == "" && !r.Near() {
			t.Errorf("%s, %s: %.1f %% without a word", r.Method, r.World, 100*r.Covered)
		}
		if !r.Hurdle && !r.Misspecified {
			within, off = within+1, off+int(one(!r.OnTarget()))
		}
		if r.Hurdle && strings.Contains(r.Method, "sequence") && (r.Scale > .05 || r.Stop > .05) {
			t.Errorf("%s, %s: %.1f %% scale, %.1f %% stop at the hurdle", r.Method, r.World, 100*r.Scale, 100*r.Stop)
		}
		if strings.Contains(r.Method, "wrong size") && r.Withheld != 1 {
			t.Errorf("%s: %.1f %% of broken pilots are seen", r.World, 100*r.Withheld)
		}
	}
	if off > 2 || within < 15 {
		t.Errorf("%d of %d rows within the assumptions are off their target", off, within)
	}
}

func TestAnyNumberOfWorkersGivesTheSameBits(t *testing.T) {
	var wanted []byte
	for _, workers := range []int{1, 4} {
		all, err := Run(context.Background(), Studies(), Options{Seed: 7, Worlds: 4, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		text, err := (&Page{Rows: all}).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if wanted == nil {
			wanted = text
		}
		if !bytes.Equal(text, wanted) {
			t.Errorf("%d workers give other bits than one", workers)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		decision metrics.Decision
		valid    bool
		truth    float64
		want     Verdict
	}{
		{metrics.Scale, true, .5, Right}, {metrics.Stop, true, .1, Right}, {metrics.Scale, true, .1, Wrong}, {metrics.Stop, true, .5, Wrong},
		{metrics.Scale, true, hurdle, Wrong}, {metrics.Stop, true, hurdle + 1e-12, Wrong}, {metrics.Iterate, true, hurdle, Undecided},
		{metrics.Scale, false, .5, Withheld}, {metrics.Iterate, false, .5, Withheld},
	} {
		if got := (Finding{Valid: c.valid}).decided(c.decision, c.truth, hurdle); got.Verdict != c.want || !c.valid && (got.Scale || got.Stop) {
			t.Errorf("%s at a true return of %g, valid %v: verdict %d, want %d", c.decision, c.truth, c.valid, got.Verdict, c.want)
		}
	}
}

// A row of four worlds, counted by hand: one without an answer, one without a lower end, one that failed a check.
func TestTally(t *testing.T) {
	at := func(truth, estimate, lo, hi float64, held, valid bool, v Verdict) []finding {
		return []finding{{0, Finding{Truth: truth, Estimate: estimate, Lo: lo, Hi: hi, Held: held, Valid: valid, Verdict: v, Scale: v == Right}}}
	}
	got := tally(Row{Claim: Exact}, 0, [][]finding{
		at(10, 12, 11, 13, false, true, Right), at(-10, -10, math.Inf(-1), -8, true, true, Undecided), at(10, 14, 8, 20, true, false, Withheld),
		{{0, noAnswer(3).decided(metrics.Iterate, 0, hurdle)}, {1, Finding{}}},
	})
	want := map[string][2]Number{
		"bias": {got.Bias, 2}, "error of bias": {got.BiasSE, Number(2 / math.Sqrt(3))}, "relative": {got.Relative, .2}, "held": {got.Covered, 2. / 3},
		"held where passed": {got.CoveredPassed, .5}, "passed": {got.Passed, 2. / 3}, "mean width": {got.MeanWidth, 7}, "median width": {got.MedianWidth, 7},
		"unbounded": {got.Unbounded, 1. / 3}, "right": {got.Right, .25}, "withheld": {got.Withheld, .5}, "scale": {got.Scale, .25}, "truth": {got.Truth, 10. / 3},
	}
	for name, pair := range want {
		if math.Abs(float64(pair[0]-pair[1])) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, pair[0], pair[1])
		}
	}
	if got.Findings != 4 || got.Answered != 3 {
		t.Errorf("%d findings, %d answers, want 4 and 3", got.Findings, got.Answered)
	}
}

// A rule hands out the margin of orders with a touch and no more, whoever gets it.
func TestCreditsAddUp(t *testing.T) {
	b, _, err := company(rand.New(rand.NewPCG(3, 4)), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	paths := b.paths()
	total, touched, nulls := 0., 0, 0
	for _, p := range paths {
		switch {
		case p.sale == nil:
			nulls++
		case len(p.channels) > 0:
			touched++
			total += math.Max(p.sale.margin, 0)
		}
		if !slices.IsSortedFunc(p.ages, func(a, b float64) int { return int(math.Copysign(one(a != b), b-a)) }) {
			t.Fatalf("touches are not in their order: %v", p.ages)
		}
	}
	if touched < 100 || nulls < 100 {
		t.Errorf("%d orders with a touch, %d people without an order", touched, nulls)
	}
	by, err := credits(paths)
	if err != nil {
		t.Fatal(err)
	}
	for name, channels := range by {
		sum := 0.
		for _, margin := range channels {
			sum += margin
		}
		if math.Abs(sum-total) > 1e-6*total {
			t.Errorf("%s hands out %.2f of %.2f", name, sum, total)
		}
	}
}

func TestEventsAreRead(t *testing.T) {
	var e event
	if err := e.read([]byte(`{"id":"o-11","source":"shop","type":"sale.order","time":"2025-03-02T10:04:05-06:00","revision":2,"order_id":"HP-1","gross":"20.50","discount":"3.00","cost_of_goods":"-0.05","utm_campaign":"care-q1","referrer":"https://t.co/"}`)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(e.gross, e.discount, e.goods, e.revision, " ", e.date, " ", e.channel()); got != "2050 300 -5 2 2025-03-02 community-care" {
		t.Errorf("read %s", got)
	}
	for _, wrong := range []string{`{"gross":"1.234"}`, `{"gross":"x"}`, `{"revision":"two"}`} {
		if err := e.read([]byte(wrong)); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

func TestWriteRefusesNothingToDo(t *testing.T) {
	if err := Write(context.Background(), Options{Workers: 1}, "", "", nil); err == nil {
		t.Error("no worlds were played without a word")
	}
}
