package warehouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// careStudy is a pilot of the program care in March with 30 units an arm, all of whose treated units buy after a click of the program, beside orders
// of February: one credited to care, and one of the customer x whose comment nobody has linked to him yet.
func careStudy() []string {
	lines := []string{
		`{"id":"g","source":"lab","type":"pilot.registered","time":"2026-01-10T10:00:00Z","pilot":"mail","program":"care","unit":"person","control":"none","metric":"margin","starts_on":"2026-03-01","ends_before":"2026-04-01","cost_per_unit":"1.00","currency":"USD"}`,
		careOrder("F-1", "2026-02-12", "200.00", "f", `,"utm_source":"facebook","utm_campaign":"care","program":"care"`),
		careOrder("F-2", "2026-02-14", "80.00", "x", ""),
		careOrder("F-3", "2026-02-16", "60.00", "y", ""),
		comment("e-x", "2026-02-10", "fx", "care", ""),
		`{"id":"c","source":"books","type":"cost.entry","time":"2026-03-01T00:00:00Z","entry_id":"C-1","amount":"28.00","currency":"USD","starts_on":"2026-02-01","ends_before":"2026-03-01","category":"media","program":"care"}`,
	}
	for i := range 60 {
		arm, gross, click := "none", 50+i, ""
		if i%2 == 0 {
			arm, gross, click = "mail", 100+i, `,"utm_source":"facebook","utm_campaign":"care","program":"care"`
		}
		lines = append(lines,
			fmt.Sprintf(`{"id":"a-%d","source":"lab","type":"pilot.assigned","time":"2026-02-20T10:00:00Z","pilot":"mail","unit_id":"u-%d","arm":%q}`, i, i, arm),
			careOrder(fmt.Sprintf("U-%d", i), fmt.Sprintf("2026-03-%02d", 1+i%28), fmt.Sprintf("%d.00", gross), fmt.Sprintf("u-%d", i), click))
	}
	return lines
}

func careOrder(id, day, gross, customer, more string) string {
	return fmt.Sprintf(`{"id":%q,"source":"shop","type":"sale.order","time":"%sT10:00:00Z","order_id":%q,"gross":%q,"currency":"USD","cost_of_goods":"10.00","customer":%q%s}`, id, day, id, gross, customer, more)
}

func comment(id, day, person, program, more string) string {
	return fmt.Sprintf(`{"id":%q,"source":"facebook","type":"social.engagement","time":"%sT10:00:00Z","platform":"facebook","action":"comment","person":%q,"program":%q,"content_id":"post"%s}`, id, day, person, program, more)
}

func link(id, a, b string) string {
	return fmt.Sprintf(`{"id":%q,"source":"crm","type":"identity.link","time":"2026-02-01T10:00:00Z","a_kind":"facebook","a":%q,"b_kind":"customer","b":%q,"method":"login"}`, id, a, b)
}

// Each step moves what care earned in February for one reason alone, which is named and not split.
func TestWhyAnEstimateMoves(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := settings()
	s.Programs = programs(t, "care: utm_campaign=care")
	f.append("log", careStudy()...)
	f.mustPublish(s)
	february := "return_by_program_month where program_id = 'care' and month_start = date '2026-02-01'"
	if got := f.one("state || ' ' || method", february); got != "known incrementality factor × attributed margin" {
		t.Fatalf("the pilot does not speak for February: %s", got)
	}
	for i, step := range []struct {
		what, want string
		lines      []string
		change     func()
	}{
		{what: "a link", want: "identity", lines: []string{link("l-x", "fx", "x")}},
		{what: "an engagement and its link", want: "late event, identity", lines: []string{link("l-y", "fy", "y"), comment("e-y", "2026-02-15", "fy", "care", "")}},
		{what: "a link of somebody else, who never ordered", want: "", lines: []string{link("l-z", "fz", "z")}},
		{what: "an unlink", want: "identity", lines: []string{strings.Replace(strings.Replace(link("u-x", "fx", "x"), "identity.link", "identity.unlink", 1), "2026-02-01", "2026-06-01", 1)}},
		{what: "a late visit of the customer", want: "late event", lines: []string{`{"id":"v","source":"web","type":"web.visit","time":"2026-02-13T10:00:00Z","visitor":"vx","customer":"x","utm_source":"care-mail","utm_campaign":"care"}`}},
		{what: "a comment taken back in June", want: "correction", lines: []string{comment("e-undo", "2026-06-15", "fy", "care", `,"undo":true`)}},
		{what: "a refund", want: "adjustment", lines: []string{`{"id":"r","source":"shop","type":"sale.adjustment","time":"2026-06-09T10:00:00Z","order_id":"F-1","adjustment_id":"R-1","kind":"refund","amount":"20.00","currency":"USD"}`}},
		{what: "an order of the program restated", want: "correction", lines: []string{strings.Replace(careOrder("F-1", "2026-02-13", "190.00", "f", `,"utm_source":"facebook","utm_campaign":"care","program":"care"`), "F-1", "F-1b", 1)}},
		{what: "a late order of a unit in the control arm", want: "late event", lines: []string{careOrder("U-1b", "2026-03-20", "30.00", "u-1", "")}},
		{what: "a shorter lookback", want: "definition", change: func() { s.Values["lookback_days"] = "0" }},
		{what: "another arm's unit assigned late", want: "evidence", lines: []string{`{"id":"a-60","source":"lab","type":"pilot.assigned","time":"2026-02-20T10:00:00Z","pilot":"mail","unit_id":"u-60","arm":"mail"}`}},
	} {
		if step.lines != nil {
			f.append("log", step.lines...)
		}
		if step.change != nil {
			step.change()
		}
		before := f.one("incremental_margin", february)
		f.mustPublish(s)
		f.contributionsAddUp()
		got := f.rows(fmt.Sprintf("restatements where figure = 'incremental margin' and month_start = date '2026-02-01' and snapshot_id = %d", i+2), "reasons")
		if want := [][]string{{step.want}}; step.want != "" && fmt.Sprint(got) != fmt.Sprint(want) || step.want == "" && len(got) > 0 {
			t.Errorf("%s: February moves from %s to %s because of %v, want %q", step.what, before, f.one("incremental_margin", february), got, step.want)
		}
	}
	if n := f.one("count(contribution)", "restatements_by_reason where figure = 'incremental margin'"); n != "0" {
		t.Errorf("%s contributions to an estimate, want none: it is not a sum", n)
	}
}

// An own account changes which comments are touches of customers: who is who changed, not what came.
func TestAnOwnAccountIsIdentity(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := settings()
	f.append("log", append(careStudy(), link("l-x", "fx", "x"))...)
	f.mustPublish(s)
	s.OwnAccounts = ownAccounts(t, f.secret, "facebook fx")
	f.mustPublish(s)
	if got := f.one("reasons", "restatements where figure = 'incremental margin' and month_start = date '2026-02-01'"); got != "identity" {
		t.Errorf("moved because of %s, want identity", got)
	}
}

// Restatements depend on what came between two publications, not on the batches or the order in which it came.
func TestTheSameHalvesGiveTheSameRestatements(t *testing.T) {
	t.Parallel()
	lines := append(careStudy(), company(t)...)
	var want string
	for _, size := range []int{len(lines), 17} {
		f := newFixture(t)
		for _, half := range [][]string{lines[:len(lines)/2], lines[len(lines)/2:]} {
			if size == 17 {
				half = slices.Clone(half)
				slices.Reverse(half)
			}
			for batch := range slices.Chunk(half, size) {
				f.append("log", batch...)
			}
			f.mustPublish(settings())
			f.contributionsAddUp()
		}
		got := f.moves()
		if strings.Contains(got, "unexplained") || strings.Count(got, "\n") < 5 {
			t.Errorf("restated\n%s", got)
		}
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in batches of %d (- one batch):\n%s", size, diff)
		}
	}
}
