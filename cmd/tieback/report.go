package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tieback/report"
	"tieback/warehouse"
)

func (a *app) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the report of a period: HTML, text, JSON or CSV",
		Long: `Write the report of a period from the newest snapshot. The HTML is one file that needs no script and nothing
else. The same snapshot gives the same bytes.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	period := cmd.Flags().String("period", "last-month", "last-month, a month (2026-03), a quarter (2026-Q1), a year (2026) or months (2025-11..2026-02)")
	out := cmd.Flags().String("out", "", "`file` to write to instead of standard output")
	format := formatFlag(cmd, "html", "text", "json", "csv")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(s.TimeZone)
		if err != nil {
			return err
		}
		// Last month is the one before today's in the reporting time zone.
		when, err := report.ParsePeriod(*period, a.now().In(zone))
		if err != nil {
			return usageError{err}
		}
		page, err := readReport(cmd.Context(), s.Warehouse, when)
		if err != nil {
			return err
		}
		if *out == "" {
			return writeReport(page, *format, a.out)
		}
		if err := writeReportFile(page, *format, *out); err != nil {
			return err
		}
		fmt.Fprintln(a.err, "report in", *out)
		return nil
	}
	return cmd
}

// readReport reads the page of a period from the newest snapshot.
func readReport(ctx context.Context, path string, period report.Period) (*report.Page, error) {
	snapshot, err := warehouse.OpenSnapshot(ctx, path)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	return report.Read(ctx, snapshot, period)
}

func writeReport(page *report.Page, format string, w io.Writer) error {
	switch format {
	case "text":
		return page.Text(w)
	case "json":
		return page.JSON(w)
	case "csv":
		return page.CSV(w)
	}
	return page.HTML(w)
}

// writeReportFile writes beside the file first and then takes its name, so that a full disk leaves the old report whole.
func writeReportFile(page *report.Page, format, name string) (err error) {
	next := name + ".next"
	file, err := os.Create(next)
	if err != nil {
		return err
	}
	if err := writeReport(page, format, file); err != nil {
		_ = file.Close()
		_ = os.Remove(next)
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := file.Close(); err != nil {
		_ = os.Remove(next)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(next, name)
}
