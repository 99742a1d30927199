package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tieback/ingest"
)

// app is what every command gets: its streams, its clock and the flags that all share.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	log      *slog.Logger

	settingsFile string
	warehouse    string
	brokers      string
	verbose      bool

	// concealed replaces what variables of the settings hold in an error; nil before the settings were read.
	concealed func(string) string
	// exit ends the process at once; nil in tests that run commands without one.
	exit func(code int)
	// limits bound ingest's batches; zero: the defaults. Tests make batches small.
	limits ingest.Limits
	// refresh is how often ingest looks for new partitions; zero: the default. Tests do not wait that long.
	refresh time.Duration
	// patience is how long a schema registry that does not answer is asked again; zero: the default.
	patience time.Duration
}

// run runs a command line and returns its exit code.
func run(ctx context.Context, in io.Reader, out, errOut io.Writer, args []string) int {
	return (&app{in: in, out: out, err: errOut, now: time.Now, exit: os.Exit}).execute(ctx, args)
}

func (a *app) execute(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(a.err, "tieback:", a.errorText(err))
	}
	return exitCode(err)
}

// errorText is what is told of an error.
func (a *app) errorText(err error) string {
	var usage usageError
	errors.As(err, &usage)
	if faults := (faultList)(nil); a.concealed == nil || errors.As(usage.error, &faults) { // faults show no variable
		return err.Error()
	}
	return a.concealed(err.Error())
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "tieback",
		Short:         "Tie social activity to the business: incremental margin, full cost, return, and what may still be spent",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              misusedArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usageError{errors.New("name a command")}
		},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVar(&a.settingsFile, "settings", "", "settings `file` (default tieback.yaml where it exists)")
	flags.StringVar(&a.warehouse, "warehouse", "", "DuckDB `file` of the warehouse; the snapshot lies beside it (default data/tieback.duckdb)")
	flags.StringVar(&a.brokers, "brokers", "", "Kafka brokers, `host:port,…` (default localhost:9092)")
	flags.BoolVar(&a.verbose, "verbose", false, "log details to standard error")
	root.PersistentPreRun = func(*cobra.Command, []string) {
		level := slog.LevelInfo
		if a.verbose {
			level = slog.LevelDebug
		}
		a.log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
	}
	root.AddCommand(a.demoCommand(), a.initCommand(), a.validateCommand(), a.previewCommand(), a.reportCommand(), a.simulateCommand(), a.brokerCommand(), a.produceCommand(), a.ingestCommand(), a.loadCommand(),
		a.buildCommand(), a.backupCommand(), a.restoreCommand(), a.queryCommand(), a.explainCommand(), a.dlqCommand(), a.forgetCommand(), a.studyCommand(), a.pilotCommand())
	return root
}

// misusedArgs makes wrong arguments a usage error.
func misusedArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())}
		}
		return nil
	}
}

// usagef is a usage error with a sentence.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
