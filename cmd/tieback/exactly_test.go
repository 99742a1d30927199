package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
)

// A commit that DuckDB refuses moves no offset: the warehouse keeps the batches before it, and the next run takes up there.
func TestRefusedCommitMovesNoOffset(t *testing.T) { newPlace(t).withBroker(2).refuseCommit() }

func (p *place) refuseCommit() {
	p.Helper()
	const n, rows = 6000, 300
	p.publish(p.producer(), mixedRecords(0, n)...)
	whole, err := p.ingestRefused(rows, 5)
	if err == nil || !strings.Contains(err.Error(), "commit a batch of 300 messages") || whole < 5 || whole > 18 {
		p.Fatalf("%v after %d batches, want that a commit was refused", err, whole)
	}
	p.Logf("refused after %d batches: %v", whole, err)
	if got, want := p.one("select count(distinct batch_id), sum(consumed) from meta.batch"), fmt.Sprintf("%d|%d", whole, rows*whole); got != want {
		p.Errorf("batches and messages %s, want %s", got, want)
	}
	if got := p.one("select rows from (" + rawCounts + ") where table_name = 'places'"); got != fmt.Sprint(rows*whole) {
		p.Errorf("%s messages are in the raw tables, want %d", got, rows*whole)
	}
	stands := "select topic, partition, max(next_offset) from %s group by all order by all"
	if diff := cmp.Diff(p.rows(fmt.Sprintf(stands, "meta.batch")), p.rows(fmt.Sprintf(stands, "meta.position"))); diff != "" {
		p.Errorf("positions (-batches +positions):\n%s", diff)
	}
	if got := p.ingest(); got != (counts{Consumed: int64(n - rows*whole), Written: int64(n - rows*whole)}) {
		p.Errorf("the next run: %+v, want the remaining %d written", got, n-rows*whole)
	}
	p.reconciled(n)
	// A reader that begins behind the warehouse's back is refused by the guard in the transaction.
	if whole, err = p.ingestRefused(rows, 1000); err == nil || whole != 0 || !strings.Contains(err.Error(), "begins at offset 0 but the warehouse stands at") {
		p.Errorf("%d batches from a position of long ago, %v; want none and the two offsets", whole, err)
	}
	p.reconciled(n)
}

// ingestRefused ingests batches of so many rows. From the batch after whole on, the context of a commit ends while its
// transaction is open: after 4 ms, and sooner with each batch that was quicker. It returns how many batches were committed.
func (p *place) ingestRefused(rows, whole int) (committed int, err error) {
	p.Helper()
	a := &app{err: &bytes.Buffer{}, now: time.Now, warehouse: p.warehouse, brokers: p.brokers, log: slog.New(slog.DiscardHandler)}
	s, err := a.settings()
	if err != nil {
		p.Fatal(err)
	}
	w, err := a.open(p.Context(), s, "test", true)
	if err != nil {
		p.Fatal(err)
	}
	defer w.Close()
	source, err := ingest.OpenKafka(p.Context(), ingest.KafkaConfig{Brokers: s.Brokers, Topics: s.topicNames(), UntilEnd: true, Log: a.log},
		func(ingest.Partition) (int64, bool) { return 0, false })
	if err != nil {
		p.Fatal(err)
	}
	defer source.Close()
	sink, done, err := newSink(p.Context(), w, s, false, nil)
	if err != nil {
		p.Fatal(err)
	}
	defer done()
	cut, patience := sink.Cut, 8*time.Millisecond
	sink.Cut = func(b ingest.Batch) func(context.Context) (ingest.Outcome, error) {
		commit := cut(b)
		return func(ctx context.Context) (ingest.Outcome, error) {
			if committed >= whole {
				patience /= 2
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, patience)
				defer cancel()
			}
			outcome, err := commit(ctx)
			if err == nil {
				committed++
			}
			return outcome, err
		}
	}
	_, err = (&ingest.Runner{Source: source, Sink: sink, Decoder: s.decoder, Limits: ingest.Limits{Rows: rows}, Now: time.Now}).Run(p.Context())
	return committed, err
}

// Of two transactional producers that write at the same time only what they committed becomes rows; markers become neither
// rows nor dead letters, and a tail of aborted messages does not keep ingest from ending.
func TestAbortedTransactionsBecomeNothing(t *testing.T) { newPlace(t).withBroker(2).skipAborted() }

func (p *place) skipAborted() {
	p.Helper()
	one, two := p.producer(kgo.TransactionalID("one-"+p.Name())), p.producer(kgo.TransactionalID("two-"+p.Name()))
	ends := []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort}
	committed := 0
	for round := range 8 {
		for i, producer := range []*kgo.Client{one, two} {
			if err := producer.BeginTransaction(); err != nil {
				p.Fatal(err)
			}
			from := 1000*round + 500*i
			p.publish(producer, mixedRecords(from, from+200)...)
		}
		for i, producer := range []*kgo.Client{two, one} {
			end := ends[(round>>i)%2]
			if round >= 6 {
				end = kgo.TryAbort // the tail
			}
			if err := producer.EndTransaction(p.Context(), end); err != nil {
				p.Fatal(err)
			}
			if end == kgo.TryCommit {
				committed += 200
			}
		}
	}
	if got := p.ingest(); committed == 0 || got != (counts{Consumed: int64(committed), Written: int64(committed)}) {
		p.Errorf("%+v, want the %d committed messages written and no dead letter", got, committed)
	}
	if got := p.ingest(); got != (counts{}) {
		p.Errorf("a second run: %+v, want nothing", got)
	}
	p.reconciled(committed)
}
