package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tieback/ingest"
	filerecords "tieback/ingest/records"
)

func (a *app) produceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "produce FILE…",
		Short: "Publish files (NDJSON, JSON, CSV, Parquet, Arrow) to Kafka",
		Long: `Publish the events of files as JSON, one a message. Each goes to the default topic of its type unless --topic names one.

` + inputHelp,
		Args: misusedArgs(cobra.MinimumNArgs(1)),
	}
	topic := cmd.Flags().String("topic", "", "`topic` for every event")
	input := a.inputFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		files, options, err := input(s, args)
		if err != nil {
			return err
		}
		p, err := ingest.NewProducer(s.Brokers, *topic, s.Security.forIngest())
		if err != nil {
			return err
		}
		defer p.Close()
		started := a.now()
		for _, name := range files {
			if err := publish(cmd.Context(), p, options, name); err != nil {
				return fmt.Errorf("%w (%d messages were published)", err, p.Sent)
			}
		}
		if p.Broken > 0 {
			fmt.Fprintf(a.err, "%d rows cannot be read and were published as they are; they will be dead letters\n", p.Broken)
		}
		fmt.Fprintf(a.out, "published %d messages in %.1f s\n", p.Sent, a.now().Sub(started).Seconds())
		return nil
	}
	return cmd
}

// publish publishes one file.
func publish(ctx context.Context, p *ingest.Producer, options filerecords.Options, name string) error {
	reader, err := options.Open(name)
	if err != nil {
		return err
	}
	defer reader.Close()
	return p.SendRecords(ctx, name, reader)
}
