package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/spf13/cobra"

	"tieback/ingest"
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
	More         int64            `json:"more_rows,omitempty"`
	Unknown      map[string]int64 `json:"unknown_fields,omitempty"`
	Other        map[string]int64 `json:"stored_as_other,omitempty"`
	Reasons      map[string]int64 `json:"left_out_reasons,omitempty"`
	// Refused are the dead letters by reason; only load says it.
	Refused []deadCount `json:"dead_letter_reasons,omitempty"`
	// NotRead says what of a span of time was not read again.
	NotRead []string `json:"not_read,omitempty"`
}

func newSummary(s ingest.Summary) summary {
	return summary{Consumed: s.Consumed, Written: s.Written, Duplicates: s.Duplicates, DeadLetters: s.DeadLetters + s.Conflicts, LeftOut: s.LeftOut, Seconds: s.Elapsed.Seconds(),
		EventsPerSec: rate(s), More: s.More, Unknown: s.UnknownFields, Other: s.OtherValues, Reasons: s.Reasons}
}

// print writes the summary as text or JSON.
func (s summary) print(w io.Writer, format string) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(s)
	}
	fmt.Fprintf(w, "consumed      %d\nwritten       %d\nduplicates    %d\ndead letters  %d\nleft out      %d\nseconds       %.2f\nevents/s      %.0f\n",
		s.Consumed, s.Written, s.Duplicates, s.DeadLetters, s.LeftOut, s.Seconds, s.EventsPerSec)
	for _, note := range s.notes() {
		fmt.Fprintf(w, "note          %s\n", note)
	}
	return nil
}

// notes say what the counts do not.
func (s *summary) notes() (notes []string) {
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if s.More > 0 {
		add("maps made %d rows more than messages were written", s.More)
	}
	for _, reason := range sortedKeys(s.Reasons) {
		add("%d left out by a map: %s", s.Reasons[reason], reason)
	}
	for _, name := range sortedKeys(s.Unknown) {
		add("%s: %d fields that the type does not declare were left out", name, s.Unknown[name])
	}
	for _, name := range sortedKeys(s.Other) {
		add("%s: %d actions stored as other", name, s.Other[name])
	}
	for _, kind := range s.Refused {
		add("%s %s: %s", counted(int(kind.Count), "dead letter"), kind.Code, kind.Reason)
	}
	if len(s.Refused) > 0 {
		add("tieback dlq list shows the dead letters one by one")
	}
	return append(notes, s.NotRead...)
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
the warehouse; tieback build, backup, dlq and forget ask it, analysts open the snapshot.

With --from or --to messages of a span of time are read again, after a map or an alias was mended for instance: what
was not a row becomes one, the rest are duplicates. Positions stay where they are, and nothing beyond them is read: a
partition that ingest has not read yet is left to it.

` + exitHelp(),
		Args: misusedArgs(cobra.NoArgs),
	}
	untilEnd := cmd.Flags().Bool("until-end", false, "stop at the end the topics have now")
	topics := cmd.Flags().StringSlice("topics", nil, "topics to read (default those of the settings)")
	onReset := cmd.Flags().String("on-offset-reset", "", "where to go on when the log lost the position: fail, earliest, latest")
	listen := cmd.Flags().String("http", "", "`address` to serve /livez, /readyz and /metrics at, such as localhost:9464 (default: that of the settings, else none)")
	from := cmd.Flags().String("from", "", "read again what Kafka got from this `time` on and ingest has read: a date, or RFC 3339; no position moves")
	to := cmd.Flags().String("to", "", "and before this `time`")
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
		if *listen != "" {
			s.Run.HTTP = *listen
		}
		if len(*topics) == 0 {
			*topics = s.topicNames()
		}
		if *from != "" || *to != "" {
			begin, err := s.instant("--from", *from)
			if err != nil {
				return err
			}
			end, err := s.instant("--to", *to)
			if err != nil {
				return err
			}
			return a.reread(cmd.Context(), s, rereadRequest{Topics: *topics, From: begin, To: end, Format: *format})
		}
		result, err := a.ingestKafka(cmd.Context(), s, *topics, *untilEnd)
		if err == nil || result.Consumed > 0 {
			err = errors.Join(err, newSummary(result).print(a.out, *format))
		}
		return err
	}
	return cmd
}

// open opens the warehouse; withKey also checks that it was made with the key at hand.
func (a *app) open(ctx context.Context, s *settings, holder string, withKey bool) (*warehouse.Warehouse, error) {
	s.Run.limitMemory()
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

// close closes the warehouse at the end of a command whose error is err: it becomes that of closing where there is none yet.
func (a *app) close(w *warehouse.Warehouse, err *error) {
	switch closing := w.Close(); {
	case closing == nil:
	case *err == nil:
		*err = fmt.Errorf("close the warehouse; what was committed is safe, the next start reads it from the log beside the file: %w", closing)
	default:
		a.log.Error("close the warehouse", "error", closing)
	}
}
