package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/segmentio/kafka-go"
)

// explainWrite names the first cause of a failed write and what to do about it.
func explainWrite(err error, brokers string) error {
	var each kafka.WriteErrors
	if errors.As(err, &each) {
		for _, e := range each {
			if e != nil {
				err = e
				break
			}
		}
	}
	if errors.Is(err, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("publish to %s: a topic does not exist; create tieback.social, tieback.sales, tieback.business and tieback.people, or name one with --topic: %w", brokers, err)
	}
	return explainDial(err, brokers)
}

// explainDial turns a connection that did not come about into a sentence that says what to change. What brokers and TLS say
// of a refusal never holds the password.
func explainDial(err error, brokers string) error {
	say := func(sentence string) error {
		return classified{fmt.Errorf(sentence+" (%w)", brokers, err), ErrUnreachable}
	}
	var unverified *tls.CertificateVerificationError
	var op *net.OpError
	isOp := errors.As(err, &op)
	switch {
	case errors.As(err, &unverified):
		return say("the certificate of Kafka at %s is not trusted; ca_file in kafka_security must hold the authority that signed it, and --brokers the host that it names")
	case isOp && op.Op == "remote error": // an alert of TLS
		return say("Kafka at %s refused the TLS connection; cert_file and key_file in kafka_security must hold a client certificate that it trusts")
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return say("Kafka at %s refused the user; check user, password and sasl in kafka_security")
	case errors.Is(err, kafka.UnsupportedSASLMechanism), errors.Is(err, kafka.IllegalSASLState):
		return say("Kafka at %s does not take the mechanism that sasl in kafka_security names; check sasl, and that --brokers names the listener with SASL")
	case isOp && op.Op == "dial", errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return say("no Kafka broker answers at %s; is it running, and is --brokers right?")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return say("Kafka at %s closed the connection; unless it is just stopping, check tls, cert_file, sasl and password in kafka_security")
	}
	return classified{fmt.Errorf("talk to Kafka at %s: %w", brokers, err), ErrUnreachable}
}
