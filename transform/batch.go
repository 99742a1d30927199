package transform

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/ingest/event"
)

// Batch is what a builder had collected. Release it when it is written.
type Batch struct {
	// Rows holds one record for each event type that occurs, by the name of its raw table.
	Rows map[string]arrow.RecordBatch
	// Keys has one row an event, in batch order.
	Keys arrow.RecordBatch
	// DeadLetters holds the messages that could not be decoded.
	DeadLetters arrow.RecordBatch
	// Words are new words; the first of them has the code FirstWord.
	Words     []string
	FirstWord int

	mem      memory.Allocator
	messages []kept
	// list holds all words up to those of this batch.
	list []string
}

// Cut detaches what was appended since the last Cut.
func (b *Builder) Cut() *Batch {
	batch := &Batch{
		Rows: make(map[string]arrow.RecordBatch), FirstWord: b.cutWords, Words: b.words.since(b.cutWords),
		mem: b.mem, messages: b.messages, list: b.words.list[:len(b.words.list):len(b.words.list)],
	}
	for i, t := range b.tables {
		if t != nil && t.envelope[0].Len() > 0 {
			batch.Rows[event.Types[i].Table()] = t.record()
		}
	}
	batch.Keys = b.keys.NewRecordBatch()
	b.keys.Reserve(int(batch.Keys.NumRows()))
	batch.DeadLetters = b.dead.NewRecordBatch()
	b.cutWords = len(b.words.list)
	b.seq, b.messages = 0, make([]kept, 0, len(b.messages))
	return batch
}

// ConflictReason is why a conflict is a dead letter.
const ConflictReason = "an event with this source and id but other content came before"

// Conflicts returns the dead letters for events of the batch, by their seq, that have the id of an
// earlier event but other content. It may run beside Append, with a Secret of its
// own. The caller releases the record.
func (batch *Batch) Conflicts(seqs []uint32, secret *Secret) (arrow.RecordBatch, error) {
	records := array.NewRecordBuilder(batch.mem, DeadLetterSchema)
	defer records.Release()
	for _, seq := range seqs {
		why := &event.InvalidError{Code: event.Conflict, Field: "id", Reason: ConflictReason}
		if err := appendDeadLetter(records, secret, batch.messages[seq], why); err != nil {
			return nil, err
		}
	}
	return records.NewRecordBatch(), nil
}

// Forget lets go of the messages, once it is known that none of them is needed for Conflicts.
func (batch *Batch) Forget() { batch.messages = nil }

// Release frees the records.
func (batch *Batch) Release() {
	for _, r := range batch.Rows {
		r.Release()
	}
	batch.Keys.Release()
	batch.DeadLetters.Release()
}

// table builds the record of one event type.
type table struct {
	schema   *arrow.Schema
	fields   []array.Builder
	envelope []array.Builder
	// vocabularies holds the dictionary of each enum field, nil elsewhere.
	vocabularies []arrow.Array
	// expected is how many rows the last batch had: room for as many is made at once.
	expected int
}

// reserve makes room before the first row of a batch.
func (t *table) reserve() {
	if t.expected == 0 || t.envelope[0].Len() > 0 {
		return
	}
	for i, b := range t.fields {
		if t.schema.Field(i).Type.ID() != arrow.STRING { // texts are rare, and reserving bounds only their offsets
			b.Reserve(t.expected)
		}
	}
	for _, b := range t.envelope {
		b.Reserve(t.expected)
	}
}

func newTable(mem memory.Allocator, t *event.Type) *table {
	tab := &table{schema: Schema(t), vocabularies: make([]arrow.Array, len(t.Fields))}
	for i, f := range t.Fields {
		if f.Kind == event.Enum {
			tab.vocabularies[i] = vocabulary(mem, f.Values)
			tab.fields = append(tab.fields, array.NewUint8Builder(mem))
			continue
		}
		tab.fields = append(tab.fields, array.NewBuilder(mem, columnType(f.Kind)))
	}
	for _, f := range envelope {
		tab.envelope = append(tab.envelope, array.NewBuilder(mem, f.Type))
	}
	return tab
}

func vocabulary(mem memory.Allocator, values []string) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.AppendValues(values, nil)
	return b.NewArray()
}

// record detaches the rows; enum columns become dictionary arrays over their vocabulary.
func (t *table) record() arrow.RecordBatch {
	var columns []arrow.Array
	rows := int64(t.envelope[0].Len())
	t.expected = int(rows)
	for i, b := range t.fields {
		column := b.NewArray()
		if v := t.vocabularies[i]; v != nil {
			codes := column
			column = array.NewDictionaryArray(enumType, codes, v)
			codes.Release()
		}
		columns = append(columns, column)
	}
	for _, b := range t.envelope {
		columns = append(columns, b.NewArray())
	}
	record := array.NewRecordBatch(t.schema, columns, rows)
	for _, c := range columns {
		c.Release()
	}
	return record
}

func (t *table) release() {
	for _, b := range append(t.fields, t.envelope...) {
		b.Release()
	}
	for _, v := range t.vocabularies {
		if v != nil {
			v.Release()
		}
	}
}

// The content hash covers type, clocks and every field that is set, so that two
// forms of the same event are equal and any change is not.

func appendHashHead(hash []byte, row *event.Row) []byte {
	hash = append(hash, row.Type.Name...)
	return appendHashInt(appendHashInt(hash, row.OccurredAt), row.Revision)
}

func appendHashInt(hash []byte, n int64) []byte {
	return binary.LittleEndian.AppendUint64(hash, uint64(n))
}

func appendHashText(hash, text []byte) []byte {
	return append(appendHashInt(hash, int64(len(text))), text...)
}

// formatUUID writes 16 bytes as DuckDB prints a UUID.
func formatUUID(u [16]byte) string {
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// TokenText is the text form of a person's token, as the marts show it.
func (s *Secret) TokenText(kind, id string) string {
	return formatUUID(s.Token(kind, []byte(id)))
}
