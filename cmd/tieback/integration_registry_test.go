//go:build integration

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"tieback/ingest/event"
	"tieback/ingest/registry"
)

// realRegistry is a client of the registry of TIEBACK_TEST_REGISTRY and what registers schemas there.
func realRegistry(t *testing.T) (url string, client *sr.Client, register func(subject string, kind sr.SchemaType, text string) int) {
	t.Helper()
	if url = os.Getenv("TIEBACK_TEST_REGISTRY"); url == "" {
		t.Skip("TIEBACK_TEST_REGISTRY is not set; start a registry with ci/registry/start and set it to the address that it prints")
	}
	client, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		t.Fatal(err)
	}
	return url, client, func(subject string, kind sr.SchemaType, text string) int {
		t.Helper()
		created, err := client.CreateSchema(t.Context(), subject, sr.Schema{Schema: text, Type: kind})
		if err != nil {
			t.Fatal(err)
		}
		return created.ID
	}
}

// All three formats, and faults, with a registry that others wrote; over Apache Kafka where there is one, else the embedded broker.
func TestIntegrationSchemaRegistry(t *testing.T) {
	url, _, register := realRegistry(t)
	p := newPlace(t)
	if os.Getenv("TIEBACK_TEST_BROKERS") != "" {
		p = newKafka(t, 2).place
	} else {
		p.withBroker(2)
	}
	ids, settings := p.withRegistry(register, url, "")
	const n = 200
	producer := p.producer()
	p.publish(producer, p.encodedRecords(ids, 0, n)...)
	p.publish(producer, &kgo.Record{Topic: "tieback.sales", Value: framed(1_000_000, []byte("{}"))}, &kgo.Record{Topic: "tieback.sales", Value: framed(ids.avro, []byte{0xff})})
	if got := p.ingest("--settings", settings); got != (counts{Consumed: 4*n + 2, Written: 4 * n, DeadLetters: 2}) {
		t.Errorf("%+v, want %d written and two dead letters", got, 4*n)
	}
	p.checkEncoded(n)
	p.reconciled(4*n + 2)
}

// References: a real registry keeps names, subjects and versions of its own.
func TestIntegrationSchemaReferences(t *testing.T) {
	url, client, register := realRegistry(t)
	register("common-money", sr.TypeAvro, `{"type":"record","name":"Money","namespace":"m","fields":[{"name":"cents","type":"long"}]}`)
	register("common-tags", sr.TypeProtobuf, `syntax = "proto3"; package common; message Tags { repeated string tag = 1; }`)
	create := func(subject string, schema sr.Schema) int {
		t.Helper()
		created, err := client.CreateSchema(t.Context(), subject, schema)
		if err != nil {
			t.Fatal(err)
		}
		return created.ID
	}
	avroID := create("order-with-money", sr.Schema{Type: sr.TypeAvro, Schema: `{"type":"record","name":"Order","namespace":"m","fields":[{"name":"total","type":"m.Money"}]}`,
		References: []sr.SchemaReference{{Name: "m.Money", Subject: "common-money", Version: 1}}})
	protoID := create("post-with-tags", sr.Schema{Type: sr.TypeProtobuf, Schema: `syntax = "proto3"; import "common/tags.proto"; message Other { string a = 1; } message Post { common.Tags tags = 1; }`,
		References: []sr.SchemaReference{{Name: "common/tags.proto", Subject: "common-tags", Version: 1}}})
	schemas, err := registry.New(registry.Config{URLs: []string{url}})
	if err != nil {
		t.Fatal(err)
	}
	for want, value := range map[string][]byte{
		`{"total":{"cents":-2}}`: framed(avroID, []byte{3}),
		`{"tags":{"tag":["x"]}}`: framed(protoID, []byte{2, 2, 0x0a, 3, 0x0a, 1, 'x'}),
	} {
		got, err := schemas.Translate(t.Context(), &event.Message{Value: value})
		if err != nil || string(got.Value) != want {
			t.Errorf("%v, %v; want %s", got, err, want)
		}
	}
	_, err = schemas.Translate(t.Context(), &event.Message{Value: framed(1_000_001, nil)})
	if why := event.AsInvalid(err); why == nil || why.Code != event.SchemaUnknown || !strings.Contains(why.Reason, "1000001") {
		t.Errorf("%v, want that the registry knows no such schema", err)
	}
}
