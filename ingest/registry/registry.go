// Package registry translates messages that were written with a schema registry, in Avro, Protobuf or JSON Schema, to the JSON of the contract.
//
// A message names its schema by an id in front of its value (Confluent wire format) or in a header. The schema is fetched
// once. A registry that cannot be asked stops whoever asks; only what the registry itself says of a message, or its own
// bytes, make it a dead letter.
package registry

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"tieback/ingest/event"
)

// Config says where the registry is and who asks.
type Config struct {
	// URLs are tried in turn.
	URLs []string
	// User and Password are basic authentication, Token is a bearer token; at most one of the two.
	User, Password, Token string
	// CAFile holds the certificates that may sign the registry's, in PEM; empty: those of the system.
	CAFile string
	// CertFile and KeyFile identify this side, in PEM, where the registry asks for it (mutual TLS).
	CertFile, KeyFile string
	// Patience is how long a registry that does not answer is asked again; default 30 s.
	Patience time.Duration
	// Timeout is how long one answer may take; default 10 s.
	Timeout time.Duration
}

// Limits of what is kept.
const (
	// unknownFor is how long an id that the registry does not know is not asked for again.
	unknownFor = time.Minute
	// maxSchemas is how many schemas are kept; ids that a broken producer makes up must not fill the memory.
	maxSchemas = 10_000
)

// Registry translates messages. It may be used by several goroutines.
type Registry struct {
	config Config
	client *sr.Client
	// now is the clock of what is kept.
	now func() time.Time

	mu      sync.Mutex
	schemas map[schemaID]*entry
}

// entry is a schema that is known, or known not to be.
type entry struct {
	// ready is closed when the other fields are set.
	ready  chan struct{}
	schema translator
	// invalid says why there is no schema; until says when to ask again.
	invalid *event.InvalidError
	until   time.Time
	err     error
	// stopped says that whoever asked was stopped, which says nothing about the registry.
	stopped bool
}

// translator turns a value without its id into JSON. index is the path of a Protobuf message within its file where that stood
// in a header; nil: it stands at the beginning of the value.
type translator interface {
	translate(index, value []byte) (json []byte, err error)
}

// New prepares a client; the first message that has a schema shows whether the registry answers.
func New(config Config) (*Registry, error) {
	if config.Patience == 0 {
		config.Patience = 30 * time.Second
	}
	if config.Timeout == 0 {
		config.Timeout = 10 * time.Second
	}
	client, err := config.client()
	if err != nil {
		return nil, err
	}
	return &Registry{config: config, client: client, now: time.Now, schemas: make(map[schemaID]*entry)}, nil
}

// schemaHeader is where newer serializers write the schema's id instead of in front of the value.
const schemaHeader = "__value_schema_id"

// The first byte of an id: a number of four bytes follows, or a GUID of sixteen.
const (
	magicNumber = 0
	magicGUID   = 1
)

// Translate returns the message with its value as JSON, or the message itself where it names no schema. An
// *event.InvalidError says that this message can be no event; any other error that the registry cannot be asked, see
// ErrUnreachable. The headers stay: a CloudEvent's attributes may stand in them.
func (r *Registry) Translate(ctx context.Context, m *event.Message) (*event.Message, error) {
	id, index, value, ok := split(m)
	if !ok {
		return m, nil
	}
	schema, err := r.schema(ctx, id)
	if err != nil {
		return nil, err
	}
	json, err := schema.translate(index, value)
	if err != nil {
		return nil, &event.InvalidError{Code: event.SchemaMismatch, Reason: fmt.Sprintf("the bytes are not what %s describes", id)}
	}
	translated := *m
	translated.Value = json
	return &translated, nil
}

// schemaID names a schema by a number, or by a GUID where that is not empty.
type schemaID struct {
	number int
	guid   string
}

// String names the schema in a reason.
func (id schemaID) String() string {
	if id.guid != "" {
		return "schema " + id.guid
	}
	return fmt.Sprintf("schema %d", id.number)
}

// split finds the id of a message's schema and the value behind it. ok is false where the message names none.
func split(m *event.Message) (id schemaID, index, value []byte, ok bool) {
	for _, h := range m.Headers {
		if h.Key != schemaHeader {
			continue
		}
		if id, rest, ok := parseID(h.Value); ok {
			return id, append([]byte{}, rest...), m.Value, true
		}
	}
	if len(m.Value) == 0 || m.Value[0] != magicNumber {
		return id, nil, nil, false
	}
	id, value, ok = parseID(m.Value)
	return id, nil, value, ok
}

func parseID(b []byte) (id schemaID, rest []byte, ok bool) {
	switch {
	case len(b) >= 5 && b[0] == magicNumber:
		return schemaID{number: int(binary.BigEndian.Uint32(b[1:]))}, b[5:], true
	case len(b) >= 17 && b[0] == magicGUID:
		g := b[1:17]
		return schemaID{guid: fmt.Sprintf("%x-%x-%x-%x-%x", g[:4], g[4:6], g[6:8], g[8:10], g[10:])}, b[17:], true
	}
	return id, nil, false
}

// schema returns the compiled schema. Those who ask for the same one at the same time wait for one answer.
func (r *Registry) schema(ctx context.Context, id schemaID) (translator, error) {
	for {
		r.mu.Lock()
		known := r.schemas[id]
		if known == nil || known.expired(r.now()) {
			if len(r.schemas) >= maxSchemas {
				clear(r.schemas)
			}
			known = &entry{ready: make(chan struct{})}
			r.schemas[id] = known
			r.mu.Unlock()
			r.fill(ctx, id, known)
		} else {
			r.mu.Unlock()
			select {
			case <-known.ready:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		switch {
		case known.invalid != nil:
			return nil, known.invalid
		case known.err == nil:
			return known.schema, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !known.stopped:
			return nil, known.err
		}
		// Another one was asking and was stopped: ask now.
	}
}

// expired says whether a schema that was not known should be asked for again.
func (e *entry) expired(now time.Time) bool {
	select {
	case <-e.ready:
		return e.invalid != nil && now.After(e.until)
	default:
		return false
	}
}

// fill asks the registry. What it could not be asked for is forgotten, so that the next message asks again.
func (r *Registry) fill(ctx context.Context, id schemaID, e *entry) {
	defer close(e.ready)
	e.schema, e.err = r.fetch(ctx, id)
	if why := event.AsInvalid(e.err); why != nil {
		e.invalid, e.until, e.err = why, r.now().Add(unknownFor), nil
	}
	if e.err != nil {
		e.stopped = ctx.Err() != nil
		r.mu.Lock()
		if r.schemas[id] == e {
			delete(r.schemas, id)
		}
		r.mu.Unlock()
	}
}

// fetch gets a schema with all that it refers to, and compiles it.
func (r *Registry) fetch(ctx context.Context, id schemaID) (translator, error) {
	var schema sr.Schema
	err := r.ask(ctx, func(ctx context.Context) (err error) {
		if id.guid == "" {
			schema, err = r.client.SchemaByID(ctx, id.number)
			return err
		}
		found, err := r.client.SchemaByGUID(ctx, id.guid)
		schema = found.Schema
		return err
	})
	if err != nil {
		return nil, unknownAs(err, fmt.Sprintf("the registry knows no %s", id))
	}
	references, err := r.references(ctx, schema.References, make(map[string]bool))
	if err != nil {
		return nil, unknownAs(err, fmt.Sprintf("%s refers to a schema that the registry does not know", id))
	}
	var compiled translator
	switch schema.Type {
	case sr.TypeAvro:
		compiled, err = compileAvro(schema.Schema, references)
	case sr.TypeProtobuf:
		compiled, err = compileProtobuf(schema.Schema, references)
	case sr.TypeJSON:
		compiled = asJSON{}
	default:
		err = fmt.Errorf("its kind %s is none that can be read", schema.Type)
	}
	if err != nil {
		return nil, &event.InvalidError{Code: event.SchemaUnknown, Reason: fmt.Sprintf("%s cannot be read: %s", id, oneLine(err))}
	}
	return compiled, nil
}

// reference is a schema that another one refers to by name.
type reference struct{ name, schema string }

// references gets what a schema refers to, directly or not, in the order in which they can be compiled.
func (r *Registry) references(ctx context.Context, list []sr.SchemaReference, seen map[string]bool) ([]reference, error) {
	var all []reference
	for _, ref := range list {
		if seen[ref.Name] {
			continue
		}
		seen[ref.Name] = true
		var found sr.SubjectSchema
		err := r.ask(ctx, func(ctx context.Context) (err error) {
			found, err = r.client.SchemaByVersion(ctx, ref.Subject, ref.Version)
			return err
		})
		if err != nil {
			return nil, err
		}
		below, err := r.references(ctx, found.References, seen)
		if err != nil {
			return nil, err
		}
		all = append(append(all, below...), reference{ref.Name, found.Schema.Schema})
	}
	return all, nil
}

// oneLine shortens an error for a reason.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 300 {
		text = text[:300] + " …"
	}
	return text
}

// asJSON is a JSON Schema: the value is JSON. Whether it keeps to its schema is the producer's business, the contract decides here.
type asJSON struct{}

func (asJSON) translate(_, value []byte) ([]byte, error) { return value, nil }
