package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
)

func ids(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%s-%d", prefix, i))
	}
	return list
}

// Two producers write to one partition at the same time; one aborts every other transaction. Only what
// was committed may be seen, in log order, and the position must end behind the last marker.
func TestAbortedTransactionsAreNotSeen(t *testing.T) {
	const topic = "transactions"
	_, brokers := startBroker(t, 1, topic)
	one := newProducer(t, brokers, kgo.TransactionalID("one"))
	two := newProducer(t, brokers, kgo.TransactionalID("two"))
	plain := newProducer(t, brokers)
	var want []string
	for round := range 6 {
		if err := one.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := two.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		a, b, c := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round), fmt.Sprintf("c%d", round)
		publish(t, one, shocks(topic, 0, a, 3)...)
		publish(t, two, shocks(topic, 0, b, 2)...)
		publish(t, plain, shocks(topic, 0, c, 1)...)
		publish(t, one, shocks(topic, 0, a+"x", 2)...)
		ends := map[bool]kgo.TransactionEndTry{true: kgo.TryCommit, false: kgo.TryAbort}
		commitOne, commitTwo := round%2 == 0, round%3 == 0
		// The order of the two ends changes, so that markers stand before and behind the other's data.
		if err := two.EndTransaction(t.Context(), ends[commitTwo]); err != nil {
			t.Fatal(err)
		}
		publish(t, one, shocks(topic, 0, a+"y", 1)...)
		if err := one.EndTransaction(t.Context(), ends[commitOne]); err != nil {
			t.Fatal(err)
		}
		if commitOne {
			want = append(want, ids(a, 3)...)
		}
		if commitTwo {
			want = append(want, ids(b, 2)...)
		}
		want = append(want, ids(c, 1)...)
		if commitOne {
			want = append(append(want, ids(a+"x", 2)...), ids(a+"y", 1)...)
		}
	}
	s := newStore()
	summary := readAll(t, s, brokers, topic)
	p := ingest.Partition{Topic: topic}
	if diff := cmp.Diff(want, s.ids(p)); diff != "" {
		t.Errorf("committed events (-want +got):\n%s", diff)
	}
	if summary.Consumed != int64(len(want)) || summary.DeadLetters != 0 {
		t.Errorf("consumed %d with %d dead letters, want %d and 0: markers are no messages", summary.Consumed, summary.DeadLetters, len(want))
	}
	// 6 rounds of 9 records and 2 markers.
	if got := s.positions[p]; got != 6*(9+2) {
		t.Errorf("position %d, want %d: behind the last marker", got, 6*(9+2))
	}
}

// The same data read from every possible position gives the rest of the same list: a position in the
// middle of an aborted transaction must not bring its tail to light.
func TestAbortedTransactionsFromEveryPosition(t *testing.T) {
	const topic = "positions"
	_, brokers := startBroker(t, 1, topic)
	one := newProducer(t, brokers, kgo.TransactionalID("one"))
	transaction(t, one, kgo.TryAbort, shocks(topic, 0, "lost", 4)...) // 0–3, marker 4
	transaction(t, one, kgo.TryCommit, shocks(topic, 0, "kept", 4)...)
	transaction(t, one, kgo.TryAbort, shocks(topic, 0, "lost", 4)...)
	p := ingest.Partition{Topic: topic}
	for from := int64(0); from <= 15; from++ {
		s := newStore()
		s.positions[p] = from
		readAll(t, s, brokers, topic)
		// kept-0 stands at offset 5, kept-3 at 8.
		want := ids("kept", 4)[min(4, max(0, from-5)):]
		if diff := cmp.Diff(want, append([]string{}, s.ids(p)...)); diff != "" {
			t.Errorf("from %d (-want +got):\n%s", from, diff)
		}
		if s.positions[p] != 15 {
			t.Errorf("from %d: position %d, want 15", from, s.positions[p])
		}
	}
}

// Where there is more than one answer takes, in many partitions, aborted messages stay unseen.
func TestAbortedTransactionsInManyPartitions(t *testing.T) {
	const topic, partitions, rounds = "many", 12, 6
	_, brokers := startBroker(t, partitions, topic)
	one := newProducer(t, brokers, kgo.TransactionalID("one"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	note := strings.Repeat("x", 200_000)
	for round := range rounds {
		var records []*kgo.Record
		for partition := range int32(partitions) {
			records = append(records, shocks(topic, partition, fmt.Sprint("r", round), 3)...)
			records[len(records)-1].Headers = []kgo.RecordHeader{{Key: "note", Value: []byte(note)}}
		}
		transaction(t, one, kgo.TransactionEndTry(round%2 == 0), records...)
	}
	s := newStore()
	got := readAll(t, s, brokers, topic)
	if got.Consumed != partitions*rounds/2*3 {
		t.Errorf("%d messages, want the %d that were committed", got.Consumed, partitions*rounds/2*3)
	}
	for partition := range int32(partitions) {
		var want []string
		for round := 0; round < rounds; round += 2 {
			want = append(want, ids(fmt.Sprint("r", round), 3)...)
		}
		if diff := cmp.Diff(want, s.ids(ingest.Partition{Topic: topic, Partition: partition})); diff != "" {
			t.Errorf("partition %d (-want +got):\n%s", partition, diff)
		}
	}
}

func TestAbortOnlyTailEnds(t *testing.T) {
	const topic = "tail"
	_, brokers := startBroker(t, 1, topic)
	publish(t, newProducer(t, brokers), shocks(topic, 0, "kept", 2)...)
	one := newProducer(t, brokers, kgo.TransactionalID("one"))
	for range 3 {
		transaction(t, one, kgo.TryAbort, shocks(topic, 0, "lost", 5)...)
	}
	s := newStore()
	if got := readAll(t, s, brokers, topic); got.Consumed != 2 {
		t.Errorf("consumed %d, want 2", got.Consumed)
	}
	p := ingest.Partition{Topic: topic}
	if s.positions[p] != 2+3*6 {
		t.Errorf("position %d, want %d", s.positions[p], 2+3*6)
	}
	before := len(s.batches)
	if got := readAll(t, s, brokers, topic); got.Consumed != 0 || len(s.batches) != before {
		t.Errorf("a second run consumed %d messages in %d batches, want none", got.Consumed, len(s.batches)-before)
	}
}

// What an open transaction holds back is read once the transaction has ended, not before.
func TestOpenTransactionHoldsBack(t *testing.T) {
	const topic = "held"
	_, brokers := startBroker(t, 1, topic)
	plain := newProducer(t, brokers)
	publish(t, plain, shocks(topic, 0, "before", 1)...)
	one := newProducer(t, brokers, kgo.TransactionalID("one"))
	if err := one.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	publish(t, one, shocks(topic, 0, "open", 2)...)
	publish(t, plain, shocks(topic, 0, "after", 1)...)
	s := newStore()
	p := ingest.Partition{Topic: topic}
	if got := readAll(t, s, brokers, topic); got.Consumed != 1 || s.positions[p] != 1 {
		t.Errorf("consumed %d to %d beside an open transaction, want 1 to 1", got.Consumed, s.positions[p])
	}
	if err := one.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	readAll(t, s, brokers, topic)
	if diff := cmp.Diff([]string{"before-0", "open-0", "open-1", "after-0"}, s.ids(p)); diff != "" {
		t.Errorf("after the commit (-want +got):\n%s", diff)
	}
}

func TestCompressedBatches(t *testing.T) {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			_, brokers := startBroker(t, 1, name)
			publish(t, newProducer(t, brokers, kgo.ProducerBatchCompression(codec)), shocks(name, 0, "plain", 500)...)
			one := newProducer(t, brokers, kgo.ProducerBatchCompression(codec), kgo.TransactionalID("one"))
			transaction(t, one, kgo.TryAbort, shocks(name, 0, "lost", 100)...)
			transaction(t, one, kgo.TryCommit, shocks(name, 0, "kept", 100)...)
			s := newStore()
			readAll(t, s, brokers, name)
			if diff := cmp.Diff(append(ids("plain", 500), ids("kept", 100)...), s.ids(ingest.Partition{Topic: name})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
