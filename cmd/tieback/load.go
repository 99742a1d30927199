package main

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/spf13/cobra"

	"tieback/ingest"
	"tieback/ingest/event"
)

func (a *app) loadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "load FILE…",
		Short: "Read events from files (NDJSON, JSON, CSV, Parquet, Arrow) into the warehouse",
		Long: `Read events from files, by the same path as from Kafka. A file is known by the SHA-256 of its bytes: what is in the
warehouse already is not read again, and an interrupted load goes on where it stopped. A file that has grown is another one: it is
read from its beginning, and the events that are known count as duplicates.

` + inputHelp + `

With --map the records are foreign, and the map makes events of them (docs/maps.md). With another map, another --source or other
options a file is read anew: what it brought already is a duplicate, but for what it brought under another source, which stays.`,
		Args: misusedArgs(cobra.MinimumNArgs(1)),
	}
	format := formatFlag(cmd, "text", "json")
	input := a.inputFlags(cmd)
	mapName := cmd.Flags().String("map", "", "`map` of the files: a built-in one's name, or the path of an own one")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		s, err := a.settings()
		if err != nil {
			return err
		}
		files, options, err := input(s, args) // before anything is opened or made
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		tameMemory()
		s.files(*mapName, options.Source)
		byTopic, err := s.openMaps()
		if err != nil {
			return err
		}
		if m := byTopic[allFiles]; m != nil {
			options.Foreign, options.Map = true, m.Digest()
		}
		w, err := a.open(ctx, s, "tieback load", true)
		if err != nil {
			return err
		}
		defer a.close(w, &err)
		positions, err := w.Positions(ctx)
		if err != nil {
			return err
		}
		lines, err := ingest.NewRecordSource(files, a.now().UnixMicro(), options.FileFormat(), func(topic string) int64 { return positions[topic][0].Next })
		if err != nil {
			return err
		}
		for name, records := range lines.Known() {
			fmt.Fprintf(a.err, "%s: the first %d records are in the warehouse already\n", name, records)
		}
		for _, name := range lines.Otherwise(maps.Keys(positions)) {
			fmt.Fprintf(a.err, "%s: it was read before by another map or with other options, and is read anew. Events that are known by source and id are duplicates; what it brought under another source stays and counts\n", name)
		}
		why := make(deadReasons)
		result, err := a.runIngest(ctx, w, s, byTopic.source(lines, nil), reading{}, func(_ context.Context, d durable) {
			for kind, n := range d.Refused {
				why.add(event.Code(kind.Code), kind.Reason, n)
			}
		})
		total := newSummary(result)
		total.Refused = why.list()
		return errors.Join(err, total.print(a.out, *format))
	}
	return cmd
}
