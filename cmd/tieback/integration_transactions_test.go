//go:build integration

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ends returns the end of each partition of a topic: of the log, or under readCommitted where the first open transaction begins.
func (p *kafka) ends(topic string, partitions int32, readCommitted bool) []int64 {
	p.Helper()
	request := kmsg.NewPtrListOffsetsRequest()
	one := kmsg.NewListOffsetsRequestTopic()
	one.Topic = topic
	for partition := range partitions {
		end := kmsg.NewListOffsetsRequestTopicPartition()
		end.Partition, end.Timestamp = partition, -1
		one.Partitions = append(one.Partitions, end)
	}
	request.Topics = append(request.Topics, one)
	if readCommitted {
		request.IsolationLevel = 1
	}
	reply, err := request.RequestWith(p.Context(), p.admin)
	if err != nil {
		p.Fatal(err)
	}
	ends := make([]int64, partitions)
	for _, partition := range reply.Topics[0].Partitions {
		if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
			p.Fatal(err)
		}
		ends[partition.Partition] = partition.Offset
	}
	return ends
}

// stands returns the warehouse's positions in a topic, while no one holds it.
func (p *kafka) stands(topic string) string {
	p.Helper()
	return strings.Join(p.rows("select next_offset from meta.position where topic = '"+topic+"' order by partition"), " ")
}

// read reads a topic whole with another client, as read_committed, and returns its messages without markers.
func (p *kafka) read(topic string, partitions int32) (messages []*kgo.Record) {
	p.Helper()
	consumer := p.producer(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond))
	defer consumer.Close()
	ends, at := p.ends(topic, partitions, true), make([]int64, partitions)
	ctx, cancel := context.WithTimeout(p.Context(), 20*time.Second)
	defer cancel()
	for behind := true; behind; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			p.Fatalf("read %s with another client: at %v of %v: %v", topic, at, ends, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			at[r.Partition] = r.Offset + 1
			if !r.Attrs.IsControl() {
				messages = append(messages, r)
			}
		})
		behind = false
		for i := range ends {
			behind = behind || at[i] < ends[i]
		}
	}
	return messages
}

// noteLine is a valid event whose id can be read back from the warehouse.
func noteLine(id string) string {
	return fmt.Sprintf(`{"id":%q,"source":"s","type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api","note":%q}`, id, id)
}

// noted are n events prefix-0, prefix-1, … for one partition; each has its id as key.
func noted(topic string, partition int32, prefix string, n int) (list []*kgo.Record) {
	for i := range n {
		id := fmt.Sprintf("%s-%d", prefix, i)
		list = append(list, &kgo.Record{Topic: topic, Partition: partition, Key: []byte(id), Value: []byte(noteLine(id))})
	}
	return list
}

// notes are the ids of the stored events of noteLine.
func (p *kafka) notes() []string {
	p.Helper()
	list := p.rows("select note from raw.platform_shock")
	slices.Sort(list)
	return list
}

// manual connects a producer that writes to the partition each record names.
func (p *kafka) manual(options ...kgo.Opt) *kgo.Client {
	p.Helper()
	return p.producer(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
}

// Four transactional producers and a plain one write to the same three partitions while ingest runs; transactions overlap, span
// partitions, and end in any order, half of them by abort. What another client sees as read_committed is what becomes rows.
// A tail of aborted transactions alone lets ingest end, behind the last marker.
func TestIntegrationTransactions(t *testing.T) {
	const topic, partitions, rounds = "tieback.business", 3, 40
	p := newKafka(t, partitions)
	_, stop := background(t, p.args("ingest")...)
	random := rand.New(rand.NewPCG(2026, 11))
	plain := p.manual()
	producers := make([]*kgo.Client, 4)
	open := make([]bool, len(producers))
	for i := range producers {
		producers[i] = p.manual(kgo.TransactionalID(fmt.Sprint(t.Name(), i)))
	}
	aborted := 0
	end := func(i int, try kgo.TransactionEndTry) {
		if err := producers[i].EndTransaction(t.Context(), try); err != nil {
			t.Fatal(err)
		}
		open[i] = false
		if !try {
			aborted++
		}
	}
	for round := range rounds {
		for i, producer := range producers {
			if !open[i] {
				if err := producer.BeginTransaction(); err != nil {
					t.Fatal(err)
				}
				open[i] = true
			}
			for partition := range int32(partitions) {
				if random.IntN(3) > 0 {
					p.publish(producer, noted(topic, partition, fmt.Sprintf("t%d-%d-%d", round, i, partition), 1+random.IntN(4))...)
				}
			}
			if random.IntN(2) == 0 {
				end(i, kgo.TransactionEndTry(random.IntN(2) == 0))
			}
		}
		p.publish(plain, noted(topic, int32(round%partitions), fmt.Sprintf("p%d", round), 2)...)
	}
	for i := range producers { // the tail
		if open[i] {
			end(i, kgo.TryAbort)
		}
		if err := producers[i].BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for partition := range int32(partitions) {
			p.publish(producers[i], noted(topic, partition, fmt.Sprint("tail", i), 5)...)
		}
		end(i, kgo.TryAbort)
	}
	if r := stop(); r.code != 0 {
		t.Fatalf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.ingest() // what ingest had not read when it was stopped; ends although the logs end with aborted messages
	var want []string
	for _, m := range p.read(topic, partitions) {
		want = append(want, string(m.Key))
	}
	slices.Sort(want)
	t.Logf("%d committed messages, %d aborted transactions, ends %v", len(want), aborted, p.ends(topic, partitions, false))
	if len(want) < 2*rounds || aborted < 20 {
		t.Fatalf("%d committed messages and %d aborted transactions: this test proves too little", len(want), aborted)
	}
	if diff := cmp.Diff(want, p.notes()); diff != "" {
		t.Errorf("committed messages (-another client +warehouse):\n%s", diff)
	}
	if got, want := p.stands(topic), strings.Trim(fmt.Sprint(p.ends(topic, partitions, false)), "[]"); got != want {
		t.Errorf("the warehouse stands at %s, want the ends of the logs, %s", got, want)
	}
	if got := p.ingest(); got != (counts{}) {
		t.Errorf("a second run: %+v, want nothing", got)
	}
	p.reconciled(len(want))
}

// A transaction that nobody ends holds ingest at the last stable offset; what stands behind it is read after another producer
// of the same name has fenced it, or after its time is over.
func TestIntegrationOpenTransaction(t *testing.T) {
	const topic = "tieback.business"
	p := newKafka(t, 1)
	plain := p.manual()
	leave := func(id, prefix string, timeout time.Duration) {
		producer := p.manual(kgo.TransactionalID(id), kgo.TransactionTimeout(timeout))
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		p.publish(producer, noted(topic, 0, prefix, 3)...)
		producer.Close()
	}
	holds := func(offset int64, stored ...string) {
		t.Helper()
		p.ingest()
		if stable := p.ends(topic, 1, true); stable[0] != offset {
			t.Fatalf("the last stable offset is %d, want %d: this test proves nothing", stable[0], offset)
		}
		slices.Sort(stored)
		if diff := cmp.Diff(stored, p.notes()); diff != "" || p.stands(topic) != fmt.Sprint(offset) {
			t.Errorf("the warehouse stands at %s, want %d (-want +got):\n%s", p.stands(topic), offset, diff)
		}
	}
	p.publish(plain, noted(topic, 0, "a", 2)...)
	leave(t.Name(), "open", 10*time.Minute)
	p.publish(plain, noted(topic, 0, "b", 2)...)
	holds(2, "a-0", "a-1")
	fence := p.manual(kgo.TransactionalID(t.Name()))
	if _, _, err := fence.ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the fenced transaction to be aborted", func() bool { return p.ends(topic, 1, true)[0] == 8 }) // 2 + 3 open + 2 + marker
	holds(8, "a-0", "a-1", "b-0", "b-1")
	_, stop := background(t, p.args("ingest")...)
	leave(t.Name()+"-short", "late", time.Second)
	p.publish(plain, noted(topic, 0, "c", 2)...)
	until(t, "the open transaction to time out and ingest to go on", func() bool {
		taken, known := p.published()
		return known && taken == 14 // 8 + 3 late + 2 + marker
	})
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	holds(14, "a-0", "a-1", "b-0", "b-1", "c-0", "c-1")
	p.reconciled(6)
}
