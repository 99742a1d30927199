package ingest_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
	"tieback/ingest/event"
)

// startBroker starts the in-process broker with one topic.
func startBroker(t *testing.T, partitions int32, topics ...string) (*kfake.Cluster, []string) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster, cluster.ListenAddrs()
}

// newProducer connects a producer that writes to the partition each record names.
func newProducer(t *testing.T, brokers []string, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	options = append([]kgo.Opt{kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, options...)
	client, err := kgo.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// publish writes records and waits for them, each call as one batch or more of its own.
func publish(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// shock is a valid event with the given id; platform.shock is the type with the fewest fields.
func shock(id string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"source":"s","type":"platform.shock","time":"2026-03-02T10:15:00Z","platform":"x","kind":"api"}`, id)
}

// shocks makes one record for each of n events called prefix-0, prefix-1, …
func shocks(topic string, partition int32, prefix string, n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: shock(fmt.Sprintf("%s-%d", prefix, i))}
	}
	return records
}

// transaction writes records in one transaction and commits or aborts it.
func transaction(t *testing.T, client *kgo.Client, end kgo.TransactionEndTry, records ...*kgo.Record) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	publish(t, client, records...)
	if err := client.EndTransaction(t.Context(), end); err != nil {
		t.Fatal(err)
	}
}

// delivered is one event or reject that was committed.
type delivered struct {
	at    ingest.Position
	id    string
	typ   string
	code  event.Code
	value string
	known int64
}

// store is a caller of Run that keeps committed batches in memory, under the guard of
// the warehouse: a batch that does not begin where the last one ended is refused.
type store struct {
	mu        sync.Mutex
	open      []delivered
	rows      []delivered
	batches   []ingest.Batch
	positions map[ingest.Partition]int64
	// refuse, if set, is asked before a commit with the number of batches committed so far.
	refuse func(ctx context.Context, batches int) error
	// committed, if set, is told of each durable batch.
	committed func(ingest.Batch)
}

func newStore() *store { return &store{positions: make(map[ingest.Partition]int64)} }

func (s *store) sink() ingest.Sink {
	s.open = nil // what an earlier run did not commit is gone, as after a crash
	return ingest.Sink{
		Append: func(row *event.Row, m *event.Message, at ingest.Position) error {
			s.open = append(s.open, delivered{at: at, id: string(row.ID), typ: row.Type.Name, value: string(m.Value), known: row.KnownAt})
			return nil
		},
		Reject: func(m *event.Message, at ingest.Position, why *event.InvalidError) error {
			s.open = append(s.open, delivered{at: at, code: why.Code, value: string(m.Value)})
			return nil
		},
		Cut: func(b ingest.Batch) func(context.Context) (ingest.Outcome, error) {
			rows := s.open
			s.open = nil
			return func(ctx context.Context) (ingest.Outcome, error) { return s.commit(ctx, b, rows) }
		},
	}
}

func (s *store) commit(ctx context.Context, b ingest.Batch, rows []delivered) (ingest.Outcome, error) {
	if s.refuse != nil {
		if err := s.refuse(ctx, len(s.batches)); err != nil {
			return ingest.Outcome{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	written := int64(0)
	for _, r := range b.Ranges {
		if at, known := s.positions[r.Partition]; known && at != r.First {
			return ingest.Outcome{}, fmt.Errorf("%v: the batch begins at %d, the store stands at %d", r.Partition, r.First, at)
		}
		written += r.Consumed - r.DeadLetters - r.LeftOut
	}
	for _, r := range b.Ranges {
		s.positions[r.Partition] = r.Next
	}
	s.rows = append(s.rows, rows...)
	s.batches = append(s.batches, b)
	if s.committed != nil {
		s.committed(b)
	}
	return ingest.Outcome{Written: written}, nil
}

func (s *store) stored(p ingest.Partition) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := s.positions[p]
	return at, known
}

// count is how many rows are committed.
func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// ids returns the ids of committed events in log order of one partition.
func (s *store) ids(p ingest.Partition) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, r := range s.rows {
		if r.at.Topic == p.Topic && r.at.Partition == p.Partition {
			ids = append(ids, r.id)
		}
	}
	return ids
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// openKafka opens topics for a store; change may alter the settings.
func openKafka(t *testing.T, s *store, brokers []string, change func(*ingest.KafkaConfig), topics ...string) (*ingest.KafkaSource, error) {
	t.Helper()
	config := ingest.KafkaConfig{Brokers: brokers, Topics: topics, UntilEnd: true, Log: quiet}
	if change != nil {
		change(&config)
	}
	source, err := ingest.OpenKafka(t.Context(), config, s.stored)
	if err == nil {
		t.Cleanup(func() { _ = source.Close() })
	}
	return source, err
}

// running runs a source into the store until it is stopped, at the latest with the test. ended gets the error of the run.
func running(t *testing.T, s *store, source ingest.Source) (stop func(), ended <-chan error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	end := make(chan error, 1)
	go func() {
		_, err := run(t, ctx, s, source, ingest.Limits{Wait: 50 * time.Millisecond})
		end <- err
	}()
	return stop, end
}

// run runs a source into the store; a run that does not end within 30 s fails the test.
func run(t *testing.T, ctx context.Context, s *store, source ingest.Source, limits ingest.Limits) (ingest.Summary, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	runner := &ingest.Runner{Source: source, Sink: s.sink(), Limits: limits, Now: time.Now,
		Decoder: func(string) *event.Decoder { return &event.Decoder{} }}
	summary, err := runner.Run(ctx)
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("the run did not end by itself; it had consumed %d messages", summary.Consumed)
	}
	return summary, err
}

// readAll reads topics until their end into the store.
func readAll(t *testing.T, s *store, brokers []string, topics ...string) ingest.Summary {
	t.Helper()
	source, err := openKafka(t, s, brokers, nil, topics...)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := run(t, t.Context(), s, source, ingest.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return summary
}
