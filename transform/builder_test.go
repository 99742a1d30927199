package transform_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/ingest/event"
	"tieback/transform"
)

const monday = 1772446500_000000 // 2026-03-02T10:15:00Z

func newBuilder(t *testing.T) (*transform.Builder, *transform.Secret, *transform.Words) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	secret, err := transform.NewSecret(bytes.Repeat([]byte{7}, transform.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	words := transform.NewWords([]string{"known"})
	b := transform.NewBuilder(mem, secret, words)
	t.Cleanup(func() { b.Close(); mem.AssertSize(t, 0) })
	return b, secret, words
}

func appendEvent(t *testing.T, b *transform.Builder, offset int64, value string) {
	t.Helper()
	m := event.Message{Value: []byte(value), Timestamp: monday}
	at := transform.Position{Topic: "tieback.social", Partition: 1, Offset: offset}
	var row event.Row
	err := (&event.Decoder{}).Decode(&m, &row)
	if why := event.AsInvalid(err); why != nil {
		err = b.Reject(&m, at, why)
	} else {
		err = b.Append(&row, &m, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPersonsBecomeTokens(t *testing.T) {
	b, secret, _ := newBuilder(t)
	appendEvent(t, b, 5, `{"id":"e1","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"Facebook","action":"comment","person":" 1098 ","market":"US","campaign":"known"}`)
	batch := b.Cut()
	defer batch.Release()
	record := batch.Rows["social_engagement"]
	if record == nil || record.NumRows() != 1 {
		t.Fatalf("rows: %v", batch.Rows)
	}
	// HMAC-SHA-256(key, "facebook" ‖ 0x00 ‖ "1098"), first 16 bytes, computed here with crypto/hmac alone.
	mac := hmac.New(sha256.New, bytes.Repeat([]byte{7}, 32))
	mac.Write([]byte("facebook\x001098"))
	want := mac.Sum(nil)[:16]
	got := record.Column(2).(*extensions.UUIDArray).Value(0)
	if !bytes.Equal(got[:], want) {
		t.Errorf("token %x, want %x", got, want)
	}
	if text := secret.TokenText("facebook", "1098"); text != got.String() {
		t.Errorf("token text %s, want %s", text, got)
	}
	action := record.Column(1).(*array.Dictionary)
	if got := action.Dictionary().(*array.String).Value(action.GetValueIndex(0)); got != "comment" {
		t.Errorf("action %q, want comment", got)
	}
	if got := record.Column(10).(*array.Uint32).Value(0); got != 0 {
		t.Errorf("campaign has code %d, want that of the known word, 0", got)
	}
	if batch.FirstWord != 1 || len(batch.Words) == 0 || batch.Words[0] != "facebook" {
		t.Errorf("new words %v from %d", batch.Words, batch.FirstWord)
	}
}

func TestContentHashIgnoresFormAndSeesChange(t *testing.T) {
	b, _, _ := newBuilder(t)
	appendEvent(t, b, 0, `{"id":"l","type":"identity.link","time":"2026-03-02T10:15:00Z","a_kind":"email","a":"Ann@Example.org","b_kind":"customer","b":"c-1"}`)
	appendEvent(t, b, 1, `{"specversion":"1.0","time":"2026-03-02T11:15:00+01:00","type":"identity.link","id":"l","data":{"b":"c-1","b_kind":"customer","a":" ann@example.org","a_kind":"EMAIL","extra":1}}`)
	appendEvent(t, b, 2, `{"id":"l","type":"identity.link","time":"2026-03-02T10:15:00Z","a_kind":"email","a":"Ann@Example.org","b_kind":"customer","b":"c-2"}`)
	batch := b.Cut()
	defer batch.Release()
	hashes := batch.Keys.Column(3).(*array.Uint64)
	if hashes.Value(0) != hashes.Value(1) {
		t.Error("the same event in two forms has two hashes")
	}
	if hashes.Value(0) == hashes.Value(2) {
		t.Error("another customer has the same hash")
	}
}

func TestDeadLettersKeepTheirBytes(t *testing.T) {
	b, secret, _ := newBuilder(t)
	payload := []byte{0x00, 0xff, '{', 0x80, 0x00}
	m := event.Message{Value: payload, Key: []byte{0}, Headers: []event.Header{{Key: "h", Value: []byte{0xfe}}}, Timestamp: monday}
	why := &event.InvalidError{Code: event.NotUTF8, Reason: "the value is not UTF-8"}
	if err := b.Reject(&m, transform.Position{Topic: "t", Partition: 0, Offset: 9}, why); err != nil {
		t.Fatal(err)
	}
	batch := b.Cut()
	defer batch.Release()
	sealed := batch.DeadLetters.Column(7).(*array.Binary).Value(0)
	if bytes.Contains(sealed, payload) {
		t.Error("the payload is not sealed")
	}
	plain, err := secret.Open(sealed)
	if err != nil || !bytes.Equal(plain, payload) {
		t.Errorf("unsealed %x, %v, want %x", plain, err, payload)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := secret.Open(sealed); err == nil {
		t.Error("a damaged dead letter opens")
	}
}

func TestConflictsBecomeDeadLetters(t *testing.T) {
	b, secret, _ := newBuilder(t)
	value := `{"id":"p","type":"privacy.erasure","time":"2026-03-02T10:15:00Z","person_kind":"phone","person":"0049 30-1234"}`
	appendEvent(t, b, 3, value)
	batch := b.Cut()
	defer batch.Release()
	record, err := batch.Conflicts([]uint32{0}, secret)
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	plain, err := secret.Open(record.Column(7).(*array.Binary).Value(0))
	if err != nil || string(plain) != value {
		t.Errorf("conflict holds %q, %v", plain, err)
	}
	if secret.Token("phone", []byte("+49301234")) != secret.Token("phone", []byte("0049 30-1234")) {
		t.Error("two spellings of one phone number have two tokens")
	}
}

func BenchmarkAppend(bench *testing.B) {
	secret, _ := transform.NewSecret(bytes.Repeat([]byte{7}, transform.KeyBytes))
	b := transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(nil))
	m := event.Message{Timestamp: monday, Value: []byte(`{"id":"e-1000001","source":"facebook","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":"facebook","action":"comment","person":"10981234","content_id":"post-9","venue":"care","campaign":"spring-2026","market":"US","region":"Illinois","language":"en"}`)}
	var row event.Row
	if err := (&event.Decoder{}).Decode(&m, &row); err != nil {
		bench.Fatal(err)
	}
	n := 0
	for bench.Loop() {
		if err := b.Append(&row, &m, transform.Position{Topic: "t"}); err != nil {
			bench.Fatal(err)
		}
		if n++; n%100_000 == 0 {
			b.Cut().Release()
		}
	}
}
