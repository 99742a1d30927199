package report

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestPeriods(t *testing.T) {
	for text, want := range map[string][3]string{
		"last-month":       {"April 2026", "2026-04-01", "2026-05-01"},
		"2026-03":          {"March 2026", "2026-03-01", "2026-04-01"},
		"2025-12":          {"December 2025", "2025-12-01", "2026-01-01"},
		"2026-Q1":          {"January to March 2026", "2026-01-01", "2026-04-01"},
		"2025-Q4":          {"October to December 2025", "2025-10-01", "2026-01-01"},
		"2026":             {"2026", "2026-01-01", "2027-01-01"},
		"2025-11..2026-02": {"November 2025 to February 2026", "2025-11-01", "2026-03-01"},
		"2026-03..2026-03": {"March 2026", "2026-03-01", "2026-04-01"},
	} {
		p, err := ParsePeriod(text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := [3]string{p.Label, p.From.Format(time.DateOnly), p.To.Format(time.DateOnly)}; got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	january, _ := ParsePeriod("last-month", time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC))
	if january.Label != "December 2025" {
		t.Errorf("the month before January 2026 is %s", january.Label)
	}
	for _, text := range []string{"", "2026-13", "2026-00", "2026-Q5", "26", "2026-3", "March", "2026-03-01", "2026-03..", "2026..2027"} {
		if p, err := ParsePeriod(text, now); err == nil || !strings.Contains(err.Error(), "2026-Q1") {
			t.Errorf("%q is read as %v, %v; want a sentence that shows what is possible", text, p, err)
		}
	}
	for _, text := range []string{"2026-03..2026-02", "2026-13..2027-01", "2026-00..2026-02"} {
		if p, err := ParsePeriod(text, now); err == nil || !strings.Contains(err.Error(), "2025-11..2026-02") {
			t.Errorf("%q is read as %v, %v; want a sentence that shows what is possible", text, p, err)
		}
	}
	quarter, _ := ParsePeriod("2026-Q1", now)
	if before := quarter.before(); before.Label != "October to December 2025" {
		t.Errorf("before the first quarter lies %s", before.Label)
	}
}

func TestAPeriodWithoutDataNamesTheMonths(t *testing.T) {
	p, _ := ParsePeriod("2027-02", now)
	_, err := Read(context.Background(), snapshotOf(t, "pays"), p)
	if err == nil || err.Error() != "there is no data for February 2027; the snapshot has 2025-11 and 2026-01 to 2026-03" {
		t.Errorf("error: %v", err)
	}
	_, err = Read(context.Background(), snapshotOf(t, "schema_only"), p)
	if err == nil || !strings.Contains(err.Error(), "no month at all") {
		t.Errorf("error: %v", err)
	}
}
