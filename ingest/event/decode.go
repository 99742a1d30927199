package event

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/buger/jsonparser"
)

// Limits of one message. They keep a hostile message from filling the memory.
const (
	// MaxMessageBytes is the largest value that is decoded; a larger one is a dead letter.
	MaxMessageBytes = 4 << 20
	// MaxTextBytes is the longest text of one field.
	MaxTextBytes = 64 << 10
	// MaxIDBytes is the longest id, source or name.
	MaxIDBytes = 1 << 10
	// futureMicros is how far an event may lie after the moment it became known.
	futureMicros = 24 * 3600 * 1_000_000
)

// Header is one header of a Kafka message.
type Header struct {
	Key   string
	Value []byte
}

// Message is what a topic or a file holds.
type Message struct {
	Key     []byte
	Value   []byte
	Headers []Header
	// Timestamp is when the message became known, in microseconds since 1970 UTC.
	Timestamp int64
	// Cut says that Key, Value and Headers are only the beginning of a message that is too large to be kept.
	Cut bool
}

// Size is how many bytes the message has, roughly.
func (m *Message) Size() int {
	n := len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// Decoder turns messages into rows. Its fields are read only, so that one Decoder
// may be copied to several goroutines, each with its own Row.
type Decoder struct {
	// Source is the source of events that name none; empty means "default".
	Source string
	// Type is the type of events that name none; empty: such an event is a dead letter.
	Type string
	// Aliases replace words of open vocabularies after lower-casing: twitter → x.
	Aliases map[string]string
}

// member is one name and value of a JSON object.
type member struct {
	name  []byte
	value []byte
	kind  jsonparser.ValueType
}

// envelope holds the attributes of an event until its type is known.
type envelope struct {
	id, source, typ, time, revision, recorded, specVersion, data member
}

// Decode fills row with the event in m, or returns an *InvalidError that says why
// there is none. It reads the three forms of the contract: CloudEvents structured,
// CloudEvents binary, and flat.
func (d *Decoder) Decode(m *Message, row *Row) error {
	row.UnknownFields, row.OtherValues = 0, 0
	row.scratch = row.scratch[:0]
	if m.Cut {
		return invalid(TooLarge, "", "the message is larger than 64 MiB or has more than 10,000 headers; only its beginning is kept, the log holds the rest")
	}
	if len(m.Value) > MaxMessageBytes {
		return invalid(TooLarge, "", "the message is larger than 4 MiB")
	}
	var err error
	if row.members, err = members(m.Value, row.members[:0]); err != nil {
		return err
	}
	var env envelope
	fields := row.members
	binary := env.fromHeaders(m.Headers)
	if !binary {
		if err := env.fromMembers(fields); err != nil {
			return err
		}
		if env.specVersion.value != nil {
			if string(env.specVersion.value) != "1.0" {
				return invalid(BadEnvelope, "specversion", "only CloudEvents 1.0 is read")
			}
			if env.data.kind != jsonparser.Object {
				return invalid(BadEnvelope, "data", "data of a CloudEvent must be a JSON object")
			}
			if row.inner, err = members(env.data.value, row.inner[:0]); err != nil {
				return err
			}
			fields = row.inner
		}
	}
	if err := d.attributes(&env, m, row); err != nil {
		return err
	}
	flat := !binary && env.specVersion.value == nil
	return d.fields(fields, flat, row)
}

// members lists the members of a JSON object.
func members(value []byte, into []member) ([]member, error) {
	if !utf8.Valid(value) {
		return into, invalid(NotUTF8, "", "the value is not UTF-8")
	}
	into, ok := scanMembers(value, into)
	if ok {
		return into, nil
	}
	if json.Valid(value) {
		return into, invalid(NotObject, "", "the value must be a JSON object")
	}
	return into, invalid(NotJSON, "", "the value is not one JSON text")
}

func firstByte(b []byte) byte {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

// fromHeaders reads CloudEvents attributes from Kafka headers and says whether there were any.
func (e *envelope) fromHeaders(headers []Header) bool {
	found := false
	for _, h := range headers {
		v := member{value: h.Value, kind: jsonparser.String}
		switch h.Key {
		case "ce_id":
			e.id = v
		case "ce_source":
			e.source = v
		case "ce_type":
			e.typ = v
		case "ce_time":
			e.time = v
		case "ce_revision":
			e.revision = v
		case "ce_recordedtime":
			e.recorded = v
		default:
			continue
		}
		found = true
	}
	return found
}

// fromMembers reads the attributes that stand in the JSON object itself.
func (e *envelope) fromMembers(fields []member) error {
	for _, f := range fields {
		slot := e.slot(f.name)
		if slot == nil {
			continue
		}
		if slot.value != nil {
			return invalid(DuplicateField, string(f.name), "the field stands twice")
		}
		if f.kind != jsonparser.Null {
			*slot = f
		}
	}
	return nil
}

func (e *envelope) slot(name []byte) *member {
	switch string(name) {
	case "id":
		return &e.id
	case "source":
		return &e.source
	case "type":
		return &e.typ
	case "time":
		return &e.time
	case "revision":
		return &e.revision
	case "recordedtime":
		return &e.recorded
	case "specversion":
		return &e.specVersion
	case "data":
		return &e.data
	}
	return nil
}

// attributes checks the envelope and writes it to the row.
func (d *Decoder) attributes(env *envelope, m *Message, row *Row) error {
	typeName, err := row.text(env.typ, "type", MaxIDBytes)
	if err != nil {
		return err
	}
	if len(typeName) == 0 {
		typeName = []byte(d.Type)
	}
	if len(typeName) == 0 {
		return invalid(MissingField, "type", "the event names no type and its topic has none configured")
	}
	t := typeByName[string(typeName)]
	if t == nil {
		return invalid(UnknownType, "type", "the contract has no such type")
	}
	row.reset(t)
	if row.ID, err = row.text(env.id, "id", MaxIDBytes); err != nil {
		return err
	}
	if len(row.ID) == 0 {
		return invalid(MissingField, "id", "id is required")
	}
	if row.Source, err = row.text(env.source, "source", MaxIDBytes); err != nil {
		return err
	}
	if len(row.Source) == 0 {
		row.Source = []byte(d.Source)
	}
	if len(row.Source) == 0 {
		row.Source = []byte("default")
	}
	return row.clocks(env, m)
}

// clocks reads time, recordedtime and revision.
func (r *Row) clocks(env *envelope, m *Message) error {
	text, err := r.text(env.time, "time", MaxIDBytes)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return invalid(MissingField, "time", "time is required")
	}
	var ok bool
	if r.OccurredAt, ok = parseTime(text); !ok {
		return invalid(BadTime, "time", "time must be RFC 3339 with an offset, such as 2026-03-02T10:15:00Z")
	}
	r.KnownAt = m.Timestamp
	if env.recorded.value != nil {
		text, err := r.text(env.recorded, "recordedtime", MaxIDBytes)
		if err != nil {
			return err
		}
		if r.KnownAt, ok = parseTime(text); !ok {
			return invalid(BadTime, "recordedtime", "recordedtime must be RFC 3339 with an offset")
		}
		if r.KnownAt > m.Timestamp+futureMicros {
			return invalid(TimeFuture, "recordedtime", "recordedtime lies more than 24 hours after the message came")
		}
	}
	if r.OccurredAt > r.KnownAt+futureMicros {
		return invalid(TimeFuture, "time", "time lies more than 24 hours after the event became known")
	}
	r.Revision = r.OccurredAt
	if env.revision.value != nil {
		text, err := r.text(env.revision, "revision", MaxIDBytes)
		if err != nil {
			return err
		}
		if r.Revision, ok = parseTime(text); !ok {
			if r.Revision, ok = parseInt(text); !ok {
				return invalid(WrongKind, "revision", "revision must be a whole number or a time")
			}
		}
	}
	return nil
}

// fields decodes the declared fields of the row's type.
func (d *Decoder) fields(list []member, flat bool, row *Row) error {
	t := row.Type
	for _, f := range list {
		i, declared := t.byName[string(f.name)]
		if !declared {
			if !flat || (&envelope{}).slot(f.name) == nil {
				row.UnknownFields++
			}
			continue
		}
		if f.kind == jsonparser.Null {
			continue
		}
		if row.Values[i].Set {
			return invalid(DuplicateField, t.Fields[i].Name, "the field stands twice")
		}
		if err := d.value(&t.Fields[i], f, &row.Values[i], row); err != nil {
			return err
		}
	}
	for i := range t.Fields {
		if t.Fields[i].Required && !row.Values[i].Set {
			return invalid(MissingField, t.Fields[i].Name, t.Fields[i].Name+" is required")
		}
	}
	return row.checkPeriod()
}

// checkPeriod refuses a period that ends before it starts.
func (r *Row) checkPeriod() error {
	from, to := r.Type.Field("starts_on"), r.Type.Field("ends_before")
	if from >= 0 && to >= 0 && r.Values[from].Int >= r.Values[to].Int {
		return invalid(BadPeriod, "ends_before", "ends_before must be after starts_on")
	}
	return nil
}

// AsInvalid returns the *InvalidError in err, nil if it is another error.
func AsInvalid(err error) *InvalidError {
	var e *InvalidError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
