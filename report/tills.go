package report

import (
	"fmt"
	"strings"

	"tieback/warehouse"
)

// measuredOf are the counts of one measure, by subject.
func (v *view) measuredOf(measure string) []warehouse.Quality {
	var rows []warehouse.Quality
	for _, q := range v.marts.quality {
		if q.Measure == measure && q.Value != nil && *q.Value > 0 {
			rows = append(rows, q)
		}
	}
	return rows
}

// tills says what sources that are no till reported, and whether it agrees with the till; over all data, not the period.
func (v *view) tills() []string {
	var said []string
	for _, records := range v.measuredOf("till_records") {
		agreed := 0.0
		for _, q := range v.measuredOf("till_agreed") {
			if q.Subject == records.Subject {
				agreed = *q.Value
			}
		}
		sentence := fmt.Sprintf("%s reports %s that another source is the till for; they are compared and counted nowhere. ", records.Subject, plural(int(*records.Value), "sale"))
		switch left := *records.Value - agreed; {
		case left == 0:
			sentence += "All say what the till says, to the cent."
		default:
			sentence += fmt.Sprintf("%s say what the till says, to the cent; %s listed in till_differences (%s).", count(agreed), isOrAre(left), v.differencesOf(records.Subject))
		}
		said = append(said, sentence)
	}
	for _, q := range v.measuredOf("till_orders_without_record") {
		said = append(said, fmt.Sprintf("Without a record beside the till: %s of %s, paid in another way or not at all.", plural(int(*q.Value), "order"), q.Subject))
	}
	return append(said, v.countedTwice()...)
}

// differencesOf lists what differs in the records of one source.
func (v *view) differencesOf(source string) string {
	var parts []string
	for _, q := range v.measuredOf("till_differences") {
		if what, ok := strings.CutPrefix(q.Subject, source+": "); ok {
			parts = append(parts, count(*q.Value)+" "+what)
		}
	}
	return strings.Join(parts, ", ")
}

// countedTwice warns of sales that two sources seem to report and that both count.
func (v *view) countedTwice() []string {
	var said []string
	for _, q := range v.measuredOf("orders_counted_twice") {
		said = append(said, fmt.Sprintf("%s of %s may be counted twice: by their references or buyers they are the same. Name the source that counts under tills in the settings.",
			plural(int(*q.Value), "sale"), q.Subject))
	}
	return said
}

func isOrAre(n float64) string {
	if n == 1 {
		return "1 is"
	}
	return count(n) + " are"
}
