package ingest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tieback/ingest"
	"tieback/ingest/event"
)

func TestSeveralTopicsPartitionsAndBrokers(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(5, "one", "two"), kfake.SeedTopics(1, "empty"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	producer := newProducer(t, cluster.ListenAddrs())
	want := make(map[ingest.Partition]int64)
	for _, topic := range []string{"one", "two"} {
		for partition := range int32(5) {
			n := 10 * int(partition) // partition 0 stays empty
			publish(t, producer, shocks(topic, partition, fmt.Sprint(topic, partition), n)...)
			if n > 0 {
				want[ingest.Partition{Topic: topic, Partition: partition}] = int64(n)
			}
		}
	}
	s := newStore()
	summary := readAll(t, s, cluster.ListenAddrs()[:1], "one", "two", "empty")
	if diff := cmp.Diff(want, s.positions); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
	if summary.Consumed != 200 || summary.Written != 200 {
		t.Errorf("consumed %d, written %d, want 200 each", summary.Consumed, summary.Written)
	}
	for p, n := range want {
		if diff := cmp.Diff(ids(fmt.Sprint(p.Topic, p.Partition), int(n)), s.ids(p)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", p, diff)
		}
	}
}

func TestEmptyTopicEndsAtOnce(t *testing.T) {
	_, brokers := startBroker(t, 3, "empty")
	s := newStore()
	source, err := openKafka(t, s, brokers, nil, "empty")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("the first chunk of an empty topic: %v, want io.EOF", err)
	}
	if got := source.Partitions(); len(got) != 3 {
		t.Errorf("%d partitions, want 3", len(got))
	}
}

func TestUnknownTopic(t *testing.T) {
	_, brokers := startBroker(t, 1, "known")
	_, err := openKafka(t, newStore(), brokers, nil, "known", "unknown")
	if err == nil || !strings.Contains(err.Error(), "topic unknown does not exist") || !strings.Contains(err.Error(), "create it") {
		t.Errorf("%v, want a sentence that names the topic and what to do", err)
	}
}

// Nothing listens on the port, or something that never answers.
func TestNoBroker(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() }) // not deferred: the cases run after this function
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"closed": closed.Addr().String(), "silent": listener.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := openKafka(t, newStore(), []string{address}, nil, "topic")
			if err == nil || !strings.Contains(err.Error(), "no Kafka broker answers at "+address) {
				t.Errorf("%v, want a sentence that names %s", err, address)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v to say so, want at most 15 s", took)
			}
		})
	}
}

func TestPositionBelowLogStart(t *testing.T) {
	for _, c := range []struct {
		policy    ingest.OffsetReset
		resumed   int64
		delivered int
	}{{"", -1, 0}, {ingest.ResetFail, -1, 0}, {ingest.ResetEarliest, 7, 3}, {ingest.ResetLatest, 10, 0}} {
		t.Run("policy "+string(c.policy), func(t *testing.T) {
			cluster, brokers := startBroker(t, 1, "deleted")
			publish(t, newProducer(t, brokers), shocks("deleted", 0, "e", 10)...)
			if err := cluster.DeleteRecords("deleted", 0, 7); err != nil {
				t.Fatal(err)
			}
			p := ingest.Partition{Topic: "deleted"}
			s := newStore()
			s.positions[p] = 4
			source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.OnReset = c.policy }, "deleted")
			if c.resumed < 0 {
				want := "deleted partition 0: the warehouse stands at offset 4, the log holds 7 to 10: 3 messages were deleted before they were read"
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--on-offset-reset") {
					t.Errorf("%v, want %q and the flag", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]ingest.Gap{{Partition: p, Stored: 4, LogStart: 7, LogEnd: 10, Resumed: c.resumed}}, source.Gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			s.positions[p] = source.Gaps[0].Resumed // as the warehouse does when it records the gap
			if _, err := run(t, t.Context(), s, source, ingest.Limits{}); err != nil {
				t.Fatal(err)
			}
			if len(s.rows) != c.delivered {
				t.Errorf("%d events, want %d", len(s.rows), c.delivered)
			}
		})
	}
}

// A log that begins behind zero is no gap for a warehouse that never read it.
func TestFirstReadOfATruncatedLog(t *testing.T) {
	cluster, brokers := startBroker(t, 1, "deleted")
	publish(t, newProducer(t, brokers), shocks("deleted", 0, "e", 10)...)
	if err := cluster.DeleteRecords("deleted", 0, 7); err != nil {
		t.Fatal(err)
	}
	s := newStore()
	source, err := openKafka(t, s, brokers, nil, "deleted")
	if err != nil {
		t.Fatal(err)
	}
	if len(source.Gaps) != 0 {
		t.Errorf("gaps %v, want none", source.Gaps)
	}
	if _, err := run(t, t.Context(), s, source, ingest.Limits{}); err != nil || len(s.rows) != 3 {
		t.Errorf("%d events, %v, want 3", len(s.rows), err)
	}
}

func TestTopicMadeAnew(t *testing.T) {
	for _, policy := range []ingest.OffsetReset{ingest.ResetFail, ingest.ResetEarliest, ingest.ResetLatest} {
		t.Run(string(policy), func(t *testing.T) {
			cluster, brokers := startBroker(t, 1, "anew")
			publish(t, newProducer(t, brokers), shocks("anew", 0, "old", 10)...)
			s := newStore()
			readAll(t, s, brokers, "anew")
			if err := cluster.DeleteTopic("anew"); err != nil {
				t.Fatal(err)
			}
			if err := cluster.CreateTopic("anew", 1, nil); err != nil {
				t.Fatal(err)
			}
			publish(t, newProducer(t, brokers), shocks("anew", 0, "new", 4)...)
			p := ingest.Partition{Topic: "anew"}
			source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.OnReset = policy }, "anew")
			if policy == ingest.ResetFail {
				want := "stands at offset 10, the log holds 0 to 4: the topic was deleted and made anew"
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			resumed, delivered := int64(0), 4
			if policy == ingest.ResetLatest {
				resumed, delivered = 4, 0
			}
			if diff := cmp.Diff([]ingest.Gap{{Partition: p, Stored: 10, LogStart: 0, LogEnd: 4, Resumed: resumed}}, source.Gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			s.positions[p] = resumed
			if _, err := run(t, t.Context(), s, source, ingest.Limits{}); err != nil || len(s.rows) != 10+delivered {
				t.Errorf("%d events, %v, want %d", len(s.rows), err, 10+delivered)
			}
		})
	}
}

// Partitions that are added while ingest runs are read too, from their start; a topic named twice is read once.
func TestPartitionsAreAdded(t *testing.T) {
	t.Parallel()
	_, brokers := startBroker(t, 1, "grows")
	publish(t, newProducer(t, brokers), shocks("grows", 0, "old", 3)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd, k.Refresh = false, 100*time.Millisecond }, "grows", "grows")
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := running(t, s, source)
	wait(t, "the first partition", func() bool { return s.count() == 3 })
	request := kmsg.NewPtrCreatePartitionsRequest()
	topic := kmsg.NewCreatePartitionsRequestTopic()
	topic.Topic, topic.Count = "grows", 3
	request.Topics, request.TimeoutMillis = append(request.Topics, topic), 5000
	producer := newProducer(t, brokers)
	if reply, err := request.RequestWith(t.Context(), producer); err != nil || reply.Topics[0].ErrorCode != 0 {
		t.Fatalf("%v, %v", reply, err)
	}
	publish(t, producer, append(shocks("grows", 2, "new", 4), shocks("grows", 0, "more", 1)...)...)
	wait(t, "the added partition", func() bool { return s.count() >= 8 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(ids("new", 4), s.ids(ingest.Partition{Topic: "grows", Partition: 2})); diff != "" {
		t.Errorf("added partition (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(ids("old", 3), ids("more", 1)...), s.ids(ingest.Partition{Topic: "grows"})); diff != "" {
		t.Errorf("first partition (-want +got):\n%s", diff)
	}
}

// A topic that is deleted while ingest runs does not keep it from reading the others.
func TestTopicIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	cluster, brokers := startBroker(t, 1, "deleted", "stays")
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "deleted", "stays")
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := running(t, s, source)
	producer := newProducer(t, brokers)
	publish(t, producer, shocks("deleted", 0, "a", 1)...)
	wait(t, "the first message", func() bool { return s.count() == 1 })
	if err := cluster.DeleteTopic("deleted"); err != nil {
		t.Fatal(err)
	}
	for n := 2; n <= 12; n++ { // for some seconds, until the metadata without the topic have been seen
		publish(t, producer, shocks("stays", 0, fmt.Sprint("b", n), 1)...)
		wait(t, "the other topic to be read", func() bool { return s.count() >= n })
		time.Sleep(600 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The log loses the position while it is read: that is an error, not an endless wait.
func TestLogLostWhileReading(t *testing.T) {
	cluster, brokers := startBroker(t, 1, "lost")
	publish(t, newProducer(t, brokers), shocks("lost", 0, "e", 10)...)
	source, err := openKafka(t, newStore(), brokers, nil, "lost")
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.DeleteRecords("lost", 0, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "no longer holds the position") {
		t.Errorf("%v, want that the position is lost", err)
	}
}

func TestTombstonesAndPoison(t *testing.T) {
	_, brokers := startBroker(t, 1, "mixed")
	poison := "\x00\xff{not json"
	publish(t, newProducer(t, brokers),
		&kgo.Record{Topic: "mixed", Value: shock("a")},
		&kgo.Record{Topic: "mixed", Value: []byte(poison)},
		&kgo.Record{Topic: "mixed", Key: []byte("k")}, // a tombstone
		&kgo.Record{Topic: "mixed", Value: []byte{}},  // empty, which is no tombstone
		&kgo.Record{Topic: "mixed", Value: shock("b")})
	s := newStore()
	summary := readAll(t, s, brokers, "mixed")
	if summary.Consumed != 5 || summary.Written != 2 || summary.DeadLetters != 2 || summary.LeftOut != 1 {
		t.Errorf("consumed %d, written %d, dead letters %d, left out %d; want 5, 2, 2, 1", summary.Consumed, summary.Written, summary.DeadLetters, summary.LeftOut)
	}
	at := func(offset int64) ingest.Position { return ingest.Position{Topic: "mixed", Offset: offset} }
	for i := range s.rows {
		s.rows[i].known, s.rows[i].typ = 0, ""
	}
	want := []delivered{
		{at: at(0), id: "a", value: string(shock("a"))},
		{at: at(1), code: event.NotUTF8, value: poison},
		{at: at(3), code: event.NotJSON},
		{at: at(4), id: "b", value: string(shock("b"))},
	}
	if diff := cmp.Diff(want, s.rows, cmp.AllowUnexported(delivered{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	readAll(t, s, brokers, "mixed")
	if len(s.rows) != 4 {
		t.Errorf("%d rows after a second run, want still 4", len(s.rows))
	}
}

// CloudEvents in binary form: the attributes are headers, and known_at is the record's timestamp
// unless recordedtime says otherwise.
func TestBinaryHeaders(t *testing.T) {
	_, brokers := startBroker(t, 1, "binary")
	header := func(key, value string) kgo.RecordHeader {
		return kgo.RecordHeader{Key: key, Value: []byte(value)}
	}
	stamped := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	attributes := []kgo.RecordHeader{header("ce_specversion", "1.0"), header("ce_id", "h1"), header("ce_source", "s"), header("ce_type", "platform.shock"), header("ce_time", "2026-03-02T10:15:00Z")}
	value := []byte(`{"platform":"x","kind":"api"}`)
	recorded := append(append([]kgo.RecordHeader{}, attributes...), header("ce_recordedtime", "2026-03-02T11:00:00Z"))
	recorded[1] = header("ce_id", "h2")
	publish(t, newProducer(t, brokers),
		&kgo.Record{Topic: "binary", Value: value, Headers: attributes, Timestamp: stamped},
		&kgo.Record{Topic: "binary", Value: value, Headers: recorded, Timestamp: stamped},
		&kgo.Record{Topic: "binary", Value: value, Headers: attributes[:4], Timestamp: stamped}) // no ce_time
	s := newStore()
	if got := readAll(t, s, brokers, "binary"); got.Written != 2 || got.DeadLetters != 1 {
		t.Fatalf("written %d, dead letters %d, want 2 and 1", got.Written, got.DeadLetters)
	}
	if s.rows[0].id != "h1" || s.rows[0].known != stamped.UnixMicro() {
		t.Errorf("first event %q known at %d, want h1 at the record's timestamp %d", s.rows[0].id, s.rows[0].known, stamped.UnixMicro())
	}
	if want := stamped.Add(-time.Hour).UnixMicro(); s.rows[1].id != "h2" || s.rows[1].known != want {
		t.Errorf("second event %q known at %d, want h2 at its recordedtime %d", s.rows[1].id, s.rows[1].known, want)
	}
	if s.rows[2].code != event.MissingField {
		t.Errorf("third message %q, want %q", s.rows[2].code, event.MissingField)
	}
}

// A compacted log has holes; they are no loss, and a hole at the end must not keep a run from ending.
func TestCompactedLog(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	if err := cluster.CreateTopic("compacted", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	producer := newProducer(t, cluster.ListenAddrs())
	for i := range 6 {
		for _, key := range []string{"a", "b"} {
			publish(t, producer, &kgo.Record{Topic: "compacted", Key: []byte(key), Value: shock(fmt.Sprint(key, i))})
		}
	}
	cluster.Compact()
	s := newStore()
	readAll(t, s, cluster.ListenAddrs(), "compacted")
	got := s.ids(ingest.Partition{Topic: "compacted"})
	sort.Strings(got)
	if n := len(got); n == 0 || n > 12 || !strings.HasPrefix(strings.Join(got, " "), "a") {
		t.Errorf("events %v", got)
	}
	if want := []string{"a5", "b5"}; !contains(got, want) {
		t.Errorf("events %v, want at least the newest of each key, %v", got, want)
	}
	if at := s.positions[ingest.Partition{Topic: "compacted"}]; at != 12 {
		t.Errorf("position %d, want 12, behind every hole", at)
	}
}

func contains(list, wanted []string) bool {
	seen := make(map[string]bool)
	for _, s := range list {
		seen[s] = true
	}
	for _, s := range wanted {
		if !seen[s] {
			return false
		}
	}
	return true
}
