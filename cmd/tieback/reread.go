package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tieback/ingest"
	"tieback/warehouse"
)

// rereadRequest asks to read again what Kafka got in a span of time.
type rereadRequest struct {
	Topics   []string
	From, To time.Time
	Format   string
	// Reading is how it is decoded, as in dlqRequest.
	Reading *settings
}

// instant reads a flag that names a moment: RFC 3339, or a date, which begins at midnight in the reporting time zone.
func (s *settings) instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, usagef("%s %q is neither a date (2026-03-01) nor a time with an offset (2026-03-01T14:00:00Z)", flag, text)
	}
	return at, nil
}

// reread reads a span of time again, by the process that ingests where there is one.
func (a *app) reread(ctx context.Context, s *settings, request rereadRequest) (err error) {
	if !request.From.IsZero() && !request.To.IsZero() && !request.From.Before(request.To) {
		return usagef("--from %s is not before --to %s", request.From.Format(time.RFC3339), request.To.Format(time.RFC3339))
	}
	request.Reading = s.forReading()
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{Reread: &request}); answered {
		if err == nil {
			_, err = a.out.Write(reply.Output)
		}
		return err
	}
	w, err := a.open(ctx, s, "tieback ingest", true)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	return a.rereadIn(ctx, w, s, request, a.out)
}

// rereadIn does it in an open warehouse. Positions do not move: ingest goes on where it stood. Nothing is read beyond them: ingest
// would take it once more, and could not tell that its dead letters are known.
func (a *app) rereadIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request rereadRequest, out io.Writer) error {
	maps, err := s.openMaps()
	if err != nil {
		return err
	}
	translate, err := a.translate(s)
	if err != nil {
		return err
	}
	stored, marks, err := standing(ctx, w)
	if err != nil {
		return err
	}
	source, err := ingest.OpenKafka(ctx, ingest.KafkaConfig{Marks: marks, Brokers: s.Brokers, Topics: request.Topics, From: request.From, To: request.To,
		Security: s.Security.forIngest(), Log: a.log}, stored)
	if err != nil {
		return err
	}
	defer source.Close()
	result, err := a.runIngest(ctx, w, s, maps.source(source, translate), reading{again: true, translate: translate}, nil)
	if err == nil || result.Consumed > 0 {
		said := newSummary(result)
		said.NotRead = source.Notes
		err = errors.Join(err, said.print(out, request.Format))
	}
	return err
}

// rereadBeside reads a span of time again while ingest holds still.
func (c *consuming) rereadBeside(ctx context.Context, request rereadRequest, out *bytes.Buffer) error {
	s := request.Reading.heldBy(c.s)
	s.Brokers, s.Security = c.s.Brokers, c.s.Security
	return c.whileAlone(ctx, "ingest --from", func() error {
		if err := c.rereadIn(ctx, c.w, s, request, out); err != nil {
			return fmt.Errorf("read again: %w", err)
		}
		return nil
	})
}
