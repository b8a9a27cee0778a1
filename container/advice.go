package container

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

// advised adds to the reason why an attempt to connect has failed what can be done about it, where that is known.
func advised(err error, o *settings.Connection, u *connection.URL) error {
	if advice := adviceOn(err, o, u); advice != "" {
		return fmt.Errorf("%w: %s", err, advice)
	}
	return err
}

func adviceOn(err error, o *settings.Connection, u *connection.URL) string {
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
		login     *sasl.AuthError
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "does the broker run, and is it the right port?"
	case errors.As(err, &name) && name.IsNotFound:
		return "is the name of the host right?"
	case errors.As(err, &authority):
		return "connection.TLS(tlsconf.CA(...)) says whom to trust"
	case errors.As(err, &hostname):
		return "connection.TLS(tlsconf.ServerName(...)) is for a certificate with another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server needs a new one, or this machine the right time"
	case errors.As(err, &plain):
		return inTheClear(plain.RecordHeader[:])
	case strings.Contains(err.Error(), "malformed HTTP"): // of package net/http, which has no type for it
		return "the server does not speak HTTP, as WebSockets begin: are scheme and port right?"
	case errors.As(err, &login) && errors.Is(err, sasl.ErrNoMechanism):
		return adviceOnMechanisms(login, o, u)
	case errors.As(err, &login) && errors.Is(err, sasl.ErrAuthentication) && (login.Mechanism == "PLAIN" || strings.HasPrefix(login.Mechanism, "SCRAM-")):
		return "are user and password right?"
	}
	return ""
}

// inTheClear is for a peer that does not answer by TLS.
func inTheClear(seen []byte) string {
	switch protocol := wire.Protocol(seen); { // of five bytes
	case bytes.HasPrefix(seen, []byte("AMQP")):
		return "the peer speaks AMQP without TLS: amqp is the scheme, not amqps"
	case protocol == "":
		return "the peer does not speak TLS"
	default:
		return "the peer speaks " + protocol + " without TLS: are scheme and port right?"
	}
}

// adviceOnMechanisms is for a server none of whose mechanisms may be used.
func adviceOnMechanisms(login *sasl.AuthError, o *settings.Connection, u *connection.URL) string {
	user := o.User != "" || u.User != ""
	switch {
	case user && !u.Secure() && !mayShowSecrets(o, u):
		return "PLAIN would show the password in the clear: use amqps, or connection.AllowInsecureMechs(true)"
	case o.AllowedMechs != "":
		return fmt.Sprintf("connection.AllowedMechs allows only %q", o.AllowedMechs)
	case !user && login.Offered != nil:
		return "a user may be missing: connection.User, or user:password@ in the URL"
	case user:
		return `connection.AllowedMechs("ANONYMOUS") logs in without the user`
	}
	return ""
}
