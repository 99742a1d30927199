package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tieback/warehouse"
)

// dlqRequest is one dlq command; it also travels over the control socket.
type dlqRequest struct {
	Action string // list, show, replay, discard
	Filter warehouse.DeadLetterFilter
	Format string
	// Reading is how replay decodes: the settings of whoever asks, which may be newer than those of the process that ingests.
	Reading *settings
	// Map and Source say how files are read that are replayed.
	Map, Source string
}

// forReading are the settings without the secrets that decoding does not need.
func (s *settings) forReading() *settings {
	reading := *s
	reading.Security, reading.SchemaRegistry = securitySettings{}, registrySettings{}
	reading.Topics = withAbsoluteMaps(s.Topics)
	return &reading
}

// heldBy are settings of an asker with the files of the process that holds the warehouse.
func (s *settings) heldBy(holder *settings) *settings {
	if s == nil {
		return holder
	}
	held := *s
	held.KeyFile, held.Warehouse, held.SchemaRegistry = holder.KeyFile, holder.Warehouse, holder.SchemaRegistry
	return &held
}

func (a *app) dlqCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Dead letters: list, show, replay, discard",
		Long: `Messages that could not become rows, with their bytes, a code, the field and the reason. A list shows no content; show prints
the messages themselves, which may hold personal identifiers. replay reads them again with today's settings: what can be read now becomes
a row, the rest stays. discard forgets them for good.`,
		Args: misusedArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usageError{errors.New("name one of list, show, replay, discard")}
		},
	}
	cmd.AddCommand(a.dlqAction("list", "List dead letters"), a.dlqShow(), a.dlqAction("replay", "Read dead letters again"), a.dlqAction("discard", "Forget dead letters for good; needs a filter or --all"))
	return cmd
}

// letterFlags are the filters that every dlq command has.
func letterFlags(cmd *cobra.Command, filter *warehouse.DeadLetterFilter) (parse func() error) {
	flags := cmd.Flags()
	flags.StringVar(&filter.Code, "code", "", "only this `code`, such as bad_amount (docs/events.md)")
	flags.StringVar(&filter.Topic, "topic", "", "only this `topic`")
	flags.IntVar(&filter.Limit, "limit", 0, "at most so many, the oldest first")
	since := flags.String("since", "", "only those known since this `date or time`, such as 2026-03-02")
	before := flags.String("before", "", "only those known before this `date or time`")
	return func() (err error) {
		if filter.Limit < 0 {
			return usagef("--limit %d must not be negative", filter.Limit)
		}
		if filter.Since, err = parseMoment(*since); err != nil {
			return err
		}
		filter.Before, err = parseMoment(*before)
		return err
	}
}

// dlqAction is a command that works on the dead letters of a filter.
func (a *app) dlqAction(action, short string) *cobra.Command {
	cmd := &cobra.Command{Use: action, Short: short, Args: misusedArgs(cobra.NoArgs)}
	request := dlqRequest{Action: action}
	parse := letterFlags(cmd, &request.Filter)
	all := new(bool)
	if action == "discard" {
		all = cmd.Flags().Bool("all", false, "discard all of them")
	}
	if action == "replay" {
		cmd.Flags().StringVar(&request.Map, "map", "", "`map` of dead letters that came from files; topics have theirs in the settings")
		cmd.Flags().StringVar(&request.Source, "source", "", "`source` of their events that name none")
	}
	format := new(string)
	if action == "list" {
		format = formatFlag(cmd, "table", "json", "csv")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := parse(); err != nil {
			return err
		}
		if action == "discard" && !*all && request.Filter == (warehouse.DeadLetterFilter{}) {
			return usagef("say which dead letters to discard, by --code, --topic, --since or --before, or --all")
		}
		request.Format = *format
		return a.dlq(cmd.Context(), request, a.out)
	}
	return cmd
}

// parseMoment reads a date or an RFC 3339 time; nothing is no bound.
func parseMoment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%q is no date such as 2026-03-02 and no time such as 2026-03-02T10:15:00Z", text)
}

// dlq asks the process that holds the warehouse, or opens it itself.
func (a *app) dlq(ctx context.Context, request dlqRequest, out io.Writer) (err error) {
	s, err := a.settings()
	if err != nil {
		return err
	}
	if request.Action == "replay" {
		request.Reading, request.Map = s.forReading(), absoluteMap(request.Map)
	}
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{DLQ: &request}); answered {
		if err == nil {
			_, err = out.Write(reply.Output)
		}
		return err
	}
	if err := s.mustHaveWarehouse(); err != nil {
		return err
	}
	w, err := a.open(ctx, s, "tieback dlq", true)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	return a.dlqIn(ctx, w, s, request, out)
}

// dlqIn serves a request in an open warehouse.
func (a *app) dlqIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request dlqRequest, out io.Writer) error {
	if request.Action == "discard" {
		n, err := w.Discard(ctx, request.Filter)
		if err == nil {
			fmt.Fprintf(out, "discarded %d dead letters\n", n)
		}
		return err
	}
	request.Filter.Places = request.Action == "list"
	letters, err := w.DeadLetters(ctx, request.Filter)
	if err != nil {
		return err
	}
	switch request.Action {
	case "list":
		return listDeadLetters(letters, request.Format, out)
	case "show":
		return encodeShown(letters, s, out)
	}
	s.files(request.Map, request.Source)
	return a.replay(ctx, w, s, letters, out)
}

// listDeadLetters shows where they are and why, never what they hold.
func listDeadLetters(letters []warehouse.DeadLetter, format string, out io.Writer) error {
	header := []string{"topic", "partition", "offset", "event", "known_at", "code", "field", "reason"}
	var rows [][]string
	for _, d := range letters {
		rows = append(rows, []string{d.Topic, strconv.Itoa(int(d.Partition)), strconv.FormatInt(d.Offset, 10), strconv.Itoa(d.Event), d.KnownAt.UTC().Format(time.RFC3339), d.Code, d.Field, d.Reason})
	}
	switch format {
	case "csv":
		w := csv.NewWriter(out)
		return errors.Join(w.Write(header), w.WriteAll(rows))
	case "json":
		list := make([]map[string]string, len(rows))
		for i, row := range rows {
			list[i] = make(map[string]string)
			for j, name := range header {
				list[i][name] = row[j]
			}
		}
		return encodeIndented(out, list)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}
