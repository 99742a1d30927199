package event

// Value is one field of a decoded event.
//
// Set says that the field was there; what else is filled depends on the kind:
// Text for Text, Word, Name, Ref, Token, Unit, Currency, Object and URL; Int for Money (ten-thousandths), Time
// (microseconds since 1970 UTC), Date (days since 1970-01-01), Int, Bool (0 or 1)
// and Enum (index into Field.Values); Int and High for Rate, whose value in
// 10^-12 units is High·2^64 + uint64(Int).
type Value struct {
	Set  bool
	Int  int64
	High int64
	Text []byte
}

// Row is one decoded event. Decode fills it anew and reuses its memory: what it
// points to is valid until the next call, and as long as the message is.
type Row struct {
	Type   *Type
	ID     []byte
	Source []byte
	// OccurredAt and KnownAt are microseconds since 1970 UTC.
	OccurredAt int64
	KnownAt    int64
	// Revision orders the rows of one natural key; the default is OccurredAt.
	Revision int64
	// Values has one entry for each of Type.Fields.
	Values []Value
	// UnknownFields counts fields that the type does not declare; they are left out.
	UnknownFields int
	// OtherValues counts words that were stored as an Enum's fallback.
	OtherValues int

	scratch []byte
	members []member
	inner   []member
}

// reset prepares the row for a type.
func (r *Row) reset(t *Type) {
	r.Type = t
	if cap(r.Values) < len(t.Fields) {
		r.Values = make([]Value, len(t.Fields))
	}
	r.Values = r.Values[:len(t.Fields)]
	clear(r.Values)
}

// Code says why a message became a dead letter; the set is closed.
type Code string

// The codes, each with the sentence that docs/events.md prints.
const (
	NotUTF8        Code = "not_utf8"
	NotJSON        Code = "not_json"
	NotObject      Code = "not_object"
	TooLarge       Code = "too_large"
	BadEnvelope    Code = "bad_envelope"
	MissingField   Code = "missing_field"
	WrongKind      Code = "wrong_kind"
	UnknownType    Code = "unknown_type"
	UnknownValue   Code = "unknown_value"
	DuplicateField Code = "duplicate_field"
	BadTime        Code = "bad_time"
	TimeFuture     Code = "time_future"
	BadDate        Code = "bad_date"
	BadPeriod      Code = "bad_period"
	BadAmount      Code = "bad_amount"
	BadCurrency    Code = "bad_currency"
	MapError       Code = "map_error"
	Conflict       Code = "conflict"
	BadRow         Code = "bad_row"
	SchemaUnknown  Code = "schema_unknown"
	SchemaMismatch Code = "schema_mismatch"
)

// Codes lists every code with its sentence, in the order of the reference page.
var Codes = []struct {
	Code Code
	Doc  string
}{
	{NotUTF8, "the bytes are not UTF-8"},
	{NotJSON, "the value is not one JSON text"},
	{NotObject, "the value is JSON but not an object"},
	{TooLarge, "the message or one of its fields is larger than is accepted"},
	{BadEnvelope, "the CloudEvents envelope is broken: specversion other than 1.0, or data that is not an object"},
	{MissingField, "a required field is absent, null or empty"},
	{WrongKind, "a field is not of its kind"},
	{UnknownType, "the contract has no such type"},
	{UnknownValue, "a word outside a closed vocabulary"},
	{DuplicateField, "a field stands twice in the object"},
	{BadTime, "not an RFC 3339 time with an offset, between the years 1900 and 2200"},
	{TimeFuture, "the event lies more than 24 hours after the moment it became known"},
	{BadDate, "not a date of the form 2026-03-02"},
	{BadPeriod, "ends_before is not after starts_on"},
	{BadAmount, "not a decimal, negative where that cannot be, with too many decimals, or too large"},
	{BadCurrency, "not three letters"},
	{MapError, "the topic's map failed on the record: the reason names map, line and message"},
	{Conflict, "the same source and id came before with other content; the first one stays"},
	{BadRow, "a row of a file does not fit its columns, or a quote in it is never closed"},
	{SchemaUnknown, "the schema registry says that there is no schema of the message's id, or it is none that can be read"},
	{SchemaMismatch, "the bytes are not what the schema of the message's id describes"},
}

// InvalidError says why a message cannot become a row. It never holds the value
// itself, which may be personal.
type InvalidError struct {
	Code Code
	// Field is the field at fault, empty where it is the whole message.
	Field string
	// Reason is a sentence without the value.
	Reason string
	// Event says which of the events that a map made of the message is meant, from 1; 0: the whole message.
	Event int
	// Beside says that the message is counted by another of its events, so that this dead letter counts no message.
	Beside bool
}

// Error returns code, field and reason in one line.
func (e *InvalidError) Error() string {
	if e.Field == "" {
		return string(e.Code) + ": " + e.Reason
	}
	return string(e.Code) + ": " + e.Field + ": " + e.Reason
}

func invalid(code Code, field, reason string) error {
	return &InvalidError{Code: code, Field: field, Reason: reason}
}
