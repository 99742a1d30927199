package ingest_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tieback/ingest"
)

// A lag tool asks the group for its offsets; they are where the durable rows end.
func TestPositionsArePublished(t *testing.T) {
	_, brokers := startBroker(t, 2, "lag")
	producer := newProducer(t, brokers)
	publish(t, producer, shocks("lag", 0, "a", 4)...)
	publish(t, producer, shocks("lag", 1, "b", 6)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.Group = "tieback" }, "lag")
	if err != nil {
		t.Fatal(err)
	}
	var published []error
	s.committed = func(b ingest.Batch) { published = append(published, source.Publish(t.Context(), b.Positions())) }
	if _, err := run(t, t.Context(), s, source, ingest.Limits{Rows: 3}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(published...); err != nil || len(published) == 0 {
		t.Fatalf("%d batches published, %v", len(published), err)
	}
	request := kmsg.NewPtrOffsetFetchRequest()
	request.Group = "tieback"
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = "tieback"
	topic := kmsg.NewOffsetFetchRequestGroupTopic()
	topic.Topic, topic.Partitions = "lag", []int32{0, 1}
	group.Topics = append(group.Topics, topic)
	request.Groups = append(request.Groups, group)
	request.Topics = []kmsg.OffsetFetchRequestTopic{{Topic: "lag", Partitions: []int32{0, 1}}}
	reply, err := request.RequestWith(t.Context(), producer)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[int32]int64)
	for _, g := range reply.Groups {
		for _, topic := range g.Topics {
			for _, p := range topic.Partitions {
				got[p.Partition] = p.Offset
			}
		}
	}
	if diff := cmp.Diff(map[int32]int64{0: 4, 1: 6}, got); diff != "" {
		t.Errorf("offsets of the group (-want +got):\n%s", diff)
	}
}

// The broker goes away in the middle and comes back on the same port with the same log: reading goes on, once each.
func TestBrokerRestart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "restart"), kfake.DataDir(folder))
	if err != nil {
		t.Fatal(err)
	}
	brokers := first.ListenAddrs()
	publish(t, newProducer(t, brokers), append(shocks("restart", 0, "a", 50), shocks("restart", 1, "b", 50)...)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "restart")
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := running(t, s, source)
	wait(t, "the first 100 events", func() bool { return s.count() == 100 })
	first.Close()
	time.Sleep(300 * time.Millisecond) // long enough for fetches to fail
	_, port, err := net.SplitHostPort(brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	second, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.DataDir(folder))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	publish(t, newProducer(t, brokers), shocks("restart", 0, "c", 30)...)
	wait(t, "the 30 events after the restart", func() bool { return s.count() >= 130 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(ids("a", 50), ids("c", 30)...), s.ids(ingest.Partition{Topic: "restart"})); diff != "" {
		t.Errorf("partition 0 (-want +got):\n%s", diff)
	}
}

// wait polls until the condition holds, for at most 15 s.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 15 s for %s", what)
		}
	}
}

// deafListener hands out connections whose answers can be made to vanish.
type deafListener struct {
	net.Listener
	mu    sync.Mutex
	conns []*deafConn
}

type deafConn struct {
	net.Conn
	deaf atomic.Bool
}

func (l *deafListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, &deafConn{Conn: conn})
	return l.conns[len(l.conns)-1], nil
}

func (c *deafConn) Write(b []byte) (int, error) {
	if c.deaf.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// A broker that takes a fetch and never answers, as after a power cut, is asked again on another connection.
func TestSilentFetchIsAskedAgain(t *testing.T) {
	t.Parallel()
	var listener deafListener
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "silent"),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			var err error
			listener.Listener, err = net.Listen(network, address)
			return &listener, err
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	brokers := cluster.ListenAddrs()
	producer := newProducer(t, brokers)
	publish(t, producer, shocks("silent", 0, "a", 3)...)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.FetchTimeout, k.UntilEnd = time.Second, false }, "silent")
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := running(t, s, source)
	wait(t, "the events before", func() bool { return s.count() == 3 })
	listener.mu.Lock()
	for _, c := range listener.conns {
		c.deaf.Store(true)
	}
	listener.mu.Unlock()
	publish(t, newProducer(t, brokers), shocks("silent", 0, "b", 3)...)
	wait(t, "the events after", func() bool { return s.count() == 6 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A broker fills an answer in the order of the request: were it always the same, a busy first partition would starve the rest.
func TestFetchesTakeTurns(t *testing.T) {
	t.Parallel()
	cluster, brokers := startBroker(t, 4, "turns")
	firsts := make(chan int32, 100)
	cluster.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		select {
		case firsts <- r.(*kmsg.FetchRequest).Topics[0].Partitions[0].Partition:
		default:
		}
		return nil, nil, false
	})
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd = false }, "turns")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 15*time.Second)
	defer stop()
	done := make(chan error, 1)
	go func() { _, err := source.Next(ctx); done <- err }()
	seen := make(map[int32]bool)
	for len(seen) < 4 {
		select {
		case p := <-firsts:
			seen[p] = true
		case err := <-done:
			t.Fatalf("only %d partitions ever came first: %v", len(seen), err)
		}
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that the reader was stopped", err)
	}
}
