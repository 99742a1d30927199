package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"tieback/ingest/event"
)

// ErrUnreachable is in every error that says that the registry could not be asked: nothing answers, it answers with a fault
// of its own, or it does not let us in. It never says anything about a message.
var ErrUnreachable = errors.New("the schema registry cannot be asked")

// unknownTries is how often an id that the registry does not know is asked for before that is believed: the node that is asked
// may learn of a new schema a moment after the message came.
const unknownTries = 3

// client makes the HTTP client.
func (c Config) client() (*sr.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificates that may sign the schema registry's: %w", err)
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", c.CAFile)
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the client certificate for the schema registry: %w", err)
		}
		transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	options := []sr.ClientOpt{sr.URLs(c.URLs...), sr.UserAgent("tieback"), sr.HTTPClient(&http.Client{Timeout: c.Timeout, Transport: transport})}
	if c.User != "" {
		options = append(options, sr.BasicAuth(c.User, c.Password))
	}
	if c.Token != "" {
		options = append(options, sr.BearerToken(c.Token))
	}
	return sr.NewClient(options...)
}

// ask sends a request until it is answered, ever more slowly, for as long as Config.Patience. What the registry says about a
// schema comes back as it is; all else is ErrUnreachable.
func (r *Registry) ask(ctx context.Context, request func(context.Context) error) error {
	pause, waited, unknown := 100*time.Millisecond, time.Duration(0), 0
	for {
		err := request(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case isUnknown(err):
			if unknown++; unknown >= unknownTries {
				return err
			}
		case !isPassing(err) || waited >= r.config.Patience:
			return r.unreachable(err)
		}
		pause = min(pause, max(r.config.Patience-waited, time.Millisecond))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		waited += pause
		pause = min(2*pause, 5*time.Second)
	}
}

// isUnknown says whether the registry itself said that there is no such schema, subject or version. A 404 without its code may
// come from anything that stands before it, or from a wrong address.
func isUnknown(err error) bool {
	var answer *sr.ResponseError
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusNotFound {
		return false
	}
	switch answer.ErrorCode {
	case sr.ErrSubjectNotFound.Code, sr.ErrVersionNotFound.Code, sr.ErrSchemaNotFound.Code, sr.ErrSubjectSoftDeleted.Code, sr.ErrSchemaVersionSoftDeleted.Code:
		return true
	}
	return false
}

// isPassing says whether a fault may go away by itself.
func isPassing(err error) bool {
	var answer *sr.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout
	}
	var certificate *tls.CertificateVerificationError
	var unsigned x509.UnknownAuthorityError
	var name *net.DNSError
	switch {
	case errors.As(err, &certificate), errors.As(err, &unsigned):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	}
	return true
}

// unreachable says what to do about a registry that could not be asked.
func (r *Registry) unreachable(err error) error {
	advice := "is it running, and is schema_registry.url right?"
	var answer *sr.ResponseError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden):
		advice = fmt.Sprintf("it answers %d: are schema_registry.user and password, or token, right?", answer.StatusCode)
	case errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound:
		advice = "it answers 404, and not as a schema registry does: is the path in schema_registry.url right?"
	case errors.As(err, &answer):
		advice = fmt.Sprintf("it answers %d; nothing was lost, start ingest again when it works", answer.StatusCode)
	case errors.As(err, &certificate):
		advice = "its certificate is not trusted: name the authority with schema_registry.ca_file"
	}
	return fmt.Errorf("%w at %s: %s (%w)", ErrUnreachable, strings.Join(r.config.URLs, ","), advice, shortened(err))
}

// shortened cuts an answer that is a whole page.
func shortened(err error) error {
	var answer *sr.ResponseError
	if text := err.Error(); errors.As(err, &answer) && len(text) > 200 {
		return errors.New(oneLine(errors.New(text[:200])))
	}
	return err
}

// unknownAs makes a dead letter of what the registry does not know.
func unknownAs(err error, reason string) error {
	if isUnknown(err) {
		return &event.InvalidError{Code: event.SchemaUnknown, Reason: reason}
	}
	return err
}
