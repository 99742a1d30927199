package transform

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/zeebo/xxh3"

	"tieback/ingest/event"
)

// Position is where a message stands in its log.
type Position struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Builder collects events until Cut. It is not safe for concurrent use.
type Builder struct {
	mem    memory.Allocator
	secret *Secret
	words  *Words
	// cutWords is how many words earlier batches carried.
	cutWords int

	tables   []*table // by event.Type.Index, nil until the type is seen
	keys     *array.RecordBuilder
	dead     *array.RecordBuilder
	seq      uint32
	messages []kept
	hash     []byte
	// source and topic are those of the last event, because most share them.
	source, topic lastWord
}

// kept is what a conflict needs to become a dead letter after all.
type kept struct {
	message   *event.Message
	offset    int64
	partition int32
	topic     uint32
}

// lastWord is a word with its code; nil: none yet.
type lastWord struct {
	word []byte
	code uint32
}

// codeOf codes a word that is mostly the one before.
func (b *Builder) codeOf(word []byte, last *lastWord) uint32 {
	if last.word == nil || string(word) != string(last.word) {
		*last = lastWord{append(last.word[:0:0], word...), b.words.Code(word)}
		if last.word == nil {
			last.word = []byte{}
		}
	}
	return last.code
}

// topicCode codes the topic of a message.
func (b *Builder) topicCode(topic string) uint32 {
	if b.topic.word == nil || topic != string(b.topic.word) {
		return b.codeOf([]byte(topic), &b.topic)
	}
	return b.topic.code
}

// NewBuilder returns an empty builder. Its batches must be released by their receiver.
func NewBuilder(mem memory.Allocator, secret *Secret, words *Words) *Builder {
	return &Builder{
		mem: mem, secret: secret, words: words, cutWords: len(words.list),
		tables: make([]*table, len(event.Types)),
		keys:   array.NewRecordBuilder(mem, KeySchema),
		dead:   array.NewRecordBuilder(mem, DeadLetterSchema),
	}
}

// Close releases what was appended and never cut.
func (b *Builder) Close() {
	for _, t := range b.tables {
		if t != nil {
			t.release()
		}
	}
	b.keys.Release()
	b.dead.Release()
}

// Append adds one decoded event and keeps the message until its batch is released, because it
// may turn out to be a conflict.
func (b *Builder) Append(row *event.Row, m *event.Message, at Position) error {
	t := b.tables[row.Type.Index]
	if t == nil {
		t = newTable(b.mem, row.Type)
		b.tables[row.Type.Index] = t
	}
	t.reserve()
	key := eventKey(row.Source, row.ID)
	b.hash = appendHashHead(b.hash[:0], row)
	for i := range row.Values {
		if err := b.appendValue(t, i, row); err != nil {
			return err
		}
	}
	topic := b.topicCode(at.Topic)
	b.appendEnvelope(t, row, key, topic, at)
	uuidBuilder(b.keys.Field(1)).AppendBytes(key)
	b.keys.Field(0).(*array.Uint32Builder).Append(b.seq)
	b.keys.Field(2).(*array.TimestampBuilder).Append(arrow.Timestamp(row.OccurredAt))
	b.keys.Field(3).(*array.Uint64Builder).Append(xxh3.Hash(b.hash))
	b.keys.Field(4).(*array.Uint32Builder).Append(topic)
	b.keys.Field(5).(*array.Int32Builder).Append(at.Partition)
	b.messages = append(b.messages, kept{m, at.Offset, at.Partition, topic})
	b.seq++
	return nil
}

// eventKey is the 16-byte hash of (source, id) under which an event is known for ever.
func eventKey(source, id []byte) [16]byte {
	var h xxh3.Hasher
	h.Write(source)
	h.Write([]byte{0})
	h.Write(id)
	return h.Sum128().Bytes()
}

func (b *Builder) appendEnvelope(t *table, row *event.Row, key [16]byte, topic uint32, at Position) {
	e := t.envelope
	e[0].(*array.Uint32Builder).Append(b.codeOf(row.Source, &b.source))
	uuidBuilder(e[1]).AppendBytes(key)
	e[2].(*array.Int64Builder).Append(row.Revision)
	e[3].(*array.TimestampBuilder).Append(arrow.Timestamp(row.OccurredAt))
	e[4].(*array.TimestampBuilder).Append(arrow.Timestamp(row.KnownAt))
	e[5].(*array.Uint32Builder).Append(topic)
	e[6].(*array.Int32Builder).Append(at.Partition)
	e[7].(*array.Int64Builder).Append(at.Offset)
	e[8].(*array.Uint32Builder).Append(b.seq)
}

// appendValue writes one field to its column and to the content hash.
func (b *Builder) appendValue(t *table, i int, row *event.Row) error {
	v, f, column := &row.Values[i], &row.Type.Fields[i], t.fields[i]
	if !v.Set {
		column.AppendNull()
		return nil
	}
	b.hash = append(b.hash, byte(i)+1)
	switch f.Kind {
	case event.Token:
		token := b.secret.Token(tokenKind(f, row), v.Text)
		uuidBuilder(column).AppendBytes(token)
		b.hash = append(b.hash, token[:]...)
	case event.Ref:
		ref := eventKey(row.Source, v.Text)
		uuidBuilder(column).AppendBytes(ref)
		b.hash = append(b.hash, ref[:]...)
	case event.Unit:
		text := b.unit(f, row, v.Text)
		column.(*array.StringBuilder).Append(text)
		b.hash = appendHashText(b.hash, []byte(text))
	case event.Text, event.Object, event.URL:
		column.(*array.StringBuilder).BinaryBuilder.Append(v.Text)
		b.hash = appendHashText(b.hash, v.Text)
	case event.Word, event.Name, event.Currency:
		column.(*array.Uint32Builder).Append(b.words.Code(v.Text))
		b.hash = appendHashText(b.hash, v.Text)
	default:
		b.hash = appendHashInt(appendHashInt(b.hash, v.High), v.Int)
		return appendNumber(column, f.Kind, v)
	}
	return nil
}

// appendNumber writes a value that the decoder holds as a number.
func appendNumber(column array.Builder, kind event.Kind, v *event.Value) error {
	switch kind {
	case event.Money, event.Rate:
		column.(*array.Decimal128Builder).Append(decimal128.New(v.High, uint64(v.Int)))
	case event.Time:
		column.(*array.TimestampBuilder).Append(arrow.Timestamp(v.Int))
	case event.Date:
		column.(*array.Date32Builder).Append(arrow.Date32(v.Int))
	case event.Int:
		column.(*array.Int64Builder).Append(v.Int)
	case event.Bool:
		column.(*array.BooleanBuilder).Append(v.Int == 1)
	case event.Enum:
		column.(*array.Uint8Builder).Append(uint8(v.Int))
	default:
		return fmt.Errorf("transform has no column for kind %s", kind)
	}
	return nil
}

// tokenKind is the namespace in which an identifier is unique.
func tokenKind(f *event.Field, row *event.Row) string {
	if f.TokenKind == "" || f.TokenKind[0] != '@' {
		return f.TokenKind
	}
	return string(row.Values[row.Type.Field(f.TokenKind[1:])].Text)
}

// unit is a pilot's unit: a customer's token in text form where persons are assigned, else the text itself.
func (b *Builder) unit(f *event.Field, row *event.Row, text []byte) string {
	v := row.Values[row.Type.Field("unit")]
	if v.Set && row.Type.Fields[row.Type.Field("unit")].Values[v.Int] != "person" {
		return string(text)
	}
	token := b.secret.Token(f.TokenKind, text)
	return formatUUID(token)
}

// Reject adds a dead letter.
func (b *Builder) Reject(m *event.Message, at Position, why *event.InvalidError) error {
	return appendDeadLetter(b.dead, b.secret, kept{m, at.Offset, at.Partition, b.topicCode(at.Topic)}, why)
}

func appendDeadLetter(to *array.RecordBuilder, secret *Secret, k kept, why *event.InvalidError) error {
	m := k.message
	to.Field(0).(*array.Uint32Builder).Append(k.topic)
	to.Field(1).(*array.Int32Builder).Append(k.partition)
	to.Field(2).(*array.Int64Builder).Append(k.offset)
	to.Field(3).(*array.TimestampBuilder).Append(arrow.Timestamp(m.Timestamp))
	to.Field(4).(*array.StringBuilder).Append(string(why.Code))
	to.Field(5).(*array.StringBuilder).Append(why.Field)
	to.Field(6).(*array.StringBuilder).Append(why.Reason)
	to.Field(10).(*array.Int32Builder).Append(int32(why.Event))
	to.Field(11).(*array.BooleanBuilder).Append(!why.Beside)
	headers, err := json.Marshal(m.Headers)
	if err != nil {
		return fmt.Errorf("keep the headers of a dead letter: %w", err)
	}
	if m.Headers == nil {
		headers = nil
	}
	to.Field(12).(*array.Int64Builder).Append(secret.mark(m, headers))
	payload := m.Value
	if payload == nil {
		payload = []byte{}
	}
	for i, plain := range [][]byte{payload, m.Key, headers} {
		column := to.Field(7 + i).(*array.BinaryBuilder)
		if plain == nil {
			column.AppendNull()
			continue
		}
		column.Append(secret.Seal(plain))
	}
	return nil
}

func uuidBuilder(b array.Builder) *extensions.UUIDBuilder { return b.(*extensions.UUIDBuilder) }
