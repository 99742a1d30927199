//go:build integration

package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tieback/ingest/event"
)

// kafka is a warehouse beside one Apache Kafka cluster.
type kafka struct {
	*place
	// admin is a client for requests other than producing.
	admin *kgo.Client
}

// kafkaAt makes an empty folder for a warehouse and connects to brokers.
func kafkaAt(t *testing.T, brokers ...string) *kafka {
	t.Helper()
	p := newPlace(t)
	p.brokers = strings.Join(brokers, ",")
	return &kafka{p, p.producer(kgo.MetadataMinAge(100 * time.Millisecond))}
}

// newKafka makes the default topics anew on the broker of TIEBACK_TEST_BROKERS.
func newKafka(t *testing.T, partitions int32) *kafka {
	t.Helper()
	brokers := os.Getenv("TIEBACK_TEST_BROKERS")
	if brokers == "" {
		t.Skip("TIEBACK_TEST_BROKERS is not set; start a broker with ci/kafka/start and set it to the address that it prints")
	}
	p := kafkaAt(t, brokers)
	p.remove(defaultTopics()...)
	p.create(defaultTopics(), partitions, nil, nil)
	return p
}

// defaultTopics are the topics of the contract.
func defaultTopics() []string {
	var names []string
	for _, e := range event.Types {
		if !slices.Contains(names, e.Topic) {
			names = append(names, e.Topic)
		}
	}
	return names
}

// create makes topics and waits until every partition has a leader and is empty. In assigned stand the nodes of each
// partition, the preferred leader first; empty: the broker chooses.
func (p *kafka) create(names []string, partitions int32, assigned [][]int32, config map[string]string) {
	p.Helper()
	create := kmsg.NewPtrCreateTopicsRequest()
	create.TimeoutMillis = 20_000
	topics := make(map[string]bool)
	for _, name := range names {
		topics[name] = true
		fresh := kmsg.NewCreateTopicsRequestTopic()
		fresh.Topic, fresh.NumPartitions, fresh.ReplicationFactor = name, partitions, 1
		for i, nodes := range assigned {
			fresh.NumPartitions, fresh.ReplicationFactor = -1, -1
			where := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
			where.Partition, where.Replicas = int32(i), nodes
			fresh.ReplicaAssignment = append(fresh.ReplicaAssignment, where)
		}
		for key, value := range config {
			setting := kmsg.NewCreateTopicsRequestTopicConfig()
			setting.Name, setting.Value = key, kmsg.StringPtr(value)
			fresh.Configs = append(fresh.Configs, setting)
		}
		create.Topics = append(create.Topics, fresh)
	}
	until(p.T, "the topics to be made", func() bool {
		reply, err := create.RequestWith(p.Context(), p.admin)
		if err != nil {
			p.Fatal(err)
		}
		for _, topic := range reply.Topics {
			if err := kerr.ErrorForCode(topic.ErrorCode); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
				p.Fatalf("create %s: %v", topic.Topic, err)
			}
		}
		return p.fresh(topics)
	})
}

// fresh says whether every partition of the topics has a leader and is empty.
func (p *kafka) fresh(topics map[string]bool) bool {
	p.Helper()
	request := kmsg.NewPtrMetadataRequest()
	for name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		request.Topics = append(request.Topics, topic)
	}
	meta, err := request.RequestWith(p.Context(), p.admin)
	if err != nil {
		p.Fatal(err)
	}
	offsets := kmsg.NewPtrListOffsetsRequest()
	for _, topic := range meta.Topics {
		if topic.ErrorCode != 0 {
			return false
		}
		list := kmsg.NewListOffsetsRequestTopic()
		list.Topic = *topic.Topic
		for _, partition := range topic.Partitions {
			if partition.ErrorCode != 0 || partition.Leader < 0 {
				return false
			}
			one := kmsg.NewListOffsetsRequestTopicPartition()
			one.Partition, one.Timestamp = partition.Partition, -1
			list.Partitions = append(list.Partitions, one)
		}
		offsets.Topics = append(offsets.Topics, list)
	}
	reply, err := offsets.RequestWith(p.Context(), p.admin)
	if err != nil {
		p.Fatal(err)
	}
	for _, topic := range reply.Topics {
		for _, partition := range topic.Partitions {
			if partition.ErrorCode != 0 || partition.Offset != 0 {
				return false
			}
		}
	}
	return true
}

// remove deletes topics and waits for nothing: a topic of the same name can be made only when the old one is gone.
func (p *kafka) remove(names ...string) {
	p.Helper()
	remove := kmsg.NewPtrDeleteTopicsRequest()
	remove.TimeoutMillis = 20_000
	for _, name := range names {
		remove.TopicNames = append(remove.TopicNames, name)
		topic := kmsg.NewDeleteTopicsRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		remove.Topics = append(remove.Topics, topic)
	}
	if _, err := remove.RequestWith(p.Context(), p.admin); err != nil {
		p.Fatal(err)
	}
}

// stream is the stream of mixed events, published in the background.
type stream struct {
	*kafka
	quit, done chan struct{}
	// sent is how many the brokers have acknowledged.
	sent int
	err  error
}

// publishing starts a stream of some thousand events a second. Its producer is idempotent: what it sends again after a
// failure stands in the log once.
func (p *kafka) publishing() *stream {
	p.Helper()
	s := &stream{kafka: p, quit: make(chan struct{}), done: make(chan struct{})}
	producer := p.producer(kgo.MetadataMinAge(100 * time.Millisecond))
	go func() {
		defer close(s.done)
		const each = 100
		for s.err == nil {
			select {
			case <-s.quit:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if s.err = producer.ProduceSync(p.Context(), mixedRecords(s.sent, s.sent+each)...).FirstErr(); s.err == nil {
				s.sent += each
			}
		}
	}()
	return s
}

// stop ends the stream after the batch under way and returns how many events were published.
func (s *stream) stop() int {
	s.Helper()
	close(s.quit)
	select {
	case <-s.done:
	case <-time.After(time.Minute):
		s.Fatal("waited a minute for the last events to be published")
	}
	if s.err != nil {
		s.Fatal(s.err)
	}
	return s.sent
}
