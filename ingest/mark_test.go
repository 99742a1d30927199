package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
)

// marks are the last messages of the committed batches, as the warehouse keeps them.
func (s *store) marks(p ingest.Partition) ingest.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	var mark ingest.Mark
	for _, b := range s.batches {
		for _, r := range b.Ranges {
			if r.Partition == p && r.Last.Hash != 0 {
				mark = r.Last
			}
		}
	}
	return mark
}

// fillAnew publishes n messages to each of three partitions, partition 1 with an aborted tail of five.
func fillAnew(t *testing.T, brokers []string, topic, prefix string, n int) {
	t.Helper()
	producer := newProducer(t, brokers)
	for partition := range int32(3) {
		publish(t, producer, shocks(topic, partition, fmt.Sprint(prefix, partition), n)...)
	}
	transaction(t, newProducer(t, brokers, kgo.TransactionalID(topic+prefix)), kgo.TryAbort, shocks(topic, 1, "lost", 5)...)
}

func makeAnew(t *testing.T, cluster *kfake.Cluster, topic string) {
	t.Helper()
	if err := errors.Join(cluster.DeleteTopic(topic), cluster.CreateTopic(topic, 3, nil)); err != nil {
		t.Fatal(err)
	}
}

// A topic that was deleted and made anew, and has grown beyond every stored position, is recognized by the last messages that
// were read: the policy is obeyed in every partition, also in one whose position stands behind aborted messages.
func TestLongerTopicMadeAnew(t *testing.T) {
	for _, policy := range []ingest.OffsetReset{ingest.ResetFail, ingest.ResetEarliest, ingest.ResetLatest} {
		t.Run(string(policy), func(t *testing.T) {
			cluster, brokers := startBroker(t, 3, "anew")
			fillAnew(t, brokers, "anew", "old", 10)
			s := newStore()
			readAll(t, s, brokers, "anew")
			makeAnew(t, cluster, "anew")
			fillAnew(t, brokers, "anew", "new", 30)
			config := func(k *ingest.KafkaConfig) { k.OnReset, k.Marks = policy, s.marks }
			source, err := openKafka(t, s, brokers, config, "anew")
			if policy == ingest.ResetFail {
				want := "the topic was deleted and made anew: offset 9 holds another message than the one that was read"
				if !errors.Is(err, ingest.ErrPositionLost) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--on-offset-reset earliest or latest") {
					t.Errorf("%v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want []ingest.Gap
			for partition := range int32(3) {
				g := ingest.Gap{Partition: ingest.Partition{Topic: "anew", Partition: partition}, Stored: 10, LogEnd: 30}
				if partition == 1 {
					g.Stored, g.LogEnd = 16, 36
				}
				if policy == ingest.ResetLatest {
					g.Resumed = g.LogEnd
				}
				want = append(want, g)
				s.positions[g.Partition] = g.Resumed
			}
			if diff := cmp.Diff(want, source.Gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if _, err := run(t, t.Context(), s, source, ingest.Limits{}); err != nil {
				t.Fatal(err)
			}
			for partition := range int32(3) {
				list := ids(fmt.Sprint("old", partition), 10)
				if policy == ingest.ResetEarliest {
					list = append(list, ids(fmt.Sprint("new", partition), 30)...)
				}
				if diff := cmp.Diff(list, s.ids(ingest.Partition{Topic: "anew", Partition: partition})); diff != "" {
					t.Errorf("partition %d (-want +got):\n%s", partition, diff)
				}
			}
		})
	}
}

// The log that was read is recognized, also after its first messages were deleted and where nothing but aborted messages came since.
func TestSameTopicIsRecognized(t *testing.T) {
	cluster, brokers := startBroker(t, 3, "same")
	fillAnew(t, brokers, "same", "a", 10)
	s := newStore()
	readAll(t, s, brokers, "same")
	for _, deleted := range []int64{0, 5, 9, 10} {
		for partition := range int32(3) {
			if err := cluster.DeleteRecords("same", partition, deleted); err != nil {
				t.Fatal(err)
			}
		}
		source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.Marks = s.marks }, "same")
		if err != nil || len(source.Gaps) > 0 {
			t.Errorf("%d deleted: gaps %v, %v; want none", deleted, source.Gaps, err)
		}
	}
}

// The topic is made anew while it is read, and grows beyond the position at once: reading ends instead of going on in the middle of
// another log.
func TestLongerTopicMadeAnewMeanwhile(t *testing.T) {
	t.Parallel()
	cluster, brokers := startBroker(t, 3, "anew")
	fillAnew(t, brokers, "anew", "old", 10)
	s := newStore()
	source, err := openKafka(t, s, brokers, func(k *ingest.KafkaConfig) { k.UntilEnd, k.Marks = false, s.marks }, "anew")
	if err != nil {
		t.Fatal(err)
	}
	_, ended := running(t, s, source)
	wait(t, "the old topic", func() bool { return s.count() == 30 })
	makeAnew(t, cluster, "anew")
	fillAnew(t, brokers, "anew", "new", 30)
	select {
	case err := <-ended:
		if !errors.Is(err, ingest.ErrPositionLost) {
			t.Errorf("%v, want that the position is lost", err)
		}
	case <-time.After(15 * time.Second):
		t.Errorf("it reads on; %d messages of both topics", s.count())
	}
	for _, r := range s.rows {
		if strings.HasPrefix(r.id, "new") {
			t.Fatalf("%s of the new topic was read from the old position", r.id)
		}
	}
}
