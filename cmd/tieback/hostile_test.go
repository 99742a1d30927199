package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tieback/ingest"
)

// allowBytes lets a topic take messages of so many bytes.
func (p *place) allowBytes(topic string, n int) {
	p.Helper()
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	resource, config := kmsg.NewIncrementalAlterConfigsRequestResource(), kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeTopic, topic
	config.Name, config.Value = "max.message.bytes", kmsg.StringPtr(fmt.Sprint(n))
	resource.Configs = append(resource.Configs, config)
	request.Resources = append(request.Resources, resource)
	reply, err := request.RequestWith(p.Context(), p.producer())
	if err == nil {
		err = kerr.ErrorForCode(reply.Resources[0].ErrorCode)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// A message of 50 MB that a broker was told to take is a dead letter, every byte of it kept; its neighbors are rows, and the
// process stays below the memory of a small machine.
func TestFiftyMegabytes(t *testing.T) {
	p := newPlace(t).withBroker(1)
	const topic = "tieback.social"
	p.allowBytes(topic, 64<<20)
	noise := make([]byte, 50_000_000)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	producer := p.producer(kgo.ProducerBatchMaxBytes(60<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for _, value := range [][]byte{[]byte(engagementLine("before")), noise, []byte(engagementLine("after"))} {
		p.publish(producer, &kgo.Record{Topic: topic, Value: value})
	}
	cmd, errOut := p.process(0, "ingest", "--until-end")
	peak, err := waitForPeak(cmd)
	if err != nil {
		t.Fatalf("%v\n%s", err, errOut)
	}
	t.Logf("peak memory %d MiB", peak>>10)
	if peak > 1<<20 && !raceDetector {
		t.Errorf("peak memory %d MiB, want less than 1 GiB", peak>>10)
	}
	letters := p.letters()
	if len(letters) != 1 || letters[0].Code != "too_large" || letters[0].Offset != 1 || !bytes.Equal(letters[0].Payload, noise) {
		t.Errorf("%d dead letters, want the one message, byte for byte", len(letters))
	}
	if faults := auditFile(t, p.warehouse, &tally{Written: 2, DeadLetters: 1}); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
}

// produce names the record that the broker does not take, after those before it were published.
func TestProduceNamesTheLargeRecord(t *testing.T) {
	p := newPlace(t).withBroker(1)
	noise := make([]byte, 1<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	large := strings.Replace(shockLine("large"), `"kind":"api"`, fmt.Sprintf(`"kind":"api","note":"%x"`, noise), 1)
	file := p.file("large.ndjson", shockLine("a")+"\n"+shockLine("b")+"\n"+large+"\n"+shockLine("c")+"\n")
	fail(t, exitFailed, []string{"record 3 of " + file, fmt.Sprintf("%d bytes", len(large)), "raise max.message.bytes of topic tieback.social", "2 messages were published"}, p.args("produce", file)...)
	p.allowBytes("tieback.social", 8<<20)
	p.do("produce", file)
	if got := p.ingest(); got != (counts{Consumed: 6, Written: 3, Duplicates: 2, DeadLetters: 1}) {
		t.Errorf("%+v, want three written, two of them known from the first time, and the large one a dead letter", got)
	}
	p.reconciled(6)
}

// Numbers of millions of digits, text that is no UTF-8 and JSON nested a million deep, in whole messages and in fields, over
// Kafka: each is a dead letter, each neighbor a row, none takes long.
func TestHostileMessages(t *testing.T) {
	p := newPlace(t).withBroker(1)
	const topic = "tieback.sales"
	p.allowBytes(topic, 8<<20)
	digits := strings.Repeat("9", 4_000_000)
	field := func(name, json string) string {
		line := orderLine("x", "X", "1.00", "USD")
		return strings.TrimSuffix(line, "}") + `,"` + name + `":` + json + "}"
	}
	gross := func(text string) string {
		return strings.Replace(orderLine("x", "X", "1.00", "USD"), `"1.00"`, text, 1)
	}
	deep := func(open, close string, n int) string { return strings.Repeat(open, n) + strings.Repeat(close, n) }
	cases := []struct{ value, code string }{
		{digits, "not_object"}, {gross(digits), "too_large"}, {gross(`"` + digits + `"`), "too_large"}, {gross("1e1000000000"), "bad_amount"},
		{gross("1e-1000000000"), "bad_amount"}, {gross("0." + digits), "too_large"}, {gross(digits[:1_000]), "bad_amount"},
		{strings.Replace(orderLine("x", "X", "1.00", "USD"), `"2026-03-02T10:15:00Z"`, digits, 1), "too_large"},
		{"\xff\xfe{}", "not_utf8"}, {strings.Replace(orderLine("x", "X", "1.00", "USD"), "shop", "sh\xc3op", 1), "not_utf8"}, {field("market", `"\ud800"`), "not_utf8"},
		{deep("[", "]", 1_000_000), "not_json"}, {deep(`{"a":`, "", 800_000), "not_json"}, {field("market", deep("[", "]", 1_000_000)), "not_json"},
		{field("unknown", deep("[", "]", 1_000_000)), "not_json"},
	}
	var sent []*kgo.Record
	for i, c := range cases {
		id := fmt.Sprint("good-", i)
		sent = append(sent, &kgo.Record{Topic: topic, Value: []byte(orderLine(id, id, "1.00", "USD"))}, &kgo.Record{Topic: topic, Value: []byte(c.value)})
	}
	producer := p.producer(kgo.ProducerBatchMaxBytes(7 << 20))
	for _, r := range sent {
		p.publish(producer, r)
	}
	began := time.Now()
	p.ingest()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	var want, got []string
	for i, c := range cases {
		want = append(want, fmt.Sprintf("%d %s", 2*i+1, c.code))
	}
	for _, l := range p.letters() {
		got = append(got, fmt.Sprintf("%d %s", l.Offset, l.Code))
		if !bytes.Equal(l.Payload, sent[l.Offset].Value) {
			t.Errorf("dead letter %d is not what was sent", l.Offset)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	if faults := auditFile(t, p.warehouse, &tally{Written: len(cases), DeadLetters: len(cases)}); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
}

// More bytes of dead letters than DuckDB may hold while no build runs: they are written, the log goes into the file, and
// they can be read again.
func TestDeadLettersBeyondTheMemoryOfIngest(t *testing.T) {
	p := newPlace(t)
	var lines strings.Builder
	large := strings.Repeat("x", 1_000_000)
	for n := range 180 {
		fmt.Fprintf(&lines, "{broken %d %s\n", n, large)
	}
	if got := p.load(lines.String()); got != (counts{Consumed: 180, DeadLetters: 180}) {
		t.Errorf("%+v, want 180 dead letters", got)
	}
	lines.Reset()
	if info, err := os.Stat(p.warehouse + ".wal"); err == nil && info.Size() > 0 {
		t.Errorf("%d bytes of log are left", info.Size())
	}
	if got := strings.Count(p.do("dlq", "list", "--format", "csv"), "\n"); got != 181 {
		t.Errorf("the list has %d lines, want a head and 180", got)
	}
	if got := p.do("dlq", "replay"); !strings.HasPrefix(got, "read again 180 dead letters: 0 written") {
		t.Errorf("replay says %s", got)
	}
	p.reconciled(180)
}

// The clock of the machine jumps years back and forth between runs, and back while a batch waits: everything is kept once, nothing
// waits for the clock, and a build publishes.
func TestClockJumps(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	var clock atomic.Int64
	set := func(at time.Time) { clock.Store(at.UnixNano()) }
	now := func() time.Time { return time.Unix(0, clock.Load()) } // without a monotonic reading: every jump shows
	run := func(args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if code := (&app{in: strings.NewReader(""), out: &out, err: &errOut, now: now}).execute(t.Context(), p.args(args...)); code != 0 {
			t.Fatalf("%v: exit code %d\n%s", args, code, errOut.String())
		}
		return out.String()
	}
	today := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i, at := range []time.Time{today, today.AddDate(-30, 0, 0), today.AddDate(50, 0, 0), today.Add(-time.Hour)} {
		set(at)
		p.publish(producer, mixedRecords(100*i, 100*i+100)...)
		if got := countsOf(t, run("ingest", "--until-end", "--format", "json")); got.Written != 100 {
			t.Errorf("at %s: %+v, want 100 written", at.Format(time.DateOnly), got)
		}
		run("build")
		if got := run("query", "select count(*) as n from fct_orders", "--format", "csv"); got != fmt.Sprintf("n\n%d\n", 25*(i+1)) {
			t.Errorf("at %s: %q orders in the snapshot, want %d", at.Format(time.DateOnly), got, 25*(i+1))
		}
	}
	// The clock goes back while a batch is open: it is committed all the same.
	errOut := &watched{}
	a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, err: errOut, now: now, limits: ingest.Limits{Wait: 300 * time.Millisecond}}
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { ended <- a.execute(ctx, p.args("ingest")) }()
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	before := size(p.warehouse + ".wal")
	p.publish(producer, mixedRecords(400, 500)...)
	time.Sleep(100 * time.Millisecond) // the batch is open
	set(today.AddDate(-1, 0, 0))
	until(t, "the batch to be committed", func() bool { return size(p.warehouse+".wal") > before })
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("ingest ended with %d\n%s", code, errOut)
	}
	if faults := auditFile(t, p.warehouse, &tally{Written: 500}); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
}

// Timestamps of messages that lie: an event that happened long after its message came is a dead letter; one whose message came
// from the future is a row, known when the message says.
func TestTimestampsOfMessagesLie(t *testing.T) {
	p := newPlace(t).withBroker(1)
	at := func(year int) time.Time { return time.Date(year, 3, 3, 0, 0, 0, 0, time.UTC) }
	producer := p.producer()
	for _, year := range []int{1970, 2026, 2099, 2200} {
		p.publish(producer, &kgo.Record{Topic: "tieback.business", Value: []byte(shockLine(fmt.Sprint(year))), Timestamp: at(year)})
	}
	if got := p.ingest(); got != (counts{Consumed: 4, Written: 3, DeadLetters: 1}) {
		t.Errorf("%+v, want 3 written and the one of 1970 a dead letter", got)
	}
	if diff := cmp.Diff([]string{"2026", "2099", "2200"}, p.rows("select year(known_at) from raw.platform_shock order by all")); diff != "" {
		t.Errorf("known in (-want +got):\n%s", diff)
	}
	if letters := p.letters(); len(letters) != 1 || letters[0].Code != "time_future" || letters[0].Offset != 0 {
		t.Errorf("dead letters %+v, want time_future at 0", letters)
	}
	p.do("build")
	var answer []struct{ N int }
	if err := json.Unmarshal([]byte(p.do("query", "select count(*) as n from build_info", "--format", "json")), &answer); err != nil || answer[0].N == 0 {
		t.Errorf("%v, %v: want a snapshot", answer, err)
	}
	p.reconciled(4)
}
