package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ingesting starts ingest and waits until it reads.
func (p *place) ingesting() (stop func() result) {
	p.Helper()
	errOut, stop := background(p.T, p.args("ingest")...)
	until(p.T, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	return stop
}

// While ingest holds the warehouse, whoever else wants to write is refused with a message that says who holds it.
func TestSecondStarterIsRefused(t *testing.T) { newPlace(t).withBroker(1).refuseSecondStarter() }

func (p *place) refuseSecondStarter() {
	p.Helper()
	t := p.T
	stop := p.ingesting()
	holder := fmt.Sprintf("tieback ingest (process %d, since ", os.Getpid())
	for _, args := range [][]string{{"ingest", "--until-end"}, {"ingest"}, {"load", "-"}} {
		fail(t, exitHeld, []string{"the warehouse is in use", holder, "holds " + p.warehouse, "stop it"}, p.args(args...)...)
	}
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	if got := p.load(shockLine("a") + "\n"); got.Written != 1 {
		t.Errorf("%+v after the holder has ended, want 1 written", got)
	}
}

// A database that another program has open is refused with a sentence, and can be used when that one has gone.
func TestForeignHolder(t *testing.T) {
	p := newPlace(t)
	p.load(shockLine("a") + "\n")
	cmd, errOut := p.start(asHolder + "=" + p.warehouse)
	until(t, "the file to be held", func() bool { return strings.Contains(errOut.String(), "reading <nil>") })
	file := p.file("more.ndjson", shockLine("b")+"\n")
	fail(t, exitHeld, []string{"the warehouse is in use", "another program has " + p.warehouse + " open", "snapshot"}, p.args("load", file)...)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := p.load(shockLine("b") + "\n"); got.Written != 1 {
		t.Errorf("%+v after the holder was killed, want 1 written", got)
	}
}

// DuckDB's own lock must hold while ingest builds and answers: a file that is opened and closed anywhere in the
// process would drop it (POSIX record locks), and a second program could write into the same file.
func TestDatabaseLockHolds(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), mixedRecords(0, 100)...)
	_, errOut := p.process(10, "ingest")
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	p.do("build")
	db, err := sql.Open("duckdb", p.warehouse)
	if err == nil {
		err = db.Ping()
		db.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "lock") {
		t.Errorf("a second program opened the warehouse: %v, want that its lock is held", err)
	}
}

// build goes through the control socket while ingest runs; readers of the snapshot see the old one
// or the new one, whole.
func TestBuildWhileIngestRuns(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	orders := func(from, to int) (records []*kgo.Record) {
		for n := from; n < to; n++ {
			id := fmt.Sprint("o-", n)
			records = append(records, &kgo.Record{Topic: "tieback.sales", Value: []byte(orderLine(id, id, "10.00", "USD"))})
		}
		return records
	}
	p.publish(producer, orders(0, 100)...)
	stop := p.ingesting()
	count := func() string {
		return p.do("query", "select count(*) as n, sum(gross) as gross from fct_orders", "--format", "csv")
	}
	built := func(n int) func() bool {
		return func() bool {
			p.do("build")
			return count() == fmt.Sprintf("n,gross\n%d,%d.0000\n", n, 10*n)
		}
	}
	until(t, "a snapshot of 100 orders", built(100))
	snapshot := strings.TrimSuffix(p.warehouse, ".duckdb") + ".snapshot.duckdb"
	old, err := sql.Open("duckdb", snapshot+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if rows, err := textRows(t.Context(), old, "select count(*) from fct_orders"); err != nil || rows[0] != "100" {
		t.Fatalf("%v, %v in the snapshot by another client, want 100", rows, err)
	}
	torn := make(chan error, 1)
	quit := make(chan struct{})
	go func() { torn <- readSnapshots(t, snapshot, quit) }()
	p.publish(producer, orders(100, 250)...)
	until(t, "a snapshot of 250 orders", built(250))
	close(quit)
	if err := <-torn; err != nil {
		t.Error(err)
	}
	if rows, err := textRows(t.Context(), old, "select count(*) from fct_orders"); err != nil || rows[0] != "100" {
		t.Errorf("%v, %v in the snapshot that was open before, want still 100", rows, err)
	}
	if info, err := os.Stat(snapshot); err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("%v, %v, want a snapshot that nobody can write", info, err)
	}
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.reconciled(250)
}

// readSnapshots opens the snapshot again and again; each time two marts must agree with each other.
func readSnapshots(t *testing.T, snapshot string, quit chan struct{}) error {
	for reads := 0; ; reads++ {
		select {
		case <-quit:
			if reads == 0 {
				return errors.New("no snapshot was read")
			}
			return nil
		default:
		}
		file, err := filepath.EvalSymlinks(snapshot)
		if err != nil {
			return err
		}
		db, err := sql.Open("duckdb", file+"?access_mode=READ_ONLY")
		if err != nil {
			return err
		}
		rows, err := textRows(t.Context(), db, "select (select count(*) from fct_orders), (select sum(orders) from dim_customer)")
		db.Close()
		if err != nil {
			return err
		}
		if rows[0] != "100|100" && rows[0] != "250|250" {
			return fmt.Errorf("orders by two marts: %s, want 100|100 or 250|250", rows[0])
		}
	}
}

// A client that connects to the control socket and says nothing, or nonsense, keeps neither build nor the end of ingest waiting.
func TestControlSocketSurvivesNonsense(t *testing.T) {
	p := newPlace(t).withBroker(1)
	stop := p.ingesting()
	for _, text := range []string{"", "GET / HTTP/1.1\r\n\r\n", "{\"Settings\":", "\x00\xff"} {
		conn, err := net.Dial("unix", socketPath(p.warehouse))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // only at the end of the test: it stays open and silent
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	p.do("build")
	began := time.Now()
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to end: a silent client kept it waiting", took)
	}
}

// The name of a socket is short; a warehouse in a deep folder must be served all the same.
func TestControlSocketOfLongPath(t *testing.T) {
	p := newPlace(t).withBroker(1)
	folder := filepath.Join(filepath.Dir(p.warehouse), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	p.warehouse = filepath.Join(folder, "w.duckdb")
	stop := p.ingesting()
	p.do("build")
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
}

// A socket that a killed process left behind is no obstacle.
func TestStaleSocket(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), mixedRecords(0, 100)...)
	cmd, errOut := p.process(0, "ingest")
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if _, err := os.Stat(socketPath(p.warehouse)); err != nil {
		t.Fatalf("%v; this test wants a socket that was left behind", err)
	}
	p.do("build")
	stop := p.ingesting()
	p.do("build")
	stop()
}
