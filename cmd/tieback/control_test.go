package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Several clients at once are served one after another; all get their answer.
func TestClientsAtOnce(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	var clients sync.WaitGroup
	for _, args := range [][]string{{"build"}, {"build"}, {"dlq", "list"}, {"backup"}, {"dlq", "replay"}, {"dlq", "replay"}} {
		clients.Add(1)
		go func() {
			defer clients.Done()
			if r := tieback(t, p.args(args...)...); r.code != 0 || r.out == "" {
				t.Errorf("%v ended with %d, %q\n%s", args, r.code, r.out, r.err)
			}
		}()
	}
	clients.Wait()
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.reconciled(3)
}

// A client that hangs up gets nothing done that was not begun, and nobody else is kept waiting.
func TestClientHangsUp(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	requests := []controlRequest{
		{Build: &buildRequest{}}, {Backup: &backupRequest{}}, {DLQ: &dlqRequest{Action: "replay"}}, {DLQ: &dlqRequest{Action: "list"}},
	}
	for _, request := range requests {
		conn, err := net.Dial("unix", socketPath(p.warehouse))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(conn).Encode(request); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	p.do("build")
	p.publish(p.producer(), mixedRecords(0, 100)...)
	if got := p.do("dlq", "list", "--format", "csv"); strings.Count(got, "\n") != 3 {
		t.Errorf("the list afterwards:\n%s", got)
	}
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.ingest()
	p.reconciled(103)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(p.warehouse), ".tieback-backup-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("a backup that was given up left %v (%v)", left, err)
	}
}

// Only the user whose process it is may ask.
func TestControlSocketIsPrivate(t *testing.T) {
	p := newPlace(t).withBroker(1)
	stop := p.ingesting()
	defer stop()
	info, err := os.Stat(socketPath(p.warehouse))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v (%v), want 0600", info.Mode(), err)
	}
}

// A stop that comes while ingest opens Kafka again after a replay is a stop like any other.
func TestStopRightAfterReplay(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	for range 5 {
		stop := p.ingesting()
		p.do("dlq", "replay")
		if r := stop(); r.code != 0 {
			t.Errorf("ingest ended with %d\n%s", r.code, r.err)
		}
	}
	p.reconciled(3)
}

// Whoever wants the warehouse alone while the broker is away gets it, also again and again, and ingest does not end.
func TestReplaysWhileTheBrokerIsAway(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	p.cluster.Close()
	for range 3 {
		p.answered("dlq", "replay")
	}
	p.answered("backup")
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.reconciled(3)
}

// answered fails if a command is not done in half a minute.
func (p *place) answered(args ...string) {
	p.Helper()
	done := make(chan result, 1)
	go func() { done <- tieback(p.T, p.args(args...)...) }()
	select {
	case r := <-done:
		if r.code != 0 {
			p.Errorf("%v ended with %d\n%s", args, r.code, r.err)
		}
	case <-time.After(30 * time.Second):
		p.Fatalf("%v gets no answer", args)
	}
}

// A broker that answers with an error when Kafka is opened again after a replay, as one does that has just lost another broker, is
// asked again.
func TestErrorsRightAfterReplay(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), records("tieback.sales", brokenLines)...)
	p.ingest()
	stop := p.ingesting()
	var refusals, healed atomic.Bool
	p.cluster.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) {
		p.cluster.KeepControl()
		if healed.Load() {
			return nil, nil, false
		}
		refusals.Store(true)
		response := r.ResponseKind().(*kmsg.ListOffsetsResponse)
		for _, topic := range r.(*kmsg.ListOffsetsRequest).Topics {
			answer := kmsg.NewListOffsetsResponseTopic()
			answer.Topic = topic.Topic
			for _, partition := range topic.Partitions {
				one := kmsg.NewListOffsetsResponseTopicPartition()
				one.Partition, one.ErrorCode = partition.Partition, -1
				answer.Partitions = append(answer.Partitions, one)
			}
			response.Topics = append(response.Topics, answer)
		}
		return response, nil, true
	})
	p.answered("dlq", "replay")
	until(t, "the broker to refuse", refusals.Load)
	p.answered("dlq", "replay")
	healed.Store(true)
	before := size(p.warehouse + ".wal")
	p.publish(p.producer(), mixedRecords(0, 100)...)
	until(t, "the rows", func() bool { return size(p.warehouse+".wal") > before })
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.ingest()
	p.reconciled(103)
}

// A request that says no settings, as from another version, is refused and changes nothing.
func TestBuildWithoutSettingsIsRefused(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), mixedRecords(0, 4)...)
	p.ingest()
	stop := p.ingesting()
	answered, _, err := askControl(t.Context(), p.warehouse, controlRequest{Build: &buildRequest{}})
	if !answered || err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("answered %t, %v", answered, err)
	}
	p.do("build")
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
}

// A topic that was deleted does not keep the others from being read after a replay either, nor does asking once more.
func TestTopicIsGoneAfterAPause(t *testing.T) {
	p := newPlace(t).withBroker(1)
	producer := p.producer()
	p.publish(producer, records("tieback.sales", brokenLines)...)
	p.ingest()
	errOut, stop := background(t, p.args("ingest")...)
	until(t, "ingest to read", func() bool { return strings.Contains(errOut.String(), "reading 4 partitions") })
	if err := p.cluster.DeleteTopic("tieback.people"); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		p.answered("dlq", "replay")
		before := size(p.warehouse + ".wal")
		p.publish(producer, records("tieback.sales", orderLine(fmt.Sprint("p", i), fmt.Sprint("p", i), "1.00", "USD"))...)
		until(t, "the other topic to be read", func() bool { return size(p.warehouse+".wal") > before })
	}
	if r := stop(); r.code != 0 || !strings.Contains(r.err, "topic tieback.people does not exist") {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.reconciled(5)
	fail(t, exitFailed, []string{"topic tieback.people does not exist"}, p.args("ingest", "--until-end")...)
}

// Files are loaded by the ingest that holds the warehouse, from the asker's folder and with the asker's map; Kafka is read on.
func TestLoadWhileIngestRuns(t *testing.T) {
	p := newPlace(t).withBroker(1)
	client := p.producer()
	p.publish(client, mixedRecords(0, 100)...)
	stop := p.ingesting()
	t.Chdir(filepath.Dir(p.file("visits.ndjson", `{"n":1}`+"\n"+`{"n":2}`+"\nno JSON\n")))
	p.file("own.jq", `{id: "v-\(.n)", source: "shop", type: "web.visit", time: "2026-03-01T10:00:00Z", visitor: "x"}`)
	r := tieback(t, p.args("load", "visits.ndjson", "--map", "./own.jq", "--format", "json")...)
	if got, want := countsOf(t, r.out), (counts{Consumed: 3, Written: 2, DeadLetters: 1}); r.code != 0 || got != want {
		t.Errorf("load ended with %d: %+v, want %+v\n%s", r.code, got, want, r.err)
	}
	r = tieback(t, p.args("load", "visits.ndjson", "--map", "./own.jq")...)
	if r.code != 0 || !strings.Contains(r.err, "visits.ndjson: the first 3 records are in the warehouse already") {
		t.Errorf("loaded again: exit code %d, %s", r.code, r.err)
	}
	fail(t, exitFailed, []string{"nowhere.ndjson"}, p.args("load", "nowhere.ndjson")...)
	fail(t, exitHeld, []string{"tieback ingest"}, p.args("load", "-")...)
	p.publish(client, mixedRecords(100, 200)...)
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d: %s", r.code, r.err)
	}
	p.ingest()
	if got := p.one("select rows || ' ' || (select count(*) from raw.web_visit) from (" + rawCounts + ") where table_name = 'places'"); got != "200 2" {
		t.Errorf("messages and visits are %s, want 200 2", got)
	}
	p.reconciled(203)
}
