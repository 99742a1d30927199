package main

import (
	"cmp"
	"regexp"
	"slices"

	"tieback/ingest/event"
)

// mostReasons is how many reasons are told apart; what a map says of a record may differ with every record.
const mostReasons = 20

// deadReason is why a message is a dead letter.
type deadReason struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// deadCount is how many there are for one reason.
type deadCount struct {
	deadReason
	Count int64 `json:"count"`
}

// deadReasons counts dead letters by reason.
type deadReasons map[deadReason]int64

// rowLine is where the reason of a row of CSV names its line.
var rowLine = regexp.MustCompile(`^line [0-9]+(: )?`)

// add counts dead letters, those of rows without their lines: many rows have one reason.
func (r deadReasons) add(code event.Code, reason string, n int64) {
	kind := deadReason{string(code), rowLine.ReplaceAllStringFunc(reason, func(line string) string {
		if line[len(line)-1] == ' ' {
			return ""
		}
		return "the row"
	})}
	if _, known := r[kind]; !known && len(r) >= mostReasons {
		kind.Reason = "for other reasons"
	}
	r[kind] += n
}

// list is what was counted, the most first.
func (r deadReasons) list() []deadCount {
	var list []deadCount
	for kind, n := range r {
		list = append(list, deadCount{kind, n})
	}
	slices.SortFunc(list, func(a, b deadCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
