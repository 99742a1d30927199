package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tieback/ingest"
)

func (a *app) loadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "load FILE…",
		Short: "Read events from NDJSON files (plain, gzip, zstd) into the warehouse",
		Long: `Read events from files of one JSON event a line, by the same path as from Kafka. A file is known by the SHA-256
of its bytes: what is in the warehouse already is not read again, and an interrupted load goes on where it stopped.
"-" is standard input. With --map the lines are foreign records, and the map makes events of them (docs/maps.md).`,
		Args: misusedArgs(cobra.MinimumNArgs(1)),
	}
	format := formatFlag(cmd, "text", "json")
	mapName := cmd.Flags().String("map", "", "`map` of the files: a built-in one's name, or the path of an own one")
	source := cmd.Flags().String("source", "", "`source` of events that name none, such as shop")
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		if err := mustExist(files); err != nil {
			return err
		}
		ctx := cmd.Context()
		tameMemory()
		s.files(*mapName, *source)
		maps, err := s.openMaps()
		if err != nil {
			return err
		}
		w, err := a.open(ctx, s, "tieback load", true)
		if err != nil {
			return err
		}
		defer a.close(w)
		positions, err := w.Positions(ctx)
		if err != nil {
			return err
		}
		lines, err := ingest.NewFileSource(files, a.now().UnixMicro(), func(topic string) int64 { return positions[topic][0].Next })
		if err != nil {
			return err
		}
		for name, records := range lines.Known() {
			fmt.Fprintf(a.err, "%s: the first %d records are in the warehouse already\n", name, records)
		}
		result, err := a.runIngest(ctx, w, s, maps.source(lines), false, nil)
		return errors.Join(err, newSummary(result).print(a.out, *format))
	}
	return cmd
}

// mustExist finds a wrong file name before anything is opened or made.
func mustExist(files []string) error {
	var errs []error
	for _, name := range files {
		if name == "-" {
			continue
		}
		info, err := os.Stat(name)
		if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no regular file and can be read only once; write - and pipe into standard input", name)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
