package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
)

// watched is a writer that may be read while it is written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// The events of these tests: one order a number, one engagement a number, and so on.

func orderLine(id, order, gross, currency string) string {
	return fmt.Sprintf(`{"id":%q,"source":"shop","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":%q,"gross":%q,"currency":%q,"customer":%q,"cost_of_goods":"1.00"}`,
		id, order, gross, currency, "c-"+order)
}

func engagementLine(id string) string {
	return fmt.Sprintf(`{"id":%q,"source":"facebook","type":"social.engagement","time":"2026-03-01T10:15:00Z","platform":"facebook","action":"comment","person":"p-%s"}`, id, id)
}

func shockLine(id string) string {
	return fmt.Sprintf(`{"id":%q,"source":"s","type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api"}`, id)
}

func linkLine(id string) string {
	return fmt.Sprintf(`{"id":%q,"source":"crm","type":"identity.link","time":"2026-03-02T10:15:00Z","a_kind":"facebook","a":"p-%s","b_kind":"customer","b":"c-%s"}`, id, id, id)
}

// mixed is the nth event of a stream of several types, and the topic it goes to.
func mixed(n int) (topic, line string) {
	id := fmt.Sprintf("m-%d", n)
	switch n % 4 {
	case 0:
		return "tieback.sales", orderLine(id, id, fmt.Sprintf("%d.00", 10+n%90), "USD")
	case 1:
		return "tieback.people", linkLine(id)
	case 2:
		return "tieback.business", shockLine(id)
	}
	return "tieback.social", engagementLine(id)
}

// mixedRecords are the events from, from+1, … to−1 of the stream.
func mixedRecords(from, to int) []*kgo.Record {
	var records []*kgo.Record
	for n := from; n < to; n++ {
		topic, line := mixed(n)
		records = append(records, &kgo.Record{Topic: topic, Key: fmt.Append(nil, n), Value: []byte(line)})
	}
	return records
}

func mixedLines(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		_, line := mixed(n)
		b.WriteString(line + "\n")
	}
	return b.String()
}

// rawCounts lists the rows of every raw table, and how many places in a log they came from.
const rawCounts = `
select
    table_name,
    rows
from (
    select 'engagement' as table_name, count(*) as rows from raw.social_engagement
    union all
    select 'order', count(*) from raw.sale_order
    union all
    select 'link', count(*) from raw.identity_link
    union all
    select 'shock', count(*) from raw.platform_shock
    union all
    select 'places', count(distinct (kafka_topic, kafka_partition, kafka_offset))
    from (
        select kafka_topic, kafka_partition, kafka_offset from raw.social_engagement
        union all
        select kafka_topic, kafka_partition, kafka_offset from raw.sale_order
        union all
        select kafka_topic, kafka_partition, kafka_offset from raw.identity_link
        union all
        select kafka_topic, kafka_partition, kafka_offset from raw.platform_shock
    )
)
order by table_name`

// reconciled fails unless in every partition what was consumed equals what became of it, and the batches of
// each partition follow each other without gap or overlap.
func (p *place) reconciled(consumed int) {
	p.Helper()
	if got, want := p.one("select sum(consumed), count(*) filter (difference <> 0) from meta.reconciliation"), fmt.Sprintf("%d|0", consumed); got != want {
		p.Errorf("consumed | partitions with a difference: %s, want %s", got, want)
	}
	gaps := p.rows(`
		select topic, partition, first_offset, before
		from (
		    select *, lag(next_offset) over (partition by topic, partition order by first_offset) as before
		    from meta.batch
		)
		where before <> first_offset`)
	if len(gaps) != 0 {
		p.Errorf("batches do not follow each other: %v", gaps)
	}
}

// background runs a command until stop is called; stop returns its result. Ingest's batches are committed
// soon, and new partitions found soon.
func background(t *testing.T, args ...string) (errOut *watched, stop func() result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	errOut = &watched{}
	code := make(chan int, 1)
	a := &app{in: strings.NewReader(""), out: &out, err: errOut, now: time.Now, limits: ingest.Limits{Wait: 100 * time.Millisecond}, refresh: 200 * time.Millisecond}
	go func() { code <- a.execute(ctx, args) }()
	var once sync.Once
	var r result
	stop = func() result {
		once.Do(func() {
			cancel()
			r = result{<-code, out.String(), errOut.String()}
		})
		return r
	}
	t.Cleanup(func() { stop() })
	return errOut, stop
}

// records makes a message of every line.
func records(topic, lines string) []*kgo.Record {
	var list []*kgo.Record
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		list = append(list, &kgo.Record{Topic: topic, Value: []byte(line)})
	}
	return list
}
