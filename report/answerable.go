package report

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"tieback/warehouse"
)

// assumed is the state of a figure in which something stands in for what is not known.
const assumed = "assumed"

// answerStates are the states of figures in the order of the page: first what most needs doing.
var answerStates = []string{notKnown, immature, suppressed, assumed, "known"}

// answers is the last section: for each figure whether it can be said, and what it needs.
func (v *view) answers() Section {
	rows, counts := v.judged()
	s := Section{ID: "answerable", Title: answersTitle(len(rows), counts)}
	if len(rows) == 0 {
		return s
	}
	s.Paragraphs = []string{"not known: something the figure is made of is missing; needs names the event, field or setting that brings it. " +
		"assumed: something stands in, as a configured margin rate does for a cost nobody stated. immature: nothing is missing but time. " +
		"known: from events alone; what a known figure still needs would make it whole. This page is of all data, not of the period."}
	if first := v.cheapest(rows); first != "" {
		s.Paragraphs = append(s.Paragraphs, first)
	}
	needs := needsOf(rows)
	t := Table{ID: "answerable", Caption: "What can be said; needs are numbered below", Columns: words("figure", "state", "needs")}
	for _, a := range rows {
		var numbers []string
		for i, n := range needs {
			if slices.Contains(splitWarnings(a.Needs), n.what) {
				numbers = append(numbers, strconv.Itoa(i+1))
			}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(a.Figure), {Text: a.State, State: stateOf(a.State)}, text(strings.Join(numbers, ", "))}})
	}
	list := Table{ID: "needs", Caption: "What is needed", Columns: words("number", "needs", "for")}
	for i, n := range needs {
		list.Rows = append(list.Rows, Row{Cells: []Cell{text(strconv.Itoa(i + 1)), text(n.what), text(plural(n.figures, "figure"))}})
	}
	s.Figures = []Figure{{Table: t}, {Table: list}}
	return s
}

// need is an event, a field, a setting or a while, and how many figures want it.
type need struct {
	what    string
	figures int
}

// needsOf are the needs of all figures, what most of them want first.
func needsOf(rows []warehouse.Answerable) []need {
	counts := map[string]int{}
	for _, a := range rows {
		for _, what := range splitWarnings(a.Needs) {
			counts[what]++
		}
	}
	var all []need
	for what, figures := range counts {
		all = append(all, need{what, figures})
	}
	slices.SortFunc(all, func(a, b need) int { return cmp.Or(b.figures-a.figures, cmp.Compare(a.what, b.what)) })
	return all
}

// judged are the figures by state and place, those about too few people suppressed, and how many each state has.
func (v *view) judged() ([]warehouse.Answerable, map[string]int) {
	rows := append([]warehouse.Answerable(nil), v.answerable...)
	counts := map[string]int{}
	for i, a := range rows {
		if a.People != nil && *a.People > 0 && *a.People < v.suppressBelow {
			rows[i].State = suppressed
		}
		counts[rows[i].State]++
	}
	sort.SliceStable(rows, func(i, j int) bool {
		return slices.Index(answerStates, rows[i].State) < slices.Index(answerStates, rows[j].State)
	})
	return rows, counts
}

func answersTitle(figures int, counts map[string]int) string {
	if figures == 0 {
		return "What can be said is not known: the snapshot judges no figure"
	}
	var parts []string
	for _, state := range slices.Backward(answerStates) {
		switch n := counts[state]; {
		case n == 1 && len(parts) == 0:
			parts = append(parts, "1 is "+state)
		case n > 0 && len(parts) == 0:
			parts = append(parts, fmt.Sprintf("%d are %s", n, state))
		case n > 0:
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return fmt.Sprintf("Of %s %s", plural(figures, "figure"), list(parts))
}

// cheapest names the one thing that would let most figures be said which need nothing else. Figures that no version
// computes yet do not count: no event brings them.
func (v *view) cheapest(rows []warehouse.Answerable) string {
	figures := map[string][]string{}
	for _, a := range rows {
		if a.State == notKnown && a.Model != "" && len(splitWarnings(a.Needs)) == 1 {
			figures[a.Needs] = append(figures[a.Needs], a.Figure)
		}
	}
	best := ""
	for needs, of := range figures {
		if best == "" || len(of) > len(figures[best]) || len(of) == len(figures[best]) && needs < best {
			best = needs
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("The shortest way to know more: %s. It brings %s.", best, list(figures[best]))
}

// stateOf keeps the states a cell knows.
func stateOf(state string) string {
	if state == notKnown || state == suppressed || state == immature {
		return state
	}
	return ""
}
