package report

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period is the months a report is about: From is in it, To is not. Both are the first of a month, in UTC,
// and stand for that day of the reporting calendar.
type Period struct {
	Label    string
	From, To time.Time
}

// stretch is a range of months, such as 2025-11..2026-02, both included.
var stretch = regexp.MustCompile(`^(\d{4}-\d{2})\.\.(\d{4}-\d{2})$`)

var periods = regexp.MustCompile(`^(\d{4})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?$`)

// ParsePeriod reads last-month, a month (2026-03), a quarter (2026-Q1), a year (2026) or months from one to another
// (2025-11..2026-02, both included). last-month is the month before the one that now is in.
func ParsePeriod(text string, now time.Time) (Period, error) {
	if text == "last-month" {
		return months(time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC), 1), nil
	}
	if m := stretch.FindStringSubmatch(text); m != nil {
		from, err := time.Parse("2006-01", m[1])
		to, err2 := time.Parse("2006-01", m[2])
		if err != nil || err2 != nil || to.Before(from) {
			return Period{}, fmt.Errorf("the period %q must run from a month to the same or a later one, such as 2025-11..2026-02", text)
		}
		return months(from, 12*(to.Year()-from.Year())+int(to.Month()-from.Month())+1), nil
	}
	m := periods.FindStringSubmatch(text)
	if m == nil {
		return Period{}, fmt.Errorf("the period %q is none of last-month, a month such as 2026-03, a quarter such as 2026-Q1, a year such as 2026, or months such as 2025-11..2026-02", text)
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	quarter, _ := strconv.Atoi(m[3])
	first := func(month int) time.Time { return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC) }
	switch {
	case month > 0:
		return months(first(month), 1), nil
	case quarter > 0:
		return months(first(3*quarter-2), 3), nil
	}
	return months(first(1), 12), nil
}

// months is the period of n months from the given one on.
func months(from time.Time, n int) Period {
	p := Period{From: from, To: from.AddDate(0, n, 0)}
	last := p.To.AddDate(0, -1, 0)
	switch {
	case n == 1:
		p.Label = from.Format("January 2006")
	case n == 12 && from.Month() == time.January:
		p.Label = from.Format("2006")
	case from.Year() == last.Year():
		p.Label = from.Format("January") + " to " + last.Format("January 2006")
	default:
		p.Label = from.Format("January 2006") + " to " + last.Format("January 2006")
	}
	return p
}

// length is the number of months.
func (p Period) length() int {
	return (p.To.Year()-p.From.Year())*12 + int(p.To.Month()) - int(p.From.Month())
}

// before is the period of equal length that ends where p begins.
func (p Period) before() Period { return months(p.From.AddDate(0, -p.length(), 0), p.length()) }

// holds says whether a month lies in the period.
func (p Period) holds(month time.Time) bool { return !month.Before(p.From) && month.Before(p.To) }

// noun is what the company calls a period of this length.
func (p Period) noun() string {
	switch p.length() {
	case 1:
		return "month"
	case 3:
		return "quarter"
	case 12:
		return "year"
	}
	return "period"
}
