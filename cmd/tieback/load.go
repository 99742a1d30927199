package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tieback/ingest"
	"tieback/ingest/event"
	filerecords "tieback/ingest/records"
	"tieback/warehouse"
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
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		files, options, err := input(s, args) // before anything is opened or made
		if err != nil {
			return err
		}
		tameMemory()
		s.files(*mapName, options.Source)
		byTopic, err := s.openMaps()
		if err != nil {
			return err
		}
		if m := byTopic[allFiles]; m != nil {
			options.Foreign, options.Map = true, m.Digest()
		}
		return a.load(cmd.Context(), s, loadRequest{Files: files, Options: options, Format: *format})
	}
	return cmd
}

// loadRequest asks the process that holds the warehouse to load files. They are read with Reading.
type loadRequest struct {
	Files   []string
	Options filerecords.Options
	Format  string
	Reading *settings
}

// load has the process that ingests load files, or opens the warehouse itself. Standard input belongs to this process alone.
func (a *app) load(ctx context.Context, s *settings, request loadRequest) (err error) {
	if !contains(request.Files, "-") {
		asked := request
		asked.Reading, asked.Files = s.forReading(), absolute(request.Files)
		if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{Load: &asked}); answered {
			_, outErr := a.out.Write(reply.Output)
			_, notesErr := a.err.Write(reply.Notes)
			return errors.Join(err, outErr, notesErr)
		}
	}
	w, err := a.open(ctx, s, "tieback load", true)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	return a.loadIn(ctx, w, s, request, a.out, a.err)
}

// loadBeside loads files while ingest holds still.
func (c *consuming) loadBeside(ctx context.Context, request loadRequest, out, notes *bytes.Buffer) (err error) {
	s := request.Reading.heldBy(c.s)
	if request.Options.Zone, err = time.LoadLocation(s.TimeZone); err != nil {
		return err
	}
	return c.whileAlone(ctx, "load", func() error { return c.loadIn(ctx, c.w, s, request, out, notes) })
}

// loadIn loads files into an open warehouse.
func (a *app) loadIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request loadRequest, out, notes io.Writer) error {
	byTopic, err := s.openMaps()
	if err != nil {
		return err
	}
	positions, err := w.Positions(ctx)
	if err != nil {
		return err
	}
	lines, err := ingest.NewRecordSource(request.Files, a.now().UnixMicro(), request.Options.FileFormat(), func(topic string) int64 { return positions[topic][0].Next })
	if err != nil {
		return err
	}
	for name, records := range lines.Known() {
		fmt.Fprintf(notes, "%s: the first %d records are in the warehouse already\n", name, records)
	}
	for _, name := range lines.Otherwise(maps.Keys(positions)) {
		fmt.Fprintf(notes, "%s: it was read before by another map or with other options, and is read anew. Events that are known by source and id are duplicates; what it brought under another source stays and counts\n", name)
	}
	why := make(deadReasons)
	result, err := a.runIngest(ctx, w, s, byTopic.source(lines, nil), reading{}, func(_ context.Context, d durable) {
		for kind, n := range d.Refused {
			why.add(event.Code(kind.Code), kind.Reason, n)
		}
	})
	total := newSummary(result)
	total.Refused = why.list()
	return errors.Join(err, total.print(out, request.Format))
}

// absolute are the paths as another process must be told of them, which may run in another folder.
func absolute(files []string) []string {
	list := make([]string, len(files))
	for i, name := range files {
		list[i] = name
		if path, err := filepath.Abs(name); err == nil {
			list[i] = path
		}
	}
	return list
}
