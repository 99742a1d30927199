package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieback/ingest/event"
	filerecords "tieback/ingest/records"
)

// inputHelp is what the commands that read files say about them.
const inputHelp = `FILE is a file, a folder, a pattern such as 'exports/*.csv', or "-" for standard input. NDJSON, JSON arrays, CSV, Parquet and
Arrow IPC are read, plain or compressed (gzip, zstd, bzip2, lz4, snappy); the first bytes say which it is. Of a folder all data files are
read, also those in folders below, in the order of their paths. docs/files.md says how rows become events.`

// inputFlags are the flags of commands that read files. The function that is returned checks them, turns arguments into files
// and returns the options to read them with.
func (a *app) inputFlags(cmd *cobra.Command) func(s *settings, args []string) ([]string, filerecords.Options, error) {
	var o filerecords.Options
	flags := cmd.Flags()
	format := flags.String("input-format", "", fmt.Sprintf("read every file as this `format`, whatever it looks like: %v", filerecords.Formats))
	flags.StringVar(&o.Type, "type", "", "event `type` of records that name none, such as cost.entry")
	flags.StringVar(&o.Source, "source", "", "`source` of records that name none")
	flags.StringVar(&o.IDFrom, "id-from", "", "`column` that is the id, in files of rows without a column id (default: a hash of the row)")
	flags.StringVar(&o.TimeFrom, "time-from", "", "`column` that is the time, in files of rows without a column time")
	delimiter := flags.String("delimiter", "", "`character` between the cells of CSV, or tab (default: as the header has it)")
	flags.BoolVar(&o.DecimalComma, "decimal-comma", false, "numbers in CSV are written as 1.234,56 (with --map: in cells that are a number from end to end)")
	return func(s *settings, args []string) ([]string, filerecords.Options, error) {
		if o.Format = filerecords.Format(*format); *format != "" && !contains(formatNames(), *format) {
			return nil, o, usagef("--input-format %s is none of %v", *format, filerecords.Formats)
		}
		if o.Type != "" && event.Lookup(o.Type) == nil {
			return nil, o, usagef("--type %s is not in the contract (docs/events.md)", o.Type)
		}
		switch {
		case *delimiter == "tab":
			o.Delimiter = '\t'
		case len(*delimiter) == 1 && !strings.ContainsAny(*delimiter, "\"\r\n"):
			o.Delimiter = (*delimiter)[0]
		case *delimiter != "":
			return nil, o, usagef("--delimiter %q must be one character such as ; or |, or the word tab", *delimiter)
		}
		if o.DecimalComma && o.Delimiter == ',' {
			return nil, o, usagef("--decimal-comma and --delimiter , contradict each other: a comma cannot be both")
		}
		var err error
		if o.Zone, err = time.LoadLocation(s.TimeZone); err != nil {
			return nil, o, usagef("time_zone %q: %w", s.TimeZone, err)
		}
		o.Stdin = a.in
		files, skipped, err := o.Expand(args)
		if err != nil {
			return nil, o, err
		}
		for _, name := range skipped {
			fmt.Fprintf(a.err, "%s: left out, its name is not that of a data file\n", name)
		}
		return files, o, nil
	}
}

func formatNames() []string {
	var names []string
	for _, f := range filerecords.Formats {
		names = append(names, string(f))
	}
	return names
}
