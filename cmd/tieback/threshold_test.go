package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
	"tieback/ingest/event"
)

func letterLimits(count int64, share float64) deadLetterSettings {
	return deadLetterSettings{MaxCount: count, MaxShare: &share, MinMessages: 100, Window: "1m"}
}

func TestDeadLetterWatch(t *testing.T) {
	batch := func(consumed, bad int64) durable {
		return durable{Batch: ingest.Batch{Ranges: []ingest.Range{{Consumed: consumed}}}, Broken: map[event.Code]int64{event.BadAmount: bad}}
	}
	type step struct {
		after         time.Duration
		consumed, bad int64
		stops         bool
	}
	for name, c := range map[string]struct {
		limits deadLetterSettings
		steps  []step
	}{
		"count":                        {letterLimits(10, 0), []step{{0, 1000, 10, false}, {time.Second, 1000, 1, true}}},
		"count leaves the window":      {letterLimits(10, 0), []step{{0, 1000, 10, false}, {61 * time.Second, 1000, 10, false}}},
		"share":                        {letterLimits(0, 0.05), []step{{0, 1000, 50, false}, {time.Second, 1000, 51, true}}},
		"share needs messages":         {letterLimits(0, 0.05), []step{{0, 99, 99, false}, {time.Second, 1, 0, true}}},
		"share of the window":          {letterLimits(0, 0.5), []step{{0, 1000, 0, false}, {30 * time.Second, 100, 99, false}, {31 * time.Second, 1, 1, true}}},
		"off":                          {letterLimits(0, 0), []step{{0, 1000, 1000, false}}},
		"no messages, no dead letters": {letterLimits(1, 0.5), []step{{0, 0, 0, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
			watch := newDeadLetterWatch(c.limits, func() time.Time { return now })
			for i, s := range c.steps {
				now = now.Add(s.after)
				err := watch.committed(batch(s.consumed, s.bad))
				if (err != nil) != s.stops {
					t.Errorf("batch %d: %v, want stop %t", i+1, err, s.stops)
				}
			}
		})
	}
	watch := newDeadLetterWatch(letterLimits(2, 0), time.Now)
	err := watch.committed(durable{Batch: ingest.Batch{Ranges: []ingest.Range{{Consumed: 9}}}, Broken: map[event.Code]int64{event.BadAmount: 2, event.NotJSON: 3, event.Conflict: 1}})
	var many *tooManyDeadLettersError
	if !errors.As(err, &many) || many.commonest != event.NotJSON || !strings.Contains(err.Error(), "6 of 9 messages within 1m0s could not, or not whole, become rows, most of them (3) because of not_json") {
		t.Errorf("%v, want the commonest code", err)
	}
}

// A topic that holds something else than events stops ingest with a code of its own. What was read is committed, and after the
// producer is mended the same command goes on.
func TestTooManyDeadLettersStopIngest(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 400)...)
	var bad []*kgo.Record
	for i := range 1200 {
		bad = append(bad, &kgo.Record{Topic: "tieback.social", Value: fmt.Appendf(nil, "line %d of a log", i)})
	}
	p.publish(producer, bad...)
	code := exitDeadLetters
	fail(t, code, []string{"too many dead letters: 1200 of 1600 messages", "(1200) because of not_json", "tieback dlq list --code not_json", "tieback dlq replay"}, p.args("ingest")...)
	if got := p.one("select sum(consumed) || ' ' || sum(dead_letters) from meta.batch"); got != "1600 1200" {
		t.Errorf("consumed and dead letters in the ledger: %s, want 1600 1200: what was read is committed", got)
	}
	p.reconciled(1600)
	p.publish(producer, mixedRecords(400, 500)...)
	if got := p.ingest(); got != (counts{Consumed: 100, Written: 100}) {
		t.Errorf("after the stop: %+v, want the 100 new messages", got)
	}
	// Off by the settings: everything is read, and kept.
	p.publish(producer, bad...)
	if got := p.ingest("--settings", p.file("off.yaml", "dead_letters: {max_share: 0}\n")); got.DeadLetters != 1200 {
		t.Errorf("%+v with no bound, want 1200 dead letters", got)
	}
	fail(t, code, []string{"too many dead letters"}, p.args("load", p.file("log.ndjson", strings.Repeat("GET /\n", 1000)))...)
}

// A message counts once, however many of the events that a map makes of it are dead letters, and also where others are rows.
func TestThresholdCountsMessages(t *testing.T) {
	const twoOfThree = `
{id: "good-\(.n)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: "o-\(.n)", gross: .gross, currency: "USD"},
{id: "bad1-\(.n)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: "p1-\(.n)", currency: "USD", gross: (if .bad then "1.000001" else "1.00" end)},
{id: "bad2-\(.n)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: "p2-\(.n)", currency: "USD", gross: (if .bad then "x" else "2.00" end)}`
	messages := func(from, to, bad int, gross string) (list []*kgo.Record) {
		for i := from; i < to; i++ {
			list = append(list, &kgo.Record{Topic: "tieback.sales", Value: fmt.Appendf(nil, `{"n":%d,"bad":%t,"gross":%q}`, i, i < from+bad, gross)})
		}
		return list
	}
	p := newPlace(t).withBroker(1)
	settings := p.mapped(twoOfThree)
	p.publish(p.producer(), messages(0, 1000, 500, "1.00")...)
	if got := p.ingest("--settings", settings); got != (counts{Consumed: 1000, Written: 1000}) {
		t.Errorf("%+v with half of the messages broken, want them read: more than half is too many", got)
	}
	p.publish(p.producer(), messages(1000, 2000, 501, "1.00")...)
	fail(t, exitDeadLetters, []string{"too many dead letters: 501 of 1000 messages", "most of them (501) because of bad_amount"}, p.args("ingest", "--settings", settings)...)
	p.reconciled(2000)
	// A message whose good event is a conflict and whose others are broken counts once too.
	errOut, stop := background(t, p.args("ingest", "--settings", p.file("off.yaml", "topics: [{topic: tieback.sales, map: "+p.file("cart.jq", twoOfThree)+", source: carts}]\ndead_letters: {max_share: 0}\n"), "--http", "localhost:0")...)
	address := served(t, errOut)
	p.publish(p.producer(), messages(0, 10, 10, "9.00")...)
	p.publish(p.producer(), messages(2000, 2010, 10, "1.00")...)
	until(t, "the messages to be counted", func() bool {
		_, body := get(t, address+"/metrics")
		return strings.Contains(body, `tieback_messages_consumed_total{partition="0",topic="tieback.sales"} 20`)
	})
	_, body := get(t, address+"/metrics")
	for _, line := range []string{"tieback_events_written_total 10\n", `tieback_dead_letters_total{code="conflict"} 10` + "\n", `tieback_broken_messages_total{code="bad_amount"} 20` + "\n"} {
		if !strings.Contains(body, line) {
			t.Errorf("/metrics has no %s", line)
		}
	}
	for _, line := range []string{`tieback_dead_letters_total{code="bad_amount"}`, `tieback_broken_messages_total{code="conflict"}`} {
		if strings.Contains(body, line) && !strings.Contains(body, line+" 0\n") {
			t.Errorf("/metrics counts messages twice: %s", line)
		}
	}
	stop()
}
