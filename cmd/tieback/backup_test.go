package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The warehouse is lost while ingest runs on. From the backup, the positions in it and Kafka's log the same marts arise as if
// nothing had happened, each message counted once.
func TestRestoreAndReplay(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 1000)...)
	p.publish(producer, records("tieback.sales", brokenLines)...)
	stop := p.ingesting()
	until(t, "the first messages to be rows", func() bool {
		return strings.Contains(p.do("dlq", "list", "--format", "csv"), "bad_amount")
	})
	p.publish(producer, mixedRecords(500, 1500)...) // half of it known; the backup is written while they come
	out := p.do("backup")
	backup := strings.TrimSuffix(p.warehouse, ".duckdb") + ".backup.000001.duckdb"
	if !strings.HasPrefix(out, "backup "+backup) {
		t.Fatalf("backup says %q, want the file %s", out, backup)
	}
	fail(t, exitHeld, []string{"the warehouse is in use: tieback ingest"}, p.args("restore", "--from", "latest")...)
	p.publish(producer, mixedRecords(1500, 2500)...)
	if r := stop(); r.code != 0 {
		t.Fatalf("ingest ended with %d\n%s", r.code, r.err)
	}
	p.ingest()
	p.do("build")
	want, consumed := p.marts(), p.one("select sum(consumed) from meta.reconciliation")

	fail(t, exitFailed, []string{p.warehouse + " is there already; restore overwrites nothing"}, p.args("restore", "--from", "latest")...)
	if err := os.WriteFile(p.warehouse, []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.warehouse, p.warehouse+".damaged"); err != nil {
		t.Fatal(err)
	}
	restored := p.do("restore", "--from", "latest")
	if !strings.Contains(restored, "from "+backup) || !strings.Contains(restored, "tieback.sales partition 0 goes on at ") {
		t.Errorf("restore says\n%s", restored)
	}
	again := p.ingest()
	t.Logf("%d messages came after the backup", again.Consumed)
	if again.Consumed < 1000 {
		t.Errorf("%+v, want at least the last 1000 messages", again)
	}
	if got := p.one("select sum(consumed) from meta.reconciliation"); got != consumed || got != fmt.Sprint(1000+3+1000+1000) {
		t.Errorf("%s messages in the ledger, want %s as before, each once", got, consumed)
	}
	if got := p.one("select count(*) from meta.dead_letter"); got != "2" {
		t.Errorf("%s dead letters, want the 2 of before", got)
	}
	p.do("build")
	if diff := cmp.Diff(want, p.marts()); diff != "" {
		t.Errorf("marts (-never lost +restored):\n%s", diff)
	}
	p.do("dlq", "show", "--code", "bad_amount")
}

func TestBackupByHand(t *testing.T) {
	p := newPlace(t)
	fail(t, exitFailed, []string{"there is no warehouse at"}, p.args("backup")...)
	fail(t, exitFailed, []string{"there is no backup beside", "tieback backup makes one"}, p.args("restore", "--from", "latest")...)
	fail(t, exitMisused, []string{"say what to restore"}, p.args("restore")...)
	p.load(orderLine("a", "A", "10.00", "USD") + "\n")
	to := filepath.Join(t.TempDir(), "elsewhere.duckdb")
	p.do("backup", "--to", to)
	fail(t, exitFailed, []string{to + " is there already", "never overwrites"}, p.args("backup", "--to", to)...)
	p.do("build")
	fresh := &place{T: t, warehouse: filepath.Join(t.TempDir(), "w.duckdb")}
	snapshot := strings.TrimSuffix(p.warehouse, ".duckdb") + ".snapshot.duckdb"
	fail(t, exitFailed, []string{"is a published snapshot, which holds marts only"}, fresh.args("restore", "--from", snapshot)...)
	fresh.do("restore", "--from", to)
	fresh.do("build")
	if diff := cmp.Diff(p.marts(), fresh.marts()); diff != "" {
		t.Errorf("marts (-first +restored):\n%s", diff)
	}
}
