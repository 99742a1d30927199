package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/warehouse"
)

// summary is what ingest and load print at the end.
type summary struct {
	Consumed     int64            `json:"consumed"`
	Written      int64            `json:"written"`
	Duplicates   int64            `json:"duplicates"`
	DeadLetters  int64            `json:"dead_letters"`
	LeftOut      int64            `json:"left_out"`
	Seconds      float64          `json:"seconds"`
	EventsPerSec float64          `json:"events_per_second"`
	Unknown      map[string]int64 `json:"unknown_fields,omitempty"`
	Other        map[string]int64 `json:"stored_as_other,omitempty"`
}

func newSummary(s ingest.Summary) summary {
	return summary{s.Consumed, s.Written, s.Duplicates, s.DeadLetters + s.Conflicts, s.LeftOut, s.Elapsed.Seconds(), rate(s), s.UnknownFields, s.OtherValues}
}

// print writes the summary as text or JSON.
func (s summary) print(w io.Writer, format string) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(s)
	}
	fmt.Fprintf(w, "consumed      %d\nwritten       %d\nduplicates    %d\ndead letters  %d\nleft out      %d\nseconds       %.2f\nevents/s      %.0f\n",
		s.Consumed, s.Written, s.Duplicates, s.DeadLetters, s.LeftOut, s.Seconds, s.EventsPerSec)
	for _, name := range sortedKeys(s.Unknown) {
		fmt.Fprintf(w, "note          %s: %d fields that the type does not declare were left out\n", name, s.Unknown[name])
	}
	for _, name := range sortedKeys(s.Other) {
		fmt.Fprintf(w, "note          %s: %d actions stored as other\n", name, s.Other[name])
	}
	return nil
}

func sortedKeys(m map[string]int64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// formatFlag adds --format with the given choices, the first being the default.
func formatFlag(cmd *cobra.Command, choices ...string) *string {
	format := cmd.Flags().String("format", choices[0], fmt.Sprintf("how the result is written: %v", choices))
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if !contains(choices, *format) {
			return usagef("--format %s is none of %v", *format, choices)
		}
		if before != nil {
			return before(cmd, args)
		}
		return nil
	}
	return format
}

func (a *app) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "Read events from Kafka into the warehouse, until stopped or --until-end",
		Long: `Read events from Kafka into the warehouse. Every message is kept exactly once: positions are stored with
the rows, and published to the consumer group only so that lag tools see them. While ingest runs it holds
the warehouse; tieback build asks it to build, analysts open the snapshot.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	untilEnd := cmd.Flags().Bool("until-end", false, "stop at the end the topics have now")
	topics := cmd.Flags().StringSlice("topics", nil, "topics to read (default those of the settings)")
	onReset := cmd.Flags().String("on-offset-reset", "", "where to go on when the log lost the position: fail, earliest, latest")
	format := formatFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		if *onReset != "" {
			if s.OnOffsetReset = *onReset; len(s.faults()) > 0 {
				return usagef("%s", s.faults()[0])
			}
		}
		if len(*topics) == 0 {
			*topics = s.topicNames()
		}
		result, err := a.ingestKafka(cmd.Context(), s, *topics, *untilEnd)
		if err == nil || result.Consumed > 0 {
			err = errors.Join(err, newSummary(result).print(a.out, *format))
		}
		return err
	}
	return cmd
}

// ingestKafka reads topics into the warehouse and serves its control socket meanwhile.
func (a *app) ingestKafka(ctx context.Context, s *settings, topics []string, untilEnd bool) (ingest.Summary, error) {
	var none ingest.Summary
	w, err := a.open(ctx, s, "tieback ingest", true)
	if err != nil {
		return none, err
	}
	defer a.close(w)
	positions, err := w.Positions(ctx)
	if err != nil {
		return none, err
	}
	source, err := ingest.OpenKafka(ctx, ingest.KafkaConfig{Brokers: s.Brokers, Topics: topics, UntilEnd: untilEnd, OnReset: ingest.OffsetReset(s.OnOffsetReset), Group: s.Group, Security: s.Security.forIngest(), Log: a.log},
		func(p ingest.Partition) (int64, bool) {
			at, known := positions[p.Topic][p.Partition]
			return at, known
		})
	if err != nil {
		return none, err
	}
	defer source.Close()
	for _, g := range source.Gaps {
		a.log.Warn("the log lost the stored position", "topic", g.Topic, "partition", g.Partition.Partition, "stored", g.Stored, "log_start", g.LogStart, "log_end", g.LogEnd, "resumed", g.Resumed)
		if err := w.RecordGap(ctx, g.Topic, g.Partition.Partition, g.Stored, g.LogStart, g.LogEnd, g.Resumed); err != nil {
			return none, err
		}
	}
	stop, err := a.serveControl(ctx, w, s)
	if err != nil {
		return none, err
	}
	defer stop()
	publish := func(ctx context.Context, b ingest.Batch) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := source.Publish(ctx, b); err != nil {
			a.log.Debug("positions not published to the group", "error", err)
		}
	}
	fmt.Fprintf(a.err, "reading %d partitions of %v from %v\n", len(source.Partitions()), topics, s.Brokers)
	ctx, healthy := watchHealth(ctx, w.Healthy, healthEvery)
	translate, err := a.translate(s)
	if err != nil {
		return none, err
	}
	result, err := a.runIngest(ctx, w, s, source, translate, publish)
	return result, errors.Join(healthy(), err)
}

// runIngest runs one source into the warehouse; translate and committed may be nil.
func (a *app) runIngest(ctx context.Context, w *warehouse.Warehouse, s *settings, source ingest.Source,
	translate func(context.Context, *event.Message) (*event.Message, error), committed func(context.Context, ingest.Batch)) (ingest.Summary, error) {
	// A stop that comes now is for Run to see: it ends without an error.
	sink, done, err := newSink(context.WithoutCancel(ctx), w, s, committed)
	if err != nil {
		return ingest.Summary{}, err
	}
	defer done()
	runner := &ingest.Runner{Source: source, Sink: sink, Decoder: s.decoder, Translate: translate, Limits: a.limits, Progress: progress(a.err, a.now), Now: a.now}
	return runner.Run(ctx)
}

// open opens the warehouse; withKey also checks that it was made with the key at hand.
func (a *app) open(ctx context.Context, s *settings, holder string, withKey bool) (*warehouse.Warehouse, error) {
	o := warehouse.Options{Holder: holder, MemoryLimit: s.MemoryLimit, Now: a.now}
	if withKey {
		secret, err := s.secret()
		if err != nil {
			return nil, err
		}
		o.KeyFingerprint = secret.Fingerprint()
	}
	return warehouse.Open(ctx, s.Warehouse, o)
}

func (a *app) close(w *warehouse.Warehouse) {
	if err := w.Close(); err != nil {
		a.log.Error("close the warehouse", "error", err)
	}
}
