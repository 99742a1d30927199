package mapping

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// sinceEpoch makes a jq function that reads a count of units since 1970 UTC, a number or a text, and writes it as RFC 3339 in UTC.
func sinceEpoch(name string, unitsASecond int64) func(any, []any) any {
	return func(v any, _ []any) any {
		var micros int64
		switch n := v.(type) {
		case int:
			if most := lastMicros / (1_000_000 / unitsASecond); int64(n) > most || int64(n) < -most {
				return fmt.Errorf("%s: the time lies beyond the year 2200; is it in other units?", name)
			}
			micros = int64(n) * (1_000_000 / unitsASecond)
		case string, json.Number:
			d, err := toDecimal(name, n)
			if err != nil {
				return err
			}
			if micros, err = microsOf(d, unitsASecond); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		default:
			return &errNotDecimal{name, kindOf(v)}
		}
		if micros > lastMicros || micros < -lastMicros {
			return fmt.Errorf("%s: the time lies beyond the year 2200; is it in other units?", name)
		}
		return formatMicros(micros)
	}
}

// lastMicros is the end of the year 2199 in microseconds since 1970.
const lastMicros = 7_258_118_400_000_000

// microsOf cuts what is smaller than a microsecond.
func microsOf(d *apd.Decimal, unitsASecond int64) (int64, error) {
	var scaled, whole apd.Decimal
	if _, err := exact.Mul(&scaled, d, apd.New(1_000_000/unitsASecond, 0)); err != nil {
		return 0, err
	}
	context := *exact.WithPrecision(maxDigits * 3)
	context.Rounding = apd.RoundDown
	if _, err := context.Quantize(&whole, &scaled, 0); err != nil {
		return 0, err
	}
	micros, err := whole.Int64()
	if err != nil {
		return 0, fmt.Errorf("the time is out of range")
	}
	return micros, nil
}

func formatMicros(micros int64) string {
	t := time.UnixMicro(micros).UTC()
	if micros%1_000_000 == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

// utc is utc: a time without an offset, which its vendor writes in UTC, such as 2026-03-02 10:15:00.123 or 2026-03-02 10:15:00 UTC; one with an offset stays.
func utc(v any, _ []any) any {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("utc needs a text such as 2026-03-02 10:15:00 and got %s", kindOf(v))
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), " UTC")
	if len(text) < 19 || text[10] != ' ' && text[10] != 'T' {
		return fmt.Errorf("utc needs a text such as 2026-03-02 10:15:00")
	}
	if strings.HasSuffix(text, "Z") || strings.ContainsAny(text[19:], "+-") {
		return text
	}
	return text[:10] + "T" + text[11:] + "Z"
}

// day is day: a date written 20260302, 2026-03-02 or at the head of a time, as 2026-03-02.
func day(v any, _ []any) any {
	t, err := parseDay("day", v)
	if err != nil {
		return err
	}
	return t.Format(time.DateOnly)
}

// dayAfter is day_after: the day after a date; a period's ends_before from its last day.
func dayAfter(v any, _ []any) any {
	t, err := parseDay("day_after", v)
	if err != nil {
		return err
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

func parseDay(function string, v any) (time.Time, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = strings.TrimSpace(v)
	case int:
		text = strconv.Itoa(v)
	}
	layout := time.DateOnly
	switch {
	case len(text) == 8:
		layout = "20060102"
	case len(text) > 10:
		text = text[:10]
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return t, fmt.Errorf("%s needs a date such as 2026-03-02 or 20260302 and got %s", function, kindOf(v))
	}
	return t, nil
}

// monthAfter is month_after: the first day of the month after that of a date, or of a month written 2026-03.
func monthAfter(v any, _ []any) any {
	if text, ok := v.(string); ok && len(strings.TrimSpace(text)) == 7 {
		v = strings.TrimSpace(text) + "-01"
	}
	t, err := parseDay("month_after", v)
	if err != nil {
		return err
	}
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// dayBefore is day_before: the day before a date.
func dayBefore(v any, _ []any) any {
	t, err := parseDay("day_before", v)
	if err != nil {
		return err
	}
	return t.AddDate(0, 0, -1).Format(time.DateOnly)
}
