//go:build soak

package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieback/warehouse"
)

// soakSetting is a setting of a soak from the environment.
func soakSetting(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q must be a number above zero", variable, text)
	}
	return n
}

// soaking kills processes that hold one warehouse while messages keep coming.
type soaking struct {
	*place
	rand *rand.Rand
	// typical is how long starting, a build, a backup take, by what was seen last.
	starting, building, backing time.Duration
	// killed counts kills by what the process was told to do, left what the dead left behind.
	killed, left map[string]int
	// there is what lay there after the kill before.
	there  map[string]string
	builds int
	// lives are the last few, told for the log of a failure.
	lives []string
}

// TestSoakKills kills ingest, build and backup at random moments, SOAK_KILLS times (1000), while duplicates, conflicts, broken
// messages, tombstones, committed and aborted transactions keep coming. In the end every message must have had one fate.
//
// SOAK_SEED repeats the draws of a run; what the machine does between two draws nobody can repeat.
func TestSoakKills(t *testing.T) {
	n := soakSetting(t, "SOAK_KILLS", 1000)
	seed := uint64(soakSetting(t, "SOAK_SEED", int(time.Now().UnixNano()&0xffffffff)))
	fmt.Printf("SOAK_SEED=%d SOAK_KILLS=%d\n", seed, n)
	p := newPlace(t).withBrokerProcess(3)
	s := &soaking{place: p, rand: rand.New(rand.NewPCG(seed, 1)), starting: 300 * time.Millisecond,
		killed: make(map[string]int), left: make(map[string]int), there: make(map[string]string)}
	t.Cleanup(s.saveRemains)
	began := time.Now()
	messages := p.startTraffic(seed)
	s.measure()
	died := 0
	for life := 0; died < n; life++ {
		if life > 3*n+50 {
			t.Fatalf("only %d of %d kills hit a living process", died, life)
		}
		if !s.live() {
			continue
		}
		if died++; died%25 == 0 {
			s.inspect()
			fmt.Printf("%4d kills, %.0f s; a start takes %d ms, a build %d ms, a backup %d ms\n", died, time.Since(began).Seconds(), s.starting.Milliseconds(), s.building.Milliseconds(), s.backing.Milliseconds())
		}
	}
	want := messages.end()
	left := p.ingest()
	p.do("build")
	fmt.Printf("%d kills in %.0f s\nby what was under way: %s\nleft behind: %s\nbuilds that were not killed: %d\n%s\nleft for the last run: %d messages\n",
		died, time.Since(began).Seconds(), countsText(s.killed), countsText(s.left), s.builds, want, left.Consumed)
	s.compare(want)
}

// saveRemains keeps the files of a run that failed, for whoever looks for the cause.
func (s *soaking) saveRemains() {
	if !s.Failed() {
		return
	}
	_ = os.Remove(socketPath(s.warehouse)) // no file to copy
	folder, err := os.MkdirTemp("", "tieback-soak-")
	if err == nil {
		err = os.CopyFS(filepath.Join(folder, "remains"), os.DirFS(filepath.Dir(s.warehouse)))
	}
	fmt.Printf("the last lives: %s\nthe remains are in %s (%v)\n", strings.Join(s.lives, "; "), folder, err)
}

func countsText(m map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

// upTo draws a time between nothing and a bound.
func (s *soaking) upTo(bound time.Duration) time.Duration {
	return time.Duration(s.rand.Int64N(int64(bound) + 1))
}

// measure finds out how long a build and a backup take.
func (s *soaking) measure() {
	s.Helper()
	s.ingest()
	for command, typical := range map[string]*time.Duration{"build": &s.building, "backup": &s.backing} {
		asked := time.Now()
		s.do(command)
		*typical = time.Since(asked)
	}
}

// live starts a process, kills it, and says whether it was still alive then.
func (s *soaking) live() bool {
	switch draw := s.rand.IntN(100); {
	case draw < 30:
		c := s.child("start", "ingest")
		time.Sleep(s.upTo(s.starting * 6 / 5))
		return c.kill()
	case draw < 76:
		c := s.child("ingest", "ingest").reading()
		time.Sleep(s.upTo(500 * time.Millisecond))
		return c.kill()
	case draw < 86: // the last commit, the checkpoint
		c := s.child("stop", "ingest").reading()
		time.Sleep(s.upTo(300 * time.Millisecond))
		if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			s.Fatal(err)
		}
		time.Sleep(s.upTo(150 * time.Millisecond))
		return c.kill()
	case draw < 92: // the log of those who died is written into the file
		c := s.adopt("checkpoint", func() (*exec.Cmd, *watched) { return s.start(asCheckpointer + "=" + s.warehouse) }).reading()
		time.Sleep(s.upTo(40 * time.Millisecond))
		return c.kill()
	case draw < 95: // models, checks, snapshot, beside ingest
		return s.child("build beside ingest", "ingest").reading().request(s.buildRequest(), &s.building)
	case draw < 97:
		c := s.child("build", "build")
		time.Sleep(s.upTo(s.starting + s.building*6/5))
		return c.kill()
	default:
		return s.child("backup beside ingest", "ingest").reading().request(controlRequest{Backup: &backupRequest{}}, &s.backing)
	}
}

func (s *soaking) buildRequest() controlRequest {
	a := &app{now: time.Now, warehouse: s.warehouse, brokers: s.brokers}
	own, err := a.settings()
	if err != nil {
		s.Fatal(err)
	}
	request, err := own.buildRequest("", false)
	if err != nil {
		s.Fatal(err)
	}
	return controlRequest{Build: &request}
}

// child is a process that will be killed.
type child struct {
	*soaking
	role   string
	cmd    *exec.Cmd
	errOut *watched
	born   time.Time
	ended  chan struct{}
}

func (s *soaking) child(role string, args ...string) *child {
	return s.adopt(role, func() (*exec.Cmd, *watched) { return s.process(200, args...) })
}

func (s *soaking) adopt(role string, start func() (*exec.Cmd, *watched)) *child {
	c := &child{soaking: s, role: role, born: time.Now(), ended: make(chan struct{})}
	c.cmd, c.errOut = start()
	go func() { _ = c.cmd.Wait(); close(c.ended) }()
	return c
}

// reading waits until ingest has the warehouse and Kafka, or whatever else it is the warehouse.
func (c *child) reading() *child {
	for deadline := time.Now().Add(time.Minute); !strings.Contains(c.errOut.String(), "reading"); time.Sleep(2 * time.Millisecond) {
		select {
		case <-c.ended:
			c.Fatalf("%s ended by itself, %v\n%s", c.role, c.cmd.ProcessState, c.errOut.String())
		default:
		}
		if time.Now().After(deadline) {
			c.Fatalf("%s did not begin to read within a minute\n%s", c.role, c.errOut.String())
		}
	}
	if c.role != "checkpoint" {
		c.starting = (9*c.starting + time.Since(c.born)) / 10
	}
	return c
}

// request asks for something that typically takes so long, and kills the process on the way.
func (c *child) request(request controlRequest, typical *time.Duration) bool {
	type answer struct {
		answered bool
		err      error
		took     time.Duration
	}
	asked, answers := time.Now(), make(chan answer, 1)
	go func() {
		answered, _, err := askControl(c.Context(), c.warehouse, request)
		answers <- answer{answered, err, time.Since(asked)}
	}()
	patience := c.upTo(*typical * 6 / 5)
	select {
	case got := <-answers:
		if !got.answered || got.err != nil {
			c.Fatalf("%s: answered %t, %v\n%s", c.role, got.answered, got.err, c.errOut.String())
		}
		*typical = got.took
		c.builds++
		c.role += ", just done"
	case <-time.After(patience):
		defer func() { <-answers }() // its connection breaks
	}
	return c.kill()
}

// kill kills the process and looks at what it left behind.
func (c *child) kill() bool {
	_ = c.cmd.Process.Kill() // it may have ended
	<-c.ended
	status := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		if status.ExitStatus() != 0 {
			c.Fatalf("%s ended by itself with %d\n%s", c.role, status.ExitStatus(), c.errOut.String())
		}
		return false
	}
	c.killed[c.role]++
	c.lives = append(c.lives[max(0, len(c.lives)-9):], fmt.Sprintf("%s for %d ms", c.role, time.Since(c.born).Milliseconds()))
	folder := filepath.Dir(c.warehouse)
	for what, pattern := range map[string]string{
		"a log to replay": c.warehouse + ".wal", "a log of a checkpoint": c.warehouse + ".wal.checkpoint", "a log being recovered": c.warehouse + ".wal.recovery",
		"a checkpoint half done": c.warehouse + ".kept",
		"a backup half written":  filepath.Join(folder, ".tieback-backup-*", "*"), "a snapshot half written": filepath.Join(folder, ".*.part"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			c.Fatal(err)
		}
		if there := strings.Join(files, " "); there != "" && (there != c.there[what] || !strings.Contains(pattern, "*")) {
			c.left[what]++
		}
		c.there[what] = strings.Join(files, " ")
	}
	if strings.Contains(c.role, "build") {
		c.readSnapshot()
	}
	return true
}

// readSnapshot opens the published snapshot, if there is one yet: whoever died beside it, it is whole.
func (s *soaking) readSnapshot() {
	s.Helper()
	link := strings.TrimSuffix(s.warehouse, ".duckdb") + ".snapshot.duckdb"
	if _, err := os.Lstat(link); os.IsNotExist(err) {
		return
	}
	file, err := filepath.EvalSymlinks(link)
	if err != nil {
		s.Fatal(err)
	}
	for _, row := range queryFile(s.T, file, "select (select count(*) from fct_orders), (select sum(orders) from dim_customer), (select count(*) from catalog) > 0") {
		if cells := strings.Split(row, "|"); cells[0] != cells[1] || cells[2] != "true" {
			s.Fatalf("the snapshot %s is torn: %s", file, row)
		}
	}
}

// inspect opens the warehouse that the last victim left, and audits it.
func (s *soaking) inspect() {
	s.Helper()
	w, err := warehouse.Open(s.Context(), s.warehouse, warehouse.Options{Holder: "the soak"})
	if err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	if faults := auditFile(s.T, s.warehouse, nil); len(faults) > 0 {
		s.Fatalf("the warehouse is no longer sound:\n%s", strings.Join(faults, "\n"))
	}
}

// compare audits the warehouse and compares it with one that was made from the same topics without a disturbance.
func (s *soaking) compare(want tally) {
	s.Helper()
	if faults := auditFile(s.T, s.warehouse, &want); len(faults) > 0 {
		s.Errorf("the warehouse:\n%s", strings.Join(faults, "\n"))
	}
	undisturbed := &place{T: s.T, warehouse: s.warehouse + ".undisturbed.duckdb", brokers: s.brokers}
	undisturbed.ingest()
	undisturbed.do("build")
	for what, query := range map[string]string{
		"ledger":    "select * from meta.reconciliation order by all",
		"positions": "select topic, partition, next_offset, last_offset, last_hash from meta.position order by all",
		"keys": `select count(*), count(distinct key), bit_xor(hash(key, occurred_at, content_hash))
			from (select * from meta.seen union all select * from meta.seen_late)`,
		"rows": rawCounts,
	} {
		if diff := cmp.Diff(undisturbed.rows(query), s.rows(query)); diff != "" {
			s.Errorf("%s (-undisturbed +killed):\n%s", what, diff)
		}
	}
	marts := s.marts()
	for mart, rows := range undisturbed.marts() {
		if slices.Contains([]string{"build_info", "restatements", "restatements_by_reason"}, mart) {
			continue // when it was built, and what earlier snapshots said
		}
		if diff := cmp.Diff(rows, marts[mart]); diff != "" {
			s.Errorf("%s (-undisturbed +killed):\n%.2000s", mart, diff)
		}
	}
}
