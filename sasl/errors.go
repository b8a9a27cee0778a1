package sasl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hadron-mq/hadron/internal/wire"
)

// What an AuthError may wrap, for errors.Is. The first four are the failure
// codes of the outcome (§5.3.3.6).
var (
	// ErrAuthentication: the login was refused (code 1, auth). To try again
	// with the same credentials is of no use.
	ErrAuthentication = errors.New("login refused")
	// ErrSystem: the server failed to say yes or no (code 2, sys).
	ErrSystem = errors.New("system error at the server")
	// ErrPermanent: as ErrSystem, and it will not heal by itself (code 3, sys-perm).
	ErrPermanent = errors.New("permanent system error at the server")
	// ErrTemporary: as ErrSystem, and worth another try (code 4, sys-temp).
	ErrTemporary = errors.New("temporary system error at the server")

	// ErrNoMechanism: nothing that the client may use is offered by the server.
	ErrNoMechanism = errors.New("no mechanism in common")
	// ErrUnproven: the server did not prove that it knows the client's secret,
	// so it may be an impostor.
	ErrUnproven = errors.New("server has not proven itself")
	// ErrProtocol: the peer broke the rules of §5.3.
	ErrProtocol = errors.New("peer broke the SASL protocol")
	// ErrUnavailable: a mechanism cannot be used on this connection.
	ErrUnavailable = errors.New("mechanism unavailable")
)

// The codes of the outcome with a meaning of their own here (§5.3.3.6).
const (
	codeOK   = 0
	codeAuth = 1
)

// failures are the errors of the outcome's codes.
var failures = [...]error{codeAuth: ErrAuthentication, 2: ErrSystem, 3: ErrPermanent, 4: ErrTemporary}

// codeOf is the code of an error that wraps one of failures, else codeOK.
func codeOf(err error) uint8 {
	for code := len(failures) - 1; code >= codeAuth; code-- {
		if errors.Is(err, failures[code]) {
			return uint8(code)
		}
	}
	return codeOK
}

// refused makes an application's error one of failures: a refusal, unless it
// says otherwise.
func refused(err error) error {
	if codeOf(err) == codeOK {
		return fmt.Errorf("%w: %w", ErrAuthentication, err)
	}
	return err
}

// maxPrintable is how many bytes of a peer's words an error repeats.
const maxPrintable = 200

// AuthError says that a login failed, on either side.
type AuthError struct {
	// Mechanism is the one in use, empty when none was found.
	Mechanism string
	// Code is that of the outcome that was received or sent, 0 if there was none.
	Code uint8
	// Offered are the mechanisms of the server.
	Offered []string
	// Err is the cause. It wraps one of the errors of this package where one fits.
	Err error
}

func (e *AuthError) Error() string {
	var b strings.Builder
	b.WriteString("sasl: ")
	if e.Mechanism != "" {
		fmt.Fprintf(&b, "logging in by %s: ", e.Mechanism)
	} else {
		b.WriteString("logging in: ")
	}
	b.WriteString(e.Err.Error())
	if e.Offered != nil && errors.Is(e.Err, ErrNoMechanism) {
		fmt.Fprintf(&b, "; the server offers %.*q", maxPrintable, strings.Join(e.Offered, " "))
	}
	return b.String()
}

func (e *AuthError) Unwrap() error { return e.Err }

// HeaderError says that the peer opened with another protocol header than that
// of SASL. It wraps ErrProtocol.
type HeaderError struct {
	// Header are the bytes that came in its place. There may be fewer than eight,
	// where the first of them tell that it is no header.
	Header [8]byte

	came int // how many there are
}

func (e *HeaderError) Error() string {
	protocol := wire.Protocol(e.Header[:])
	switch {
	case protocol == "TLS":
		protocol += ": amqps is the scheme, not amqp"
	case e.Header == wire.HeaderAMQP:
		protocol += ": connection.SASLEnabled(false) is for such peers"
	case protocol == "":
		protocol = "no AMQP 1.0"
	default:
		protocol += ", and no AMQP 1.0: is it the right port?"
	}
	return fmt.Sprintf("sasl: protocol header %q, not that of SASL: the peer speaks %s", e.Header[:e.came], protocol)
}

// headerError is a HeaderError of what came.
func headerError(came []byte) error {
	e := &HeaderError{came: min(len(came), wire.FrameHeaderSize)}
	copy(e.Header[:], came)
	return e
}

func (e *HeaderError) Unwrap() error { return ErrProtocol }

// protocolError wraps ErrProtocol with what the peer did.
func protocolError(format string, args ...any) error {
	return fmt.Errorf("sasl: %w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}
