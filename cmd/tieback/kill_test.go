package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// kills is how many times ingest is killed: TIEBACK_SOAK, or twelve.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TIEBACK_SOAK")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TIEBACK_SOAK %q must be the number of kills", text)
	}
	return n
}

// Killed at random moments, from before the warehouse exists to between two commits, and started again, ingest ends
// with the rows of an undisturbed run: each message once.
func TestKill9(t *testing.T) { newPlace(t).withBroker(3).surviveKills(kills(t)) }

func (p *place) surviveKills(n int) {
	p.Helper()
	t := p.T
	producer, cheater := p.producer(), p.producer(kgo.TransactionalID("cheater"))
	produced, died := 0, 0
	const each = 2000
	for attempt := 0; died < n; attempt++ {
		if attempt > 5*n+20 {
			t.Fatalf("only %d of %d kills hit a living process", died, attempt)
		}
		p.publish(producer, mixedRecords(produced, produced+each)...)
		produced += each
		p.abort(cheater, 50)
		cmd, errOut := p.process(300, "ingest")
		if attempt%4 != 0 { // every fourth is killed while it starts
			until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
		}
		time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
			died++
		}
	}
	left := p.ingest()
	t.Logf("%d kills, %d messages, %d of them left for the last run, in %s batches", died, produced, left.Consumed,
		p.one("select count(distinct batch_id) from meta.batch"))
	undisturbed := &place{T: t, warehouse: p.warehouse + ".undisturbed.duckdb", brokers: p.brokers}
	if got := undisturbed.ingest(); got != (counts{Consumed: int64(produced), Written: int64(produced)}) {
		t.Fatalf("undisturbed run: %+v, want %d written", got, produced)
	}
	want := []string{fmt.Sprint("engagement|", produced/4), fmt.Sprint("link|", produced/4), fmt.Sprint("order|", produced/4),
		fmt.Sprint("places|", produced), fmt.Sprint("shock|", produced/4)}
	for name, place := range map[string]*place{"killed": p, "undisturbed": undisturbed} {
		if diff := cmp.Diff(want, place.rows(rawCounts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		place.reconciled(produced)
	}
	positions := "select topic, partition, next_offset from meta.position order by all"
	if diff := cmp.Diff(undisturbed.rows(positions), p.rows(positions)); diff != "" {
		t.Errorf("positions (-undisturbed +killed):\n%s", diff)
	}
}

// abort publishes events in a transaction that is aborted.
func (p *place) abort(producer *kgo.Client, n int) {
	p.Helper()
	if err := producer.BeginTransaction(); err != nil {
		p.Fatal(err)
	}
	for i := range n {
		p.publish(producer, &kgo.Record{Topic: "tieback.social", Value: []byte(engagementLine(fmt.Sprintf("aborted-%d", i)))})
	}
	if err := producer.EndTransaction(p.Context(), kgo.TryAbort); err != nil {
		p.Fatal(err)
	}
}

// A load that is killed goes on where it stopped; the records before are not read again.
func TestKill9DuringLoad(t *testing.T) {
	p := newPlace(t)
	const n = 20_000
	file := p.file("events.ndjson", mixedLines(0, n))
	for range 3 {
		cmd, _ := p.process(500, "load", file)
		time.Sleep(time.Duration(150+rand.IntN(400)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	before := 0
	if rows := tieback(t, p.args("load", file, "--format", "json")...); rows.code != 0 {
		t.Fatal(rows.err)
	} else if got := countsOf(t, rows.out); got.Duplicates != 0 || got.DeadLetters != 0 {
		t.Errorf("%+v, want neither duplicates nor dead letters", got)
	} else {
		before = n - int(got.Consumed)
	}
	t.Logf("%d of %d records were in the warehouse after three kills", before, n)
	if diff := cmp.Diff([]string{"engagement|5000", "link|5000", "order|5000", "places|20000", "shock|5000"}, p.rows(rawCounts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.reconciled(n)
}

// A file that is read anew by another map is a load like any other: killed in the middle, it goes on where it stopped.
func TestKill9DuringLoadAnew(t *testing.T) {
	p := newPlace(t)
	const n = 20_000
	file := p.file("events.ndjson", mixedLines(0, n))
	p.do("load", file)
	own := p.file("same.jq", ".")
	for range 3 {
		cmd, _ := p.process(500, "load", file, "--map", own)
		time.Sleep(time.Duration(150+rand.IntN(400)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	got := countsOf(t, p.do("load", file, "--map", own, "--format", "json"))
	t.Logf("%d of %d records were left after three kills", got.Consumed, n)
	if got.Duplicates != got.Consumed {
		t.Errorf("%+v, want duplicates alone", got)
	}
	if diff := cmp.Diff([]string{"engagement|5000", "link|5000", "order|5000", "places|20000", "shock|5000"}, p.rows(rawCounts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.reconciled(2 * n)
}

// DuckDB dies at each step of writing its log into the file, twice before one succeeds: nothing is lost, nothing doubled.
func TestKill9DuringCheckpoint(t *testing.T) {
	for _, points := range [][2]string{
		{"before_header", "before_header"}, {"before_header", "before_truncate"}, {"after_free_list_write", "before_truncate"},
		{"before_truncate", "before_header"}, {"before_wal_finish", "before_wal_finish"},
	} {
		t.Run(points[0]+" "+points[1], func(t *testing.T) {
			p := newPlace(t)
			const n = 2000
			file := p.file("events.ndjson", mixedLines(0, n))
			for _, point := range points {
				cmd, _ := p.process(50, "load", file)
				before := size(p.warehouse + ".wal")
				until(t, "some commits", func() bool { return size(p.warehouse+".wal") > before+20_000 })
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
				cmd, errOut := p.start(asCheckpointer + "=" + p.warehouse + "," + point)
				_ = cmd.Wait()
				if !strings.Contains(errOut.String(), "Checkpoint aborted") {
					t.Fatalf("the checkpoint did not break off: %s", errOut.String())
				}
			}
			p.do("load", file)
			if faults := auditFile(t, p.warehouse, &tally{Written: n}); len(faults) > 0 {
				t.Error(strings.Join(faults, "\n"))
			}
		})
	}
}

// size is how long a file is, 0 where there is none.
func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// SIGTERM: what was decoded is committed, and the process ends with 0 within its deadline.
func TestSigtermDrains(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 4000)...)
	cmd, errOut := p.process(0, "ingest") // the default batch: nothing is committed before 2 s are over
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	time.Sleep(700 * time.Millisecond)
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v, want exit code 0\n%s", err, errOut.String())
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v to end, want at most Limits.Drain", took)
	}
	if got := p.one("select coalesce(sum(consumed), 0) from meta.batch"); got != "4000" {
		t.Errorf("%s messages are in the warehouse, want the 4000 that were read", got)
	}
	p.reconciled(4000)
}
