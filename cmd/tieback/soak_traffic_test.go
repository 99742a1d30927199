//go:build soak

package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// withBrokerProcess starts the embedded broker as a process of its own, on a free port.
func (p *place) withBrokerProcess(partitions int) *place {
	p.Helper()
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "tieback"))
	if err != nil {
		p.Fatal(err)
	}
	cmd := exec.Command(binary, "broker", "--port", "0", "--partitions", fmt.Sprint(partitions))
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.Fatalf("%v (run make build first)", err)
	}
	p.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.Fatal(err)
	}
	p.brokers = strings.TrimSpace(line)
	return p
}

// traffic publishes events of four types all the time, known ones, changed ones, broken ones and tombstones among them, some in
// transactions that are committed or aborted, and counts what must become of each.
type traffic struct {
	*place
	plain, moving *kgo.Client
	rand          *rand.Rand
	// next is the number of the next new event; known are those that were committed, in the order of their numbers.
	next  int
	known []int
	sum   tally
	stop  context.CancelFunc
	done  sync.WaitGroup
}

const (
	burstSize  = 25
	burstPause = 40 * time.Millisecond
)

func (p *place) startTraffic(seed uint64) *traffic {
	p.Helper()
	ctx, stop := context.WithCancel(p.Context())
	tr := &traffic{place: p, plain: p.producer(), moving: p.producer(kgo.TransactionalID("mover")), rand: rand.New(rand.NewPCG(seed, 2)), stop: stop}
	tr.done.Add(1)
	go func() {
		defer tr.done.Done()
		for ctx.Err() == nil {
			if err := tr.burst(context.WithoutCancel(ctx)); err != nil {
				tr.Errorf("publish: %v", err)
				return
			}
			time.Sleep(burstPause)
		}
	}()
	return tr
}

// end stops publishing and returns what was published.
func (tr *traffic) end() tally {
	tr.stop()
	tr.done.Wait()
	return tr.sum
}

// burst publishes some messages, every eighth time in a transaction, of which every third is aborted.
func (tr *traffic) burst(ctx context.Context) error {
	records, fate, fresh := tr.draw()
	if tr.rand.IntN(8) > 0 {
		if err := tr.plain.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return err
		}
		tr.count(fate, fresh)
		return nil
	}
	if err := tr.moving.BeginTransaction(); err != nil {
		return err
	}
	if err := tr.moving.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	if tr.rand.IntN(3) == 0 {
		return tr.moving.EndTransaction(ctx, kgo.TryAbort)
	}
	if err := tr.moving.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return err
	}
	tr.count(fate, fresh)
	return nil
}

func (tr *traffic) count(fate tally, fresh []int) {
	tr.known = append(tr.known, fresh...)
	tr.sum.Written += fate.Written
	tr.sum.Duplicates += fate.Duplicates
	tr.sum.Conflicts += fate.Conflicts
	tr.sum.DeadLetters += fate.DeadLetters
	tr.sum.LeftOut += fate.LeftOut
}

// draw makes the messages of one burst, says what must become of them, and which events are new. All copies of an event have
// its number as their key, and so lie in one partition behind the first.
func (tr *traffic) draw() (records []*kgo.Record, fate tally, fresh []int) {
	for range burstSize {
		n := tr.next
		percent := tr.rand.IntN(100)
		if percent < 6 && len(tr.known) > 0 { // an event that was published before
			n = tr.known[tr.rand.IntN(len(tr.known))]
		} else {
			percent = max(percent, 6)
			tr.next++
		}
		topic, line := mixed(n)
		r := &kgo.Record{Topic: topic, Key: fmt.Append(nil, n), Value: []byte(line)}
		switch {
		case percent < 2 && n%4 == 0: // an order with other content
			id := fmt.Sprintf("m-%d", n)
			r.Value = []byte(orderLine(id, id, "5000.00", "USD"))
			fate.Conflicts++
		case percent < 6:
			fate.Duplicates++
		case percent < 9:
			r.Value = append([]byte{0x00, 0xff, byte(n)}, line[:tr.rand.IntN(len(line))]...)
			fate.DeadLetters++
		case percent < 10:
			r.Value = nil
			fate.LeftOut++
		default:
			fate.Written++
			fresh = append(fresh, n)
		}
		records = append(records, r)
	}
	return records, fate, fresh
}

// Every fate is drawn, and each message has one.
func TestSoakTraffic(t *testing.T) {
	tr := &traffic{rand: rand.New(rand.NewPCG(1, 2))}
	messages := 0
	for range 400 {
		records, fate, fresh := tr.draw()
		tr.count(fate, fresh)
		messages += len(records)
	}
	if s := tr.sum; s.consumed() != messages || s.Written == 0 || s.Duplicates == 0 || s.Conflicts == 0 || s.DeadLetters == 0 || s.LeftOut == 0 {
		t.Errorf("%d messages: %s", messages, s)
	}
}
