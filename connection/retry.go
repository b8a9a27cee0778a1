package connection

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/sasl"
)

// TransportError is why an attempt to connect failed, or why a connection that is not made again was lost. OnTransportError shows it.
type TransportError struct {
	URL     string        // where to, without a password
	Attempt int           // how many attempts have failed in a row, this one too; 0 when a connection was lost
	Next    time.Duration // how long until the next attempt; negative when there is none
	Err     error         // why
}

func (e *TransportError) Error() string {
	why := "<nil>"
	if e.Err != nil {
		why = strings.TrimPrefix(e.Err.Error(), "connection: ")
	}
	switch {
	case e.Attempt == 0:
		return fmt.Sprintf("connection: %s: lost: %s", e.URL, why)
	case e.Next < 0:
		return fmt.Sprintf("connection: %s: %s (attempt %d, the last)", e.URL, why, e.Attempt)
	default:
		return fmt.Sprintf("connection: %s: %s (attempt %d, the next in %v)", e.URL, why, e.Attempt, e.Next)
	}
}

func (e *TransportError) Unwrap() error { return e.Err }

// ErrViolation is what errors wrap, for errors.Is, where a peer did what the protocol forbids and this end therefore ended a link (§2.6.5), a session
// (§2.5.4) or the connection. OnLinkError, OnSessionError and OnTransportError show them, as they show other errors that a peer itself has
// given. They unwrap to the *amqp.Error that the peer was told, too.
var ErrViolation = engine.ErrViolation

// passing are the conditions under which a peer that closes may take us back soon.
var passing = map[amqp.ErrCond]bool{
	amqp.ErrCondConnectionForced:      true,
	amqp.ErrCondDetachForced:          true,
	amqp.ErrCondInternalError:         true,
	amqp.ErrCondResourceLimitExceeded: true,
	amqp.ErrCondResourceLocked:        true,
	// Azure Service Bus and Event Hubs
	"com.microsoft:timeout":             true,
	"com.microsoft:server-busy":         true,
	"com.microsoft:operation-cancelled": true,
}

// Retryable says whether another attempt may do better: what RetryIf decides by default. A refused login, a certificate that does not
// verify and a peer that breaks the protocol stay as they are; so does a peer that closed with an error, unless the condition is
// one that passes, such as amqp:connection:forced. All else is worth another attempt.
func Retryable(err error) bool {
	var (
		remote      *engine.RemoteError
		violation   *engine.Violation
		header      *engine.HeaderError
		url         *URLError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		plain       tls.RecordHeaderError
		op          *net.OpError
	)
	switch {
	case errors.As(err, &remote):
		return passing[remote.Err.Condition]
	case errors.Is(err, sasl.ErrTemporary), errors.Is(err, sasl.ErrSystem):
		return true
	case errors.Is(err, sasl.ErrAuthentication), errors.Is(err, sasl.ErrPermanent), errors.Is(err, sasl.ErrNoMechanism),
		errors.Is(err, sasl.ErrUnproven), errors.Is(err, sasl.ErrProtocol), errors.Is(err, sasl.ErrUnavailable):
		return false
	case errors.As(err, &violation), errors.As(err, &header), errors.As(err, &url):
		return false
	case errors.As(err, &plain): // the peer does not speak TLS
		return false
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return false
	case errors.As(err, &op) && op.Op == "remote error": // what crypto/tls calls the peer's alert: it will not have our certificate
		return false
	default:
		return true
	}
}
