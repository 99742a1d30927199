// Package transform turns decoded events into Arrow record batches, with persons as keyed tokens and names as codes.
//
// It is the last place that sees a raw personal identifier.
package transform

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"

	"tieback/ingest/event"
)

// Arrow types of the columns. Amounts and rates are exact decimals; times have no
// zone because all of them are UTC.
var (
	uuidType      = extensions.NewUUIDType()
	moneyType     = &arrow.Decimal128Type{Precision: 18, Scale: 4}
	rateType      = &arrow.Decimal128Type{Precision: 28, Scale: 12}
	timestampType = &arrow.TimestampType{Unit: arrow.Microsecond}
	wordType      = arrow.PrimitiveTypes.Uint32
	enumType      = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}
)

// Envelope columns follow the fields of every event type, in this order.
var envelope = []arrow.Field{
	{Name: "source", Type: wordType},
	{Name: "id", Type: uuidType},
	{Name: "revision", Type: arrow.PrimitiveTypes.Int64},
	{Name: "occurred_at", Type: timestampType},
	{Name: "known_at", Type: timestampType},
	{Name: "kafka_topic", Type: wordType},
	{Name: "kafka_partition", Type: arrow.PrimitiveTypes.Int32},
	{Name: "kafka_offset", Type: arrow.PrimitiveTypes.Int64},
	{Name: "seq", Type: arrow.PrimitiveTypes.Uint32},
}

// Schema returns the Arrow schema of an event type: its fields, then the envelope,
// then seq, the event's place in the batch, which joins it to the keys record.
func Schema(t *event.Type) *arrow.Schema {
	fields := make([]arrow.Field, 0, len(t.Fields)+len(envelope))
	for _, f := range t.Fields {
		fields = append(fields, arrow.Field{Name: f.Name, Type: columnType(f.Kind), Nullable: true})
	}
	return arrow.NewSchema(append(fields, envelope...), nil)
}

// columnType is the Arrow type of a kind. Words and names are codes of the
// dictionary in Words; enums carry their vocabulary with them.
func columnType(k event.Kind) arrow.DataType {
	switch k {
	case event.Word, event.Name, event.Currency:
		return wordType
	case event.Ref, event.Token:
		return uuidType
	case event.Money:
		return moneyType
	case event.Rate:
		return rateType
	case event.Time:
		return timestampType
	case event.Date:
		return arrow.FixedWidthTypes.Date32
	case event.Int:
		return arrow.PrimitiveTypes.Int64
	case event.Bool:
		return arrow.FixedWidthTypes.Boolean
	case event.Enum:
		return enumType
	}
	return arrow.BinaryTypes.String
}

// KeySchema is the schema of the keys record: one row an event, in batch order,
// for deduplication.
var KeySchema = arrow.NewSchema([]arrow.Field{
	{Name: "seq", Type: arrow.PrimitiveTypes.Uint32},
	{Name: "key", Type: uuidType},
	{Name: "occurred_at", Type: timestampType},
	{Name: "content_hash", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "kafka_topic", Type: wordType},
	{Name: "kafka_partition", Type: arrow.PrimitiveTypes.Int32},
}, nil)

// DeadLetterSchema is the schema of dead letters. Payload, key and headers are
// sealed: they may hold raw personal identifiers.
var DeadLetterSchema = arrow.NewSchema([]arrow.Field{
	{Name: "kafka_topic", Type: wordType},
	{Name: "kafka_partition", Type: arrow.PrimitiveTypes.Int32},
	{Name: "kafka_offset", Type: arrow.PrimitiveTypes.Int64},
	{Name: "known_at", Type: timestampType},
	{Name: "code", Type: arrow.BinaryTypes.String},
	{Name: "field", Type: arrow.BinaryTypes.String},
	{Name: "reason", Type: arrow.BinaryTypes.String},
	{Name: "payload", Type: arrow.BinaryTypes.Binary},
	{Name: "message_key", Type: arrow.BinaryTypes.Binary, Nullable: true},
	{Name: "headers", Type: arrow.BinaryTypes.Binary, Nullable: true},
	{Name: "event_number", Type: arrow.PrimitiveTypes.Int32},
	{Name: "counts", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "message_mark", Type: arrow.PrimitiveTypes.Int64},
}, nil)
