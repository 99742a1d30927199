package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of the given megabytes; where that is not allowed the test is skipped.
func smallDisk(t *testing.T, megabytes int) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tieback-test", folder, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a disk that can be filled needs root: mount tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// leaveFree fills a disk but for some bytes.
func leaveFree(t *testing.T, folder string, free int64) {
	t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "filler"), make([]byte, int64(disk.Bavail)*disk.Bsize-free), 0o644); err != nil && (free > 0 || !errors.Is(err, syscall.ENOSPC)) {
		t.Fatal(err)
	}
}

// The disk becomes full during ingest: a sentence says so, whole batches stand or fall, and after there is space again
// the next run ends with everything.
func TestDiskFull(t *testing.T) {
	p := newPlace(t).withBroker(2)
	folder := smallDisk(t, 24)
	p.warehouse = filepath.Join(folder, "w.duckdb")
	const n = 60_000
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 4)...)
	p.ingest()
	leaveFree(t, folder, 2<<20)
	for from := 4; from < n; from += 4999 {
		p.publish(producer, mixedRecords(from, min(n, from+4999))...)
	}
	cmd, errOut := p.process(2000, "ingest", "--until-end")
	err := cmd.Wait()
	if err == nil || cmd.ProcessState.ExitCode() != exitDiskFull {
		t.Fatalf("exit code %d, %v, want %d: the disk has no room for this\n%s", cmd.ProcessState.ExitCode(), err, exitDiskFull, errOut)
	}
	if text := errOut.String(); !strings.Contains(text, "the disk is full; nothing of this was written, free space and start again") {
		t.Errorf("ingest said\n%swant a sentence that says what to do", text)
	}
	if err := syscall.Mount("tieback-test", folder, "tmpfs", syscall.MS_REMOUNT, "size=400m"); err != nil {
		t.Fatal(err)
	}
	left := p.ingest()
	t.Logf("%d of %d messages were left for the run with space", left.Consumed, n)
	if left.Duplicates != 0 || left.DeadLetters != 0 || left.Consumed == 0 {
		t.Errorf("%+v, want some messages left and neither duplicates nor dead letters", left)
	}
	if got := p.one("select rows from (" + rawCounts + ") where table_name = 'places'"); got != fmt.Sprint(n) {
		t.Errorf("%s messages are in the raw tables, want %d", got, n)
	}
	p.reconciled(n)
}

// What /readyz and /metrics say of the disk is what the disk says.
func TestFreeDisk(t *testing.T) {
	folder := smallDisk(t, 24)
	leaveFree(t, folder, 2<<20)
	free, err := freeDisk(filepath.Join(folder, "not there yet.duckdb"))
	if err != nil || free != 2<<20 {
		t.Errorf("%d bytes are free (%v), want 2 MiB", free, err)
	}
	if _, err := freeDisk(filepath.Join(folder, "no folder", "w.duckdb")); err == nil {
		t.Error("a folder that is not there has free space")
	}
}

// Whatever writes says that the disk is full, by its own exit code, and can be done again when there is space.
func TestEveryCommandSaysThatTheDiskIsFull(t *testing.T) {
	p := newPlace(t).withBroker(1)
	folder := smallDisk(t, 200)
	p.warehouse = filepath.Join(folder, "w.duckdb")
	producer := p.producer()
	p.publish(producer, records("tieback.sales", brokenLines)...)
	p.publish(producer, mixedRecords(0, 400)...)
	p.ingest()
	p.do("backup")
	more := p.file("more.ndjson", mixedLines(1000, 1400))
	full := func(more ...string) {
		t.Helper()
		fail(t, exitDiskFull, []string{"the disk is full; nothing of this was written, free space and start again"}, p.args(more...)...)
	}
	filler := filepath.Join(folder, "filler")
	leaveFree(t, folder, 0)
	full("build")
	full("load", more)
	full("dlq", "discard", "--all")
	full("backup")
	p.publish(producer, mixedRecords(400, 800)...)
	full("ingest", "--until-end")
	restored := []string{"restore", "--from", filepath.Join(folder, "w.backup.000001.duckdb"), "--warehouse", filepath.Join(folder, "again.duckdb")}
	fail(t, exitDiskFull, []string{"the disk is full"}, restored...)
	t.Setenv(keyVariable, "")
	fail(t, exitDiskFull, []string{"no space left"}, "init", "--dir", filepath.Join(folder, "new"))
	t.Setenv(keyVariable, testKey)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.ingest() // so that the one that runs has nothing to write when the disk is full
	stop := p.ingesting()
	leaveFree(t, folder, 0)
	full("build")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	stop()
	p.load(mixedLines(1000, 1400))
	p.do("build")
	p.do("dlq", "discard", "--all")
	succeed(t, restored...)
}
