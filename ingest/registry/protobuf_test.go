package registry_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"google.golang.org/protobuf/encoding/protowire"

	"tieback/ingest/event"
)

const protoOrder = `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
import "google/type/money.proto";
import "google/type/decimal.proto";
import "google/type/date.proto";
import "confluent/type/decimal.proto";
import "confluent/meta.proto";
import "common/tags.proto";

message Ignored { string nothing = 1; }
message Envelope {
  message Order {
    string id = 1 [(confluent.field_meta).doc = "the order"];
    google.protobuf.Timestamp time = 2;
    google.type.Money gross = 3;
    google.type.Decimal discount = 4;
    confluent.type.Decimal tax = 5;
    google.type.Date starts_on = 6;
    int64 order_id = 7;
    uint64 views = 8;
    SalesChannel channel = 9;
    bool cocreated = 10;
    optional bool personal = 11;
    google.protobuf.BoolValue paid = 12;
    google.protobuf.Int64Value hours = 13;
    double rate = 14;
    repeated string notes = 15;
    map<string, sint32> shares = 16;
    common.Tags tags = 17;
    google.protobuf.Struct allocation = 18;
    bytes raw = 19;
    oneof who { string customer = 20; string visitor = 21; }
    repeated fixed64 codes = 22;
    double nothing = 23;
  }
  enum SalesChannel { SALES_CHANNEL_UNSPECIFIED = 0; SALES_CHANNEL_WEB = 1; OTHER_NAME = 2; }
}
`

// field is one field of the wire format (protobuf.dev, "Encoding").
func field(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

func varint(number protowire.Number, n int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), uint64(n))
}

func double(number protowire.Number, f float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, number, protowire.Fixed64Type), math.Float64bits(f))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// The bytes are written by hand. The message is the first one within the second one of its file.
func TestProtobufValues(t *testing.T) {
	fake, r := start(t)
	register(t, fake, "tags", sr.TypeProtobuf, `syntax = "proto3"; package common; message Tags { repeated string tag = 1; }`)
	id := register(t, fake, "orders", sr.TypeProtobuf, protoOrder, sr.SchemaReference{Name: "common/tags.proto", Subject: "tags", Version: 1})
	index := []byte{4, 2, 0} // zigzag: two numbers, 1 and 0
	value := join(
		field(1, []byte("O-1")), field(2, join(varint(1, 1772446500), varint(2, 250_000_000))),
		field(3, join(field(1, []byte("USD")), varint(2, -44), varint(3, -500_000_000))), field(4, field(1, []byte("4.00"))),
		field(5, join(field(1, []byte{0xff, 0x9c}), varint(2, 9), varint(3, 2))), field(6, join(varint(1, 2026), varint(2, 3), varint(3, 2))),
		varint(7, -9007199254740993), varint(8, -1), varint(9, 1), varint(11, 0), field(12, nil), field(13, nil), double(14, 0.1),
		field(15, []byte("a")), field(15, []byte("b")), field(16, join(field(1, []byte("x")), varint(2, 1))), field(17, field(1, []byte("t"))),
		field(18, join(field(1, join(field(1, []byte("control")), field(2, double(2, 0.5)))), field(1, join(field(1, []byte("none")), field(2, varint(1, 0)))))),
		field(19, []byte{0xff}), field(21, []byte("v-1")), field(22, protowire.AppendFixed64(nil, 7)), double(23, math.NaN()),
	)
	want := `{"allocation":{"control":0.5},"channel":"WEB","codes":[7],"currency":"USD","discount":"4.00","gross":"-44.5","hours":0,"id":"O-1","notes":["a","b"],"order_id":-9007199254740993,` +
		`"paid":false,"personal":false,"rate":0.1,"raw":"/w==","shares":{"x":-1},"starts_on":"2026-03-02","tags":{"tag":["t"]},"tax":"-1.00","time":"2026-03-02T10:15:00.25Z","views":18446744073709551615,"visitor":"v-1"}`
	if got := text(t, r, framed(id, join(index, value)...)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := text(t, r, framed(id, join(index, varint(9, 2))...)); got != `{"channel":"OTHER_NAME"}` {
		t.Error(got)
	}
	if got := text(t, r, framed(id, join(index, varint(9, 9))...)); got != `{"channel":9}` {
		t.Error(got)
	}
	if got := text(t, r, framed(id, 0, 0x0a, 1, 'n')); got != `{"nothing":"n"}` { // one byte of zero stands for the first message
		t.Error(got)
	}
	for name, broken := range map[string][]byte{
		"no index": {}, "no such message": {2, 8}, "a negative index": {2, 1}, "a huge path": {0xfe, 0xff, 0xff, 0xff, 0x0f}, "cut off": join(index, value[:len(value)-1]),
		"not UTF-8":             join(index, field(1, []byte{0xff})),
		"two currencies":        join(index, field(3, field(1, []byte("USD"))), []byte{0xa3}),
		"units against nanos":   join(index, field(3, join(varint(2, 1), varint(3, -1)))),
		"more than a unit":      join(index, field(3, varint(3, 1_000_000_000))),
		"a group never ended":   join(index, protowire.AppendTag(nil, 99, protowire.StartGroupType)),
		"a field of zero":       join(index, []byte{0, 0}),
		"a varint without end":  join(index, bytes.Repeat([]byte{0xff}, 12)),
		"a scale out of bounds": join(index, field(5, join(field(1, []byte{1}), varint(3, 5000)))),
	} {
		if why := rejected(t, r, framed(id, broken...)); why.Code != event.SchemaMismatch {
			t.Errorf("%s: %v", name, why)
		}
	}
}

// Amounts of one message in two currencies cannot both be in the one that the event names.
func TestMoneyInTwoCurrencies(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "m", sr.TypeProtobuf, `syntax = "proto3"; import "google/type/money.proto"; message O { google.type.Money gross = 1; google.type.Money discount = 2; string currency = 3; }`)
	usd, eur := field(1, field(1, []byte("USD"))), field(2, field(1, []byte("EUR")))
	if why := rejected(t, r, framed(id, join([]byte{0}, usd, eur)...)); why.Code != event.SchemaMismatch {
		t.Error(why)
	}
	if got := text(t, r, framed(id, join([]byte{0}, usd, field(3, []byte("CAD")))...)); got != `{"currency":"CAD","gross":"0"}` {
		t.Error(got)
	}
}

// A required field of proto2 that is missing, and messages that lie in each other without end.
func TestHostileProtobuf(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "p2", sr.TypeProtobuf, `syntax = "proto2"; message A { required string a = 1; optional A next = 2; optional int32 n = 3 [default = 7]; }`)
	if why := rejected(t, r, framed(id, 0)); why.Code != event.SchemaMismatch {
		t.Error(why)
	}
	if got := text(t, r, framed(id, 0, 0x0a, 1, 'x')); got != `{"a":"x"}` {
		t.Error(got)
	}
	deep := field(1, []byte("x"))
	for range 5000 {
		deep = join(field(1, []byte("x")), field(2, deep))
	}
	if why := rejected(t, r, framed(id, join([]byte{0}, deep)...)); why.Code != event.SchemaMismatch {
		t.Error(why)
	}
}
