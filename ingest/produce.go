package ingest

import (
	"context"
	"errors"
	"io"

	"github.com/buger/jsonparser"
	"github.com/segmentio/kafka-go"

	"tieback/ingest/event"
)

// produceBatch is how many messages are handed to the writer at once.
const produceBatch = 10_000

// Producer publishes lines to Kafka and waits for all replicas.
type Producer struct {
	// Topic takes every line; empty: the default topic of the line's event type.
	Topic  string
	writer *kafka.Writer
	buffer []kafka.Message
	// Sent counts published messages, Broken those of them that a file holds and that can never be events.
	Sent, Broken int64
}

// NewProducer connects lazily; the first batch shows whether a broker answers.
func NewProducer(brokers []string, topic string, security Security) (*Producer, error) {
	transport, err := security.transport()
	if err != nil {
		return nil, err
	}
	return &Producer{Topic: topic, writer: &kafka.Writer{
		Transport: transport, Addr: kafka.TCP(brokers...), Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
		BatchSize: produceBatch, BatchBytes: 900 << 10, BatchTimeout: 1e6, Compression: kafka.Zstd, MaxAttempts: 5,
	}}, nil
}

// Send publishes one line. The line may be reused after the call. The message's key is the
// event's id, so that the copies of one event follow each other in one partition.
func (p *Producer) Send(ctx context.Context, line []byte) error {
	topic := p.Topic
	if topic == "" {
		topic = "tieback.social"
		if t := event.Lookup(typeOf(line)); t != nil {
			topic = t.Topic
		}
	}
	value := append([]byte(nil), line...)
	id, _, _, err := jsonparser.Get(value, "id")
	if err != nil {
		id = nil // a broken line is published too: the dead letters are where it belongs
	}
	p.buffer = append(p.buffer, kafka.Message{Topic: topic, Key: id, Value: value})
	if len(p.buffer) >= produceBatch {
		return p.Flush(ctx)
	}
	return nil
}

func typeOf(line []byte) string {
	name, err := jsonparser.GetString(line, "type")
	if err != nil {
		return ""
	}
	return name
}

// Flush publishes what is buffered.
func (p *Producer) Flush(ctx context.Context) error {
	if len(p.buffer) == 0 {
		return nil
	}
	if err := p.writer.WriteMessages(ctx, p.buffer...); err != nil {
		return explainWrite(err, p.writer.Addr.String())
	}
	p.Sent += int64(len(p.buffer))
	p.buffer = p.buffer[:0]
	return nil
}

// Close closes the connections; call Flush first.
func (p *Producer) Close() error { return p.writer.Close() }

// SendFile publishes every line of a file.
func (p *Producer) SendFile(ctx context.Context, name string) error {
	lines, err := NewLineReader(name)
	if err != nil {
		return err
	}
	defer lines.Close()
	return p.SendRecords(ctx, lines)
}

// SendRecords publishes every record that is left in a file, also one that can never be an event: the dead letters are
// where it belongs.
func (p *Producer) SendRecords(ctx context.Context, records RecordReader) error {
	var record []byte
	var err error
	for {
		if record, err = records.Append(record[:0]); errors.Is(err, io.EOF) {
			return p.Flush(ctx)
		} else if event.AsInvalid(err) != nil {
			p.Broken++
		} else if err != nil {
			return errors.Join(p.Flush(ctx), err)
		}
		if err := p.Send(ctx, record); err != nil {
			return err
		}
	}
}
