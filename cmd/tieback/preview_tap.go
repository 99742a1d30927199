package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// sampledRecords is how many raw records are kept to look for a map that fits.
const sampledRecords = 50

// tap ends a source after its limit, and keeps some of what flows through it.
type tap struct {
	ingest.Source
	decoder func(topic string) *event.Decoder
	// limit is how many records each source may yield, left how many this one still may.
	limit, left int
	// limited are the names of the sources that were cut short.
	limited []string
	name    string
	// sample are the first records as they came.
	sample [][]byte
	// events are the first events, wanted how many there shall be.
	events []json.RawMessage
	wanted int
}

// begin goes on with another source.
func (t *tap) begin(name string, source ingest.Source) {
	t.name, t.Source, t.left = name, source, t.limit
}

// Next yields the next chunk, or what the limit leaves of it.
func (t *tap) Next(ctx context.Context) (*ingest.Chunk, error) {
	if t.left == 0 {
		t.limited = append(t.limited, t.name)
		return nil, io.EOF
	}
	chunk, err := t.Source.Next(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(chunk.Records); n > t.left {
		chunk.Records = chunk.Records[:t.left]
		chunk.Next = chunk.Records[t.left-1].Offset + 1
	}
	t.left -= len(chunk.Records)
	for i := range chunk.Records {
		if record := &chunk.Records[i]; len(t.sample) < sampledRecords && record.Value != nil {
			t.sample = append(t.sample, slices.Clone(record.Value))
		}
	}
	return chunk, nil
}

// collector keeps the first events of a source behind the maps.
type collector struct {
	ingest.Source
	tap   *tap
	plain bool
}

// collect wraps the source behind the maps; plain says that what has no map is an event as it is.
func (t *tap) collect(source ingest.Source, plain bool) ingest.Source {
	return &collector{source, t, plain}
}

// Next yields the next chunk.
func (c *collector) Next(ctx context.Context) (*ingest.Chunk, error) {
	chunk, err := c.Source.Next(ctx)
	if err != nil {
		return nil, err
	}
	for i := range chunk.Records {
		record := &chunk.Records[i]
		switch {
		case record.Made != nil:
			for _, text := range record.Made.Events {
				c.tap.keep(chunk.Topic, &event.Message{Value: text, Timestamp: record.Timestamp})
			}
		case c.plain && record.Invalid == nil && record.Value != nil:
			c.tap.keep(chunk.Topic, &record.Message)
		}
	}
	return chunk, nil
}

// keep keeps an event that can be read, as long as some are wanted.
func (t *tap) keep(topic string, m *event.Message) {
	var row event.Row
	if len(t.events) < t.wanted && t.decoder(topic).Decode(m, &row) == nil {
		t.events = append(t.events, slices.Clone(m.Value))
	}
}

// translated keeps events that a schema was needed to read.
func (t *tap) translated(translate translator) translator {
	if translate == nil {
		return nil
	}
	return func(ctx context.Context, m *event.Message) (*event.Message, error) {
		plain, err := translate(ctx, m)
		if err == nil {
			t.keep(t.name, plain)
		}
		return plain, err
	}
}

// suggestion is a built-in map that makes events of the sample.
type suggestion struct {
	Map string `json:"map"`
	// Records of the Sample become events.
	Records int `json:"records"`
	Sample  int `json:"sample"`
}

// suggest tries the built-in maps on the sample, the best first.
func (p *previewing) suggest() ([]suggestion, error) {
	var fitting []suggestion
	decoder := event.Decoder{Aliases: p.s.Aliases, Source: "preview"}
	for _, name := range mapping.Names() {
		if name == p.mapName {
			continue
		}
		m, err := mapping.Open(name)
		if err != nil {
			return nil, err
		}
		w, err := m.NewWorker()
		if err != nil {
			return nil, err
		}
		s := suggestion{Map: name, Sample: len(p.tap.sample)}
		for _, record := range p.tap.sample {
			if made := w.Run(record); slices.ContainsFunc(made.Events, func(text []byte) bool {
				var row event.Row
				return decoder.Decode(&event.Message{Value: text, Timestamp: p.now().UnixMicro()}, &row) == nil
			}) {
				s.Records++
			}
		}
		if s.Records > 0 {
			fitting = append(fitting, s)
		}
	}
	slices.SortStableFunc(fitting, func(a, b suggestion) int { return b.Records - a.Records })
	return fitting, nil
}
