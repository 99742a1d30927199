package main

import (
	"cmp"
	"fmt"
	"slices"

	"tieback/ingest/event"
)

// collect keeps what must fit across rows and files.
func (c *fileCheck) collect(r *rowsOf, line int, t *event.Type, row *event.Row, values map[string]string) {
	if program := values["program"]; program != "" {
		c.named = append(c.named, namedProgram{program, r.file, line})
	}
	place := fmt.Sprintf("%s:%d", r.file, line)
	switch t.Name {
	case "program.policy":
		c.again(r, line, &c.policies, "program", values["program"], place, "the policy of "+values["program"])
		if slices.ContainsFunc(c.settings.Programs, func(p programSettings) bool {
			return p.ID == values["program"] && p.SeedBudget != "" && values["seed_budget"] != ""
		}) {
			r.at(line, "seed_budget", severityWarning, "the settings give %s a seed_budget, which goes before this one", values["program"])
		}
	case "cost.entry":
		if id := values["entry_id"]; id != "" {
			c.again(r, line, &c.entries, "entry_id", values["source"]+"\x00"+id, place, "entry "+id)
		}
	case "ledger.total":
		if row == nil {
			return
		}
		c.books = append(c.books, bookPeriod{row.Values[t.Field("starts_on")].Int, row.Values[t.Field("ends_before")].Int,
			string(row.Values[t.Field("currency")].Text), values["market"], r.file, line})
	}
}

// again finds a key that stood before: one fact stated twice.
func (c *fileCheck) again(r *rowsOf, line int, seen *map[string]string, column, key, place, what string) {
	if *seen == nil {
		*seen = make(map[string]string)
	}
	if first, twice := (*seen)[key]; twice {
		r.at(line, column, severityWarning, "%s stands in %s too; one of the two will count", what, first)
		return
	}
	(*seen)[key] = place
}

// across checks what only all files together say.
func (c *fileCheck) across() faultList {
	return append(c.overlaps(), c.unknownPrograms()...)
}

// overlaps finds periods of the books that share a day, for one currency and market.
func (c *fileCheck) overlaps() faultList {
	books := slices.Clone(c.books)
	slices.SortStableFunc(books, func(a, b bookPeriod) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(a.market, b.market), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	var faults faultList
	for i, b := range books {
		if i == 0 {
			continue
		}
		// The one before that lasts longest: a year holds all its months.
		var over *bookPeriod
		for j := range books[:i] {
			if a := &books[j]; a.currency == b.currency && a.market == b.market && a.to > b.from {
				over = a
			}
		}
		if over == nil {
			continue
		}
		message := fmt.Sprintf("the period overlaps with that of %s:%d, in one currency and market", over.file, over.line)
		if over.from == b.from && over.to == b.to {
			message = fmt.Sprintf("the period stands in %s:%d too; the later row counts", over.file, over.line)
		}
		faults = append(faults, fault{File: b.file, Line: b.line, Setting: "starts_on", Severity: severityError, Message: message})
	}
	return faults
}

// unknownPrograms finds programs that neither the settings nor a policy name: a slip would make a program of its own.
func (c *fileCheck) unknownPrograms() faultList {
	var known []string
	for _, p := range c.settings.Programs {
		known = append(known, p.ID)
	}
	for program := range c.policies {
		known = append(known, program)
	}
	slices.Sort(known)
	var faults faultList
	for _, n := range c.named {
		if !slices.Contains(known, n.program) {
			faults = append(faults, fault{File: n.file, Line: n.line, Setting: "program", Severity: severityWarning,
				Message: fmt.Sprintf("program %s is in no settings and has no policy%s", n.program, didYouMean(n.program, known))})
		}
	}
	return faults
}
