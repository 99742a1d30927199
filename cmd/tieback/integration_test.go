//go:build integration

package main

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file run against Apache Kafka: ci/kafka/start prints the address that TIEBACK_TEST_BROKERS holds.

const hillstromEvents = "../../../shared/data/events/hillstrom.ndjson.gz"

// table runs a query on the snapshot and returns its rows by the value of the first column.
func (p *kafka) table(query string) map[string]map[string]string {
	p.Helper()
	records, err := csv.NewReader(strings.NewReader(p.do("query", query, "--format", "csv"))).ReadAll()
	if err != nil {
		p.Fatal(err)
	}
	rows := make(map[string]map[string]string)
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		rows[record[0]] = row
	}
	return rows
}

// near fails unless a cell holds a number within a tolerance.
func near(t *testing.T, row map[string]string, column string, want, tolerance float64) {
	t.Helper()
	got, err := strconv.ParseFloat(row[column], 64)
	if err != nil || math.Abs(got-want) > tolerance {
		t.Errorf("%s %s: %s is %q, want %v ± %v", row["row"], row["metric"], column, row[column], want, tolerance)
	}
}

// Hillstrom's e-mail trial (MineThatData, 2008) through Kafka to the return of a pilot. Lifts, standard errors and t are those
// of ../../../shared/data/hillstrom/expected_itt_welch.csv (R's t.test on the published file); sample ratio, margins and returns those of
// the same file under the stream's settings: margin 40 %, 0.10 a mail.
func TestIntegrationHillstrom(t *testing.T) {
	if _, err := os.Stat(hillstromEvents); err != nil {
		t.Skipf("the events of Hillstrom's trial are not beside the repository: %v", err)
	}
	p := newKafka(t, 4)
	const events = 64_582 // lines of the file
	began := time.Now()
	p.do("produce", hillstromEvents)
	produced := time.Now()
	if got := p.ingest(); got != (counts{Consumed: events, Written: events}) {
		t.Errorf("%+v, want %d written", got, events)
	}
	ingested := time.Now()
	p.do("build")
	t.Logf("produce %.2f s, ingest %.2f s, build %.2f s; from the end of produce to the snapshot %.2f s",
		produced.Sub(began).Seconds(), ingested.Sub(produced).Seconds(), time.Since(ingested).Seconds(), time.Since(produced).Seconds())
	p.checkHillstrom()
	p.do("produce", hillstromEvents)
	if got := p.ingest(); got != (counts{Consumed: events, Duplicates: events}) {
		t.Errorf("published again: %+v, want %d duplicates", got, events)
	}
	p.reconciled(2 * events)
	before := p.marts()["pilot_results"]
	p.do("build")
	if after := p.marts()["pilot_results"]; strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("pilot results before the duplicates\n%s\nand after\n%s", before, after)
	}
}

// checkHillstrom compares the published figures.
func (p *kafka) checkHillstrom() {
	p.Helper()
	t := p.T
	units := p.table("select pilot, count(*) as units, count(distinct unit_id) as distinct_units from fct_pilot_units group by pilot")["hillstrom-2008"]
	if units["units"] != "64000" || units["distinct_units"] != "64000" {
		t.Errorf("units %v, want 64000", units)
	}
	results := p.table("select arm || ' ' || metric as row, * from pilot_results")
	for arm, want := range map[string]struct{ lift, se, t, marginLift, roi float64 }{
		"Mens E-Mail":   {.769827156, .145246560, 5.300140358, .307930862, 2.079308624},
		"Womens E-Mail": {.424412216, .130332859, 3.256371576, .169764886, .697648864},
	} {
		revenue, margin := results[arm+" revenue"], results[arm+" margin"]
		near(t, revenue, "lift", want.lift, 1e-9)
		near(t, revenue, "se", want.se, 1e-9)
		near(t, revenue, "t", want.t, 1e-8)
		near(t, revenue, "srm_p", .904, .0005)
		near(t, margin, "lift", want.marginLift, 1e-9)
		near(t, margin, "roi", want.roi, 1e-9)
	}
	both := results["(all) margin"]
	near(t, both, "units_treated", 64_000-21_306, 0)
	near(t, both, "units_control", 21_306, 0)
	near(t, both, "roi", 1.387, .0005)
	near(t, both, "roi_lo", .647, .0005)
	near(t, both, "roi_hi", 2.128, .0005)
	near(t, both, "cost", 4269.40, 0) // 42,694 mails of 0.10
	bridge := p.table("select cast(month_start as varchar) as row, * from ledger_bridge_by_month")
	if len(bridge) != 1 || bridge["2008-03-01"]["state"] != "reconciled" {
		t.Errorf("ledger bridge %v, want one reconciled month", bridge)
	}
	near(t, bridge["2008-03-01"], "residual", 0, 0)
	near(t, bridge["2008-03-01"], "net_revenue", 67_258.13, 0)
}

// The invariants of ingest that hold on the embedded broker, on Apache Kafka too.

func TestIntegrationKill9(t *testing.T) { newKafka(t, 3).surviveKills(5) }

func TestIntegrationRefusedCommit(t *testing.T) { newKafka(t, 2).refuseCommit() }

func TestIntegrationSecondStarter(t *testing.T) { newKafka(t, 1).refuseSecondStarter() }

func TestIntegrationPoison(t *testing.T) { newKafka(t, 1).keepPoison() }

func TestIntegrationAbortedTransactions(t *testing.T) { newKafka(t, 2).skipAborted() }

func TestIntegrationDuplicates(t *testing.T) { newKafka(t, 3).countDuplicates() }
