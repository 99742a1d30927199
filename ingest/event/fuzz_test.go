package event_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"tieback/ingest/event"
)

// FuzzDecode feeds arbitrary bytes: the decoder never panics, and what it accepts
// has a type, an id, a time in range, every required field, and text that is UTF-8.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"e-1","source":"facebook","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"facebook","action":"comment","person":"1098"}`), "")
	f.Add([]byte(`{"specversion":"1.0","id":"O-77@2","source":"shop","type":"sale.order","time":"2026-03-02T05:20:00-05:00","data":{"order_id":"O-77","gross":"44.00","discount":"4.00","currency":"USD"}}`), "")
	f.Add([]byte(`{"order_id":"O-77","gross":4.4e1,"currency":"usd","market":"\u0055S"}`), "sale.order")
	f.Fuzz(func(t *testing.T, value []byte, ceType string) {
		m := event.Message{Value: value, Timestamp: monday}
		if ceType != "" {
			m.Headers = []event.Header{{Key: "ce_type", Value: []byte(ceType)}, {Key: "ce_id", Value: []byte("i")}, {Key: "ce_time", Value: []byte("2026-03-02T10:15:00Z")}}
		}
		var row event.Row
		err := (&event.Decoder{}).Decode(&m, &row)
		if err != nil {
			e := event.AsInvalid(err)
			if e == nil {
				t.Fatalf("a decoding error that is no InvalidError: %v", err)
			}
			if !utf8.ValidString(e.Reason) || e.Reason == "" {
				t.Fatalf("reason %q", e.Reason)
			}
			return
		}
		if row.Type == nil || len(row.ID) == 0 || row.OccurredAt > monday+24*3600*1_000_000 {
			t.Fatalf("accepted %+v", row)
		}
		for i, v := range row.Values {
			if row.Type.Fields[i].Required && !v.Set {
				t.Fatalf("accepted without %s", row.Type.Fields[i].Name)
			}
			if !utf8.Valid(v.Text) {
				t.Fatalf("%s is not UTF-8", row.Type.Fields[i].Name)
			}
		}
	})
}

// FuzzNotJSON compares the decoder's idea of JSON with encoding/json's: a text is refused as no JSON
// if and only if encoding/json refuses it, and as no object if it is JSON of another kind.
func FuzzNotJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, ` {"a" : [1,2,{"b":null}] , "c":"\u00e9\n"} `, `{"a":-0.5e+10}`, `{"a":01}`, `{"a":1.}`, `{"a":"\x"}`, `{"a":tru}`, `[1]`, `"s"`, `{"a":1,}`, `{"a" 1}`, `{"a":{"b":]}}`, "{\"a\":\"\t\"}", `{"a":1}{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !utf8.Valid(value) {
			return
		}
		m := event.Message{Value: value, Timestamp: monday}
		var row event.Row
		why := event.AsInvalid((&event.Decoder{}).Decode(&m, &row))
		valid := json.Valid(value)
		if refused := why != nil && why.Code == event.NotJSON; refused == valid {
			t.Fatalf("%q: %v, encoding/json says valid = %t", value, why, valid)
		}
		var object map[string]json.RawMessage
		isObject := json.Unmarshal(value, &object) == nil && object != nil
		if refused := why != nil && why.Code == event.NotObject; valid && refused == isObject {
			t.Fatalf("%q: %v, object = %t", value, why, isObject)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	m := event.Message{Timestamp: monday, Value: []byte(`{"id":"e-1000001","source":"facebook","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"facebook","action":"comment","person":"10981234","content_id":"post-9","venue":"care","campaign":"spring-2026","market":"US","region":"Illinois","language":"en"}`)}
	var row event.Row
	d := &event.Decoder{}
	b.SetBytes(int64(len(m.Value)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(&m, &row); err != nil {
			b.Fatal(err)
		}
	}
}
