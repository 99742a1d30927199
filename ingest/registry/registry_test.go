package registry_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"tieback/ingest/event"
	"tieback/ingest/registry"
)

// impatient is a registry that is asked again for half a second.
func impatient(t *testing.T, config registry.Config) *registry.Registry {
	t.Helper()
	if config.Patience == 0 {
		config.Patience = 500 * time.Millisecond
	}
	r, err := registry.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// start starts a registry in memory and a client for it.
func start(t *testing.T) (*srfake.Registry, *registry.Registry) {
	t.Helper()
	fake := srfake.New()
	t.Cleanup(fake.Close)
	return fake, impatient(t, registry.Config{URLs: []string{fake.URL()}})
}

// register registers a schema under a subject and returns its id.
func register(t *testing.T, fake *srfake.Registry, subject string, kind sr.SchemaType, text string, references ...sr.SchemaReference) int {
	t.Helper()
	id, _, err := fake.RegisterSchema(subject, sr.Schema{Schema: text, Type: kind, References: references})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// framed puts the magic byte and the id in front of a value.
func framed(id int, value ...byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), value...)
}

// text translates a value that must be translatable.
func text(t *testing.T, r *registry.Registry, value []byte, headers ...event.Header) string {
	t.Helper()
	before := append([]byte(nil), value...)
	m := &event.Message{Key: []byte("k"), Value: value, Headers: headers, Timestamp: 7}
	got, err := r.Translate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Value) != string(before) || string(got.Key) != "k" || got.Timestamp != 7 || len(got.Headers) != len(headers) {
		t.Errorf("the message became %+v, its translation %+v; want only the value to differ", m, got)
	}
	return string(got.Value)
}

// rejected translates a value that must not be translatable.
func rejected(t *testing.T, r *registry.Registry, value []byte) *event.InvalidError {
	t.Helper()
	_, err := r.Translate(t.Context(), &event.Message{Value: value})
	why := event.AsInvalid(err)
	if why == nil || errors.Is(err, registry.ErrUnreachable) {
		t.Fatalf("%v, want a dead letter", err)
	}
	return why
}

// What names no schema goes through as it is.
func TestPlainMessages(t *testing.T) {
	r := impatient(t, registry.Config{URLs: []string{"http://127.0.0.1:1"}}) // nobody is asked
	for _, value := range []string{"", "{}", "\x00", "\x00\x00\x00\x01", "\x01aaaaaaaaaaaaaaaaa"} {
		m := &event.Message{Value: []byte(value), Headers: []event.Header{{Key: "__value_schema_id", Value: []byte{1, 2}}}}
		if got, err := r.Translate(t.Context(), m); err != nil || got != m {
			t.Errorf("%q became %+v, %v; want the message itself", value, got, err)
		}
	}
}

// JSON Schema: the JSON stands behind the prefix and is not touched.
func TestJSONSchema(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "j", sr.TypeJSON, `{"type":"object"}`)
	if got := text(t, r, framed(id, []byte(` {"id":"1","gross":1.50}`)...)); got != ` {"id":"1","gross":1.50}` {
		t.Errorf("%q", got)
	}
}

// An id or a GUID may stand in a header instead, as newer serializers write it.
func TestIDInHeader(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "j", sr.TypeJSON, `{"type":"object"}`)
	proto := register(t, fake, "p", sr.TypeProtobuf, `syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }`)
	client, err := sr.NewClient(sr.URLs(fake.URL()))
	if err != nil {
		t.Fatal(err)
	}
	guid := func(subject string) []byte {
		found, err := client.SchemaByVersion(t.Context(), subject, 1)
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(found.GUID, "-", ""))
		if err != nil || len(b) != 16 {
			t.Fatalf("GUID %q, %v", found.GUID, err)
		}
		return append([]byte{1}, b...)
	}
	header := func(value []byte) event.Header { return event.Header{Key: "__value_schema_id", Value: value} }
	field := []byte{0x0a, 1, 'x'} // field 1, one byte
	for name, c := range map[string]struct {
		header event.Header
		value  []byte
		want   string
	}{
		"number":                     {header(framed(id)), []byte(`{"a":1}`), `{"a":1}`},
		"guid":                       {header(guid("j")), []byte(`{"a":1}`), `{"a":1}`},
		"first message":              {header(append(guid("p"), 0)), field, `{"a":"x"}`},
		"second message":             {header(append(guid("p"), 2, 2)), field, `{"b":"x"}`}, // zigzag: one index, 1
		"first message, not named":   {header(guid("p")), field, `{"a":"x"}`},
		"second message by a number": {header(framed(proto, 2, 2)), field, `{"b":"x"}`},
	} {
		if got := text(t, r, c.value, c.header); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// An id that the registry says it does not know is a fault of the message; it is asked for a few times, then not again for a minute.
func TestUnknownID(t *testing.T) {
	fake, r := start(t)
	var asked atomic.Int32
	fake.Intercept(func(http.ResponseWriter, *http.Request) bool { asked.Add(1); return false })
	for range 5 {
		if why := rejected(t, r, framed(77, 1)); why.Code != event.SchemaUnknown || why.Reason != "the registry knows no schema 77" {
			t.Errorf("%v", why)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("asked %d times, want 3", asked.Load())
	}
	// A schema that came a moment after its message is found.
	fake.Intercept(func(http.ResponseWriter, *http.Request) bool {
		if asked.Add(1) == 5 {
			fake.SeedSchema("late", 1, 78, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
		}
		return false
	})
	if got := text(t, r, framed(78, '{', '}')); got != "{}" {
		t.Errorf("%q", got)
	}
}

// A schema that is none, or that refers to one that is gone, cannot be read; the messages keep waiting as dead letters.
func TestUnreadableSchemas(t *testing.T) {
	fake, r := start(t)
	serve := func(id int, answer string) {
		fake.Intercept(func(w http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path != fmt.Sprint("/schemas/ids/", id) {
				return false
			}
			fmt.Fprint(w, answer)
			return true
		})
	}
	serve(901, `{"schema":"{\"type\":\"record\"}"}`)
	serve(902, `{"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; import \"nowhere.proto\"; message A {}"}`)
	serve(903, `{"schemaType":"PROTOBUF","schema":"message {"}`)
	serve(904, `{"schema":"\"string\"","references":[{"name":"a","subject":"gone","version":1}]}`)
	for id, phrase := range map[int]string{901: "schema 901 cannot be read", 902: "nowhere.proto", 903: "schema 903 cannot be read", 904: "refers to a schema that the registry does not know"} {
		if why := rejected(t, r, framed(id, 0)); why.Code != event.SchemaUnknown || !strings.Contains(why.Reason, phrase) {
			t.Errorf("%v, want %q", why, phrase)
		}
	}
}

// A registry that cannot be asked is never a fault of the message, whatever is wrong with it.
func TestUnreachable(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, body) }
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		phrase  string
		tries   int32 // 0: several
	}{
		"down for repair": {answer(503, "<html>later</html>"), "it answers 503", 0},
		"broken inside":   {answer(500, `{"error_code":50001,"message":"store"}`), "it answers 500", 0},
		"too many":        {answer(429, ""), "it answers 429", 0},
		"no password":     {answer(401, `{"error_code":401,"message":"Unauthorized"}`), "user and password, or token, right?", 1},
		"not allowed":     {answer(403, `{"error_code":40301,"message":"no"}`), "it answers 403", 1},
		"another server":  {answer(404, "<html>404</html>"), "is the path in schema_registry.url right?", 1},
		"a page":          {answer(200, "<html>welcome</html>"), "is schema_registry.url right?", 0},
		"silence":         {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "is it running", 0},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}, "is it running", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { tries.Add(1); c.handler(w, req) }))
			defer server.Close()
			r := impatient(t, registry.Config{URLs: []string{server.URL}, User: "u", Password: "secret-word", Timeout: 100 * time.Millisecond, Patience: 300 * time.Millisecond})
			_, err := r.Translate(t.Context(), &event.Message{Value: framed(1)})
			if !errors.Is(err, registry.ErrUnreachable) || event.AsInvalid(err) != nil || !strings.Contains(err.Error(), c.phrase) || !strings.Contains(err.Error(), server.URL) {
				t.Errorf("%v, want that %s cannot be asked, and %q", err, server.URL, c.phrase)
			}
			if err != nil && strings.Contains(err.Error(), "secret-word") {
				t.Errorf("%v shows the password", err)
			}
			if n := tries.Load(); c.tries > 0 && n != c.tries || c.tries == 0 && n < 2 {
				t.Errorf("asked %d times, want %d (0: several)", n, c.tries)
			}
		})
	}
	r := impatient(t, registry.Config{URLs: []string{"http://127.0.0.1:1"}})
	if _, err := r.Translate(t.Context(), &event.Message{Value: framed(1)}); !errors.Is(err, registry.ErrUnreachable) {
		t.Errorf("%v, want that nobody answers", err)
	}
}

// A schema that is known needs no registry; a registry that comes back is asked again; a stop ends the waiting at once.
func TestRegistryGoesAndComes(t *testing.T) {
	fake, r := start(t)
	one := register(t, fake, "one", sr.TypeJSON, `{}`)
	two := register(t, fake, "two", sr.TypeJSON, `{"type":"object"}`)
	text(t, r, framed(one, '1'))
	var asked atomic.Int32
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool { asked.Add(1); w.WriteHeader(502); return true })
	if got := text(t, r, framed(one, '2')); got != "2" || asked.Load() != 0 {
		t.Errorf("%q after asking %d times, want what is known", got, asked.Load())
	}
	if _, err := r.Translate(t.Context(), &event.Message{Value: framed(two, '3')}); !errors.Is(err, registry.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := r.Translate(ctx, &event.Message{Value: framed(two, '3')}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was stopped", err)
	}
	fake.ClearInterceptors()
	if got := text(t, r, framed(two, '4')); got != "4" {
		t.Errorf("%q", got)
	}
}

// Goroutines that need one schema at once ask once, also where the one that asks is stopped.
func TestOneRequestForMany(t *testing.T) {
	fake, r := start(t)
	id := register(t, fake, "one", sr.TypeJSON, `{}`)
	var asked atomic.Int32
	fake.Intercept(func(http.ResponseWriter, *http.Request) bool {
		if asked.Add(1) == 1 {
			time.Sleep(100 * time.Millisecond)
		}
		return false
	})
	stopped, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	ask := func(ctx context.Context, value byte, wanted error) {
		defer wg.Done()
		got, err := r.Translate(ctx, &event.Message{Value: framed(id, value)})
		if !errors.Is(err, wanted) || wanted == nil && string(got.Value) != string(rune(value)) {
			t.Errorf("%v, %v; want %c, %v", got, err, value, wanted)
		}
	}
	wg.Add(21)
	go ask(stopped, '1', context.Canceled)
	for asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for i := range 20 {
		go ask(t.Context(), byte('a'+i), nil)
	}
	time.Sleep(20 * time.Millisecond)
	stop()
	wg.Wait()
	if asked.Load() != 2 {
		t.Errorf("asked %d times, want once by the one that was stopped and once by the others", asked.Load())
	}
}

// Basic authentication and bearer tokens reach the registry.
func TestAuthentication(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		config registry.Config
	}{
		"basic":  {"Basic YW5uOnB3", registry.Config{User: "ann", Password: "pw"}}, // base64 of ann:pw, RFC 7617
		"bearer": {"Bearer t0ken", registry.Config{Token: "t0ken"}},
	} {
		fake := srfake.New(srfake.WithAuth(c.header))
		t.Cleanup(fake.Close)
		fake.SeedSchema("s", 1, 5, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
		c.config.URLs = []string{"http://127.0.0.1:1", fake.URL()} // the first one is down
		if got := text(t, impatient(t, c.config), framed(5, '1')); got != "1" {
			t.Errorf("%s: %q", name, got)
		}
		wrong := impatient(t, registry.Config{URLs: []string{fake.URL()}, User: "ann", Password: "not-it"})
		if _, err := wrong.Translate(t.Context(), &event.Message{Value: framed(5)}); !errors.Is(err, registry.ErrUnreachable) || strings.Contains(err.Error(), "not-it") {
			t.Errorf("%s: %v, want that it does not let us in", name, err)
		}
	}
}

// TLS with an authority of one's own, and with a certificate of this side.
func TestTLS(t *testing.T) {
	fake := srfake.NewRegistry()
	fake.SeedSchema("s", 1, 5, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
	server := httptest.NewUnstartedServer(fake.Handler())
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := text(t, impatient(t, registry.Config{URLs: []string{server.URL}, CAFile: ca}), framed(5, '1')); got != "1" {
		t.Errorf("%q", got)
	}
	began := time.Now()
	_, err := impatient(t, registry.Config{URLs: []string{server.URL}, Patience: time.Minute}).Translate(t.Context(), &event.Message{Value: framed(5)})
	if !errors.Is(err, registry.ErrUnreachable) || !strings.Contains(err.Error(), "schema_registry.ca_file") || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v, want at once that the certificate is not trusted", err, time.Since(began))
	}
	mutual := httptest.NewUnstartedServer(fake.Handler())
	mutual.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	mutual.StartTLS()
	defer mutual.Close()
	key, err := x509.MarshalPKCS8PrivateKey(mutual.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := text(t, impatient(t, registry.Config{URLs: []string{mutual.URL}, CAFile: ca, CertFile: ca, KeyFile: keyFile}), framed(5, '1')); got != "1" {
		t.Errorf("%q", got)
	}
	if _, err := impatient(t, registry.Config{URLs: []string{mutual.URL}, CAFile: ca}).Translate(t.Context(), &event.Message{Value: framed(5)}); !errors.Is(err, registry.ErrUnreachable) {
		t.Errorf("%v without a certificate, want that it is not let in", err)
	}
	for _, wrong := range []registry.Config{{CAFile: keyFile}, {CAFile: "missing"}, {CertFile: ca}} {
		if _, err := registry.New(wrong); err == nil {
			t.Errorf("%+v was taken", wrong)
		}
	}
}
