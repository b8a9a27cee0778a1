package container_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// own is the option of a listener or a client with this certificate.
func own(c amqptest.Certificate, more ...tlsconf.Option) connection.Option {
	return connection.TLS(append(more, tlsconf.CertAndKeyPEM(c.CertPEM, c.KeyPEM))...)
}

func TestACertificateThatDoesNotVerifyIsOneClearError(t *testing.T) {
	ca, other := amqptest.NewCA(t), amqptest.NewCA(t)
	good := ca.Server("127.0.0.1")
	for name, c := range map[string]struct {
		shown   amqptest.Certificate
		trusted connection.Option
		says    string
		is      func(error) bool
	}{
		"of a stranger": {good, connection.TLS(tlsconf.CAPEM(other.PEM)), "signed by unknown authority", func(err error) bool {
			var e x509.UnknownAuthorityError
			return errors.As(err, &e)
		}},
		"by the roots of the system": {good, nil, "signed by unknown authority", func(err error) bool {
			var e x509.UnknownAuthorityError
			return errors.As(err, &e)
		}},
		"expired": {ca.Expired("127.0.0.1"), connection.TLS(tlsconf.CAPEM(ca.PEM)), "expired", func(err error) bool {
			var e x509.CertificateInvalidError
			return errors.As(err, &e) && e.Reason == x509.Expired
		}},
		"misnamed": {ca.Server("broker.example"), connection.TLS(tlsconf.CAPEM(ca.PEM)), "127.0.0.1", func(err error) bool {
			var e x509.HostnameError
			return errors.As(err, &e)
		}},
		"misnamed, by a name of its own": {good, connection.TLS(tlsconf.CAPEM(ca.PEM), tlsconf.ServerName("broker.example")), "broker.example", func(err error) bool {
			var e x509.HostnameError
			return errors.As(err, &e)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "amqps://127.0.0.1:0", own(c.shown))
			var told []error
			h := &handler.Funcs{
				Start: func(e *handler.Event) { // reconnecting: what does not verify is not tried again
					_, err := e.Container().Connect(s.url, c.trusted)
					assert.NoError(t, err)
				},
				TransportError: func(e *handler.Event) { told = append(told, e.Err()) },
			}
			err := run(t, h)
			require.Len(t, told, 1)
			require.Equal(t, told[0].Error(), err.Error())
			require.ErrorContains(t, told[0], "connection: "+s.url+": TLS handshake: tls: failed to verify certificate: x509: ")
			require.ErrorContains(t, told[0], c.says)
			var refused *tls.CertificateVerificationError
			require.ErrorAs(t, told[0], &refused)
			assert.True(t, c.is(told[0]))
			s.log.wait(t, "a peer was not taken")
		})
	}
}

func TestHowACertificateIsVerified(t *testing.T) {
	ca := amqptest.NewCA(t)
	s := serve(t, "amqps://127.0.0.1:0", own(ca.Server("broker.example")))
	for name, opt := range map[string]connection.Option{
		"by another name": connection.TLS(tlsconf.CAPEM(ca.PEM), tlsconf.ServerName("broker.example")),
		"without a name":  connection.TLS(tlsconf.CAPEM(ca.PEM), tlsconf.VerifyPeerOnly()),
		"not at all":      connection.TLS(tlsconf.VerifyNone(nil)),
		"as I see fit":    connection.TLSConfig(&tls.Config{RootCAs: ca.Pool(), ServerName: "broker.example"}),
	} {
		require.NoError(t, deliver(t, s.url, nil, opt), name)
	}
}

func TestTheServerIsAskedForByName(t *testing.T) {
	ca := amqptest.NewCA(t)
	a, b := ca.Server("a.example"), ca.Server("b.example")
	s := serve(t, "amqps://127.0.0.1:0", connection.TLS(
		tlsconf.CertAndKeyPEM(a.CertPEM, a.KeyPEM), tlsconf.CertAndKeyPEM(b.CertPEM, b.KeyPEM)))
	there := connection.Dialer(to(s))
	for _, url := range []string{"amqps://a.example", "amqps://b.example:1"} {
		require.NoError(t, deliver(t, url, nil, there, connection.TLS(tlsconf.CAPEM(ca.PEM))))
	}
	require.ErrorContains(t, deliver(t, "amqps://c.example", nil, there, connection.TLS(tlsconf.CAPEM(ca.PEM))), "c.example")
}

func TestAClientIsKnownByItsCertificate(t *testing.T) {
	ca, other := amqptest.NewCA(t), amqptest.NewCA(t)
	trust := tlsconf.CAPEM(ca.PEM)
	external := connection.Authenticate(sasl.ExternalServer(nil), sasl.PlainServer(func(user, password string) error {
		if user != "bob" || password != "secret" {
			return sasl.ErrUnknownUser
		}
		return nil
	}))
	for _, scheme := range []string{"amqps", "amqpwss"} {
		s := serve(t, scheme+"://127.0.0.1:0", own(ca.Server("127.0.0.1"), trust, tlsconf.RequestClientCert()), external)
		alice := ca.Client("alice")
		require.NoError(t, deliver(t, s.url, nil, own(alice, trust)))
		require.NoError(t, deliver(t, s.url, nil, connection.TLSConfig(&tls.Config{Certificates: []tls.Certificate{alice.TLS}, RootCAs: ca.Pool()})))
		require.NoError(t, deliver(t, s.url, nil, own(alice, trust), connection.User("bob", "secret"), connection.AllowedMechs("PLAIN")))
		require.NoError(t, deliver(t, s.url, nil, connection.TLS(trust), connection.User("bob", "secret")))
		assert.Equal(t, []string{"EXTERNAL alice", "0", "EXTERNAL alice", "0", "PLAIN bob", "0", "PLAIN bob", "0"}, s.all())

		err := deliver(t, s.url, nil, connection.TLS(trust), connection.Mechanisms(sasl.External("")))
		require.ErrorIs(t, err, sasl.ErrNoMechanism, "who shows no certificate is not offered EXTERNAL")
		require.Error(t, deliver(t, s.url, nil, own(other.Client("alice"), trust)), "a stranger has a certificate to show, and does not: no CA of his is trusted")
	}
	s := serve(t, "amqps://127.0.0.1:0", own(ca.Server("127.0.0.1"), trust, tlsconf.RequireClientCert()))
	require.ErrorContains(t, deliver(t, s.url, nil, connection.TLS(trust)), "certificate required")
	require.NoError(t, deliver(t, s.url, nil, own(ca.Client("carol"), trust)))
	assert.Equal(t, []string{"ANONYMOUS anonymous", "0"}, s.all(), "a certificate opens the door also where nobody asks for a login")
}

func TestGoAMQPIsKnownByItsCertificate(t *testing.T) {
	ca := amqptest.NewCA(t)
	s := serve(t, "amqps://127.0.0.1:0", own(ca.Server("127.0.0.1"), tlsconf.CAPEM(ca.PEM), tlsconf.RequireClientCert()),
		connection.Authenticate(sasl.ExternalServer(nil)))
	conn, err := tls.Dial("tcp", s.listener.Addr().String(), &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{ca.Client("alice").TLS}})
	require.NoError(t, err)
	goAMQPSends(t, conn, bulk, &amqp.ConnOptions{SASLType: amqp.SASLTypeExternal("")})
	assert.Contains(t, s.all(), "EXTERNAL alice")
}

func TestCertificatesAreReadAgain(t *testing.T) {
	first, second := amqptest.NewCA(t), amqptest.NewCA(t)
	shown, next := first.Server("127.0.0.1"), second.Server("127.0.0.1")
	s := serve(t, "amqps://127.0.0.1:0", connection.TLS(tlsconf.CertAndKey(shown.CertFile, shown.KeyFile)))
	require.NoError(t, deliver(t, s.url, nil, connection.TLS(tlsconf.CAPEM(first.PEM))))
	require.NoError(t, os.WriteFile(shown.KeyFile, append(next.KeyPEM, '\n'), 0o600))
	require.NoError(t, os.WriteFile(shown.CertFile, append(next.CertPEM, '\n'), 0o600))
	require.Error(t, deliver(t, s.url, nil, connection.TLS(tlsconf.CAPEM(first.PEM))))
	require.NoError(t, deliver(t, s.url, nil, connection.TLS(tlsconf.CAPEM(second.PEM))))
}

func TestASlowHandshakeHoldsNobodyUp(t *testing.T) {
	server, client := pair(t)
	for _, scheme := range []string{"amqps", "amqpws", "amqpwss"} {
		s := serve(t, scheme+"://127.0.0.1:0", server)
		mute, err := net.Dial("tcp", s.listener.Addr().String())
		require.NoError(t, err)
		defer func() { _ = mute.Close() }()
		require.NoError(t, deliver(t, s.url, nil, client))
		s.stop()
		_, err = mute.Read(make([]byte, 1))
		require.Error(t, err, "the end of the listener is the end of handshakes")
		assert.Empty(t, s.log.String())
	}
}

func TestAHandshakeThatTakesTooLongEnds(t *testing.T) {
	server, _ := pair(t)
	s := serve(t, "amqpwss://127.0.0.1:0", server, connection.ConnectTimeout(1))
	mute, err := net.Dial("tcp", s.listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = mute.Close() }()
	_, err = mute.Read(make([]byte, 1))
	require.Error(t, err)
	s.log.wait(t, "TLS handshake: context deadline exceeded")
}
