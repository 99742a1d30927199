package main

import (
	"fmt"
	"strings"
	"testing"

	"tieback/simulate"
)

// parts splits the invented company's history by arrival. Of each part some orders, lines, visits, engagements and links are held back until the next
// one, beside what comes late by itself: one in 31, by number.
func parts(t *testing.T, c *simulate.Company, n int) []string {
	t.Helper()
	var lines []string
	if _, err := c.Stream(t.Context(), func(_ string, line []byte) error {
		lines = append(lines, string(line))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	texts := make([]strings.Builder, n)
	for i, line := range lines {
		part := i * n / len(lines)
		if i%31 == 0 && part+1 < n && heldBack(line) {
			part++
		}
		texts[part].WriteString(line + "\n")
	}
	out := make([]string, n)
	for i := range texts {
		out[i] = texts[i].String()
	}
	return out
}

func heldBack(line string) bool {
	for _, kind := range []string{"sale.order", "sale.line", "web.visit", "social.engagement", "identity.link"} {
		if strings.Contains(line, `"type":"`+kind+`"`) {
			return true
		}
	}
	return false
}

// Over the invented company's history in four parts, each published: every move of a figure has a reason, none is unexplained, and what the reasons
// brought sums to the move to the ten-thousandth.
func TestEveryMoveOfTheInventedCompanyIsExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds four times")
	}
	c, err := simulate.NewCompany(simulate.Options{Seed: 1, Events: 120_000})
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	settings := p.file("tieback.yaml", string(c.SettingsYAML())+"memory_limit: 2GB\n")
	seen := make(map[string]bool)
	for i, part := range parts(t, c, 4) {
		p.do("load", p.file(fmt.Sprintf("part-%d.ndjson", i), part), "--settings", settings)
		p.do("build", "--settings", settings)
		for _, row := range p.rows("select distinct reason from marts.restatements_by_reason") {
			seen[row] = true
		}
	}
	for _, want := range []string{"late event", "correction", "adjustment", "identity", "evidence", "cost"} {
		if !seen[want] {
			t.Errorf("no figure moved because of %s; the history should hold every reason that data can give (%v)", want, seen)
		}
	}
	if rows := p.rows("select concat_ws(' ', figure, subject, month_start, snapshot_id, reason, contribution) from marts.restatements_by_reason where reason in ('unexplained', 'not recorded', 'definition') order by all"); len(rows) > 0 {
		t.Errorf("%d moves have no reason in the data:\n%s", len(rows), strings.Join(rows, "\n"))
	}
	if rows := p.rows(`
		select concat_ws(' ', moves.figure, moves.subject, moves.month_start, moves.snapshot_id, moves.change, sum(parts.contribution))
		from marts.restatements as moves
		inner join marts.restatements_by_reason as parts using (figure, subject, month_start, snapshot_id)
		where moves.figure <> 'incremental margin' and moves.change is not null
		group by moves.figure, moves.subject, moves.month_start, moves.snapshot_id, moves.change
		having count(*) <> count(parts.contribution) or sum(parts.contribution) <> moves.change
		order by all`); len(rows) > 0 {
		t.Errorf("the contributions of %d moves do not sum to them:\n%s", len(rows), strings.Join(rows, "\n"))
	}
}
