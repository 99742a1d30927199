package ingest_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tieback/ingest"
)

// headless lets a cluster answer that partition 1 has no leader, as long as on says so.
func headless(cluster *kfake.Cluster, topic string, on *atomic.Bool) {
	cluster.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if !on.Load() {
			return nil, nil, false
		}
		var port int32
		address := cluster.ListenAddrs()[0]
		_, _ = fmt.Sscan(address[strings.LastIndexByte(address, ':')+1:], &port)
		reply := r.ResponseKind().(*kmsg.MetadataResponse)
		broker := kmsg.NewMetadataResponseBroker()
		broker.NodeID, broker.Host, broker.Port = 0, "127.0.0.1", port
		reply.Brokers = append(reply.Brokers, broker)
		one := kmsg.NewMetadataResponseTopic()
		one.Topic = kmsg.StringPtr(topic)
		for number, leader := range []int32{0, -1} {
			p := kmsg.NewMetadataResponseTopicPartition()
			p.Partition, p.Leader = int32(number), leader
			one.Partitions = append(one.Partitions, p)
		}
		reply.Topics = append(reply.Topics, one)
		return reply, nil, true
	})
}

// After a pause a partition that has no leader waits where it stood, and goes on there; at the start it is an error.
func TestAwayAfterAPause(t *testing.T) {
	const topic = "halved"
	cluster, brokers := startBroker(t, 2, topic)
	producer := newProducer(t, brokers)
	publish(t, producer, append(shocks(topic, 0, "a", 2), shocks(topic, 1, "b", 3)...)...)
	s := newStore()
	first, err := openKafka(t, s, brokers, nil, topic)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, t.Context(), s, first, ingest.Limits{}); err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	away.Store(true)
	headless(cluster, topic, &away)
	if _, err := openKafka(t, s, brokers, nil, topic); err == nil || !strings.Contains(err.Error(), "partition 1 has no leader") {
		t.Errorf("at the start: %v, want that a partition has no leader", err)
	}
	publish(t, producer, append(shocks(topic, 0, "c", 1), shocks(topic, 1, "d", 1)...)...)
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd, k.Before = false, first.Assignment() }, topic)
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := running(t, s, source)
	wait(t, "the partition with a leader", func() bool { return s.count() == 6 })
	away.Store(false)
	wait(t, "the partition that has a leader again", func() bool { return s.count() == 7 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
