//go:build integration

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// authority signs certificates.
type authority struct {
	*testing.T
	folder string
	name   string
	parent *x509.Certificate
	key    *ecdsa.PrivateKey
}

// newAuthority writes NAME.pem, a certificate that may sign others, into a folder.
func newAuthority(t *testing.T, folder, name string) *authority {
	t.Helper()
	a := &authority{T: t, folder: folder, name: name}
	a.parent = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, key := a.sign(a.parent)
	a.key = key
	a.write(name+".pem", &pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

// sign makes a key and signs its certificate; the first one signs itself.
func (a *authority) sign(template *x509.Certificate) (der []byte, key *ecdsa.PrivateKey) {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, a.parent, &key.PublicKey, signer); err != nil {
		a.Fatal(err)
	}
	return der, key
}

// issue writes NAME.pem and NAME.key for one side of a connection on loopback, and NAME.both.pem, which is the key and the
// certificate in one, as Kafka reads them.
func (a *authority) issue(name string) {
	a.Helper()
	der, key := a.sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: a.parent.NotBefore, NotAfter: a.parent.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.Fatal(err)
	}
	certificate, secret := &pem.Block{Type: "CERTIFICATE", Bytes: der}, &pem.Block{Type: "PRIVATE KEY", Bytes: private}
	a.write(name+".pem", certificate)
	a.write(name+".key", secret)
	a.write(name+".both.pem", secret, certificate)
}

func (a *authority) write(name string, blocks ...*pem.Block) {
	a.Helper()
	var text []byte
	for _, b := range blocks {
		text = append(text, pem.EncodeToMemory(b)...)
	}
	if err := os.WriteFile(filepath.Join(a.folder, name), text, 0o600); err != nil {
		a.Fatal(err)
	}
}

// freePort is a port of loopback that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// addScramUser makes a user known to both SCRAM mechanisms (RFC 5802, section 3: SaltedPassword is PBKDF2).
func (p *kafka) addScramUser(name, password string) {
	p.Helper()
	const iterations = 4096 // the least that Kafka takes
	salt := []byte("a salt of no importance")
	add := func(mechanism int8, salted []byte, err error) {
		p.Helper()
		if err != nil {
			p.Fatal(err)
		}
		one := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		one.Name, one.Mechanism, one.Iterations, one.Salt, one.SaltedPassword = name, mechanism, iterations, salt, salted
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		request.Upsertions = append(request.Upsertions, one) // a request may name a user once
		reply, err := request.RequestWith(p.Context(), p.admin)
		if err == nil {
			err = kerr.ErrorForCode(reply.Results[0].ErrorCode)
		}
		if err != nil {
			p.Fatal(err)
		}
	}
	short, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	add(1, short, err)
	long, err := pbkdf2.Key(sha512.New, password, salt, iterations, sha512.Size)
	add(2, long, err)
}

// secureNode starts a node with a listener for each way to enter and returns their addresses.
func secureNode(t *testing.T, folder, user, password string) (n *node, at map[string]string) {
	t.Helper()
	at = make(map[string]string)
	listeners, protocols := "PLAINTEXT://127.0.0.1:{PORT},CONTROLLER://127.0.0.1:{CONTROLLER}", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"
	for name, protocol := range map[string]string{"TLS": "SSL", "MUTUAL": "SSL", "SASL": "SASL_PLAINTEXT", "BOTH": "SASL_SSL"} {
		at[name] = fmt.Sprint("127.0.0.1:", freePort(t))
		listeners += fmt.Sprintf(",%s://%s", name, at[name])
		protocols += fmt.Sprintf(",%s:%s", name, protocol)
	}
	settings := []string{
		"listeners=" + listeners,
		"advertised.listeners=" + strings.Replace(listeners, ",CONTROLLER://127.0.0.1:{CONTROLLER}", "", 1),
		"listener.security.protocol.map=" + protocols,
		"inter.broker.listener.name=PLAINTEXT",
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"ssl.keystore.type=PEM", "ssl.keystore.location=" + filepath.Join(folder, "broker.both.pem"),
		"ssl.truststore.type=PEM", "ssl.truststore.location=" + filepath.Join(folder, "ca.pem"),
		"listener.name.mutual.ssl.client.auth=required",
	}
	for _, listener := range []string{"sasl", "both"} {
		const module = "org.apache.kafka.common.security."
		settings = append(settings,
			fmt.Sprintf(`listener.name.%s.plain.sasl.jaas.config=%splain.PlainLoginModule required user_%s="%s";`, listener, module, user, password),
			fmt.Sprintf(`listener.name.%s.scram-sha-256.sasl.jaas.config=%sscram.ScramLoginModule required;`, listener, module),
			fmt.Sprintf(`listener.name.%s.scram-sha-512.sasl.jaas.config=%sscram.ScramLoginModule required;`, listener, module))
	}
	return startNode(t, settings...), at
}

// Every way to enter, with the right credentials and with wrong ones: who is let in publishes and reads, who is not learns in
// a sentence what to change, and no message shows a password.
func TestIntegrationSecurity(t *testing.T) {
	const user, password, wrong = "ann", "correct-horse", "battery-staple"
	folder := t.TempDir()
	ours := newAuthority(t, folder, "ca")
	ours.issue("broker")
	ours.issue("client")
	foreign := newAuthority(t, folder, "other")
	foreign.issue("stranger")
	n, at := secureNode(t, folder, user, password)
	p := kafkaAt(t, n.address)
	p.addScramUser(user, password)
	t.Setenv("TIEBACK_TEST_PASSWORD", password)
	t.Setenv("TIEBACK_TEST_WRONG", wrong)
	file := func(name string) string { return filepath.Join(folder, name) }
	encrypted := "\n  tls: true\n  ca_file: " + file("ca.pem")
	identified := func(name string) string {
		return "\n  cert_file: " + file(name+".pem") + "\n  key_file: " + file(name+".key")
	}
	known := func(mechanism, variable string) string {
		return fmt.Sprintf("\n  sasl: %s\n  user: %s\n  password: ${%s}", mechanism, user, variable)
	}
	const credentials, untrusted = "check user, password and sasl in kafka_security", "ca_file in kafka_security must hold the authority"
	closed := []string{"closed the connection", "kafka_security"}
	cases := map[string]struct {
		listener, security string
		refused            []string // what the refusal says; nil: let in
	}{
		"tls":                    {"TLS", encrypted, nil},
		"tls-foreign-authority":  {"TLS", "\n  tls: true\n  ca_file: " + file("other.pem"), []string{untrusted}},
		"tls-system-authorities": {"TLS", "\n  tls: true", []string{untrusted}},
		"tls-not-used":           {"TLS", "\n  tls: false", closed},
		"tls-not-offered":        {"SASL", encrypted, closed},
		"mutual":                 {"MUTUAL", encrypted + identified("client"), nil},
		"mutual-no-certificate":  {"MUTUAL", encrypted, []string{"cert_file", "kafka_security"}},
		"mutual-stranger":        {"MUTUAL", encrypted + identified("stranger"), []string{"cert_file", "kafka_security"}},
		"plain":                  {"SASL", known("plain", "TIEBACK_TEST_PASSWORD"), nil},
		"plain-wrong":            {"SASL", known("plain", "TIEBACK_TEST_WRONG"), []string{credentials}},
		"scram-256":              {"SASL", known("scram-sha-256", "TIEBACK_TEST_PASSWORD"), nil},
		"scram-256-wrong":        {"SASL", known("scram-sha-256", "TIEBACK_TEST_WRONG"), []string{credentials}},
		"scram-512":              {"SASL", known("scram-sha-512", "TIEBACK_TEST_PASSWORD"), nil},
		"scram-512-wrong":        {"SASL", known("scram-sha-512", "TIEBACK_TEST_WRONG"), []string{credentials}},
		"scram-over-tls":         {"BOTH", encrypted + known("scram-sha-512", "TIEBACK_TEST_PASSWORD"), nil},
		"scram-over-tls-wrong":   {"BOTH", encrypted + known("scram-sha-512", "TIEBACK_TEST_WRONG"), []string{credentials}},
		"sasl-not-used":          {"SASL", "\n  tls: false", closed},
		"sasl-not-offered":       {"TLS", encrypted + known("plain", "TIEBACK_TEST_PASSWORD"), []string{"check sasl", "kafka_security"}},
	}
	p.create(slices.Collect(maps.Keys(cases)), 1, nil, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := newPlace(t)
			settings := q.file("tieback.yaml", fmt.Sprintf("brokers: [%q]\ntopics:\n- name: %s\nkafka_security:%s\n", at[c.listener], name, c.security))
			line := q.file("one.ndjson", shockLine(name)+"\n")
			for _, args := range [][]string{{"produce", line, "--topic", name}, {"ingest", "--until-end"}} {
				r := tieback(t, append(q.args(args...), "--settings", settings, "--verbose")...)
				if strings.Contains(r.out+r.err, password) || strings.Contains(r.out+r.err, wrong) {
					t.Errorf("%s shows a password:\n%s%s", args[0], r.out, r.err)
				}
				if want := map[bool]int{true: exitDone, false: exitUnreachable}[c.refused == nil]; r.code != want {
					t.Fatalf("%s: exit code %d, want %d\n%s", args[0], r.code, want, r.err)
				}
				for _, phrase := range append(c.refused, at[c.listener]) {
					if c.refused != nil && !strings.Contains(r.err, phrase) {
						t.Errorf("%s says\n%swant %q", args[0], r.err, phrase)
					}
				}
			}
			if c.refused != nil {
				return
			}
			if got := q.one("select count(*) from raw.platform_shock"); got != "1" {
				t.Errorf("%s rows, want the one that was published", got)
			}
		})
	}
}
