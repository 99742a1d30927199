// Package ingest takes messages from Kafka or from files and hands them over in batches, each message exactly once.
//
// A source yields chunks of messages in log order; Run decodes them, appends them to
// the caller's sink, and has a batch committed when it is large or old enough.
// Positions live with the rows, in the sink: a source starts where the sink says
// the last durable batch ended.
package ingest

import (
	"context"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// Position is where a message stands in its log. The log of a file is called
// file:<sha256>, has the one partition 0, and offsets that count its records.
type Position struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Partition names one log.
type Partition struct {
	Topic     string
	Partition int32
}

// Record is one message with its offset.
type Record struct {
	event.Message
	Offset int64
	// Made is what the topic's map made of the message, nil where it has none and the message is an event itself.
	Made *mapping.Result
	// Invalid, if set, says why the source knows that the message is no event; it is not decoded.
	Invalid *event.InvalidError
}

// Chunk is a run of messages of one partition. The memory belongs to the receiver.
type Chunk struct {
	Partition
	// First is the position before the chunk, Next the one after it: behind control
	// records and aborted messages too, which Records does not hold.
	First, Next int64
	Records     []Record
	// Bytes is the decoded size of the messages.
	Bytes int

	// arena is where the next message is copied to.
	arena []byte
}

// Source yields the messages of one or more partitions.
type Source interface {
	// Next waits for the next chunk. It returns io.EOF after the last one, where there is a last one.
	Next(ctx context.Context) (*Chunk, error)
}

// Range says what a batch takes from one partition: everything from First up to, not including, Next.
type Range struct {
	Partition
	First, Next int64
	// Consumed counts messages, without control records and aborted ones.
	Consumed int64
	// Last marks the last message of them.
	Last Mark
	// DeadLetters of them could not be decoded, LeftOut were left out by rule (tombstones, rules of maps).
	DeadLetters, LeftOut int64
}

// Batch is what one commit covers.
type Batch struct {
	Ranges []Range
	Rows   int
	Bytes  int
	// UnknownFields and OtherValues count what the decoder left out or stored as other, by event type.
	UnknownFields, OtherValues map[string]int64
	// LeftOut counts what maps left out, by topic and reason: whole messages, and parts of messages of which other parts became events.
	LeftOut map[Reason]int64
}

// Positions is where the batch ends, by partition.
func (b *Batch) Positions() map[Partition]int64 {
	positions := make(map[Partition]int64, len(b.Ranges))
	for _, r := range b.Ranges {
		positions[r.Partition] = r.Next
	}
	return positions
}

// Reason is why a map left something of a topic out.
type Reason struct{ Topic, Reason string }

// Outcome is what became of a batch's messages that could be decoded, known once it is committed. A message of which a map made
// several events counts once: as written if one of them was new, else as a conflict if one was, else as a duplicate.
type Outcome struct {
	Written, Duplicates, Conflicts int64
	// More is how many rows were written beyond one a message.
	More int64
	// Known of the Duplicates are dead letters that were kept before; only where messages are read again.
	Known int64
}

// Sink receives what Run decodes. Run calls Append, Reject and Cut from one
// goroutine; a function that Cut returned runs in another, one at a time, in order.
type Sink struct {
	// Append takes one event. The row is reused after the call, the message is not.
	Append func(row *event.Row, m *event.Message, at Position) error
	// Reject takes one message that could not be decoded.
	Reject func(m *event.Message, at Position, why *event.InvalidError) error
	// Cut detaches what was appended since the last Cut and returns the function that
	// makes it durable together with the positions in the batch. An error means that nothing was written.
	Cut func(Batch) func(context.Context) (Outcome, error)
}
