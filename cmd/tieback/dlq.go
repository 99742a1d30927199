package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// dlqRequest is one dlq command; it also travels over the control socket.
type dlqRequest struct {
	Action string // list, show, replay, discard
	Filter warehouse.DeadLetterFilter
	Format string
}

func (a *app) dlqCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Dead letters: list, show, replay, discard",
		Long: `Messages that could not become rows, with their bytes, a code, the field and the reason. A list shows no content; show prints
the bytes of one message, which may hold personal identifiers. replay reads them again with today's settings: what can be read now becomes
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

// dlqAction is a command that works on the dead letters of a filter.
func (a *app) dlqAction(action, short string) *cobra.Command {
	cmd := &cobra.Command{Use: action, Short: short, Args: misusedArgs(cobra.NoArgs)}
	request := dlqRequest{Action: action}
	flags := cmd.Flags()
	flags.StringVar(&request.Filter.Code, "code", "", "only this `code`, such as bad_amount (docs/events.md)")
	flags.StringVar(&request.Filter.Topic, "topic", "", "only this `topic`")
	flags.IntVar(&request.Filter.Limit, "limit", 0, "at most so many, the oldest first")
	since := flags.String("since", "", "only those known since this `date or time`, such as 2026-03-02")
	before := flags.String("before", "", "only those known before this `date or time`")
	all := new(bool)
	if action == "discard" {
		all = flags.Bool("all", false, "discard all of them")
	}
	format := new(string)
	if action == "list" {
		format = formatFlag(cmd, "table", "json", "csv")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if request.Filter.Since, err = parseMoment(*since); err != nil {
			return err
		}
		if request.Filter.Before, err = parseMoment(*before); err != nil {
			return err
		}
		if action == "discard" && !*all && request.Filter == (warehouse.DeadLetterFilter{}) {
			return usagef("say which dead letters to discard, by --code, --topic, --since or --before, or --all")
		}
		request.Format = *format
		return a.dlq(cmd.Context(), request)
	}
	return cmd
}

// dlqShow prints the bytes of one message.
func (a *app) dlqShow() *cobra.Command {
	return &cobra.Command{
		Use: "show TOPIC PARTITION OFFSET", Short: "Print the bytes of one dead letter", Args: misusedArgs(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			partition, err1 := strconv.ParseInt(args[1], 10, 32)
			offset, err2 := strconv.ParseInt(args[2], 10, 64)
			if err := errors.Join(err1, err2); err != nil {
				return usagef("partition and offset must be numbers, as dlq list shows them: %w", err)
			}
			p := int32(partition)
			return a.dlq(cmd.Context(), dlqRequest{Action: "show", Filter: warehouse.DeadLetterFilter{Topic: args[0], Partition: &p, Offset: &offset}})
		},
	}
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
func (a *app) dlq(ctx context.Context, request dlqRequest) error {
	s, err := a.settings()
	if err != nil {
		return err
	}
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{DLQ: &request}); answered {
		if err == nil {
			_, err = a.out.Write(reply.Output)
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
	defer a.close(w)
	return a.dlqIn(ctx, w, s, request, a.out)
}

// dlqIn serves a request in an open warehouse.
func (a *app) dlqIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request dlqRequest, out io.Writer) error {
	letters, err := w.DeadLetters(ctx, request.Filter)
	if err != nil {
		return err
	}
	switch request.Action {
	case "list":
		return listDeadLetters(letters, request.Format, out)
	case "show":
		return showDeadLetter(letters, s, out)
	case "discard":
		n, err := w.Discard(ctx, letters)
		if err == nil {
			fmt.Fprintf(out, "discarded %d dead letters\n", n)
		}
		return err
	}
	return a.replay(ctx, w, s, letters, out)
}

// listDeadLetters shows where they are and why, never what they hold.
func listDeadLetters(letters []warehouse.DeadLetter, format string, out io.Writer) error {
	header := []string{"topic", "partition", "offset", "known_at", "code", "field", "reason"}
	var rows [][]string
	for _, d := range letters {
		rows = append(rows, []string{d.Topic, strconv.Itoa(int(d.Partition)), strconv.FormatInt(d.Offset, 10), d.KnownAt.UTC().Format(time.RFC3339), d.Code, d.Field, d.Reason})
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

func showDeadLetter(letters []warehouse.DeadLetter, s *settings, out io.Writer) error {
	if len(letters) == 0 {
		return errors.New("there is no such dead letter; tieback dlq list shows them")
	}
	secret, err := s.secret()
	if err != nil {
		return err
	}
	payload, err := secret.Open(letters[0].Payload)
	if err != nil {
		return err
	}
	_, err = out.Write(payload)
	return err
}

// replay decodes dead letters again; what can be read now becomes rows in one transaction that also removes them.
func (a *app) replay(ctx context.Context, w *warehouse.Warehouse, s *settings, letters []warehouse.DeadLetter, out io.Writer) error {
	secret, err := s.secret()
	if err != nil {
		return err
	}
	sealing, err := s.secret()
	if err != nil {
		return err
	}
	words, err := w.Words(ctx)
	if err != nil {
		return err
	}
	translate, err := a.translate(s)
	if err != nil {
		return err
	}
	builder := transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(words))
	defer builder.Close()
	var taken []warehouse.DeadLetter
	var row event.Row
	for _, d := range letters {
		m, err := unseal(secret, d)
		if err != nil {
			return err
		}
		plain := m
		if translate != nil && !strings.HasPrefix(d.Topic, "file:") {
			plain, err = translate(ctx, m)
		}
		if err == nil {
			err = s.decoder(d.Topic).Decode(plain, &row)
		}
		if event.AsInvalid(err) != nil {
			continue // it stays where it is, with the reason it had
		}
		if err == nil {
			err = builder.Append(&row, m, transform.Position{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset})
		}
		if err != nil {
			return err
		}
		taken = append(taken, d)
	}
	cut := builder.Cut()
	defer cut.Release()
	outcome, err := w.Append(ctx, &warehouse.Batch{
		Rows: cut.Rows, Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord, Replayed: taken,
		Conflicts: func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, sealing) },
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "read again %d dead letters: %d written, %d duplicates, %d conflicts, %d still cannot be read\n",
		len(letters), outcome.Written, outcome.Duplicates, outcome.Conflicts, len(letters)-len(taken))
	return nil
}

// unseal brings back the message of a dead letter.
func unseal(secret *transform.Secret, d warehouse.DeadLetter) (*event.Message, error) {
	m := &event.Message{Timestamp: d.KnownAt.UnixMicro()}
	var headers []byte
	var errs [3]error
	m.Value, errs[0] = secret.Open(d.Payload)
	m.Key, errs[1] = secret.Open(d.Key)
	headers, errs[2] = secret.Open(d.Headers)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(headers)) > 0 {
		if err := json.Unmarshal(headers, &m.Headers); err != nil {
			return nil, fmt.Errorf("read the headers of a dead letter: %w", err)
		}
	}
	return m, nil
}
