package ingest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"tieback/ingest"
)

// TestSecurity publishes and reads through brokers that ask who is there, and is refused with a wrong password.
func TestSecurity(t *testing.T) {
	serverTLS, files := certificates(t)
	cases := map[string]struct {
		broker []kfake.Opt
		client ingest.Security
	}{
		"tls":           {[]kfake.Opt{kfake.TLS(serverTLS(false))}, ingest.Security{TLS: true, CAFile: files.ca}},
		"mutual tls":    {[]kfake.Opt{kfake.TLS(serverTLS(true))}, ingest.Security{TLS: true, CAFile: files.ca, CertFile: files.cert, KeyFile: files.key}},
		"plain":         {[]kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "ann", "pw")}, ingest.Security{Mechanism: "plain", User: "ann", Password: "pw"}},
		"scram-sha-256": {[]kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "ann", "pw")}, ingest.Security{Mechanism: "scram-sha-256", User: "ann", Password: "pw"}},
		"scram-sha-512 over tls": {[]kfake.Opt{kfake.TLS(serverTLS(false)), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "ann", "pw")},
			ingest.Security{TLS: true, CAFile: files.ca, Mechanism: "scram-sha-512", User: "ann", Password: "pw"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(append(c.broker, kfake.NumBrokers(1), kfake.SeedTopics(1, "secure"))...)
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			if err := sendAndRead(cluster.ListenAddrs(), c.client); err != nil {
				t.Fatal(err)
			}
			wrong := c.client
			wrong.Password, wrong.CAFile, wrong.CertFile, wrong.KeyFile = "wrong", "", "", ""
			if err := sendAndRead(cluster.ListenAddrs(), wrong); err == nil {
				t.Error("a client that may not enter was let in")
			} else if strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error shows the password: %v", err)
			} else if !strings.Contains(err.Error(), "in kafka_security") {
				t.Errorf("%v, want what to change in kafka_security", err)
			}
		})
	}
}

// sendAndRead publishes one message and reads it back.
func sendAndRead(brokers []string, security ingest.Security) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	source, err := ingest.OpenKafka(ctx, ingest.KafkaConfig{Brokers: brokers, Topics: []string{"secure"}, UntilEnd: true, Security: security, Log: slog.New(slog.DiscardHandler)},
		func(ingest.Partition) (int64, bool) { return 0, false })
	if err != nil {
		return err
	}
	source.Close()
	p, err := ingest.NewProducer(brokers, "secure", security)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := errors.Join(p.Send(ctx, []byte(`{"id":"1"}`)), p.Flush(ctx)); err != nil {
		return err
	}
	source, err = ingest.OpenKafka(ctx, ingest.KafkaConfig{Brokers: brokers, Topics: []string{"secure"}, UntilEnd: true, Security: security, Log: slog.New(slog.DiscardHandler)},
		func(ingest.Partition) (int64, bool) { return 0, false })
	if err != nil {
		return err
	}
	defer source.Close()
	chunk, err := source.Next(ctx)
	if err != nil {
		return err
	}
	if len(chunk.Records) != 1 || string(chunk.Records[0].Value) != `{"id":"1"}` {
		return errors.New("the message did not come back")
	}
	if _, err := source.Next(ctx); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

type certificateFiles struct{ ca, cert, key string }

// certificates makes an authority that signs one certificate for 127.0.0.1, used by both sides.
func certificates(t *testing.T) (server func(mutual bool) *tls.Config, files certificateFiles) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files = certificateFiles{ca: write("ca.pem", "CERTIFICATE", der), cert: write("cert.pem", "CERTIFICATE", der), key: write("key.pem", "EC PRIVATE KEY", keyDER)}
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return func(mutual bool) *tls.Config {
		config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, ClientCAs: pool}
		if mutual {
			config.ClientAuth = tls.RequireAndVerifyClientCert
		}
		return config
	}, files
}
