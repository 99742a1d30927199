package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
	"tieback/transform"
	"tieback/warehouse"
)

// replay decodes dead letters again; what can be read now becomes rows in one transaction that also removes them. A message of which a
// map makes several events is read again as a whole: events that are rows already are duplicates.
func (a *app) replay(ctx context.Context, w *warehouse.Warehouse, s *settings, letters []warehouse.DeadLetter, out io.Writer) error {
	maps, err := s.openMaps()
	if err != nil {
		return err
	}
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
	r := &replayer{settings: s, maps: maps, translate: translate, workers: make(map[*mapping.Map]*mapping.Worker),
		builder: transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(words)), readable: make(map[letterMessage]bool)}
	defer r.builder.Close()
	var taken []warehouse.DeadLetter
	for _, d := range letters {
		m, err := unseal(secret, d)
		if err != nil {
			return err
		}
		readable, err := r.read(ctx, d, m)
		if err != nil {
			return err
		}
		if readable {
			taken = append(taken, d) // else it stays where it is, with the reason it had
		}
	}
	cut := r.builder.Cut()
	defer cut.Release()
	messages := messagesOf(cut, 1)
	for i := range messages {
		messages[i].Identity = r.appended[i]
	}
	outcome, err := w.Append(ctx, &warehouse.Batch{
		Rows: cut.Rows, Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord, Replayed: taken,
		Conflicts: func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, sealing) },
		Messages:  messages,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "read again %d dead letters: %d written, %d duplicates, %d conflicts, %d still cannot be read\n",
		len(letters), outcome.Written, outcome.Duplicates, outcome.Conflicts, len(letters)-len(taken))
	return nil
}

// replayer reads messages again, each once.
type replayer struct {
	settings *settings
	maps     topicMaps
	// translate reads messages of topics that name a schema, nil where no registry is set.
	translate translator
	workers   map[*mapping.Map]*mapping.Worker
	builder   *transform.Builder
	row       event.Row
	// readable says of the messages read so far whether all of each could be read.
	readable map[letterMessage]bool
	// appended are the identities of the messages of which the builder got events, in order.
	appended []string
}

// letterMessage is the message of a dead letter. Its place alone may be that of several: a topic that is made anew begins at offset 0.
type letterMessage struct {
	transform.Position
	identity string
}

func messageOf(d warehouse.DeadLetter) letterMessage {
	return letterMessage{transform.Position{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset}, d.Identity}
}

// read appends the events of a dead letter's message, if all of them can be read now.
func (r *replayer) read(ctx context.Context, d warehouse.DeadLetter, m *event.Message) (bool, error) {
	is := messageOf(d)
	if readable, known := r.readable[is]; known {
		return readable, nil
	}
	events, err := r.events(ctx, d.Topic, m)
	if err != nil || events == nil {
		r.readable[is] = false
		return false, err
	}
	decoder := r.settings.decoder(d.Topic)
	for i := range events {
		err := decoder.Decode(&events[i], &r.row)
		if event.AsInvalid(err) != nil {
			r.readable[is] = false
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	for i := range events {
		if err := errors.Join(decoder.Decode(&events[i], &r.row), r.builder.Append(&r.row, m, is.Position)); err != nil {
			return false, err
		}
	}
	if len(events) > 0 {
		r.appended = append(r.appended, d.Identity)
	}
	r.readable[is] = true
	return true, nil
}

// events are the message itself, or what its topic's map makes of it: nil where the map fails, none where it leaves the message out.
func (r *replayer) events(ctx context.Context, topic string, m *event.Message) ([]event.Message, error) {
	use := r.maps.of(topic)
	if r.translate != nil && !strings.HasPrefix(topic, "file:") {
		plain, err := r.translate(ctx, m)
		if event.AsInvalid(err) != nil {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		m = plain
	}
	if use == nil {
		return []event.Message{*m}, nil
	}
	if r.workers[use] == nil {
		worker, err := use.NewWorker()
		if err != nil {
			return nil, err
		}
		r.workers[use] = worker
	}
	made := r.workers[use].Run(m.Value)
	if made.Fault != nil {
		return nil, nil
	}
	events := make([]event.Message, len(made.Events))
	for i, text := range made.Events {
		events[i] = event.Message{Value: text, Timestamp: m.Timestamp}
	}
	return events, nil
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
