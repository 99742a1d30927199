package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/buger/jsonparser"
	"github.com/segmentio/kafka-go"

	"tieback/ingest/event"
)

const (
	// produceBatch is how many messages are handed to the writer at once.
	produceBatch = 10_000
	// produceBytes is how large a batch of a partition becomes; brokers take 1 MiB unless they are told otherwise.
	produceBytes = 900 << 10
	// largestLine is what is offered to a broker at all, alone in its batch.
	largestLine = maxRecordBytes + 1<<20
)

// Producer publishes lines to Kafka and waits for all replicas.
type Producer struct {
	// Topic takes every line; empty: the default topic of the line's event type.
	Topic  string
	writer *kafka.Writer
	// large publishes lines that fill more than a batch, one by one.
	large  *kafka.Writer
	buffer []kafka.Message
	// place is where the next line comes from.
	place place
	// Sent counts published messages, Broken those of them that a file holds and that can never be events.
	Sent, Broken int64
}

// place is a record of a file; the zero place is no file's.
type place struct {
	file   string
	record int
}

// NewProducer connects lazily; the first batch shows whether a broker answers.
func NewProducer(brokers []string, topic string, security Security) (*Producer, error) {
	transport, err := security.transport()
	if err != nil {
		return nil, err
	}
	writer := func(bytes int64) *kafka.Writer {
		return &kafka.Writer{
			Transport: transport, Addr: kafka.TCP(brokers...), Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
			BatchSize: produceBatch, BatchBytes: bytes, BatchTimeout: 1e6, Compression: kafka.Zstd, MaxAttempts: 5,
		}
	}
	return &Producer{Topic: topic, writer: writer(produceBytes), large: writer(largestLine)}, nil
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
	message := kafka.Message{Topic: topic, Key: id, Value: value, WriterData: p.place}
	const around = 1 << 10 // what a message has beside key and value
	if len(id)+len(value) > produceBytes-around {
		if err := p.Flush(ctx); err != nil {
			return err
		}
		return p.write(ctx, p.large, []kafka.Message{message})
	}
	p.buffer = append(p.buffer, message)
	if len(p.buffer) >= produceBatch {
		return p.Flush(ctx)
	}
	return nil
}

// write publishes messages and counts them.
func (p *Producer) write(ctx context.Context, w *kafka.Writer, messages []kafka.Message) error {
	err := w.WriteMessages(ctx, messages...)
	if large := tooLarge(err, messages); large != nil {
		at, where := large.WriterData.(place), ""
		if at.record > 0 {
			where = fmt.Sprintf("record %d of %s: ", at.record, at.file)
		}
		return fmt.Errorf("%sthe message has %d bytes, and Kafka at %s does not take as many: raise max.message.bytes of topic %s, or leave the message out",
			where, len(large.Value), w.Addr, large.Topic)
	}
	if err != nil {
		return explainWrite(err, w.Addr.String())
	}
	p.Sent += int64(len(messages))
	return nil
}

// tooLarge is the message that no broker takes; nil: err says something else.
func tooLarge(err error, messages []kafka.Message) *kafka.Message {
	var one kafka.MessageTooLargeError
	if errors.As(err, &one) {
		return &one.Message
	}
	var each kafka.WriteErrors
	var largest *kafka.Message
	if errors.As(err, &each) {
		for i := range each {
			if errors.Is(each[i], kafka.MessageSizeTooLarge) && (largest == nil || len(messages[i].Value) > len(largest.Value)) {
				largest = &messages[i]
			}
		}
	}
	return largest
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
	if err := p.write(ctx, p.writer, p.buffer); err != nil {
		return err
	}
	p.buffer = p.buffer[:0]
	return nil
}

// Close closes the connections; call Flush first.
func (p *Producer) Close() error { return errors.Join(p.writer.Close(), p.large.Close()) }

// SendFile publishes every line of a file.
func (p *Producer) SendFile(ctx context.Context, name string) error {
	lines, err := NewLineReader(name)
	if err != nil {
		return err
	}
	defer lines.Close()
	return p.SendRecords(ctx, name, lines)
}

// SendRecords publishes every record that is left in a file of this name, also one that can never be an event: the dead letters
// are where it belongs.
func (p *Producer) SendRecords(ctx context.Context, name string, records RecordReader) error {
	defer func() { p.place = place{} }()
	var record []byte
	var err error
	for n := 1; ; n++ {
		if record, err = records.Append(record[:0]); errors.Is(err, io.EOF) {
			return p.Flush(ctx)
		} else if event.AsInvalid(err) != nil {
			p.Broken++
		} else if err != nil {
			return errors.Join(p.Flush(ctx), err)
		}
		p.place = place{name, n}
		if err := p.Send(ctx, record); err != nil {
			return err
		}
	}
}
