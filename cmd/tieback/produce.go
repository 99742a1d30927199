package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tieback/ingest"
)

func (a *app) produceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "produce FILE…",
		Short: "Publish NDJSON files (plain, gzip, zstd) to Kafka",
		Long:  `Publish files of one JSON event a line. Each event goes to the default topic of its type unless --topic names one.`,
		Args:  misusedArgs(cobra.MinimumNArgs(1)),
	}
	topic := cmd.Flags().String("topic", "", "`topic` for every line")
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		if err := mustExist(files); err != nil {
			return err
		}
		p, err := ingest.NewProducer(s.Brokers, *topic, s.Security.forIngest())
		if err != nil {
			return err
		}
		defer p.Close()
		started := a.now()
		for _, name := range files {
			if err := p.SendFile(cmd.Context(), name); err != nil {
				return fmt.Errorf("%w (%d messages were published)", err, p.Sent)
			}
		}
		fmt.Fprintf(a.out, "published %d messages in %.1f s\n", p.Sent, a.now().Sub(started).Seconds())
		return nil
	}
	return cmd
}
