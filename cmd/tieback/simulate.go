package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"tieback/ingest"
	"tieback/simulate"
)

func (a *app) simulateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Make the events of an invented company whose true returns are known",
		Long: `Make the events of an invented retailer, Harbor & Pine: eighteen months of orders, social engagement, costs, pilots and
faults. They go to a folder, with truth.json and a tieback.yaml beside them, or to Kafka with --to-kafka. The same seed gives the
same bytes.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	events := cmd.Flags().Int("events", 300_000, "about how many events, 10,000 to 100,000,000")
	seed := cmd.Flags().Uint64("seed", 1, "seed of everything that is drawn")
	folder := cmd.Flags().String("out", "simulated", "`folder` for events.ndjson.zst, truth.json and tieback.yaml")
	toKafka := cmd.Flags().Bool("to-kafka", false, "publish to the brokers instead of a file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		company, err := simulate.NewCompany(simulate.Options{Seed: *seed, Events: *events})
		if err != nil {
			return usageError{err}
		}
		if *toKafka {
			s, err := a.settings()
			if err != nil {
				return err
			}
			sent, _, err := publishCompany(cmd.Context(), company, s)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "published %d events\n", sent)
			return nil
		}
		written, err := writeCompany(cmd.Context(), company, *folder)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%d events in %s, what is true in %s, settings in %s\n", written,
			filepath.Join(*folder, "events.ndjson.zst"), filepath.Join(*folder, "truth.json"), filepath.Join(*folder, "tieback.yaml"))
		return nil
	}
	return cmd
}

// publishCompany plays a company into Kafka.
func publishCompany(ctx context.Context, company *simulate.Company, s *settings) (int64, *simulate.Truth, error) {
	p, err := ingest.NewProducer(s.Brokers, "", s.Security.forIngest())
	if err != nil {
		return 0, nil, err
	}
	defer p.Close()
	truth, err := company.Stream(ctx, func(_ string, line []byte) error { return p.Send(ctx, line) })
	if err != nil {
		return p.Sent, nil, err
	}
	return p.Sent, truth, p.Flush(ctx)
}

// writeCompany plays a company into a folder.
func writeCompany(ctx context.Context, company *simulate.Company, folder string) (written int64, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, fmt.Errorf("make the folder of the events: %w", err)
	}
	file, err := os.Create(filepath.Join(folder, "events.ndjson.zst"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	zip, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	lines := bufio.NewWriterSize(zip, 1<<20)
	truth, err := company.Stream(ctx, func(_ string, line []byte) error {
		written++
		if _, err := lines.Write(line); err != nil {
			return err
		}
		return lines.WriteByte('\n')
	})
	if err = errors.Join(err, lines.Flush(), zip.Close()); err != nil {
		return written, fmt.Errorf("write the events: %w", err)
	}
	return written, writeTruth(company, truth, folder)
}

// writeTruth writes what is true and the settings that go with the company.
func writeTruth(company *simulate.Company, truth *simulate.Truth, folder string) error {
	file, err := os.Create(filepath.Join(folder, "truth.json"))
	if err != nil {
		return err
	}
	if err := errors.Join(encodeIndented(file, truth), file.Close()); err != nil {
		return fmt.Errorf("write what is true: %w", err)
	}
	return os.WriteFile(filepath.Join(folder, "tieback.yaml"), company.SettingsYAML(), 0o644)
}

func encodeIndented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
