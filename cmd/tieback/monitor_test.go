package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tieback/ingest"
	"tieback/ingest/event"
)

// get asks an address of a running ingest.
func get(t *testing.T, address string) (code int, body string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// served is where an ingest that was started with --http localhost:0 answers.
func served(t *testing.T, errOut *watched) string {
	t.Helper()
	var address string
	until(t, "the address of /metrics", func() bool {
		found := regexp.MustCompile(`metrics at (http://\S+)`).FindStringSubmatch(errOut.String())
		if found != nil {
			address = found[1]
		}
		return found != nil
	})
	return address
}

// What Prometheus reads of a running ingest agrees with what was published.
func TestMetricsOfARunningIngest(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 400)...)
	p.publish(producer, records("tieback.sales", brokenLines)...)
	p.publish(producer, mixedRecords(0, 4)...) // duplicates
	errOut, stop := background(t, p.args("ingest", "--http", "localhost:0")...)
	address := served(t, errOut)
	until(t, "ingest to be ready", func() bool { code, _ := get(t, address+"/readyz"); return code == http.StatusOK })
	if code, body := get(t, address+"/livez"); code != http.StatusOK || body != "alive\n" {
		t.Errorf("/livez: %d %q", code, body)
	}
	p.do("build")
	want := []string{
		`tieback_messages_consumed_total{partition="0",topic="tieback.sales"} 104`,
		`tieback_fetched_messages_total{partition="0",topic="tieback.sales"} 104`,
		`tieback_partition_position{partition="0",topic="tieback.sales"} 104`,
		`tieback_partition_high_water_mark{partition="0",topic="tieback.sales"} 104`,
		`tieback_partition_last_stable_offset{partition="0",topic="tieback.sales"} 104`,
		`tieback_partition_lag{partition="0",topic="tieback.sales"} 0`,
		`tieback_events_written_total 401`,
		`tieback_events_duplicate_total 4`,
		`tieback_events_conflict_total 0`,
		`tieback_dead_letters_total{code="missing_field"} 1`,
		`tieback_dead_letters_total{code="bad_amount"} 1`,
		`tieback_builds_total{result="ok"} 1`,
		`tieback_fetch_errors_total 0`,
		`tieback_ready 1`,
		`go_goroutines`, `process_resident_memory_bytes`, `tieback_commit_duration_seconds_bucket`,
	}
	var body string
	until(t, "all messages to be counted", func() bool {
		_, body = get(t, address+"/metrics")
		return strings.Contains(body, want[6])
	})
	for _, line := range want {
		if !strings.Contains(body, line) {
			t.Errorf("/metrics has no %s", line)
		}
	}
	for _, name := range []string{"tieback_last_commit_timestamp_seconds", "tieback_snapshot_timestamp_seconds"} {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)`).FindStringSubmatch(body)
		var at float64
		if found == nil || json.Unmarshal([]byte(found[1]), &at) != nil || time.Since(time.UnixMilli(int64(1000*at))) > time.Minute {
			t.Errorf("%s is %v, want a moment ago", name, found)
		}
	}
	if r := stop(); r.code != exitDone {
		t.Errorf("ingest ended with %d: %s", r.code, r.err)
	}
}

// A broker that goes away makes ingest unready after a while, with the reason, and ready again when it is back.
func TestReadinessSaysWhy(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	r := newReadiness(func() time.Time { return now })
	part := ingest.Partition{Topic: "t"}
	var failure error
	free := int64(lowDisk)
	reasons := func() string { return strings.Join(r.reasons(context.Background()), "; ") }
	expect := func(when, want string) {
		t.Helper()
		if got := reasons(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	expect("before anything", "starting: no broker")
	r.watchStore(func(context.Context) error { return failure }, func() (int64, error) { return free, nil })
	r.assigned(map[ingest.Partition]int64{part: 5})
	expect("assigned", "starting")
	if lag := r.fetched(ingest.Fetched{Partition: part, First: 5, Next: 9, Stable: 9, HighWater: 12, Messages: 4}); lag != 4 {
		t.Errorf("lag %d, want 9 − 5", lag)
	}
	expect("reading", "")
	now = now.Add(stalledAfter - time.Second)
	expect("nothing committed for a while", "")
	now = now.Add(time.Second)
	expect("nothing committed for long", "stalled: there is something to read, and nothing was committed since 2026-03-02T10:00:00Z")
	if lag := r.committed(ingest.Batch{Ranges: []ingest.Range{{Partition: part, First: 5, Next: 9}}}); lag[part] != 0 {
		t.Errorf("lag %v, want none", lag)
	}
	expect("committed", "")
	now = now.Add(time.Hour)
	expect("nothing to read for an hour", "")
	r.failed(errors.New("connection refused"))
	expect("one failure", "")
	now = now.Add(silentAfter)
	r.failed(errors.New("connection refused"))
	expect("failures for long", "broker: fetches have failed since 2026-03-02T11:02:00Z: connection refused")
	r.fetched(ingest.Fetched{Partition: part, First: 9, Next: 9, Stable: 9, HighWater: 9})
	expect("the broker is back", "")
	failure = errors.New("the database no longer answers")
	expect("a broken database", "database: the database no longer answers")
	failure, free = nil, lowDisk-1
	expect("a full disk", "disk: 511 MiB are free for the warehouse, 512 MiB are wanted")
	r.drain()
	expect("stopping", "draining")
}

// An ingest that waits for its broker says so.
func TestUnreadyWhileTheBrokerIsAway(t *testing.T) {
	p := newPlace(t).withBroker(1)
	errOut, stop := background(t, p.args("ingest", "--http", "localhost:0")...)
	address := served(t, errOut)
	until(t, "ingest to be ready", func() bool { code, _ := get(t, address+"/readyz"); return code == http.StatusOK })
	p.cluster.Close()
	until(t, "a fetch to fail", func() bool {
		_, body := get(t, address+"/metrics")
		return !strings.Contains(body, "tieback_fetch_errors_total 0")
	})
	until(t, "ingest to be unready", func() bool {
		code, body := get(t, address+"/readyz")
		return code == http.StatusServiceUnavailable && strings.HasPrefix(body, "broker: fetches have failed since ")
	})
	if r := stop(); r.code != exitDone {
		t.Errorf("ingest ended with %d: %s", r.code, r.err)
	}
}

// exercised are metrics of which every one has a value.
func exercised(t *testing.T) *instruments {
	t.Helper()
	m := newInstruments()
	m.watch(t.TempDir()+"/w.duckdb", func() bool { return false })
	part := ingest.Partition{Topic: "tieback.sales", Partition: 3}
	m.fetched(ingest.Fetched{Partition: part, First: 0, Next: 2, Stable: 2, HighWater: 2, Messages: 2, Bytes: 10}, 2)
	m.committed(durable{Batch: ingest.Batch{Rows: 2, Ranges: []ingest.Range{{Partition: part, Next: 2, Consumed: 2}}}, Codes: map[event.Code]int64{event.BadAmount: 1}, Broken: map[event.Code]int64{event.BadAmount: 1}}, time.Now())
	m.built(time.Second, nil)
	return m
}

// Counters whose labels are known are there before anything is counted: alerts see the first burst too.
func TestCountersBeginAtZero(t *testing.T) {
	for name, want := range map[string]int{"tieback_dead_letters_total": len(event.Codes), "tieback_broken_messages_total": len(event.Codes), "tieback_builds_total": 2} {
		if got, err := testutil.GatherAndCount(newInstruments().registry, name); err != nil || got != want {
			t.Errorf("%s has %d series (%v), want %d", name, got, err, want)
		}
	}
}

func TestMetricNamesFollowTheConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(exercised(t).registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

// Whatever the dashboard and the alerts name is exported, and the dashboard is a model that Grafana can read.
func TestDashboardAndAlertsNameWhatIsExported(t *testing.T) {
	families, err := exercised(t).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, f := range families {
		exported = append(exported, f.GetName())
	}
	dashboard, err := os.ReadFile("../../docs/grafana/tieback.json")
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Title, UID    string
		SchemaVersion int
		Panels        []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(dashboard, &model); err != nil {
		t.Fatal(err)
	}
	if model.Title == "" || model.UID == "" || model.SchemaVersion < 30 || len(model.Panels) < 8 {
		t.Errorf("the dashboard %q has uid %q, schema %d and %d panels", model.Title, model.UID, model.SchemaVersion, len(model.Panels))
	}
	var expressions []string
	ids := make(map[int]bool)
	for _, panel := range model.Panels {
		if ids[panel.ID] || panel.GridPos.X+panel.GridPos.W > 24 || panel.GridPos.H == 0 {
			t.Errorf("panel %q has id %d and place %+v", panel.Title, panel.ID, panel.GridPos)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %q shows nothing", panel.Title)
		}
	}
	alerts, err := os.ReadFile("../../docs/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\b(?:tieback|go|process)_[a-z_]+`).FindAllString(strings.Join(expressions, "\n")+"\n"+string(alerts), -1)
	if len(used) < 20 {
		t.Errorf("only %d metrics are named: %v", len(used), used)
	}
	for _, name := range used {
		family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if !slices.Contains(exported, name) && !slices.Contains(exported, family) {
			t.Errorf("%s is not exported", name)
		}
	}
}

// A process that systemd started tells it when it is ready and when it stops.
func TestSystemdIsTold(t *testing.T) {
	socket, told := listenForNotes(t)
	t.Setenv("NOTIFY_SOCKET", socket)
	p := newPlace(t).withBroker(1)
	errOut, stop := background(t, p.args("ingest")...)
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	if got := <-told; got != "READY=1" {
		t.Errorf("systemd was told %q first, want READY=1", got)
	}
	a := &app{log: slog.New(slog.DiscardHandler)}
	alive := (&monitor{app: a}).alive(func(context.Context) error { return nil })
	if err := alive(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-told; got != "WATCHDOG=1" {
		t.Errorf("systemd was told %q after a check that passed, want WATCHDOG=1", got)
	}
	stop()
	if got := <-told; got != "STOPPING=1" {
		t.Errorf("systemd was told %q at the end, want STOPPING=1", got)
	}
}

func TestAddressInUse(t *testing.T) {
	p := newPlace(t).withBroker(1)
	errOut, stop := background(t, p.args("ingest", "--http", "localhost:0")...)
	address := strings.TrimPrefix(served(t, errOut), "http://")
	other := newPlace(t)
	other.brokers = p.brokers
	fail(t, exitFailed, []string{"serve /livez, /readyz and /metrics at " + address, "choose another with --http"}, other.args("ingest", "--until-end", "--http", address)...)
	// The same warehouse too: that its holder has the address as well is not what to say.
	fail(t, exitHeld, []string{"the warehouse is in use: tieback ingest (process "}, p.args("ingest", "--http", address)...)
	stop()
}

// A signal that comes while the warehouse is opened is a stop like any other.
func TestStopWhileStarting(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.ingest()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"ingest"}, {"ingest", "--http", "localhost:0"}} {
		var out, errOut bytes.Buffer
		if code := run(ctx, strings.NewReader(""), &out, &errOut, p.args(args...)); code != exitDone {
			t.Errorf("%v ended with %d\n%s", args, code, errOut.String())
		}
	}
}

// While another command has the warehouse /readyz says so: beside ready at first, then as a reason why it is not.
func TestReadinessWhilePaused(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	r := newReadiness(func() time.Time { return now })
	part := ingest.Partition{Topic: "t"}
	r.fetched(ingest.Fetched{Partition: part, First: 5, Next: 9, Stable: 9, HighWater: 9, Messages: 4})
	r.pause("dlq replay")
	line := "paused: nothing is read since 2026-03-02T10:00:00Z, while tieback dlq replay has the warehouse"
	m := &monitor{ready: r, instruments: newInstruments()}
	says := func(code int, lines ...string) {
		t.Helper()
		answer := httptest.NewRecorder()
		m.handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if want := strings.Join(lines, "\n") + "\n"; answer.Code != code || answer.Body.String() != want {
			t.Errorf("%d %q, want %d %q", answer.Code, answer.Body, code, want)
		}
	}
	says(http.StatusOK, "ready", line)
	now = now.Add(stalledAfter)
	says(http.StatusServiceUnavailable, "stalled: there is something to read, and nothing was committed since 2026-03-02T10:00:00Z", line)
	r.committed(ingest.Batch{Ranges: []ingest.Range{{Partition: part, First: 5, Next: 9}}})
	says(http.StatusServiceUnavailable, line)
	r.fetched(ingest.Fetched{Partition: part, First: 9, Next: 9, Stable: 12, HighWater: 12})
	now = now.Add(stalledAfter)
	r.pause("")
	says(http.StatusOK, "ready")
	line = "paused: nothing is read since 2026-03-02T10:04:00Z, while tieback forget has the warehouse"
	work := &lonelyWork{"forget", func() error { says(http.StatusOK, "ready", line); return nil }, make(chan error, 1)}
	(&consuming{watch: m}).serve(work)
	says(http.StatusOK, "ready")
}

// listenForNotes is a socket as systemd makes it, and what comes through it.
func listenForNotes(t *testing.T) (path string, notes <-chan string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify.sock")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	told := make(chan string, 100)
	go func() {
		buffer := make([]byte, 1000)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			told <- string(buffer[:n])
		}
	}()
	return path, told
}

// What one answer of a broker and one commit of four partitions cost to record.
func BenchmarkRecord(b *testing.B) {
	m := &monitor{app: &app{now: time.Now}, instruments: newInstruments(), ready: newReadiness(time.Now)}
	part := ingest.Partition{Topic: "tieback.sales", Partition: 3}
	observer := m.observer()
	b.Run("fetch", func(b *testing.B) {
		for b.Loop() {
			observer.Fetched(ingest.Fetched{Partition: part, Next: 2, Stable: 2, HighWater: 2, Messages: 2, Bytes: 10})
		}
	})
	batch := durable{Codes: map[event.Code]int64{event.BadAmount: 1}, Broken: map[event.Code]int64{event.BadAmount: 1}}
	for n := range 4 {
		batch.Ranges = append(batch.Ranges, ingest.Range{Partition: ingest.Partition{Topic: "tieback.sales", Partition: int32(n)}, Next: 2, Consumed: 2})
	}
	b.Run("commit", func(b *testing.B) {
		for b.Loop() {
			m.committed(batch)
		}
	})
}
