package registry_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"tieback/ingest/event"
)

// long is Avro's zigzag varint (Avro 1.12 specification, "Primitive Types").
func long(n int64) []byte { return binary.AppendVarint(nil, n) }

// str is Avro's string: its length, then its bytes.
func str(s string) []byte { return append(long(int64(len(s))), s...) }

const avroOrder = `{"type":"record","name":"Order","namespace":"shop","fields":[
	{"name":"id","type":"string"},
	{"name":"time","type":{"type":"long","logicalType":"timestamp-micros"}},
	{"name":"gross","type":{"type":"bytes","logicalType":"decimal","precision":38,"scale":4}},
	{"name":"discount","type":["null",{"type":"fixed","name":"Small","size":3,"logicalType":"decimal","precision":6,"scale":2}]},
	{"name":"order_id","type":"long"},
	{"name":"day","type":{"type":"int","logicalType":"date"}},
	{"name":"at","type":{"type":"int","logicalType":"time-millis"}},
	{"name":"ref","type":{"type":"string","logicalType":"uuid"}},
	{"name":"channel","type":{"type":"enum","name":"Channel","symbols":["web","store"]}},
	{"name":"cocreated","type":["null","boolean"]},
	{"name":"rate","type":"double"},
	{"name":"raw","type":"bytes"},
	{"name":"tags","type":{"type":"array","items":"string"}},
	{"name":"data","type":{"type":"map","values":"long"}}]}`

// The bytes are written by hand after the Avro 1.12 specification.
func TestAvroValues(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "orders", sr.TypeAvro, avroOrder)
	double := func(f float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)) }
	value := bytes.Join([][]byte{
		str("O-1 \"ü\""), long(1772446500123456), // 2026-03-02T10:15:00.123456Z
		append(long(9), 0x01, 0, 0, 0, 0, 0, 0, 0, 1), // 2^64+1 ten-thousandths
		append(long(1), 0xff, 0xff, 0x9c),             // branch 1, −100 hundredths
		long(9007199254740993), long(20514), long(36900250), str("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), long(1), long(0), double(0.1),
		append(long(2), 0xff, 0x00), append(append(append(long(2), str("a")...), str("b")...), long(0)...),
		append(append(append(long(1), str("k")...), long(-1)...), long(0)...),
	}, nil)
	want := `{"at":"10:15:00.25","channel":"store","data":{"k":-1},"day":"2026-03-02","discount":"-1.00","gross":"1844674407370955.1617","id":"O-1 \"ü\"",` +
		`"order_id":9007199254740993,"rate":0.1,"raw":"/wA=","ref":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","tags":["a","b"],"time":"2026-03-02T10:15:00.123456Z"}`
	if got := text(t, r, framed(id, value...)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for name, broken := range map[string][]byte{
		"nothing": nil, "cut off": value[:len(value)-1], "bytes behind it": append(append([]byte(nil), value...), 0), "wrong branch": append(str("x"), bytes.Repeat([]byte{0x7f}, 60)...),
		"a length beyond the end": long(1 << 40), "a negative length": long(-5),
	} {
		if why := rejected(t, r, framed(id, broken...)); why.Code != event.SchemaMismatch {
			t.Errorf("%s: %v", name, why)
		}
	}
}

// Types that lie in other schemas, which again refer to others, one of them by two ways.
func TestAvroReferences(t *testing.T) {
	fake, r := start(t)
	register(t, fake, "money", sr.TypeAvro, `{"type":"record","name":"Money","namespace":"m","fields":[{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}]}`)
	money := sr.SchemaReference{Name: "m.Money", Subject: "money", Version: 1}
	register(t, fake, "line", sr.TypeAvro, `{"type":"record","name":"Line","namespace":"m","fields":[{"name":"price","type":"Money"}]}`, money)
	id := register(t, fake, "order", sr.TypeAvro, `{"type":"record","name":"Order","namespace":"m","fields":[{"name":"total","type":"m.Money"},{"name":"line","type":"Line"}]}`,
		sr.SchemaReference{Name: "m.Line", Subject: "line", Version: 1}, money)
	if got, want := text(t, r, framed(id, 2, 0x7f, 4, 0xff, 0x7f)), `{"line":{"price":{"amount":"-1.29"}},"total":{"amount":"1.27"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A value must not take more memory or stack than its bytes are worth.
func TestHostileAvro(t *testing.T) {
	fake, r := start(t)
	nulls := register(t, fake, "nulls", sr.TypeAvro, `{"type":"array","items":"null"}`)
	if why := rejected(t, r, framed(nulls, append(long(1<<40), 0)...)); why.Code != event.SchemaMismatch {
		t.Errorf("%v", why)
	}
	list := register(t, fake, "list", sr.TypeAvro, `{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}`)
	if why := rejected(t, r, framed(list, append(bytes.Repeat([]byte{2}, 1_000_000), 0)...)); why.Code != event.SchemaMismatch {
		t.Errorf("%v", why)
	}
	if got := text(t, r, framed(list, 2, 2, 0)); got != `{"next":{"next":{}}}` {
		t.Error(got)
	}
	scale := register(t, fake, "scale", sr.TypeAvro, `{"type":"bytes","logicalType":"decimal","precision":4,"scale":4}`)
	if got := text(t, r, framed(scale, 2, 0x81)); got != `"-0.0127"` || strings.Contains(got, "e") {
		t.Error(got)
	}
}
