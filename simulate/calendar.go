package simulate

import "time"

// The history of the company, in its reporting time zone America/Chicago.
const (
	dayCount   = 546 // 2025-01-01 to 2026-06-30
	monthCount = 18
	afterDays  = 90 // tables reach past the end, for what is still under way then
)

// calendar maps hours since the start of the history to days and months of the
// reporting time zone and to the text of timestamps. Hours are half-open
// slots: hour h is [start + h, start + h + 1).
type calendar struct {
	hours      int // hours of the history
	start      time.Time
	day        []int16  // hour → day since 2025-01-01, reporting time zone
	clock      []int8   // hour → hour of the local day
	utc        []string // hour → "2025-03-02T10:"
	local      []string // hour → the same in the reporting time zone
	offset     []string // hour → "-06:00"
	dates      []string // day → "2025-03-02"
	weekday    []time.Weekday
	month      []int8 // day → month since 2025-01; 18 and more after the end
	monthStart []int  // month → its first day
	firstHour  []int  // day → its first hour
}

func newCalendar() *calendar {
	c := &calendar{start: time.Date(2025, 1, 1, 6, 0, 0, 0, time.UTC)}
	first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := range dayCount + afterDays {
		t := first.AddDate(0, 0, d)
		c.dates = append(c.dates, t.Format(time.DateOnly))
		c.weekday = append(c.weekday, t.Weekday())
		m := (t.Year()-2025)*12 + int(t.Month()) - 1
		c.month = append(c.month, int8(m))
		if t.Day() == 1 {
			c.monthStart = append(c.monthStart, d)
		}
	}
	for h := 0; ; h++ {
		t := c.start.Add(time.Duration(h) * time.Hour)
		shift, text := chicago(t)
		l := t.Add(shift)
		d := int(l.Sub(first) / (24 * time.Hour))
		if d >= len(c.dates) {
			return c
		}
		if len(c.day) == 0 || int(c.day[h-1]) != d {
			c.firstHour = append(c.firstHour, h)
		}
		if d < dayCount {
			c.hours = h + 1
		}
		c.day = append(c.day, int16(d))
		c.clock = append(c.clock, int8(l.Hour()))
		c.utc = append(c.utc, t.Format("2006-01-02T15:"))
		c.local = append(c.local, l.Format("2006-01-02T15:"))
		c.offset = append(c.offset, text)
	}
}

// chicago is the offset of America/Chicago in the years simulated. It is
// spelled out so that the events do not depend on an installed time zone
// database.
func chicago(t time.Time) (time.Duration, string) {
	summer := func(from, to time.Time) bool { return !t.Before(from) && t.Before(to) }
	if summer(time.Date(2025, 3, 9, 8, 0, 0, 0, time.UTC), time.Date(2025, 11, 2, 7, 0, 0, 0, time.UTC)) ||
		summer(time.Date(2026, 3, 8, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC)) {
		return -5 * time.Hour, "-05:00"
	}
	return -6 * time.Hour, "-06:00"
}

// dayOf is the day of a date written as 2025-03-02.
func (c *calendar) dayOf(date string) int {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("simulate: " + date + " is not a date")
	}
	return int(t.Sub(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

// monthName is written as 2025-03.
func (c *calendar) monthName(m int) string { return c.dates[c.monthStart[m]][:7] }

// Demand over the year, the week and the day; each averages near one.
var (
	monthDemand   = [12]float64{.86, .82, .92, .96, 1.01, .97, .92, .95, .99, 1.04, 1.33, 1.46}
	weekdayDemand = [7]float64{1.12, .93, .92, .95, 1.00, 1.06, 1.10}
	hourDemand    = [24]float64{.45, .25, .15, .12, .12, .20, .40, .70, 1.00, 1.25, 1.40, 1.50,
		1.55, 1.45, 1.35, 1.30, 1.30, 1.35, 1.45, 1.60, 1.70, 1.55, 1.15, .71}
)

// demand is the share of an average hour that hour h carries.
func (c *calendar) demand(h int) float64 {
	d := c.day[h]
	return monthDemand[int(c.month[d])%12] * weekdayDemand[c.weekday[d]] * hourDemand[c.clock[h]]
}
