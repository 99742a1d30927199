package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieback/report"
	"tieback/simulate"
	"tieback/warehouse"
)

// demoPeriod is the last quarter of the invented company whose refunds have come.
const demoPeriod = "2026-Q1"

func (a *app) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Everything at once on embedded parts: broker, invented company, ingest, build, report",
		Args:  misusedArgs(cobra.NoArgs),
	}
	events := cmd.Flags().Int("events", 300_000, "about how many events")
	seed := cmd.Flags().Uint64("seed", 1, "seed of the invented company")
	folder := cmd.Flags().String("out", "data/demo", "`folder` for everything the demo makes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.warehouse != "" || a.settingsFile != "" || a.brokers != "" {
			return usagef("the demo brings its own settings, warehouse and broker; choose its folder with --out")
		}
		d := demo{app: a, events: *events, seed: *seed, folder: *folder, started: a.now()}
		return d.run(cmd.Context())
	}
	return cmd
}

// demo is one run of the demo.
type demo struct {
	*app
	events  int
	seed    uint64
	folder  string
	started time.Time
}

// run plays the whole line. It starts from an empty warehouse each time.
func (d *demo) run(ctx context.Context) error {
	company, err := simulate.NewCompany(simulate.Options{Seed: d.seed, Events: d.events})
	if err != nil {
		return usageError{err}
	}
	if err := os.MkdirAll(d.folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of the demo: %w", err)
	}
	if err := d.ownFolder(); err != nil {
		return err
	}
	s, err := d.prepare(company)
	if err != nil {
		return err
	}
	d.step("an embedded broker starts on loopback")
	cluster, err := startBroker(0, 4, "")
	if err != nil {
		return err
	}
	defer cluster.Close()
	s.Brokers = cluster.ListenAddrs()
	d.step("an invented retailer, Harbor & Pine, plays eighteen months into Kafka")
	sent, truth, err := publishCompany(ctx, company, s)
	if err != nil {
		return err
	}
	if err := writeTruth(company, truth, d.folder); err != nil {
		return err
	}
	d.step("ingest reads %d events into DuckDB, each exactly once", sent)
	result, err := d.ingestKafka(ctx, s, s.topicNames(), true)
	if err != nil {
		return err
	}
	if err := newSummary(result).print(d.err, "text"); err != nil {
		return err
	}
	cluster.Close()
	d.step("models, statistics and checks are built, and a snapshot is published")
	if err := d.build(ctx, s, "", false); err != nil {
		return err
	}
	return d.finish(ctx, s, sent)
}

// prepare writes the company's settings and removes what an earlier demo left.
func (d *demo) prepare(company *simulate.Company) (*settings, error) {
	d.settingsFile = filepath.Join(d.folder, "tieback.yaml")
	if err := os.WriteFile(d.settingsFile, company.SettingsYAML(), 0o644); err != nil {
		return nil, fmt.Errorf("write the settings of the demo: %w", err)
	}
	d.warehouse = filepath.Join(d.folder, "tieback.duckdb")
	if err := os.WriteFile(filepath.Join(d.folder, demoMark), []byte("{}\n"), 0o644); err != nil {
		return nil, fmt.Errorf("mark the folder of the demo: %w", err)
	}
	s, err := d.settings()
	if err != nil {
		return nil, err
	}
	s.MemoryLimit = "512MB"
	s.KeyFile = filepath.Join(d.folder, "tieback.key")
	if _, err := s.makeKey(); err != nil {
		return nil, err
	}
	return s, d.removeOld(s.Warehouse)
}

// demoMark is the file by which a demo knows a folder as one of its own.
const demoMark = "truth.json"

// ownFolder refuses a folder that holds something else: the demo begins by removing what is there.
func (d *demo) ownFolder() error {
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		return fmt.Errorf("look into the folder of the demo: %w", err)
	}
	if _, err := os.Stat(filepath.Join(d.folder, demoMark)); err == nil || len(entries) == 0 {
		return nil
	}
	return usagef("%s is not empty and not from a demo; choose a new folder with --out", d.folder)
}

// removeOld removes the warehouse of an earlier demo; one that is in use is refused. Its snapshots stay until they are
// pruned: their names are never used again.
func (d *demo) removeOld(path string) error {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	w, err := warehouse.Open(context.Background(), path, warehouse.Options{Holder: "tieback demo", Now: d.now})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	for _, name := range []string{path, path + ".wal", warehouse.ErasedPath(path)} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the last demo: %w", err)
		}
	}
	return nil
}

// step says what happens next, with the seconds since the start.
func (d *demo) step(format string, args ...any) {
	fmt.Fprintf(d.err, "%5.1f s  %s\n", d.now().Sub(d.started).Seconds(), fmt.Sprintf(format, args...))
}

// finish writes the report and says where everything is and what to try.
func (d *demo) finish(ctx context.Context, s *settings, sent int64) error {
	when, err := report.ParsePeriod(demoPeriod, d.now())
	if err != nil {
		return err
	}
	d.step("the report of %s is written", demoPeriod)
	page, err := readReport(ctx, s.Warehouse, when)
	if err != nil {
		return err
	}
	name := filepath.Join(d.folder, "report.html")
	if err := writeReportFile(page, "html", name); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%s\n\n", strings.Join(page.Answer.Headline, "\n"))
	for _, row := range page.Answer.Rows[:min(3, len(page.Answer.Rows))] {
		fmt.Fprintf(d.out, "  %-20s %s\n", row.Label, strings.Join(row.Lines, "\n"+strings.Repeat(" ", 23)))
	}
	fmt.Fprintf(d.out, `
%d events in %.0f s. What is true of this company is in %s.

report    %s
snapshot  %s

Try next:
  %s --settings %s --warehouse %s query "select pilot, arm, roi, roi_lo, roi_hi, decision from pilot_results where is_decisive"
  %s --settings %s --warehouse %s report --period 2025-Q4 --format text
`, sent, d.now().Sub(d.started).Seconds(), filepath.Join(d.folder, "truth.json"), name, warehouse.SnapshotPath(s.Warehouse),
		os.Args[0], d.settingsFile, s.Warehouse, os.Args[0], d.settingsFile, s.Warehouse)
	return nil
}
