package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"

	"tieback/ingest/event"
)

// startBroker starts the embedded broker on loopback with the default topics and more. Port 0 takes a free one.
func startBroker(port, partitions int, folder string, more ...string) (*kfake.Cluster, error) {
	topics := make(map[string]bool)
	var names []string
	for _, t := range event.Types {
		if !topics[t.Topic] {
			topics[t.Topic] = true
			names = append(names, t.Topic)
		}
	}
	for _, name := range more {
		if !topics[name] {
			topics[name] = true
			names = append(names, name)
		}
	}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.Ports(port), kfake.SeedTopics(int32(partitions), names...)}
	if folder != "" {
		options = append(options, kfake.DataDir(folder))
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker on port %d (is the port taken?): %w", port, err)
	}
	return cluster, nil
}

func (a *app) brokerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "Run the embedded Kafka broker on a loopback port, for trying things out",
		Long: `Run an embedded broker that speaks Kafka's protocol, on 127.0.0.1, with the default topics and those of the settings. It keeps
messages in memory, or in a folder with --data. It is for trials and tests; use Apache Kafka for work.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	port := cmd.Flags().Int("port", 9092, "loopback `port`, 0 for a free one")
	partitions := cmd.Flags().Int("partitions", 4, "partitions of each topic")
	folder := cmd.Flags().String("data", "", "`folder` to keep messages in")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		cluster, err := startBroker(*port, *partitions, *folder, s.topicNames()...)
		if err != nil {
			return err
		}
		defer cluster.Close()
		if _, err := io.WriteString(a.out, strings.Join(cluster.ListenAddrs(), ",")+"\n"); err != nil {
			return err
		}
		fmt.Fprintln(a.err, "the broker runs until it is stopped (Ctrl-C)")
		<-cmd.Context().Done()
		return nil
	}
	return cmd
}
