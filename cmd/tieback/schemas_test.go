package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"google.golang.org/protobuf/encoding/protowire"
)

// The schemas of these tests: orders in Avro, engagements in Protobuf, shocks in JSON.
const (
	avroOrders = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"source","type":"string"},{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}},
		{"name":"order_id","type":"long"},{"name":"gross","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":4}},{"name":"currency","type":"string"},{"name":"discount","type":["null","string"]}]}`
	protoEngagements = `syntax = "proto3"; import "google/protobuf/timestamp.proto";
		message Engagement { google.protobuf.Timestamp happened = 1; string platform = 2; Action action = 3; string person = 4; enum Action { ACTION_UNSPECIFIED = 0; ACTION_COMMENT = 1; } }`
)

// ids of the schemas, in a registry that a test started.
type schemaIDs struct{ avro, proto, json int }

// withRegistry registers the schemas and writes settings that name the registry.
func (p *place) withRegistry(register func(subject string, kind sr.SchemaType, text string) int, url, more string) (ids schemaIDs, settings string) {
	p.Helper()
	ids = schemaIDs{register("orders", sr.TypeAvro, avroOrders), register("engagements", sr.TypeProtobuf, protoEngagements), register("shocks", sr.TypeJSON, `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}`)}
	return ids, p.file("registry.yaml", "schema_registry:\n  url: "+url+"\n"+more+`topics:
- {name: tieback.sales, type: sale.order}
- {name: tieback.social, type: social.engagement}
- {name: tieback.business}
`)
}

func framed(id int, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), value...)
}

// encodedRecords are n events of each of the three formats, and as many as plain JSON.
func (p *place) encodedRecords(ids schemaIDs, from, to int) (records []*kgo.Record) {
	p.Helper()
	orders := avro.MustParse(avroOrders)
	for i := from; i < to; i++ {
		order, err := orders.Encode(map[string]any{"id": fmt.Sprint("a-", i), "source": "shop", "time": int64(1772446500000), "order_id": int64(9007199254740993 + i), "gross": "10.0625", "currency": "USD", "discount": nil})
		if err != nil {
			p.Fatal(err)
		}
		stamp := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1772446500)
		var engagement []byte
		engagement = protowire.AppendBytes(protowire.AppendTag(engagement, 1, protowire.BytesType), stamp)
		engagement = protowire.AppendString(protowire.AppendTag(engagement, 2, protowire.BytesType), "facebook")
		engagement = protowire.AppendVarint(protowire.AppendTag(engagement, 3, protowire.VarintType), 1)
		engagement = protowire.AppendString(protowire.AppendTag(engagement, 4, protowire.BytesType), fmt.Sprint("person-", i))
		records = append(records,
			&kgo.Record{Topic: "tieback.sales", Value: framed(ids.avro, order)},
			// The attributes of a CloudEvent stand in the headers, as with plain JSON.
			&kgo.Record{Topic: "tieback.social", Value: framed(ids.proto, append([]byte{0}, engagement...)), Headers: []kgo.RecordHeader{
				{Key: "ce_id", Value: fmt.Append(nil, "p-", i)}, {Key: "ce_source", Value: []byte("facebook")}, {Key: "ce_type", Value: []byte("social.engagement")}, {Key: "ce_time", Value: []byte("2026-03-02T10:15:00Z")}}},
			&kgo.Record{Topic: "tieback.business", Value: framed(ids.json, []byte(shockLine(fmt.Sprint("j-", i))))},
			&kgo.Record{Topic: "tieback.business", Value: []byte(shockLine(fmt.Sprint("plain-", i)))},
		)
	}
	return records
}

// checkEncoded compares the raw tables with what encodedRecords holds.
func (p *place) checkEncoded(n int) {
	p.Helper()
	want := []string{fmt.Sprintf("%d|%d|10.0625|%d|2026-03-02 10:15:00", n, n, 9007199254740993+n-1), fmt.Sprintf("%d|%d|comment", n, n), fmt.Sprint(2 * n)}
	got := append(p.rows("select count(*), count(distinct order_id), min(gross), max(order_id), strftime(min(occurred_at), '%Y-%m-%d %H:%M:%S') from raw.sale_order"),
		append(p.rows("select count(*), count(distinct person), min(action) from raw.social_engagement"), p.rows("select count(*) from raw.platform_shock")...)...)
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("raw tables (-want +got):\n%s", diff)
	}
}

// fakeRegistry starts a registry in memory.
func (p *place) fakeRegistry(options ...srfake.Option) (*srfake.Registry, func(string, sr.SchemaType, string) int) {
	fake := srfake.New(options...)
	p.Cleanup(fake.Close)
	return fake, func(subject string, kind sr.SchemaType, text string) int {
		p.Helper()
		id, _, err := fake.RegisterSchema(subject, sr.Schema{Schema: text, Type: kind})
		if err != nil {
			p.Fatal(err)
		}
		return id
	}
}

// Avro, Protobuf and JSON Schema reach the raw tables exactly, beside plain JSON, from a registry that asks for a password.
func TestSchemaRegistry(t *testing.T) {
	p := newPlace(t).withBroker(2)
	fake, register := p.fakeRegistry(srfake.WithAuth("Basic YW5uOnB3")) // ann:pw
	t.Setenv("REGISTRY_PASSWORD", "pw")
	ids, settings := p.withRegistry(register, fake.URL(), "  user: ann\n  password: ${REGISTRY_PASSWORD}\n")
	const n = 500
	p.publish(p.producer(), p.encodedRecords(ids, 0, n)...)
	if got := p.ingest("--settings", settings); got != (counts{Consumed: 4 * n, Written: 4 * n}) {
		t.Errorf("%+v, want %d written", got, 4*n)
	}
	p.checkEncoded(n)
	p.reconciled(4 * n)
}

// An id that nobody knows and bytes that are not what their schema says are dead letters with their bytes; their neighbors are
// kept. Replay asks the registry again.
func TestSchemaFaultsAreDeadLetters(t *testing.T) {
	p := newPlace(t).withBroker(1)
	fake, register := p.fakeRegistry()
	ids, settings := p.withRegistry(register, fake.URL(), "")
	good := p.encodedRecords(ids, 0, 2)
	late := framed(99, good[0].Value[5:])
	late[6] = 'z' // another id: z-0
	bad := [][]byte{late, framed(ids.avro, []byte{0xff}), framed(ids.proto, []byte{0, 0x0a, 0xff}), framed(ids.json, []byte("{\x00\xff"))}
	records := []*kgo.Record{good[0]}
	for _, value := range bad {
		records = append(records, &kgo.Record{Topic: "tieback.sales", Value: value})
	}
	p.publish(p.producer(), append(records, good[4])...)
	if got := p.ingest("--settings", settings); got != (counts{Consumed: 6, Written: 2, DeadLetters: 4}) {
		t.Errorf("%+v, want two orders and four dead letters", got)
	}
	var codes []string
	for i, l := range p.letters() {
		codes = append(codes, l.Code)
		if !bytes.Equal(l.Payload, bad[i]) || l.Reason == "" {
			t.Errorf("dead letter %d: %q, %q; want %q and a reason", i, l.Payload, l.Reason, bad[i])
		}
	}
	if diff := cmp.Diff([]string{"schema_unknown", "schema_mismatch", "schema_mismatch", "not_utf8"}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	fake.SeedSchema("late", 1, 99, sr.Schema{Schema: avroOrders, Type: sr.TypeAvro})
	if got := p.do("dlq", "replay", "--settings", settings); !strings.Contains(got, "1 written") || !strings.Contains(got, "3 still cannot be read") {
		t.Error(got)
	}
	p.reconciled(6)
}

// A registry that goes away stops ingest before the first message it is needed for; nothing becomes a dead letter, and when it
// is back the next run takes up there.
func TestRegistryThatDies(t *testing.T) {
	p := newPlace(t).withBroker(1)
	fake, register := p.fakeRegistry()
	ids, settings := p.withRegistry(register, fake.URL(), "")
	ids2, _ := p.withRegistry(register, fake.URL(), "")
	if ids != ids2 {
		t.Fatalf("%+v and %+v; want the same schemas to have the same ids", ids, ids2)
	}
	newer := register("orders2", sr.TypeAvro, strings.Replace(avroOrders, "Order", "Order2", 1))
	const n = 300
	producer := p.producer()
	for i, r := range p.encodedRecords(ids, 0, n) {
		if i%4 == 0 && i >= 4*n/2 {
			binary.BigEndian.PutUint32(r.Value[1:], uint32(newer)) // half way the producer takes up a new schema
		}
		if i%4 == 0 {
			p.publish(producer, r)
		}
	}
	var dead atomic.Bool
	dead.Store(true)
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !dead.Load() || !strings.HasSuffix(r.URL.Path, fmt.Sprint("/", newer)) {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	var out, errOut bytes.Buffer
	a := &app{out: &out, err: &errOut, now: time.Now, patience: 300 * time.Millisecond}
	a.limits.Rows = 40
	if code := a.execute(t.Context(), p.args("ingest", "--until-end", "--settings", settings, "--topics", "tieback.sales")); code == 0 || code == 2 {
		t.Errorf("exit code %d, want a failure", code)
	}
	for _, phrase := range []string{"the schema registry cannot be asked at " + fake.URL(), "it answers 503", fmt.Sprintf("tieback.sales partition 0 offset %d", n/2)} {
		if !strings.Contains(errOut.String(), phrase) {
			t.Errorf("%q, want %q", errOut.String(), phrase)
		}
	}
	if got := p.one("select max(next_offset) <= " + fmt.Sprint(n/2) + ", max(next_offset) > 0, (select count(*) from meta.dead_letter) from meta.position"); got != "true|true|0" {
		t.Errorf("position before the message, something committed, dead letters: %s", got)
	}
	dead.Store(false)
	if got := p.ingest("--settings", settings, "--topics", "tieback.sales"); got.DeadLetters != 0 || got.Duplicates != 0 || got.Written != got.Consumed {
		t.Errorf("%+v, want the rest without loss", got)
	}
	if got := p.one("select count(*), count(distinct order_id) from raw.sale_order"); got != fmt.Sprintf("%d|%d", n, n) {
		t.Errorf("orders %s, want %d", got, n)
	}
	p.reconciled(n)
}

// A stop while the registry is asked again and again is a stop: what came before is kept, and the exit code is 0.
func TestStopWhileTheRegistryIsDown(t *testing.T) {
	p := newPlace(t).withBroker(1)
	fake, register := p.fakeRegistry()
	ids, settings := p.withRegistry(register, fake.URL(), "")
	records := p.encodedRecords(ids, 0, 2)
	p.publish(p.producer(), records[3], records[2]) // plain, then JSON with a schema
	asked := make(chan struct{}, 1)
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		select {
		case asked <- struct{}{}:
		default:
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, stop := background(t, p.args("ingest", "--settings", settings)...)
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Error("the registry was not asked")
	}
	if r := stop(); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if got := p.one("select count(*), (select max(next_offset) from meta.position) from raw.platform_shock"); got != "1|1" {
		t.Errorf("rows and position %s, want the message before it and its position", got)
	}
	p.reconciled(1)
}

// Faults of the settings are found before anything is opened, and never show a secret.
func TestSchemaRegistrySettings(t *testing.T) {
	p := newPlace(t)
	for name, c := range map[string]struct{ yaml, phrase string }{
		"no scheme":     {"url: registry:8081", "must be an address such as https://"},
		"no url":        {"user: ann", "url is missing"},
		"user in url":   {"url: http://ann:secret-word@registry:8081", "not into url"},
		"two ways":      {"url: http://registry\n  token: secret-word\n  user: ann", "not both"},
		"password only": {"url: http://registry\n  password: secret-word", "password without user"},
		"half a pair":   {"url: http://registry\n  cert_file: a.pem", "belong together"},
		"unknown key":   {"user: ann\n  password: secret-word\n  pasword: x\n  url: http://registry", "pasword"},
		"wrong kind":    {"user: ann\n  password: [secret-word]\n  url: http://registry", "tieback: "},
	} {
		t.Run(name, func(t *testing.T) {
			settings := p.file("wrong.yaml", "schema_registry:\n  "+c.yaml+"\n")
			r := tieback(t, p.args("ingest", "--settings", settings)...)
			if r.code != 2 || !strings.Contains(r.err, c.phrase) || strings.Contains(r.err, "secret-word") {
				t.Errorf("%d, %q; want 2 and %q, without the secret", r.code, r.err, c.phrase)
			}
		})
	}
}

// A topic may have a schema and a map: its records are read by the schema, then mapped. What the schema cannot read is a dead letter, which a
// replay reads by both again; plain JSON is mapped as it is.
func TestSchemaAndMap(t *testing.T) {
	p := newPlace(t).withBroker(1)
	fake, register := p.fakeRegistry()
	const foreign = `{"type":"record","name":"Sale","fields":[{"name":"number","type":"long"},{"name":"paid","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":4}}]}`
	id := register("foreign", sr.TypeAvro, foreign)
	program := p.file("sale.jq", `{id: "s-\(.number)", type: "sale.order", time: "2026-03-02T10:15:00Z", order_id: .number, gross: .paid, currency: "USD"}`)
	settings := p.file("both.yaml", fmt.Sprintf("schema_registry: {url: %q}\ntopics:\n- {topic: tieback.sales, map: %s, source: shop}\n", fake.URL(), program))
	sale, err := avro.MustParse(foreign).Encode(map[string]any{"number": int64(9007199254740993), "paid": "10.0625"})
	if err != nil {
		t.Fatal(err)
	}
	publish := func(values ...[]byte) {
		for _, value := range values {
			p.publish(p.producer(), &kgo.Record{Topic: "tieback.sales", Value: value})
		}
	}
	publish(framed(id, sale), []byte(`{"number":7,"paid":"1.50"}`), framed(id+1, sale), framed(id, []byte{0xff}))
	if got := p.ingest("--settings", settings); got != (counts{Consumed: 4, Written: 2, DeadLetters: 2}) {
		t.Errorf("%+v, want 2 written and 2 dead letters", got)
	}
	if got := p.one("select string_agg(order_id || ' ' || gross, ', ' order by order_id) from raw.sale_order"); got != "7 1.5000, 9007199254740993 10.0625" {
		t.Errorf("orders %s", got)
	}
	if second := register("later", sr.TypeAvro, strings.Replace(foreign, "Sale", "Later", 1)); second != id+1 {
		t.Fatalf("the second schema has the number %d, want %d", second, id+1)
	}
	out := p.do("dlq", "replay", "--settings", settings)
	if !strings.Contains(out, "1 duplicates") && !strings.Contains(out, "1 written") || p.one("select count(*) from meta.dead_letter") != "1" {
		t.Errorf("replay: %s", out)
	}
	p.reconciled(4)
}
