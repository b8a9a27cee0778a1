package container

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"

	"github.com/hadron-mq/hadron/sasl"
)

// tlsConn is a TLS connection that its loop can close: saying goodbye by TLS is writing, and no loop waits for that.
type tlsConn struct {
	*tls.Conn
	under net.Conn
}

// Close closes the connection under it, at once.
func (c tlsConn) Close() error { return c.under.Close() }

// CloseWrite says goodbye by TLS. It ends when that is written, or when Close is called.
func (c tlsConn) CloseWrite() error {
	go func() { _ = c.Conn.CloseWrite() }()
	return nil
}

// dialTLS shakes hands as a client. What does not verify is a *tls.CertificateVerificationError.
func dialTLS(ctx context.Context, conn net.Conn, host string, cfg *tls.Config) (tlsConn, error) {
	if cfg.ServerName == "" {
		cfg = cfg.Clone()
		cfg.ServerName, _, _ = strings.Cut(host, "%") // no certificate names the zone of an IPv6 address
	}
	c := tlsConn{tls.Client(conn, cfg), conn}
	return c, c.HandshakeContext(ctx)
}

// acceptTLS shakes hands as a listener, and tells what the login may know of it.
func acceptTLS(ctx context.Context, conn net.Conn, cfg *tls.Config) (tlsConn, sasl.Peer, error) {
	note := &shown{}
	c := tlsConn{tls.Server(conn, cfg), conn}
	if err := c.HandshakeContext(context.WithValue(ctx, shownKey{}, note)); err != nil {
		return c, sasl.Peer{}, err
	}
	state := c.ConnectionState()
	return c, sasl.Peer{TLS: &state, Certificate: note.certificate}, nil
}

// shown is the certificate that a listener showed in one handshake: TLS does not tell, and channel binding wants to know.
type shown struct{ certificate *x509.Certificate }

type shownKey struct{}

// noting makes a listener's configuration note in shown which certificate it uses.
func noting(cfg *tls.Config) *tls.Config {
	cfg = cfg.Clone()
	switch get := cfg.GetCertificate; {
	case get != nil:
		cfg.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			c, err := get(hello)
			note(hello.Context(), c)
			return c, err
		}
	case len(cfg.Certificates) == 1: // of several, nobody says which was used
		cfg.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			note(hello.Context(), &cfg.Certificates[0])
			return &cfg.Certificates[0], nil
		}
	}
	if choose := cfg.GetConfigForClient; choose != nil {
		cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			chosen, err := choose(hello)
			if chosen == nil || err != nil {
				return chosen, err
			}
			return noting(chosen), nil
		}
	}
	return cfg
}

func note(ctx context.Context, c *tls.Certificate) {
	if s, ok := ctx.Value(shownKey{}).(*shown); ok && c != nil {
		s.certificate = c.Leaf
	}
}
