//go:build soak

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tieback/ingest"
	"tieback/simulate"
)

// TestSoakBeside has ingest, builds with their snapshots, an analyst's long queries and a backup run beside each other for
// SOAK_SECONDS (600), while SOAK_RATE (5000) events a second keep coming: those of the simulated company, and other engagements.
// Nothing may fail, each snapshot must agree with itself, none may hold less than the one before, and the memory of ingest must stay
// flat between builds and within its limits during them.
func TestSoakBeside(t *testing.T) {
	length := time.Duration(soakSetting(t, "SOAK_SECONDS", 600)) * time.Second
	rate := soakSetting(t, "SOAK_RATE", 5000)
	b := &beside{place: newPlace(t).withBrokerProcess(4), began: time.Now()}
	b.prepare(int(length.Seconds()), rate)
	ingesting, errOut := b.command("ingest")
	if err := ingesting.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var work sync.WaitGroup
	for name, do := range map[string]func(context.Context) error{
		"publish":     func(ctx context.Context) error { return b.publishCompany(ctx, rate) },
		"build":       func(ctx context.Context) error { return b.buildAlways(ctx, 20*time.Second) },
		"the analyst": b.analyze,
		"back up":     func(ctx context.Context) error { return b.backUp(ctx, length/4) },
		"measure":     func(ctx context.Context) error { return b.measure(ctx, ingesting.Process.Pid) },
	} {
		work.Add(1)
		go func() {
			defer work.Done()
			if err := do(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("%s: %v", name, err)
				stop()
			}
		}()
	}
	work.Wait()
	if err := errors.Join(ingesting.Process.Signal(syscall.SIGTERM), ingesting.Wait()); err != nil {
		t.Errorf("ingest: %v\n%s", err, errOut)
	}
	if text := errOut.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "level=WARN") {
		t.Errorf("ingest complained:\n%s", text)
	}
	fmt.Print(b.table())
	fmt.Printf("%d events published, %d builds, %d backups, %d reads of %d snapshots\n", b.published.Load(), b.builds.Load(), b.backups, b.reads, len(b.snapshots))
	b.flat()
	if left := b.ingest(); left.DeadLetters > int64(b.published.Load())/100 {
		t.Errorf("%+v, want few dead letters", left)
	}
	if faults := auditFile(t, b.warehouse, nil); len(faults) > 0 {
		t.Errorf("the warehouse:\n%s", strings.Join(faults, "\n"))
	}
	if got, want := b.one("select sum(consumed) from meta.reconciliation"), fmt.Sprint(b.published.Load()); got != want {
		t.Errorf("%s messages consumed, want the %s that were published", got, want)
	}
}

// beside is one run.
type beside struct {
	*place
	began     time.Time
	company   *simulate.Company
	binary    string
	published atomic.Int64
	builds    atomic.Int64
	backups   int
	// building is when the build under way began, 0: none is.
	building atomic.Int64
	reads    int
	// snapshots are those that the analyst saw, in order.
	snapshots []string
	samples   []sample
}

// sample is the memory of ingest at one moment.
type sample struct {
	at        time.Duration
	rss       int64 // KiB
	anonymous int64 // of that, what is not a file's
	building  bool
	published int64
	file, log int64 // bytes
}

// companyShare is which part of the events is the company's, the rest are engagements that nobody answers.
const companyShare = 0.05

// What DuckDB may take during a build, and Go, in bytes.
const besideDuckDB, besideGo = 1_000_000_000, 512 << 20

func (b *beside) prepare(seconds, rate int) {
	b.Helper()
	var err error
	if b.binary, err = filepath.Abs(filepath.Join("..", "..", "bin", "tieback")); err != nil {
		b.Fatal(err)
	}
	b.company, err = simulate.NewCompany(simulate.Options{Seed: 1, Events: max(10_000, int(companyShare*float64(seconds*rate)))})
	if err != nil {
		b.Fatal(err)
	}
	b.file("tieback.yaml", string(b.company.SettingsYAML())+fmt.Sprintf("\nmemory_limit: %dMB\ngo_memory_limit: %dMiB\n", besideDuckDB/1_000_000, besideGo>>20)+"snapshots: {keep: 3}\nbackups: {keep: 1}\n")
}

// command is a process of the real program.
func (b *beside) command(args ...string) (*exec.Cmd, *watched) {
	b.Helper()
	args = append(b.args(args...), "--settings", filepath.Join(filepath.Dir(b.warehouse), "tieback.yaml"))
	cmd := exec.CommandContext(b.Context(), b.binary, args...)
	errOut := &watched{}
	cmd.Stderr = errOut
	return cmd, errOut
}

// run runs a process to its end and returns what it printed.
func (b *beside) run(args ...string) (string, error) {
	cmd, errOut := b.command(args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, errOut)
	}
	return out.String(), nil
}

// publishCompany publishes so many events a second: the company's, with others in between, and others alone after its end.
func (b *beside) publishCompany(ctx context.Context, rate int) error {
	p, err := ingest.NewProducer([]string{b.brokers}, "", ingest.Security{})
	if err != nil {
		return err
	}
	defer p.Close()
	began, others := time.Now(), 0
	send := func(line []byte) error {
		if err := p.Send(context.WithoutCancel(ctx), line); err != nil {
			return err
		}
		n := b.published.Add(1)
		if n%200 > 0 {
			return nil
		}
		if err := p.Flush(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		select {
		case <-time.After(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate)))):
			return ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	other := func() error {
		others++
		return send(fmt.Appendf(nil, `{"id":"x-%d","source":"reddit","type":"social.engagement","time":"%s","platform":"reddit","action":"view","person":"r%d","content_id":"c-%d","market":"US"}`,
			others, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(others)*500*time.Millisecond).Format(time.RFC3339Nano), others*7919%20_011, others%500))
	}
	_, err = b.company.Stream(ctx, func(_ string, line []byte) error {
		for range int(1/companyShare) - 1 {
			if err := other(); err != nil {
				return err
			}
		}
		return send(line)
	})
	for err == nil {
		err = other()
	}
	if ctx.Err() == nil {
		return err
	}
	return p.Flush(context.WithoutCancel(ctx))
}

// buildAlways builds and publishes, a pause after each.
func (b *beside) buildAlways(ctx context.Context, pause time.Duration) error {
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		b.building.Store(time.Now().UnixNano())
		if _, err := b.run("build"); err != nil {
			return err
		}
		b.building.Store(0)
		b.builds.Add(1)
	}
}

func (b *beside) backUp(ctx context.Context, pause time.Duration) error {
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		if _, err := b.run("backup"); err != nil {
			return err
		}
		b.backups++
	}
}

// analysis takes some seconds; what it returns must agree with itself.
const analysis = `
select
    (select count(*) from fct_orders) as orders,
    (select count(*) from fct_engagements) as engagements,
    cast((select coalesce(sum(gross), 0) from fct_orders) as varchar) as gross,
    cast((select coalesce(sum(gross), 0) from ledger_bridge_by_month where market <> '(all)') as varchar) as bridged,
    (select count(*) from ledger_bridge_by_month where net_revenue <> attributed + unattributed or gross - discounts - adjustments <> net_revenue) as open_bridges,
    (
        select count(distinct hash(fct_engagements.engagement_id, laps.lap) % 1000003)
        from fct_engagements
        cross join range(10) as laps (lap)
    ) as effort`

// analyze opens the newest snapshot again and again, each time in a process of its own.
func (b *beside) analyze(ctx context.Context) error {
	var before struct{ Orders, Engagements int64 }
	for ctx.Err() == nil {
		link := strings.TrimSuffix(b.warehouse, ".duckdb") + ".snapshot.duckdb"
		file, err := os.Readlink(link)
		if os.IsNotExist(err) {
			time.Sleep(time.Second)
			continue
		}
		out, err := b.run("query", analysis, "--format", "json")
		if err != nil {
			return err
		}
		var rows []struct {
			Orders, Engagements int64
			Gross, Bridged      string
			OpenBridges         int64 `json:"open_bridges"`
		}
		if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 1 {
			return fmt.Errorf("%w in %q", err, out)
		}
		switch r := rows[0]; {
		case r.Gross != r.Bridged || r.OpenBridges > 0:
			return fmt.Errorf("%s is torn: %s", file, out)
		case r.Orders < before.Orders || r.Engagements < before.Engagements:
			return fmt.Errorf("%s holds less than the one before, %+v: %s", file, before, out)
		default:
			before.Orders, before.Engagements = r.Orders, r.Engagements
		}
		b.reads++
		if !slices.Contains(b.snapshots, file) {
			b.snapshots = append(b.snapshots, file)
		}
	}
	return nil
}

// measure takes a sample each second.
func (b *beside) measure(ctx context.Context, pid int) error {
	for {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return fmt.Errorf("ingest has ended: %w", err)
		}
		b.samples = append(b.samples, sample{time.Since(b.began), kibibytes(text, "VmRSS:"), kibibytes(text, "RssAnon:"), b.building.Load() > 0,
			b.published.Load(), size(b.warehouse), size(b.warehouse + ".wal")})
	}
}

// kibibytes is one number of /proc/PID/status.
func kibibytes(status []byte, name string) int64 {
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, name); found {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}

func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// table shows twenty spans of the run.
func (b *beside) table() string {
	var text strings.Builder
	text.WriteString("| second | events published | memory of ingest, median MiB | of it anonymous | most | without a build | during a build | file MB | log MB |\n|---|---|---|---|---|---|---|---|---|\n")
	for span := range slices.Chunk(b.samples, max(1, (len(b.samples)+19)/20)) {
		var all, anonymous, idle, busy []int64
		for _, s := range span {
			all, anonymous = append(all, s.rss), append(anonymous, s.anonymous)
			if s.building {
				busy = append(busy, s.rss)
			} else {
				idle = append(idle, s.rss)
			}
		}
		last := span[len(span)-1]
		fmt.Fprintf(&text, "| %.0f | %d | %d | %d | %d | %d | %d | %d | %d |\n", last.at.Seconds(), last.published,
			median(all)>>10, median(anonymous)>>10, slices.Max(all)>>10, median(idle)>>10, median(busy)>>10, last.file/1e6, last.log/1e6)
	}
	return text.String()
}

// flat compares the thirds of the run: between builds the median must not grow by more than a tenth. A build needs more where there is more to build,
// within its limit: for builds, the most that ingest ever took stays within what the settings allow it.
func (b *beside) flat() {
	b.Helper()
	third := len(b.samples) / 3
	if third < 10 || b.builds.Load() < 3 {
		b.Errorf("%d samples and %d builds are too few to say that memory is flat", len(b.samples), b.builds.Load())
		return
	}
	var medians []int64
	var most int64
	for i := range 3 {
		var idle []int64
		for _, s := range b.samples[i*third : (i+1)*third] {
			if most = max(most, s.rss); !s.building {
				idle = append(idle, s.rss)
			}
		}
		medians = append(medians, median(idle)>>10)
	}
	fmt.Printf("median memory of ingest between builds by thirds: %d, %d, %d MiB; the most %d MiB\n", medians[0], medians[1], medians[2], most>>10)
	if medians[2] == 0 || medians[2]*10 > medians[1]*11 {
		b.Errorf("memory is not flat between builds: %d MiB in the last third, %d in the middle third", medians[2], medians[1])
	}
	if allowed := int64(besideDuckDB+besideGo) >> 10; most > allowed {
		b.Errorf("ingest took %d MiB, more than the %d that the settings allow DuckDB and Go together", most>>10, allowed>>10)
	}
}
