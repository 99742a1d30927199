package warehouse

import (
	"context"
	"time"
)

// Reach is what a platform counts of a program's work in a month, and what was paid for it there: its own word (grade E).
type Reach struct {
	ProgramID, Platform string
	MonthStart          time.Time
	Currency            string
	Impressions, Clicks *float64 // nil: the platform counts none
	Media               *Money
	ClaimedConversions  *float64
}

// Reaches reads mart reach_by_program_platform_month.
func (s *Snapshot) Reaches(ctx context.Context) ([]Reach, error) {
	return readMart[Reach](ctx, s, "reach_by_program_platform_month",
		"program_id, platform, month_start, currency, impressions, clicks, spend_media, claimed_conversions", "program_id, platform, month_start")
}

// Origin is the persons whose first visit came from one place in a month, those of them who ordered, and those who did so only before it.
type Origin struct {
	Origin                                 string
	MonthStart                             time.Time
	Visitors, Buyers, BuyersBefore, Orders int64
}

// Origins reads mart visitors_by_origin_month.
func (s *Snapshot) Origins(ctx context.Context) ([]Origin, error) {
	return readMart[Origin](ctx, s, "visitors_by_origin_month", "origin, month_start, visitors, buyers, buyers_before, orders", "origin, month_start")
}
