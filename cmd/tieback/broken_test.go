package main

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest/event"
	"tieback/transform"
)

// letter is a dead letter, unsealed.
type letter struct {
	Topic               string
	Offset              int64
	Code, Field, Reason string
	Payload, Key        []byte
	Headers             []event.Header
}

// letters reads and unseals the dead letters of a warehouse that nobody holds.
func (p *place) letters() []letter {
	p.Helper()
	key, err := hex.DecodeString(testKey)
	if err != nil {
		p.Fatal(err)
	}
	secret, err := transform.NewSecret(key)
	if err != nil {
		p.Fatal(err)
	}
	db, err := sql.Open("duckdb", p.warehouse+"?access_mode=READ_ONLY")
	if err != nil {
		p.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(p.Context(), `
		select word, kafka_offset, dead_letter.code, field, reason, payload, message_key, headers
		from meta.dead_letter as dead_letter
		inner join meta.word as word on dead_letter.kafka_topic = word.code
		order by word, kafka_offset`)
	if err != nil {
		p.Fatal(err)
	}
	defer rows.Close()
	var list []letter
	for rows.Next() {
		var l letter
		sealed := make([][]byte, 3)
		if err := rows.Scan(&l.Topic, &l.Offset, &l.Code, &l.Field, &l.Reason, &sealed[0], &sealed[1], &sealed[2]); err != nil {
			p.Fatal(err)
		}
		plain := make([][]byte, 3)
		for i, s := range sealed {
			if plain[i], err = secret.Open(s); err != nil {
				p.Fatal(err)
			}
			if len(plain[i]) > 8 && bytes.Contains(s, plain[i]) {
				p.Errorf("dead letter at %d lies open in the warehouse", l.Offset)
			}
		}
		l.Payload, l.Key = plain[0], plain[1]
		if plain[2] != nil {
			if err := json.Unmarshal(plain[2], &l.Headers); err != nil {
				p.Fatal(err)
			}
		}
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		p.Fatal(err)
	}
	return list
}

// Nearly sixty kinds of broken events stand between good ones of five types. Each good one is in its table, each
// bad one is a dead letter with code, field and reason, byte for byte.
func TestBrokenEventsAreKept(t *testing.T) {
	content, err := os.ReadFile("testdata/broken.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := os.ReadFile("testdata/broken.want")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	p := newPlace(t)
	got := countsOf(t, p.do("load", "testdata/broken.ndjson", "--format", "json"))
	var want, letters []string
	for _, line := range strings.Split(strings.TrimSpace(string(wanted)), "\n") {
		if !strings.HasPrefix(line, "#") {
			want = append(want, line)
		}
	}
	if len(want) < 40 {
		t.Fatalf("%d kinds of broken events, want at least 40", len(want))
	}
	for _, l := range p.letters() {
		letters = append(letters, fmt.Sprintf("%d %s %s", l.Offset, l.Code, orDash(l.Field)))
		if !bytes.Equal(l.Payload, lines[l.Offset]) {
			t.Errorf("record %d came back as %q, want %q", l.Offset, l.Payload, lines[l.Offset])
		}
		if l.Reason == "" || strings.Contains(l.Reason, "secret-person") {
			t.Errorf("record %d: reason %q, want a sentence without the value", l.Offset, l.Reason)
		}
	}
	if diff := cmp.Diff(want, letters); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	good := len(lines) - len(want)
	if got != (counts{Consumed: int64(len(lines)), Written: int64(good), DeadLetters: int64(len(want))}) {
		t.Errorf("%+v, want %d consumed, %d written, %d dead letters", got, len(lines), good, len(want))
	}
	p.reconciled(len(lines))
	p.goodNeighbors(good)
}

// goodNeighbors fails unless every other record, from the first on, is in the table of its type.
func (p *place) goodNeighbors(good int) {
	p.Helper()
	tables := []string{"sale_order", "social_engagement", "platform_shock", "identity_link", "cost_entry"}
	for i, table := range tables {
		var want []string
		for n := i; n < good; n += len(tables) {
			want = append(want, fmt.Sprint(2*n))
		}
		if diff := cmp.Diff(want, p.rows("select kafka_offset from raw."+table+" order by kafka_offset")); diff != "" {
			p.Errorf("records in %s (-want +got):\n%s", table, diff)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Over Kafka a dead letter has a key and headers too, and all three may hold any byte.
func TestBinaryPoisonFromKafka(t *testing.T) { newPlace(t).withBroker(1).keepPoison() }

// keepPoison wants topics of one partition, so that offsets can be foretold.
func (p *place) keepPoison() {
	p.Helper()
	t := p.T
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	const topic = "tieback.social"
	header := func(key string, value []byte) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: value} }
	records := []*kgo.Record{
		{Topic: topic, Value: []byte(engagementLine("before"))},
		{Topic: topic, Key: every, Value: every, Headers: []kgo.RecordHeader{header("trace", []byte{0x00, 0xff, 0x00})}},
		{Topic: topic, Value: []byte(engagementLine("between"))},
		{Topic: topic, Value: []byte(`{"platform":"x"}`), Headers: []kgo.RecordHeader{header("ce_id", []byte("b1")), header("ce_type", []byte("platform.shock")), header("ce_time", []byte("2026-03-02T10:15:00Z"))}},
		{Topic: topic, Key: []byte{}, Value: []byte{0x00}},
		{Topic: topic, Value: bytes.Repeat([]byte{0xff}, 500_000)},
		{Topic: topic, Value: []byte(engagementLine("after"))},
	}
	p.publish(p.producer(), records...)
	if got := p.ingest(); got != (counts{Consumed: 7, Written: 3, DeadLetters: 4}) {
		t.Errorf("%+v, want 3 written and 4 dead letters", got)
	}
	want := []letter{
		{Offset: 1, Code: "not_utf8", Payload: every, Key: every, Headers: []event.Header{{Key: "trace", Value: []byte{0x00, 0xff, 0x00}}}},
		{Offset: 3, Code: "missing_field", Field: "kind", Payload: records[3].Value, Headers: []event.Header{
			{Key: "ce_id", Value: []byte("b1")}, {Key: "ce_type", Value: []byte("platform.shock")}, {Key: "ce_time", Value: []byte("2026-03-02T10:15:00Z")}}},
		{Offset: 4, Code: "not_json", Payload: []byte{0x00}, Key: []byte{}},
		{Offset: 5, Code: "not_utf8", Payload: records[5].Value},
	}
	got := p.letters()
	for i := range got {
		if got[i].Topic != topic {
			t.Errorf("dead letter %d came from %q, want %q", i, got[i].Topic, topic)
		}
		got[i].Topic, got[i].Reason = "", ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	if got := p.one("select count(*) from raw.social_engagement"); got != "3" {
		t.Errorf("%s neighbors in their table, want 3", got)
	}
	p.reconciled(7)
}
