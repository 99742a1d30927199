package registry

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/avro"
)

// avroSchema translates Avro.
type avroSchema struct{ schema *avro.Schema }

// compileAvro compiles a schema and the named types it refers to.
func compileAvro(text string, references []reference) (translator, error) {
	var named avro.SchemaCache
	for _, r := range references {
		if _, err := named.Parse(r.schema, logicalTypes...); err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
	}
	schema, err := named.Parse(text, logicalTypes...)
	if err != nil {
		return nil, err
	}
	return avroSchema{schema}, nil
}

func (s avroSchema) translate(_, value []byte) ([]byte, error) {
	var decoded any
	rest, err := s.schema.Decode(value, &decoded)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, errors.New("bytes follow the value")
	}
	return appendJSON(nil, decoded)
}

// logicalTypes turn what Avro keeps in numbers and bytes into the text that the contract has for it. A local timestamp names
// no zone and is taken as UTC.
var logicalTypes = func() []avro.SchemaOpt {
	var list []avro.SchemaOpt
	integer := func(logical, kind string, write func(n int64) string) {
		list = append(list, avro.CustomType{LogicalType: logical, AvroType: kind, Decode: func(v any, _ *avro.SchemaNode) (any, error) {
			switch n := v.(type) {
			case int32:
				return write(int64(n)), nil
			case int64:
				return write(n), nil
			}
			return nil, avro.ErrSkipCustomType
		}})
	}
	for _, prefix := range []string{"timestamp-", "local-timestamp-"} {
		integer(prefix+"millis", "long", func(n int64) string { return moment(time.UnixMilli(n)) })
		integer(prefix+"micros", "long", func(n int64) string { return moment(time.UnixMicro(n)) })
		integer(prefix+"nanos", "long", func(n int64) string { return moment(time.Unix(n/1e9, n%1e9)) })
	}
	integer("date", "int", func(n int64) string { return time.Unix(86400*n, 0).UTC().Format(time.DateOnly) })
	integer("time-millis", "int", func(n int64) string { return timeOfDay(n * 1e6) })
	integer("time-micros", "long", func(n int64) string { return timeOfDay(n * 1e3) })
	for _, kind := range []string{"bytes", "fixed"} {
		list = append(list, avro.CustomType{LogicalType: "decimal", AvroType: kind, Decode: func(v any, node *avro.SchemaNode) (any, error) {
			b, ok := v.([]byte)
			if !ok {
				return nil, avro.ErrSkipCustomType
			}
			return avro.RatFromBytes(b, node.Scale).FloatString(max(node.Scale, 0)), nil
		}})
	}
	return list
}()

// moment is a time as RFC 3339 in UTC.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// timeOfDay is a time without a day, from nanoseconds after midnight.
func timeOfDay(nanos int64) string { return time.Unix(0, nanos).UTC().Format("15:04:05.999999999") }

// uuidText is a UUID in its usual form.
func uuidText(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
