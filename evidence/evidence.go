// Package evidence computes the tables that need statistics or graphs: it reads facts, calls metrics and hands rows back to the warehouse.
package evidence

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tieback/warehouse"
)

// Models are the computed models, for warehouse.Build.
func Models() []warehouse.Model {
	return []warehouse.Model{
		personsErased(), identities(), linksSetAside(), removalEffects(), creditIntervals(), pilotResults(), pilotEstimatesByMethod(), launchResults(), returns(), investedAndEarned(),
		claimedAttributedIncremental(), customersValued(),
	}
}

// number reads a value that SQL has cast to text or double; nil is NaN.
func number(v any) float64 {
	switch v := v.(type) {
	case nil:
		return math.NaN()
	case float64:
		return v
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return math.NaN()
		}
		return f
	}
	return math.NaN()
}

func text(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

func yes(v any) bool {
	b, ok := v.(bool)
	return ok && b
}

func day(v any) time.Time {
	t, _ := v.(time.Time)
	return t
}

// known turns NaN into null.
func known(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

// money rounds to four places for a column of DECIMAL(18,4); NaN becomes null.
func money(f float64) any {
	if math.IsNaN(f) || math.Abs(f) >= 1e14 {
		return nil
	}
	return strconv.FormatFloat(f, 'f', 4, 64)
}

// addMonths moves a month start.
func addMonths(month time.Time, n int) time.Time { return month.AddDate(0, n, 0) }

func joinWarnings(warnings []string) any {
	if len(warnings) == 0 {
		return nil
	}
	return strings.Join(warnings, "; ")
}
