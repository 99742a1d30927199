// Package event declares every event type once and decodes messages into rows of them.
//
// A Type lists its fields; from that list come the decoder and its errors, the
// Arrow schema (transform), the columns of the raw tables (sql/schema is checked
// against it), docs/events.md and the JSON Schemas. Nothing here knows Kafka,
// Arrow or SQL.
package event

import "fmt"

// Kind says how a field is written in JSON and what the decoder makes of it.
type Kind uint8

const (
	// Text is free text that is kept as it came: order ids, URLs.
	Text Kind = iota
	// Word is a word of an open vocabulary, trimmed and lower-cased, with the
	// aliases of the settings applied: platform, venue, metric.
	Word
	// Name is a name of an open vocabulary, trimmed, its case kept: program, campaign.
	Name
	// Ref is the id of another event or a thread; only its equality matters.
	Ref
	// Token is a personal identifier: raw here, a keyed 16-byte token from transform on.
	Token
	// Unit is the unit of a pilot: a Token where the pilot assigns persons, else Text.
	Unit
	// Money is an exact amount with at most four decimals, in ten-thousandths.
	Money
	// Rate is an exact ratio with at most twelve decimals, in 10^-12 units.
	Rate
	// Currency is an ISO 4217 code, upper-cased.
	Currency
	// Time is an RFC 3339 time with an offset, in microseconds since 1970 UTC.
	Time
	// Date is a calendar day, in days since 1970-01-01.
	Date
	// Int is a whole number of at most 64 bits.
	Int
	// Bool is true or false.
	Bool
	// Enum is one word of a closed vocabulary, as an index into Field.Values.
	Enum
	// Object is a JSON object, kept as its text; a text that holds one is taken too.
	Object
	// URL is a web address without what may name a person: of the query only utm_* stay (and click ids, see Field), and
	// no user or fragment.
	URL
)

var kindNames = [...]string{
	"text", "word", "name", "reference", "token", "unit", "decimal", "rate",
	"currency", "time", "date", "int", "bool", "enum", "object", "url",
}

// String returns the kind's name as docs/events.md prints it.
func (k Kind) String() string { return kindNames[k] }

// Field is one field of an event type.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	// Doc is one sentence about the field.
	Doc string
	// Values is the closed vocabulary of an Enum, in the order of its codes.
	Values []string
	// Fallback is the value an Enum takes for a word outside Values; empty: such
	// a word is a dead letter.
	Fallback string
	// NotNegative refuses amounts and numbers below zero.
	NotNegative bool
	// TokenKind is the namespace of a Token: a word such as customer, or "@field"
	// for the value of another field of the same event.
	TokenKind string
	// ClickIDs keeps the click ids of ad platforms in the query of a URL.
	ClickIDs bool
}

// Type is one event type of the contract.
type Type struct {
	// Name is the type as producers write it, such as sale.order.
	Name string
	// Doc is one sentence about what a row states.
	Doc string
	// Topic is the default Kafka topic.
	Topic string
	// Key names the fields among which the highest revision is current; empty: every event stands for itself.
	Key    []string
	Fields []Field

	// Index is the type's position in Types.
	Index int
	// byName maps a JSON name to a position in Fields.
	byName map[string]int
}

// Table is the name of the type's raw table, without its schema: sale_order for sale.order.
func (t *Type) Table() string {
	b := []byte(t.Name)
	for i, c := range b {
		if c == '.' {
			b[i] = '_'
		}
	}
	return string(b)
}

// Field returns the position of the named field in Fields, -1 if there is none.
func (t *Type) Field(name string) int {
	if i, ok := t.byName[name]; ok {
		return i
	}
	return -1
}

// Types are all event types, in the order of the reference page.
var Types = declare()

var typeByName = func() map[string]*Type {
	m := make(map[string]*Type, len(Types))
	for _, t := range Types {
		m[t.Name] = t
	}
	return m
}()

// Lookup returns the type of that name, nil if the contract has none.
func Lookup(name string) *Type { return typeByName[name] }

// declare checks the declarations; a fault in them is a programmer's mistake.
func declare() []*Type {
	var types []*Type
	types = append(types, socialTypes()...)
	types = append(types, saleTypes()...)
	types = append(types, moneyTypes()...)
	types = append(types, peopleTypes()...)
	for i, t := range types {
		t.Index = i
		t.byName = make(map[string]int, len(t.Fields))
		for j, f := range t.Fields {
			if _, again := t.byName[f.Name]; again {
				panic(fmt.Sprintf("event: %s declares %s twice", t.Name, f.Name))
			}
			if f.Doc == "" {
				panic(fmt.Sprintf("event: %s.%s has no sentence", t.Name, f.Name))
			}
			if f.Kind == Enum && len(f.Values) == 0 {
				panic(fmt.Sprintf("event: %s.%s has no values", t.Name, f.Name))
			}
			t.byName[f.Name] = j
		}
		for _, k := range t.Key {
			if k != "source" && t.Field(k) < 0 {
				panic(fmt.Sprintf("event: key of %s names %s, which it lacks", t.Name, k))
			}
		}
	}
	return types
}

// The constructors below keep the declarations to one line a field.

func required(name string, kind Kind, doc string) Field {
	return Field{Name: name, Kind: kind, Required: true, Doc: doc}
}

func optional(name string, kind Kind, doc string) Field {
	return Field{Name: name, Kind: kind, Doc: doc}
}

func token(name, kind, doc string) Field {
	return Field{Name: name, Kind: Token, TokenKind: kind, Doc: doc}
}

func enum(name, doc string, values ...string) Field {
	return Field{Name: name, Kind: Enum, Doc: doc, Values: values}
}

func (f Field) must() Field { f.Required = true; return f }

func (f Field) positive() Field { f.NotNegative = true; return f }

func (f Field) withClickIDs() Field { f.ClickIDs = true; return f }

func (f Field) otherwise(value string) Field { f.Fallback = value; return f }
