package ingest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Security says how to talk to brokers that ask who is there. The zero value is an open connection.
type Security struct {
	// TLS encrypts the connection. CAFile holds the certificates that may sign the broker's, in PEM; empty: those of the system.
	TLS    bool
	CAFile string
	// CertFile and KeyFile identify this side, in PEM, where brokers ask for it (mutual TLS).
	CertFile, KeyFile string
	// Mechanism is plain, scram-sha-256 or scram-sha-512; empty: no SASL.
	Mechanism      string
	User, Password string
}

// transport is a connection pool with this security.
func (s Security) transport() (*kafka.Transport, error) {
	t := &kafka.Transport{DialTimeout: dialTimeout, ClientID: "tieback", MetadataTTL: metadataTTL}
	var err error
	if s.TLS {
		if t.TLS, err = s.tlsConfig(); err != nil {
			return nil, err
		}
	}
	t.SASL, err = s.mechanism()
	return t, err
}

func (s Security) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificates that may sign the broker's: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", s.CAFile)
		}
	}
	if s.CertFile != "" || s.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// mechanism is the SASL mechanism; errors never show the password.
func (s Security) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "":
		return nil, nil
	case "plain":
		return plain.Mechanism{Username: s.User, Password: s.Password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, s.User, s.Password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, s.User, s.Password)
	}
	return nil, fmt.Errorf("SASL mechanism %q is none of plain, scram-sha-256, scram-sha-512", s.Mechanism)
}
