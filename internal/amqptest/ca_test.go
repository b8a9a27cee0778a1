package amqptest

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shake does a TLS handshake and gives what each side makes of it.
func shake(t *testing.T, client, server *tls.Config) (clientErr, serverErr error) {
	t.Helper()
	// Not net.Pipe, which has no room for the alert that one side sends while
	// the other still sends its certificate.
	addr, take := target(t)
	near, far := dial(t, addr), take()
	result := make(chan error, 1)
	go func() {
		conn := tls.Server(far, server)
		err := conn.Handshake()
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		_ = far.Close()
		result <- err
	}()
	conn := tls.Client(near, client)
	// In TLS 1.3 the client learns with its first read whether its own
	// certificate was taken.
	_, clientErr = conn.Read(make([]byte, 1))
	_ = near.Close()
	return clientErr, <-result
}

func TestServerCertificates(t *testing.T) {
	ca, other := NewCA(t), NewCA(t)
	cert := ca.Server("broker.test", "127.0.0.1")
	server := &tls.Config{Certificates: []tls.Certificate{cert.TLS}}
	for _, name := range []string{"broker.test", "127.0.0.1"} {
		clientErr, serverErr := shake(t, &tls.Config{RootCAs: ca.Pool(), ServerName: name}, server)
		assert.NoError(t, clientErr)
		assert.NoError(t, serverErr)
	}

	err, _ := shake(t, &tls.Config{RootCAs: ca.Pool(), ServerName: "another.test"}, server)
	assert.ErrorAs(t, err, new(x509.HostnameError))
	err, _ = shake(t, &tls.Config{RootCAs: other.Pool(), ServerName: "broker.test"}, server)
	assert.ErrorAs(t, err, new(x509.UnknownAuthorityError))
	expired := &tls.Config{Certificates: []tls.Certificate{ca.Expired("broker.test").TLS}}
	err, _ = shake(t, &tls.Config{RootCAs: ca.Pool(), ServerName: "broker.test"}, expired)
	var invalid x509.CertificateInvalidError
	require.ErrorAs(t, err, &invalid)
	assert.Equal(t, x509.Expired, invalid.Reason)
}

func TestClientCertificates(t *testing.T) {
	ca := NewCA(t)
	server := &tls.Config{
		Certificates: []tls.Certificate{ca.Server("broker.test").TLS},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    ca.Pool(),
	}
	var name string
	server.VerifyConnection = func(state tls.ConnectionState) error {
		name = state.PeerCertificates[0].Subject.CommonName
		return nil
	}
	client := &tls.Config{RootCAs: ca.Pool(), ServerName: "broker.test"}
	clientErr, serverErr := shake(t, client, server)
	assert.Error(t, clientErr)
	assert.Error(t, serverErr)
	client.Certificates = []tls.Certificate{ca.Client("alice").TLS}
	clientErr, serverErr = shake(t, client, server)
	assert.NoError(t, clientErr)
	assert.NoError(t, serverErr)
	assert.Equal(t, "alice", name)
}

func TestCertificateFiles(t *testing.T) {
	ca := NewCA(t)
	one, two := ca.Server("one.test"), ca.Client("two")
	for file, want := range map[string][]byte{
		ca.File: ca.PEM, one.CertFile: one.CertPEM, one.KeyFile: one.KeyPEM, two.CertFile: two.CertPEM, two.KeyFile: two.KeyPEM,
	} {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, want, b)
	}
	_, err := tls.LoadX509KeyPair(one.CertFile, one.KeyFile)
	assert.NoError(t, err)
	assert.True(t, x509.NewCertPool().AppendCertsFromPEM(ca.PEM))
}
